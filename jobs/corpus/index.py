"""Reads a package index over HTTP: project names and files (PEP 503, 691, 700), JSON documents and file contents.

The index is the one given, or the one that pip is configured for; this code names none.
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
"""Requests at a time."""


class NotOnIndexError(CorpusError):
    """The index does not have the file or project (404, 410); a retry will not help."""


class IndexUnreachableError(CorpusError):
    """The index gave no usable answer, after retries."""


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One file of a project's page; what the index does not state is None."""

    filename: str
    url: str
    sha256: str | None = None
    size: int | None = None
    upload_time: datetime | None = None
    requires_python: str | None = None
    yanked: bool = False
    yanked_reason: str | None = None


def configured_index() -> str:
    """Return the URL of pip's index: from its environment, its configuration or its default. Raises CorpusError."""
    url = os.environ.get("PIP_INDEX_URL") or _pip_setting("global.index-url")
    if url:
        return url
    try:
        models = importlib.import_module("pip._internal.models.index")
        return str(models.PyPI.simple_url)
    except (ImportError, AttributeError) as error:
        reason = "is not installed here, so its index is not known"
        raise CorpusError("pip", reason, "give --index-url") from error


def _pip_setting(key: str) -> str:
    """Return a value of pip's configuration, "" where it has none or pip is not installed."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "get", key]
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
    return result.stdout.strip() if result.returncode == 0 else ""


class IndexClient:
    """A client of one index; up to `threads` threads may share it without waiting for a connection."""

    def __init__(
        self, index_url: str | None = None, *, threads: int = THREADS, timeout: float = 60.0, retries: int = 5
    ) -> None:
        url = (index_url or configured_index()).rstrip("/") + "/"
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise CorpusError(url, "is not the URL of an index", "give --index-url https://...")
        account, _, host = parts.netloc.rpartition("@")
        self.index_url = urlunsplit(parts._replace(netloc=host))
        self.threads = threads
        self._host = host
        # Credentials in the URL are sent to that host alone and appear in no message.
        self._credentials = urllib3.make_headers(basic_auth=unquote(account)) if account else {}
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
        """Return the names of all projects of the index, sorted; raises IndexUnreachableError."""
        url, content_type, body = self._get(self.index_url, accept=_ACCEPT)
        try:
            if "json" in content_type:
                names = {project["name"] for project in _parse_json(url, body)["projects"]}
            else:
                links = (file["url"] for file in parse_html_page(_text(body)))
                names = {unquote(link).rstrip("/").rpartition("/")[2] for link in links}
            return sorted({canonicalize_name(name) for name in names if name})
        except (KeyError, ValueError, TypeError) as error:
            raise IndexUnreachableError(url, f"is not a list of projects ({error!r})", "check --index-url") from error

    def project_files(self, project: NormalizedName) -> list[IndexFile]:
        """Return the files on a project's page; raises NotOnIndexError or IndexUnreachableError."""
        url, content_type, body = self._get(f"{self.index_url}{project}/", accept=_ACCEPT)
        try:
            files = parse_json_page(body) if "json" in content_type else parse_html_page(_text(body))
            return [_index_file(url, file) for file in files]
        except (ValueError, TypeError, AttributeError) as error:
            form = "JSON" if "json" in content_type else "HTML"
            raise IndexUnreachableError(
                url, f"is not a project page in {form} ({error})", "check --index-url"
            ) from error

    def project_json(self, project: NormalizedName) -> Mapping[str, Any]:
        """Return a project's document from `/pypi/<project>/json`, next to the simple pages."""
        url, _, body = self._get(urljoin(self.index_url, f"../pypi/{project}/json"), accept="application/json")
        return _parse_json(url, body)

    def download(self, file: IndexFile, *, max_bytes: int) -> bytes:
        """Return a file's bytes; raises CorpusError where there are more than `max_bytes`."""
        return self._get(file.url, accept="*/*", max_bytes=max_bytes)[2]

    def _get(self, url: str, *, accept: str, max_bytes: int | None = None) -> tuple[str, str, bytes]:
        """Return the URL after redirects, the content type and the body; `max_bytes` bounds a file, None is a page."""
        is_file = max_bytes is not None
        # A file is requested without an encoding: a decoded .tar.gz would have another digest.
        headers = {"Accept": accept, "Accept-Encoding": "identity" if is_file else "gzip", "User-Agent": _AGENT}
        if urlsplit(url).netloc == self._host:
            headers.update(self._credentials)
        try:
            with self._pool.request(
                "GET", url, headers=headers, preload_content=False, decode_content=not is_file
            ) as response:
                if response.status in (404, 410):
                    raise NotOnIndexError(url, f"the index answered {response.status}", "leave it out of the list")
                if response.status != 200:
                    raise IndexUnreachableError(url, f"the index answered {response.status}", "try again later")
                body = response.read() if max_bytes is None else response.read(max_bytes + 1)
                is_too_large = max_bytes is not None and len(body) > max_bytes
                # A connection is used again only after its whole response was read.
                response.close() if is_too_large else response.drain_conn()
                final_url = response.geturl() or url
                content_type = response.headers.get("content-type", "").lower()
        except urllib3.exceptions.HTTPError as error:
            hint = "check the network and --index-url, then start again: the fetched files are kept"
            raise IndexUnreachableError(url, f"did not answer ({type(error).__name__})", hint) from error
        if is_too_large:
            raise CorpusError(url, f"is larger than {max_bytes} bytes", "leave it out of the list")
        return urljoin(url, final_url), content_type, body


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _parse_json(url: str, body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise IndexUnreachableError(url, "is not JSON", "check --index-url") from error
    if not isinstance(document, dict):
        raise IndexUnreachableError(url, "is JSON of another shape", "check --index-url")
    return document


def parse_time(text: object) -> datetime | None:
    """Return a time of the index in UTC, None for any other text; a time without a zone is UTC."""
    if not isinstance(text, str):
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _index_file(page_url: str, file: FileObject) -> IndexFile:
    """Return a file of the page at `page_url`; raises TypeError or AttributeError if a value has an unexpected type."""
    url = urljoin(page_url, file["url"])
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
