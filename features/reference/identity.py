"""Identifies popular projects by marks other than their names: import names, web and e-mail addresses, summaries.

The table is package data (`data/popular_identities.txt`, made by `jobs.corpus.identities` from the newest releases of
popular projects). Each line is one project: name, import names, web addresses, digests of e-mail addresses, digest
of the summary, separated by tabs; several of a kind are separated by spaces. People's addresses are kept as digests.

A mark that more than `MOST_OWNERS` projects share (a monorepo, a company's address, a namespace) identifies none.
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
"""Projects that may share a mark; one of more projects identifies none."""

MIN_SUMMARY_CHARS = 16
"""Letters and digits of the shortest summary that is a mark; shorter ones can be equal by chance."""

_FORGES = frozenset({"github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "gitee.com", "sourceforge.net"})
_INDEX = re.compile(
    r"(?:^|\.)(?:test\.)?pypi\.(?:python\.)?org$|^libraries\.io$|^readthedocs\.(?:io|org)$|(?:^|\.)pythonhosted\.org$"
)


@dataclass(frozen=True, slots=True)
class ProjectIdentity:
    """The marks of one project: `urls` are `address_key`s, `mails` and `summary` digests ("" for none)."""

    name: str
    imports: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    summary: str = ""


class PopularIdentities:
    """Popular projects by their marks; `digest` changes with the table.

    Each mapping leads from a mark to the normalised names of the projects that have it.
    """

    def __init__(self, identities: Iterable[ProjectIdentity]) -> None:
        known = {identity.name: identity for identity in identities}
        self.imports_by_name: Mapping[str, tuple[str, ...]] = {
            name: identity.imports for name, identity in known.items()
        }
        self.by_import = _owners((mark, identity.name) for identity in known.values() for mark in identity.imports)
        self.by_url = _owners((mark, identity.name) for identity in known.values() for mark in identity.urls)
        self.by_mail = _owners((mark, identity.name) for identity in known.values() for mark in identity.mails)
        self.by_summary = _owners((identity.summary, identity.name) for identity in known.values() if identity.summary)
        self.digest = hashlib.blake2b(render_identities(known.values()).encode(), digest_size=4).hexdigest()


def _owners(marks: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for mark, name in marks:
        found[mark].append(name)
    return {mark: tuple(names) for mark, names in found.items() if len(names) <= MOST_OWNERS}


def render_identities(identities: Iterable[ProjectIdentity]) -> str:
    """Return the text of a table, which `parse_identities` reads."""
    return "".join(
        "\t".join(
            (
                identity.name,
                " ".join(identity.imports),
                " ".join(identity.urls),
                " ".join(identity.mails),
                identity.summary,
            )
        )
        + "\n"
        for identity in identities
    )


def parse_identities(text: str) -> tuple[ProjectIdentity, ...]:
    """Return the projects of a table; raises ValueError for a malformed line."""
    found = []
    for line in text.splitlines():
        name, imports, urls, mails, summary = line.split("\t")
        found.append(ProjectIdentity(name, tuple(imports.split()), tuple(urls.split()), tuple(mails.split()), summary))
    return tuple(found)


def address_key(address: str) -> str:
    """Return the mark of a web address: its host and path, or its repository at a forge; "" if it is no project's.

    Pages of the package index, a forge's front page and text that is no web address are no project's.
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
    """Return the mark of an e-mail address, a digest; "" if it is none."""
    email = email.strip().lower()[:320]
    return _digest(email) if "@" in email else ""


def summary_key(summary: str) -> str:
    """Return the mark of a summary, a digest of its letters and digits; "" if it is too short."""
    letters = re.sub(r"[\W_]+", "", summary[:500].lower())
    return _digest(letters) if len(letters) >= MIN_SUMMARY_CHARS else ""


def _digest(text: str) -> str:
    """Return 24 bits in hexadecimal; with 2,000 projects, one unrelated text in 8,000 collides with a mark."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=3).hexdigest()


def import_names(name: str, identities: PopularIdentities) -> tuple[str, ...]:
    """Return the names under which a project is likely imported: from the table, else derived from its name."""
    plain = normalise(name).replace("-", "_")
    return identities.imports_by_name.get(normalise(name)) or tuple(
        dict.fromkeys((plain, plain.removeprefix("python_"), plain.removeprefix("py"), plain.split("_")[0]))
    )


@cache
def popular_identities() -> PopularIdentities:
    """Return the shipped table, read once in a process."""
    return PopularIdentities(parse_identities(IDENTITY_FILE.read_text(encoding="utf-8")))
