"""Decides for each entry of a blocklist in which scope a target carries it, and names what was widened or left out.

An entry that a target cannot carry as a file is widened to its version where no other file of the version is known, or
where the target knows no files at all; to its project only where a person allows it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from packaging.version import InvalidVersion, Version

from audit.blocklists.contract import Blocklist, BlocklistEntry
from audit.blocklists.mirror_files import MirrorFile
from audit.blocklists.targets.contract import ExportOptions, Scope
from audit.escape import escape_unprintable
from features.packaging.names import normalise

Carry: TypeAlias = Callable[[BlocklistEntry], str]
"""Tells why a target cannot carry an entry in one scope, "" if it can."""

_PROJECT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_VERSION = re.compile(r"[\w.!+-]+", re.ASCII)
_FILENAME = re.compile(r"\w[\w.!+~-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class WideBlock:
    """A version, or with the version "" a project, that is blocked because of `entries`; the project is normalised.

    A project that a person blocked as a whole may have no entries; `standing` is the person's reason then.
    """

    project: str
    version: str
    entries: tuple[BlocklistEntry, ...]
    standing: str = ""

    @property
    def reason(self) -> str:
        """Why it is blocked: the reason of the person, or of its first entry."""
        return escape_unprintable(self.standing) if self.standing else tell_reason(self.entries[0])


@dataclass(frozen=True, slots=True)
class CarriedBlocks:
    """The blocks of a target in each scope, in the order of the blocklist."""

    files: tuple[BlocklistEntry, ...]
    versions: tuple[WideBlock, ...]
    projects: tuple[WideBlock, ...]
    widened: tuple[str, ...]
    left_out: tuple[str, ...]


def tell_reason(entry: BlocklistEntry) -> str:
    """Return why an entry is blocked, in one printable line."""
    return escape_unprintable(": ".join((entry.verdict or f"{entry.why}", *entry.reasons[:1])))


def is_project(entry: BlocklistEntry) -> str:
    """Tell why an entry cannot be carried as a project, "" if it can."""
    if not entry.project:
        return "its project is not known"
    return "" if _PROJECT.fullmatch(normalise(entry.project)) else "the name of its project is not valid"


def is_version(entry: BlocklistEntry) -> str:
    """Tell why an entry cannot be carried as a version of PEP 440, "" if it can."""
    if not entry.version:
        return is_project(entry) or "its version is not known"
    try:
        Version(entry.version)
    except InvalidVersion:
        return is_project(entry) or "its version is not one of PEP 440"
    return is_project(entry) or ("" if _VERSION.fullmatch(entry.version) else "its version is not one of PEP 440")


def is_plain_filename(entry: BlocklistEntry) -> str:
    """Tell why a file cannot be named in a pattern or a path, "" if its name has no unusual character."""
    if not entry.filename:
        return "its file name is not known"
    return "" if _FILENAME.fullmatch(entry.filename) else "its file name has characters that this format cannot carry"


def carry_blocks(blocklist: Blocklist, options: ExportOptions, scopes: Mapping[Scope, Carry]) -> CarriedBlocks:
    """Decide the scope of each entry; `scopes` has those of the target, the narrowest first."""
    blocked = {entry.sha256 for entry in blocklist.entries}
    files: list[BlocklistEntry] = []
    wide: dict[Scope, dict[tuple[str, str], list[BlocklistEntry]]] = {Scope.VERSION: {}, Scope.PROJECT: {}}
    left_out = []
    can_stand = Scope.PROJECT in scopes
    standing = {name: why for name, why in options.standing.items() if can_stand and _PROJECT.fullmatch(name)}
    wide[Scope.PROJECT] = {(project, ""): [] for project in standing}
    for entry in blocklist.entries:
        reasons = {scope: carry(entry) for scope, carry in scopes.items()}
        possible = [scope for scope, reason in reasons.items() if not reason]
        scope = next((each for each in possible if _is_allowed(each, entry, blocked, options, scopes)), None)
        if scope is not Scope.FILE and normalise(entry.project) in standing:
            scope = Scope.PROJECT
        if scope is Scope.FILE:
            files.append(entry)
        elif scope is not None:
            version = entry.version if scope is Scope.VERSION else ""
            wide[scope].setdefault((normalise(entry.project), version), []).append(entry)
        else:
            why = next((reason for reason in reasons.values() if reason), "the target blocks no files")
            more = f"; --widen {possible[0]} blocks its {possible[0]}" if possible else ""
            left_out.append(f"{_name(entry)}: {why}{more}")
    versions, projects = (
        tuple(WideBlock(*key, tuple(entries), standing.get(key[0], "")) for key, entries in wide[scope].items())
        for scope in (Scope.VERSION, Scope.PROJECT)
    )
    widened = tuple(_describe(block, blocked, options) for block in (*versions, *projects) if not block.standing)
    return CarriedBlocks(tuple(files), versions, projects, widened, tuple(left_out))


def _is_allowed(
    scope: Scope, entry: BlocklistEntry, blocked: set[str], options: ExportOptions, scopes: Mapping[Scope, Carry]
) -> bool:
    order = list(Scope)
    if scope is Scope.FILE or order.index(scope) <= order.index(options.widen):
        return True
    if scope is Scope.PROJECT:
        return False
    known = _known_files(normalise(entry.project), entry.version, options)
    return Scope.FILE not in scopes or (bool(known) and all(file.sha256 in blocked for file in known))


def _known_files(project: str, version: str, options: ExportOptions) -> Sequence[MirrorFile]:
    return [file for file in options.known.get(project, ()) if not version or file.version == version]


def _describe(block: WideBlock, blocked: set[str], options: ExportOptions) -> str:
    """Return a line like "six 1.16.0: 2 files, 1 of them not blocked", with the files that the mirror has of it."""
    files = {(file.filename, file.sha256) for file in _known_files(block.project, block.version, options)}
    files |= {(entry.filename, entry.sha256) for entry in block.entries}
    name = f"{block.project} {block.version}" if block.version else f"all of {block.project}"
    others = sum(sha256 not in blocked for _, sha256 in files)
    return f"{name}: {len(files):,} file{'s' * (len(files) != 1)}" + (
        f", {others:,} of them not blocked" * bool(others)
    )


def _name(entry: BlocklistEntry) -> str:
    return escape_unprintable(entry.filename or entry.sha256)
