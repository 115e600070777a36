"""A client of a package index: its project names, a project's files (PEP 503, 691, 700), its JSON, its bytes.

Which index is the one that pip would use, or the one given: no address of an index stands in this code.
"""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit
from urllib.request import getproxies

import urllib3
from packaging.utils import NormalizedName, canonicalize_name

from jobs.corpus.contract import CorpusError
from jobs.mirror.project_page import FileObject, parse_html_page, parse_json_page

_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.2, application/vnd.pypi.simple.v1+html;q=0.3"
_AGENT = "boojum-corpus (an auditor of package mirrors)"
THREADS = 16


class NotOnIndexError(CorpusError):
    """The index does not have it (404, 410): asking again will not help."""


class IndexUnreachableError(CorpusError):
    """The index did not answer usefully, after retries."""


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One file of a project's page; what the index does not say is None."""

    filename: str
    url: str
    sha256: str | None = None
    size: int | None = None
    upload_time: datetime | None = None
    requires_python: str | None = None
    yanked: bool = False
    yanked_reason: str | None = None


def configured_index() -> str:
    """Return the index that pip uses here, by its environment, its configuration or its own default."""
    address = os.environ.get("PIP_INDEX_URL") or _pip_setting("global.index-url")
    if address:
        return address
    try:
        models = importlib.import_module("pip._internal.models.index")
        return str(models.PyPI.simple_url)
    except (ImportError, AttributeError) as error:
        hint = "give --index-url"
        raise CorpusError("pip", "is not installed here, so its index is not known", hint) from error


def _pip_setting(key: str) -> str:
    """Return what pip's configuration says of a key, empty where it says nothing or there is no pip."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "get", key]
    told = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - nothing of a caller in it
    return told.stdout.strip() if told.returncode == 0 else ""


class IndexClient:
    """Asks one package index; threads may share it, `threads` of them without waiting for a connection."""

    def __init__(
        self, index_url: str | None = None, *, threads: int = THREADS, timeout: float = 60.0, retries: int = 5
    ) -> None:
        given = (index_url or configured_index()).rstrip("/") + "/"
        parts = urlsplit(given)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise CorpusError(given, "is no address of an index", "give --index-url https://...")
        account, _, host = parts.netloc.rpartition("@")
        self.index_url = urlunsplit(parts._replace(netloc=host))
        self.threads = threads
        self._host = host
        # An account in the address is for that host alone, and stays out of every message.
        self._account = urllib3.make_headers(basic_auth=unquote(account)) if account else {}
        retry = urllib3.Retry(
            total=retries,
            backoff_factor=0.5,
            status_forcelist=(429, 500, 502, 503, 504),
            respect_retry_after_header=True,
            raise_on_status=False,
        )
        settings: dict[str, Any] = {
            "maxsize": threads,
            "retries": retry,
            "timeout": urllib3.Timeout(connect=min(timeout, 15.0), read=timeout),
            "headers": {"User-Agent": _AGENT},
            "ca_certs": os.environ.get("PIP_CERT") or None,
        }
        proxy = getproxies().get(parts.scheme)
        self._pool = urllib3.ProxyManager(proxy, **settings) if proxy else urllib3.PoolManager(**settings)

    def project_names(self) -> list[NormalizedName]:
        """Return the names of all projects of the index, sorted."""
        address, kind, body = self._get(self.index_url, accept=_ACCEPT)
        if "json" in kind:
            names = {p["name"] for p in _parse_json(address, body)["projects"]}
        else:
            links = (file["url"] for file in parse_html_page(_text(body)))
            names = {unquote(link).rstrip("/").rpartition("/")[2] for link in links}
        return sorted({canonicalize_name(n) for n in names if n})

    def project_files(self, project: NormalizedName) -> list[IndexFile]:
        """Return the files on a project's page; raises NotOnIndexError where it has none."""
        address, kind, body = self._get(f"{self.index_url}{project}/", accept=_ACCEPT)
        try:
            files = parse_json_page(body) if "json" in kind else parse_html_page(_text(body))
            return [_index_file(address, file) for file in files]
        except (ValueError, TypeError, AttributeError) as error:
            form = "JSON" if "json" in kind else "HTML"
            raise IndexUnreachableError(
                address, f"is no project page in {form} ({error})", "check --index-url"
            ) from error

    def project_json(self, project: NormalizedName) -> Mapping[str, Any]:
        """Return a project's JSON, from `/pypi/<project>/json` beside the simple pages."""
        address = urljoin(self.index_url, f"../pypi/{project}/json")
        address, _, body = self._get(address, accept="application/json")
        return _parse_json(address, body)

    def download(self, file: IndexFile, *, most: int | None = None) -> bytes:
        """Return a file's bytes; raises CorpusError where there are more than `most`."""
        return self._get(file.url, accept="*/*", most=most)[2]

    def _get(self, address: str, *, accept: str, most: int | None = None) -> tuple[str, str, bytes]:
        """Return the address after redirects, the content type and the body."""
        try:
            # Files come as they are: a decoded .tar.gz would be another file, so none is asked for.
            encoding = "identity" if most is not None or accept == "*/*" else "gzip"
            headers = {"Accept": accept, "Accept-Encoding": encoding, "User-Agent": _AGENT}
            if urlsplit(address).netloc == self._host:
                headers.update(self._account)
            with self._pool.request(
                "GET", address, headers=headers, preload_content=False, decode_content=encoding == "gzip"
            ) as answer:
                if answer.status in (404, 410):
                    raise NotOnIndexError(address, f"the index answered {answer.status}", "leave it out of the list")
                if answer.status != 200:
                    raise IndexUnreachableError(address, f"the index answered {answer.status}", "try again later")
                body = answer.read(most + 1) if most is not None else answer.read()
                answer.drain_conn() if most is None or len(body) <= most else answer.close()
                told = answer.geturl() or address
                kind = answer.headers.get("content-type", "").lower()
        except urllib3.exceptions.HTTPError as error:
            hint = "check the network and --index-url, then start again: what is there is kept"
            raise IndexUnreachableError(address, f"did not answer ({type(error).__name__})", hint) from error
        if most is not None and len(body) > most:
            raise CorpusError(address, f"is larger than {most} bytes", "leave it out of the list")
        return urljoin(address, told), kind, body


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _parse_json(address: str, body: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(body)
    except ValueError as error:
        raise IndexUnreachableError(address, "is not JSON", "check --index-url") from error
    if not isinstance(told, dict):
        raise IndexUnreachableError(address, "is JSON of another shape", "check --index-url")
    return told


def parse_time(text: object) -> datetime | None:
    """Return an index's time as UTC; None for what is no time."""
    if not isinstance(text, str):
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _index_file(address: str, file: FileObject) -> IndexFile:
    """Return a file of the page at `address`; raises TypeError or AttributeError if a value has an unexpected type."""
    url = urljoin(address, file["url"])
    yanked = file.get("yanked")
    return IndexFile(
        filename=file.get("filename") or unquote(urlsplit(url).path.rpartition("/")[2]),
        url=url,
        sha256=file.get("hashes", {}).get("sha256"),
        size=file.get("size"),
        upload_time=parse_time(file.get("upload-time")),
        requires_python=file.get("requires-python") or None,
        yanked=bool(yanked),
        yanked_reason=yanked if isinstance(yanked, str) and yanked else None,
    )
