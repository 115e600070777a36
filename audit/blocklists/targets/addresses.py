"""Finds the addresses at which a server serves the files of a blocklist, for targets that see nothing but requests.

The folder of a file on a mirror is its BLAKE2b-256 in hexadecimal digits, `aa/bb/<60 more>`. Who blocks the folder
blocks the file under every name, and its `.metadata` too. A file that stands elsewhere is blocked by its path, and one
of which no path is known by its name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from audit.blocklists.contract import Blocklist, BlocklistEntry
from audit.blocklists.targets.contract import ExportOptions, Scope
from audit.blocklists.targets.widening import carry_blocks, is_project
from audit.escape import escape_unprintable

_FOLDER = re.compile(r"(?:^|/)([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{60})/[^/]+\Z")
_PATH = re.compile(r"[A-Za-z0-9._+!@=~-]+(?:/[A-Za-z0-9._+!@=~-]+)*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!~-]*")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of all blocked files, each sorted: written as they are, none can change the meaning of a list.

    `folders` are 64 hexadecimal digits each. `paths` are paths below the root of the mirror without a leading slash,
    and `names` names of files; neither has any character but letters, digits and `._+!@=~-`. `projects` are normalised.
    """

    folders: tuple[str, ...]
    paths: tuple[str, ...]
    names: tuple[str, ...]
    projects: tuple[str, ...]
    widened: tuple[str, ...]
    left_out: tuple[str, ...]


def find_addresses(blocklist: Blocklist, options: ExportOptions) -> Addresses:
    """Return the addresses of a blocklist's files; what cannot be blocked is named in `left_out`."""
    copies: dict[str, list[str]] = {}
    for file in (file for files in options.known.values() for file in files):
        copies.setdefault(file.sha256, []).append(file.path)

    def places_of(entry: BlocklistEntry) -> list[str]:
        return [path for path in dict.fromkeys((entry.path, *copies.get(entry.sha256, ()))) if path]

    def is_addressable(entry: BlocklistEntry) -> str:
        places = places_of(entry)
        if any(not _folder_of(path) and not _PATH.fullmatch(path) for path in places):
            return "its path has characters that the list cannot carry"
        if places or entry.blake2b_256:
            return ""
        if not entry.filename:
            return "neither its path nor its name nor its BLAKE2b-256 is known"
        return "" if _NAME.fullmatch(entry.filename) else "its name has characters that the list cannot carry"

    carried = carry_blocks(blocklist, options, {Scope.FILE: is_addressable, Scope.PROJECT: is_project})
    folders, paths, names = set(), set(), set()
    widened: list[str] = []
    for entry in carried.files:
        places = places_of(entry)
        digests = {_folder_of(path) for path in places} - {""}
        folders |= {*digests, entry.blake2b_256} - {""}
        paths |= {path for path in places if not _folder_of(path)}
        if not places and not entry.blake2b_256:
            names.add(entry.filename)
        widened += _describe(entry, places, digests)
    return Addresses(
        folders=tuple(sorted(folders)),
        paths=tuple(sorted(paths)),
        names=tuple(sorted(names)),
        projects=tuple(sorted({block.project for block in carried.projects})),
        widened=(*carried.widened, *widened),
        left_out=carried.left_out,
    )


def tell_addresses(addresses: Addresses) -> str:
    """Return how many addresses of each kind are blocked, as a clause."""
    counts = (
        (len(addresses.folders), "folder"),
        (len(addresses.paths), "path"),
        (len(addresses.names), "file name"),
        (len(addresses.projects), "project"),
    )
    return ", ".join(f"{count:,} {noun}{'s' * (count != 1)}" for count, noun in counts if count) or "nothing"


def _folder_of(path: str) -> str:
    """Return the 64 digits of a path's folder, "" if it has none."""
    found = _FOLDER.search(path)
    return "".join(found.groups()) if found else ""


def _describe(entry: BlocklistEntry, places: list[str], digests: set[str]) -> Iterator[str]:
    name = escape_unprintable(entry.filename or entry.sha256)
    if not places and not entry.blake2b_256:
        yield f"{name}: files of this name in any folder, because neither its path nor its BLAKE2b-256 is known"
    if entry.blake2b_256 and digests - {entry.blake2b_256}:
        yield f"{name}: it stands in the folder of other bytes, which are blocked too should they return"
