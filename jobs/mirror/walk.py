"""Walks a tree of distribution files without following a link out of it, and tells what it met on the way."""

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from features.contract import Kind
from features.packaging.names import parse_filename
from jobs.contract import WalkFinding

CODES = (
    "partial_downloads",
    "sidecars",
    "orphan_sidecars",
    "odd_layout",
    "unlisted",
    "listed_missing",
    "other_files",
    "special_files",
    "unreadable_dirs",
    "unreadable_files",
    "vanished",
    "broken_links",
    "outside_links",
    "folder_links",
    "undecodable_names",
    "malformed_pages",
    "oversized_pages",
    "unreadable_pages",
    "index_fallbacks",
    "foreign_urls",
    "nothing_to_audit",
)
"""Everything that a walk counts; a finding's code is one of these or of a mirror's notes."""

KEPT = 1_000
"""Findings of one code that are kept; all of them are counted."""

# bandersnatch's temporary files, our own, and the markers by which it makes folders on object storage.
_PARTIAL = re.compile(r"\.(?:.+\.[a-z0-9_]{8}|boojum\.[0-9a-f]{16}|s3keep)", re.DOTALL)
_SUFFIXES = (
    ".whl", ".tar.gz", ".tgz", ".zip", ".egg", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".tar", ".tar.z",
    ".tar.lzma", ".tar.zst", ".exe", ".msi", ".rpm", ".deb", ".dmg",
)  # fmt: skip
_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")


class FindingLog:
    """Counts what was met and keeps the first thousand of each code by path, whatever the order of the walk."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter(dict.fromkeys(CODES, 0))
        self._kept: dict[str, list[WalkFinding]] = {}

    def count(self, code: str, times: int = 1) -> None:
        """Count something that needs no finding."""
        self._counts[code] += times

    def add(self, code: str, path: str, detail: str, *, counted: bool = True) -> None:
        """Count something and keep where it was."""
        if counted:
            self._counts[code] += 1
        kept = self._kept.setdefault(code, [])
        kept.append(WalkFinding(code, path, detail))
        if len(kept) >= 2 * KEPT:
            self._kept[code] = _first(kept)

    def findings(self) -> tuple[WalkFinding, ...]:
        """Return what was kept, by code and path."""
        return tuple(finding for code in sorted(self._kept) for finding in _first(self._kept[code]))

    def counts(self) -> Mapping[str, int]:
        """Return how often each code was met, 0 where never."""
        return dict(self._counts)


def _first(findings: list[WalkFinding]) -> list[WalkFinding]:
    return sorted(findings, key=lambda f: (f.path, f.detail))[:KEPT]


class FoundFile(NamedTuple):
    """One regular file: `path` relative to the walk's root with forward slashes, `mtime` in microseconds (UTC)."""

    path: str
    size: int
    mtime: int


def walk_files(root: Path, start: str, log: FindingLog) -> Iterator[FoundFile]:
    """Yield every file below `root/start`, in no order; what cannot be followed is logged and passed over.

    Partial downloads and metadata sidecars are counted and left out. `start` itself may be a link: it is the
    operator's own. Below it a link to a file inside `root` is a file, and no link to a folder is followed. A name
    that is not UTF-8 is shown with backslashes, so that its path opens nothing: a row with a reason.
    """
    inside = (os.path.realpath(root), os.path.realpath(root / start))
    pending = [start]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(os.path.join(root, folder)) as entries:  # noqa: PTH118  # Path would cost a third of the walk
                for entry in entries:
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    try:
                        if entry.is_dir(follow_symlinks=False):
                            pending.append(path)
                        elif not _is_passed_over(entry, path, log) and (status := _stat(entry, path, inside, log)):
                            yield FoundFile(_text(path, log), status.st_size, status.st_mtime_ns // 1000)
                    except (FileNotFoundError, NotADirectoryError):
                        log.add("vanished", show(path), "It vanished while the mirror was walked.")
                    except OSError as error:
                        log.add("unreadable_files", show(path), f"It cannot be looked at ({error.strerror}).")
        except (FileNotFoundError, NotADirectoryError):
            log.add("vanished", show(folder), "The folder vanished while the mirror was walked.")
        except OSError as error:
            detail = f"The folder cannot be read ({error.strerror}); what it holds is not audited."
            log.add("unreadable_dirs", show(folder), detail)


def show(path: str) -> str:
    """Return a path of the file system as text: bytes that are not UTF-8 become backslash escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _text(path: str, log: FindingLog) -> str:
    if path.isascii():
        return path
    text = show(path)
    if text != path:
        log.add("undecodable_names", text, "Its name is not UTF-8; it is a row, and it cannot be opened.")
    return text


def _is_passed_over(entry: os.DirEntry[str], path: str, log: FindingLog) -> bool:
    """Say whether bandersnatch put this file beside the distributions: a partial download or a PEP 658 sidecar."""
    name = entry.name
    if name.startswith(".") and _PARTIAL.fullmatch(name):
        log.add(
            "partial_downloads",
            show(path),
            "A download that broke off; `bandersnatch verify --delete` removes it.",
        )
        return True
    if name.endswith(".metadata"):
        base = name.removesuffix(".metadata")
        if os.path.lexists(entry.path.removesuffix(".metadata")):
            log.count("sidecars")
            return True
        if parse_filename(base).kind is not Kind.UNKNOWN:
            log.add("orphan_sidecars", show(path), f"Metadata of {show(base)}, which is not there.")
            return True
    return False


def _stat(entry: os.DirEntry[str], path: str, inside: tuple[str, str], log: FindingLog) -> os.stat_result | None:
    """Return a file's status, None (logged) for what is no file of this tree."""
    if not entry.is_symlink():
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISREG(status.st_mode):
            return status
        log.add("special_files", show(path), "A device, socket or pipe; it is never opened.")
        return None
    try:
        status = entry.stat()
    except OSError as error:
        log.add("broken_links", show(path), f"A link that leads nowhere ({error.strerror}).")
        return None
    target = os.path.realpath(entry.path)
    if stat.S_ISDIR(status.st_mode):
        log.add("folder_links", show(path), "A link to a folder; it is not followed.")
    elif not any(target.startswith(root + os.sep) for root in inside):
        log.add("outside_links", show(path), "A link out of the mirror; it is not followed.")
    elif stat.S_ISREG(status.st_mode):
        return status
    else:
        log.add("special_files", show(path), "A link to a device, socket or pipe; it is never opened.")
    return None


def is_distribution(root: Path, found: FoundFile, log: FindingLog) -> bool:
    """Say whether a file of a plain folder looks like a distribution, by its suffix or its first bytes."""
    if found.path.lower().endswith(_SUFFIXES):
        return True
    try:
        with (root / found.path).open("rb") as file:
            head = file.read(265)
    except FileNotFoundError:
        # Either it is gone, or its name is not UTF-8 and cannot be opened by what we show of it.
        return "\\" in found.path
    except OSError as error:
        log.add("unreadable_files", found.path, f"It cannot be read ({error.strerror}).")
        return False
    if head.startswith(_MAGIC) or head[257:262] == b"ustar":
        return True
    log.count("other_files")
    return False
