"""Walks a tree of distribution files without following a link out of it, and logs what is not as it should be."""

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from features.contract import Kind
from features.packaging.names import parse_filename
from jobs.contract import WalkNote

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
"""All codes that a walk counts. The code of a note is one of them, or one of `open_mirror`."""

KEPT = 1_000
"""Most notes of one code that are kept; all are counted."""
FIRST = 20
"""Notes of each code that stand before the rest of any."""
MOST_UNREAD = 100_000
"""Most paths that `WalkLog.unread` and `WalkLog.vanished` hold each."""

# Temporary files of bandersnatch, those of features.runtime.atomic_write, and bandersnatch's folder markers for S3.
_PARTIAL = re.compile(r"\.(?:.+\.[a-z0-9_]{8}|boojum\.[0-9a-f]{16}|s3keep)", re.DOTALL)
_SUFFIXES = (
    ".whl", ".tar.gz", ".tgz", ".zip", ".egg", ".tar.bz2", ".tbz2", ".tbz", ".tar.xz", ".txz", ".tar", ".tar.z",
    ".tar.lzma", ".tar.lz", ".tlz", ".tar.zst", ".exe", ".msi", ".rpm", ".deb", ".dmg",
)  # fmt: skip
_MARK = "\N{REPLACEMENT CHARACTER}"
_MAGIC = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")


class WalkLog:
    """Counts irregularities by code and keeps the first `KEPT` of each by path, in any order of arrival.

    `unread` are the paths of folders, files and index pages that could not be listed or read, each with the sentence of
    its note. `vanished` are those that went away during the walk. What is below the one or the other is not known to
    be gone. `overflowed` if there are more than `MOST_UNREAD` of either.
    """

    def __init__(self) -> None:
        self.unread: dict[str, str] = {}
        self.vanished: set[str] = set()
        self.overflowed = False
        self._counts: Counter[str] = Counter(dict.fromkeys(CODES, 0))
        self._kept: dict[str, list[WalkNote]] = {}

    def count(self, code: str, times: int = 1) -> None:
        """Count without keeping a note."""
        self._counts[code] += times

    def add(self, code: str, path: str, detail: str, *, counted: bool = True) -> None:
        """Keep a note, and count it unless it is counted already."""
        if counted:
            self._counts[code] += 1
        kept = self._kept.setdefault(code, [])
        kept.append(WalkNote(code, path, detail))
        if len(kept) >= 2 * KEPT:
            self._kept[code] = _first(kept)

    def miss(self, code: str, path: str, detail: str) -> None:
        """Keep a note of a path that could not be listed or read."""
        self.add(code, path, detail)
        if len(self.unread) < MOST_UNREAD:
            self.unread.setdefault(path, detail)
        else:
            self.overflowed = True

    def vanish(self, path: str, detail: str) -> None:
        """Keep a note of a path that went away during the walk."""
        self.add("vanished", path, detail)
        if len(self.vanished) < MOST_UNREAD:
            self.vanished.add(path)
        else:
            self.overflowed = True

    def notes(self) -> tuple[WalkNote, ...]:
        """Return the kept notes by code and path: first `FIRST` of each code, so that many of one hide no other."""
        kept = [_first(self._kept[code]) for code in sorted(self._kept)]
        return tuple(note for part in (slice(0, FIRST), slice(FIRST, None)) for notes in kept for note in notes[part])

    def counts(self) -> Mapping[str, int]:
        """Return how often each code was counted, also 0."""
        return dict(self._counts)


def _first(notes: list[WalkNote]) -> list[WalkNote]:
    return sorted(notes, key=lambda note: (note.path, note.detail))[:KEPT]


class FoundFile(NamedTuple):
    """A regular file: `path` relative to the walk's root with forward slashes, `size` in bytes, times in UTC ns."""

    path: str
    size: int
    mtime: int
    ctime: int = 0
    inode: int = 0


