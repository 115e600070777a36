"""By what popular projects are known beside their names: import names, addresses, e-mail addresses and summaries.

Package data (`data/popular_identities.txt`, made by `jobs.corpus.identities` from the newest releases of popular
projects). One project a line: name, import names, addresses, digests of e-mail addresses, digest of the summary;
set off by tabs, several of a kind by spaces. People's addresses are kept as digests only.

What more than `MOST_OWNERS` projects share (a monorepo, a company's address, a namespace) tells nothing apart and
is nobody's.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from features.packaging.names import normalise
from features.runtime.cache import cached_text

IDENTITY_FILE = Path(__file__).parents[1] / "data" / "popular_identities.txt"

MOST_OWNERS = 5
"""What more popular projects than these have in common is nobody's."""

LEAST_SUMMARY = 16
"""Letters and digits of a summary that can be one project's own; shorter ones are alike by chance."""

_FORGES = frozenset({"github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "gitee.com", "sourceforge.net"})
_INDEX = re.compile(
    r"(?:^|\.)(?:test\.)?pypi\.(?:python\.)?org$|^libraries\.io$|^readthedocs\.(?:io|org)$|(?:^|\.)pythonhosted\.org$"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """One project's: `urls` as `address_key` gives them, `mails` and `summary` as digests ("" for none)."""

    name: str
    imports: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    summary: str = ""


class Identities:
    """Popular projects by what they are known by; `digest` changes with the table.

    Each mapping leads from one mark to the projects that have it, by normalised name.
    """

    def __init__(self, identities: Iterable[Identity]) -> None:
        known = {identity.name: identity for identity in identities}
        self.imports_of: Mapping[str, tuple[str, ...]] = {name: one.imports for name, one in known.items()}
        self.by_import = _owners((mark, one.name) for one in known.values() for mark in one.imports)
        self.by_url = _owners((mark, one.name) for one in known.values() for mark in one.urls)
        self.by_mail = _owners((mark, one.name) for one in known.values() for mark in one.mails)
        self.by_summary = _owners((one.summary, one.name) for one in known.values() if one.summary)
        self.digest = hashlib.blake2b(render_identities(known.values()).encode(), digest_size=4).hexdigest()


def _owners(marks: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for mark, name in marks:
        found[mark].append(name)
    return {mark: tuple(names) for mark, names in found.items() if len(names) <= MOST_OWNERS}


def render_identities(identities: Iterable[Identity]) -> str:
    """Return the table's text; `parse_identities` reads it back."""
    return "".join(
        "\t".join((one.name, " ".join(one.imports), " ".join(one.urls), " ".join(one.mails), one.summary)) + "\n"
        for one in identities
    )


def parse_identities(text: str) -> tuple[Identity, ...]:
    """Return the projects of a table; raises ValueError at a line of another shape."""
    found = []
    for line in text.splitlines():
        name, imports, urls, mails, summary = line.split("\t")
        found.append(Identity(name, tuple(imports.split()), tuple(urls.split()), tuple(mails.split()), summary))
    return tuple(found)


def address_key(address: str) -> str:
    """Return what a web address is compared by: host and path, at a forge the repository; "" where it is nobody's.

    The package index's own pages, a forge's front page and what is no address of the web belong to nobody.
    """
    return _address_key(address.strip()[:2_000])


@cached_text("web_addresses")
def _address_key(address: str) -> str:
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        host = (parts.hostname or "").removeprefix("www.").rstrip(".")
    except ValueError:
        return ""
    if "." not in host or _INDEX.search(host):
        return ""
    path = [part for part in parts.path.lower().split("/") if part]
    if host not in _FORGES:
        return re.sub(r"\s", "", "/".join([host, *path]).removesuffix("/index.html"))[:120]
    if len(path) < 2:
        return ""
    return re.sub(r"\s", "", f"{host}/{path[0]}/{path[1].removesuffix('.git')}")[:120]


def mail_key(email: str) -> str:
    """Return the digest by which an e-mail address is compared; "" where it is none."""
    email = email.strip().lower()[:320]
    return _digest(email) if "@" in email else ""


def summary_key(summary: str) -> str:
    """Return the digest by which a summary is compared, whatever its spaces and signs; "" where it is too short."""
    said = re.sub(r"[\W_]+", "", summary[:500].lower())
    return _digest(said) if len(said) >= LEAST_SUMMARY else ""


def _digest(text: str) -> str:
    """Return 24 bits in hexadecimal: of two thousand projects, one strange text in 8,000 meets one by chance."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=3).hexdigest()


def import_names(name: str, identities: Identities) -> tuple[str, ...]:
    """Return the names under which a project is likely imported: the table's, else what its name suggests."""
    plain = normalise(name).replace("-", "_")
    return identities.imports_of.get(normalise(name)) or tuple(
        dict.fromkeys((plain, plain.removeprefix("python_"), plain.removeprefix("py"), plain.split("_")[0]))
    )


@cache
def popular_identities() -> Identities:
    """Return the shipped table, read once in a process."""
    return Identities(parse_identities(IDENTITY_FILE.read_text(encoding="utf-8")))
