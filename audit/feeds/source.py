"""Reads the files that an operator names as a feed, within bounds, and keeps what was broken in them."""

import json
import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audit.errors import StatedError

RECORD_BYTES = 16 * 2**20
"""Bytes of one record."""
FILE_BYTES = 2**30
"""Bytes of one file that is read as a whole."""
TOTAL_BYTES = 8 * 2**30
"""Bytes that one archive or folder may hold, inflated."""
BROKEN_NAMED = 100
"""Broken records that a feed names; it counts all."""


class FeedError(StatedError):
    """A feed that cannot be used."""


@dataclass(slots=True)
class BrokenRecords:
    """The records that could not be used: how many, and the first of them with the reason."""

    total: int = 0
    named: list[tuple[str, str]] = field(default_factory=list)

    def add(self, where: str, why: str) -> None:
        """Count a broken record."""
        self.total += 1
        if len(self.named) < BROKEN_NAMED:
            self.named.append((where[:200], why[:300]))


def require_source(path: Path) -> None:
    """Raise FeedError unless a source is there and can be read."""
    if not path.exists():
        raise FeedError(f"{path} does not exist", "name a file or folder; nothing is fetched")
    if not os.access(path, os.R_OK):
        raise FeedError(f"{path} cannot be read", "make it readable for this user")
    if not (path.is_dir() or path.is_file()):
        raise FeedError(f"{path} is neither a file nor a folder", "name a file or folder")


def is_zip(path: Path) -> bool:
    """Return whether a file begins like a zip archive."""
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


def read_values(path: Path, broken: BrokenRecords) -> Iterator[tuple[str, Any]]:
    """Yield (where, value) of each JSON text of a source: a folder, a zip, a JSON file or JSON Lines.

    A text that cannot be read is counted as broken. Raises FeedError where the source as a whole cannot be read.
    """
    for where, content in _read_texts(path, broken):
        try:
            yield where, json.loads(content)
        except (ValueError, RecursionError) as error:
            broken.add(where, f"it is no JSON ({error})")


def _read_texts(path: Path, broken: BrokenRecords) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        yield from _read_folder(path, broken)
    elif is_zip(path):
        yield from _read_zip(path, broken)
    else:
        yield from _read_file(path, broken)


def _read_folder(path: Path, broken: BrokenRecords) -> Iterator[tuple[str, bytes]]:
    total = 0
    for folder, names, files in os.walk(path):
        names.sort()
        for name in sorted(files):
            if not name.endswith(".json"):
                continue
            file = Path(folder, name)
            where = str(file.relative_to(path))
            try:
                with file.open("rb") as opened:
                    content = opened.read(RECORD_BYTES + 1)
            except OSError as error:
                broken.add(where, f"it cannot be read ({error.strerror})")
                continue
            total += len(content)
            _require_total(path, total)
            if len(content) > RECORD_BYTES:
                broken.add(where, f"it has more than {RECORD_BYTES >> 20} MiB")
            else:
                yield where, content


def _read_zip(path: Path, broken: BrokenRecords) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(path) as archive:
            total = 0
            for member in archive.infolist():
                if not member.filename.endswith(".json"):
                    continue
                try:
                    with archive.open(member) as opened:
                        content = opened.read(RECORD_BYTES + 1)
                except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as error:
                    broken.add(member.filename, f"it cannot be read ({error})")
                    continue
                total += len(content)
                _require_total(path, total)
                if len(content) > RECORD_BYTES:
                    broken.add(member.filename, f"it has more than {RECORD_BYTES >> 20} MiB")
                else:
                    yield member.filename, content
    except (zipfile.BadZipFile, ValueError) as error:
        raise FeedError(
            f"{path} is cut or no zip archive ({error})", "copy it again; a feed that stood stays"
        ) from error


def _require_total(path: Path, total: int) -> None:
    if total > TOTAL_BYTES:
        raise FeedError(f"{path} holds more than {TOTAL_BYTES >> 30} GiB", "take only the records of PyPI")


def _read_file(path: Path, broken: BrokenRecords) -> Iterator[tuple[str, bytes]]:
    """Yield the one JSON text of a file, or each of its lines where the first line is a whole one."""
    with path.open("rb") as file:
        first = file.readline(RECORD_BYTES)
    try:
        json.loads(first)
        is_lines = True
    except (ValueError, RecursionError):
        is_lines = _has_json_line(path)
    if not is_lines:
        if path.stat().st_size > FILE_BYTES:
            raise FeedError(f"{path} has more than {FILE_BYTES >> 30} GiB", "write it as JSON Lines")
        yield path.name, path.read_bytes()
        return
    for number, line in read_lines(path, broken):
        yield f"line {number}", line


def _has_json_line(path: Path) -> bool:
    """Return whether a later line of a file is a whole object, as in JSON Lines whose first line is broken."""
    with path.open("rb") as file:
        for line in (file.readline(RECORD_BYTES) for _ in range(5)):
            if line.startswith(b"{") and line.rstrip().endswith(b"}") and len(line) > 2:
                return True
    return False


def read_lines(path: Path, broken: BrokenRecords) -> Iterator[tuple[int, bytes]]:
    """Yield (number, line) of the lines of a text that are not empty; one that is too long is broken."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(RECORD_BYTES):
            number += 1
            if len(line) == RECORD_BYTES:
                broken.add(f"line {number}", f"it has more than {RECORD_BYTES >> 20} MiB")
                while (rest := file.readline(RECORD_BYTES)) and not rest.endswith(b"\n"):
                    pass
            elif line := line.strip().removeprefix(b"\xef\xbb\xbf"):
                yield number, line