def walk_files(root: Path, start: str, log: WalkLog) -> Iterator[FoundFile]:
    """Yield every regular file below `root/start`, in no order; what cannot be read is logged and skipped.

    Partial downloads and metadata sidecars are counted and left out. `start` may be a link, because the operator made
    it. Below it, a link to a file inside `root` counts as a file, and links to folders are not followed. A name that is
    not UTF-8 is yielded with backslash escapes; that path cannot be opened, so the artifact becomes an unreadable row.
    Where another file has the escaped name itself, or the same one, a mark before the name tells the two apart.
    """
    escaped: set[str] = set()
    inside = (os.path.realpath(root), os.path.realpath(root / start))
    pending = [start]
    while pending:
        folder = pending.pop()
        try:
            with os.scandir(os.path.join(root, folder)) as entries:  # noqa: PTH118  # Path takes a third of stage "walk" of `boojum bench`
                for entry in entries:
                    path = f"{folder}/{entry.name}" if folder else entry.name
                    try:
                        if entry.is_dir(follow_symlinks=False):
                            pending.append(path)
                        elif not _is_beside_distributions(entry, path, log) and (
                            status := _stat(entry, path, inside, log)
                        ):
                            yield FoundFile(
                                _text(path, log, root, escaped),
                                status.st_size,
                                status.st_mtime_ns,
                                status.st_ctime_ns,
                                status.st_ino,
                            )
                    except (FileNotFoundError, NotADirectoryError):
                        log.vanish(show(path), "It vanished while the mirror was walked.")
                    except OSError as error:
                        log.miss("unreadable_files", show(path), f"Its status cannot be read ({error.strerror}).")
        except FileNotFoundError:
            log.vanish(show(folder), "The folder vanished while the mirror was walked.")
        except OSError as error:
            detail = f"The folder cannot be read ({error.strerror}); what it holds is not audited."
            log.miss("unreadable_dirs", show(folder), detail)


def show(path: str) -> str:
    """Return a path of the file system as text, with backslash escapes for bytes that are not UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _text(path: str, log: WalkLog, root: Path, escaped: set[str]) -> str:
    """Return a path as text that no other file has; `escaped` are those of other names that are not UTF-8."""
    if path.isascii():
        return path
    text = show(path)
    if text == path:
        return text
    while text in escaped or os.path.lexists(root / text):
        folder, slash, name = text.rpartition("/")
        text = f"{folder}{slash}{_MARK}{name}"
    escaped.add(text)
    log.add("undecodable_names", text, "Its name is not UTF-8; it has a row, but it cannot be opened.")
    return text


def _is_beside_distributions(entry: os.DirEntry[str], path: str, log: WalkLog) -> bool:
    """Log a partial download or a PEP 658 metadata sidecar; return whether the file is one."""
    name = entry.name
    if name.startswith(".") and _PARTIAL.fullmatch(name):
        log.add(
            "partial_downloads",
            show(path),
            "An interrupted download; `bandersnatch verify --delete` removes it.",
        )
        return True
    if name.endswith(".metadata"):
        base = name.removesuffix(".metadata")
        if os.path.lexists(entry.path.removesuffix(".metadata")):
            log.count("sidecars")
            return True
        if parse_filename(base).kind is not Kind.UNKNOWN:
            log.add("orphan_sidecars", show(path), f"Metadata of {show(base)}, which does not exist.")
            return True
    return False


def _stat(entry: os.DirEntry[str], path: str, inside: tuple[str, str], log: WalkLog) -> os.stat_result | None:
    """Return the status of a regular file of this tree; log anything else and return None."""
    if not entry.is_symlink():
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISREG(status.st_mode):
            return status
        log.add("special_files", show(path), "A device, socket or pipe; it is never opened.")
        return None
    try:
        status = entry.stat()
    except OSError as error:
        log.add("broken_links", show(path), f"A link to nothing ({error.strerror}).")
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


def is_distribution(root: Path, found: FoundFile, log: WalkLog) -> bool:
    """Return whether a file of a plain folder is a distribution by its suffix or its first bytes; count it if not."""
    if found.path.lower().endswith(_SUFFIXES):
        return True
    try:
        with (root / found.path).open("rb") as file:
            head = file.read(265)
    except FileNotFoundError:
        # It vanished, or its name is not UTF-8 and the escaped path does not open it.
        return "\\" in found.path
    except OSError as error:
        log.miss("unreadable_files", found.path, f"It cannot be read ({error.strerror}).")
        return False
    if head.startswith(_MAGIC) or head[257:262] == b"ustar":
        return True
    log.count("other_files")
    return False
