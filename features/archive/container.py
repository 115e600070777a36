"""What kind of archive some bytes are, and the archives inside archives."""

from dataclasses import dataclass
from posixpath import basename

from features.archive.budget import LimitExceeded
from features.archive.collection import Collection
from features.archive.compression import (
    BlockReader,
    Position,
    compression_of,
    inflate_blocks,
    raw_blocks,
)
from features.archive.file_type import file_type_of, is_text
from features.archive.retention import RawMember, retain_slack_data, retain_stream
from features.archive.source import Memory, Source
from features.archive.tar_headers import BLOCK, is_header
from features.archive.tar_reader import read_tar
from features.archive.zip_headers import find_zip
from features.archive.zip_reader import has_end_mark, read_zip
from features.contract import FileType

_TRAILING = 2**20
_NAMED = (
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"MSCF", "cab"),
    (b"\xed\xab\xee\xdb", "rpm"),
    (b"!<arch>\ndebian", "deb"),
    (b"\xd0\xcf\x11\xe0", "msi"),
    (b"xar!", "xar"),
)
_UNREAD = {"zst": "zstd", "Z": "compress", "lz": "lzip", "lz4": "lz4"}
"""Formats that are known by name and not read here."""
_AHEAD = 64 * 2**10
"""Zero bytes that may stand before a tar."""


@dataclass(frozen=True, slots=True)
class Container:
    """What was found: "zip", "tar", "tar.gz", "gz" and so on ("" for no archive), and how many members."""

    name: str
    listed: int = 0


def read_container(source: Source, found: Collection, prefix: str, inner_name: str) -> Container:
    """Add the members of whatever archive `source` is, by its content; raises `LimitExceeded` and OSError.

    `prefix` goes before every member's path; `inner_name` names the single member of a compressed file that
    is no tar. What an installer would take for a zip is one, whatever it begins with; a nested tar that ends with a
    zip file is read as what it begins with, and the zip file as its last member.
    """
    head = source.read(0, 4096)
    end = find_zip(source)
    if end is not None and not (prefix and is_header(head[:BLOCK])):
        return Container("zip", read_zip(source, end, found, prefix))
    compression = compression_of(head)
    if compression:
        return _read_compressed(source, compression, found, prefix, inner_name)
    if is_header(head[:BLOCK]):
        position = Position()
        reader = BlockReader(raw_blocks(source, 0, source.size, found.budget, position))
        return Container("tar", read_tar(reader, position, found, prefix, source if prefix else None))
    if head.startswith((b"PK\x03\x04", b"PK\x07\x08")) or (has_end_mark(source) and not is_text(head)):
        return Container("zip", read_zip(source, None, found, prefix))
    if head.startswith(b"PK\x05\x06"):
        return Container("zip")
    return Container("")


def name_format(head: bytes) -> str:
    """Return the name of a format that is recognised and not read, else ""."""
    for magic, name in _NAMED:
        if head.startswith(magic):
            return name
    return _UNREAD.get(compression_of(head), "")


def _read_compressed(source: Source, compression: str, found: Collection, prefix: str, inner_name: str) -> Container:
    budget = found.budget
    if compression in _UNREAD:
        budget.record_anomaly("unsupported_compression")
        return Container(compression)
    position = Position()
    reader = BlockReader(inflate_blocks(source, 0, compression, budget, position))
    ahead = block = reader.read(BLOCK)
    while block and not block.strip(b"\0") and len(ahead) < _AHEAD:
        block = reader.read(BLOCK)
        ahead += block
    reader.unread(ahead)
    if is_header(block):
        name = f"tar.{compression}"
        listed = read_tar(reader, position, found, prefix)
    else:
        name = compression
        listed = _read_single(reader, found, prefix + inner_name)
    if not reader.error:
        _read_trailing(source, position.consumed, found, prefix)
    return Container(name, listed)


def _read_single(reader: BlockReader, found: Collection, path: str) -> int:
    """Read the one file that is compressed without an archive."""
    found.budget.list_member()
    try:
        draft = retain_stream(path, 0, reader.pieces(2**62), found.budget)
    except LimitExceeded as reached:
        found.unread(path, 1, reached.limit)
        raise
    if reader.error:
        found.budget.record_anomaly(reader.error)
        draft.problem, draft.digest = draft.problem or reader.error, b""
    if not draft.size:
        return 0
    found.drafts.append(draft)
    return 1


def _read_trailing(source: Source, at: int, found: Collection, prefix: str) -> None:
    """Keep what stands behind the last compressed stream; zeros there are padding."""
    rest = source.size - at
    if rest <= 0:
        return
    data = source.read(at, min(rest, _TRAILING))
    if not data.strip(b"\0"):
        return
    data, rest = data.lstrip(b"\0"), rest - len(data) + len(data.lstrip(b"\0"))
    found.budget.record_anomaly("trailing_data")
    found.drafts.append(retain_slack_data(f"{prefix}!trailing_data", data, rest, found.budget))


def open_nested(found: Collection) -> None:
    """Open the archives among the members, and those among theirs, down to the limit; raises `LimitExceeded`."""
    at = 0
    depths: dict[int, int] = {}
    while at < len(found.drafts):
        draft = found.drafts[at]
        at += 1
        if not draft.nested_data:
            continue
        before = len(found.drafts)
        found.budget.depth = depths.get(id(draft), 0) + 1
        try:
            _open_one(draft, found)
        finally:
            for inner in found.drafts[before:]:
                inner.inner_path = inner.path[len(draft.path) + 2 :]
                depths[id(inner)] = found.budget.depth
                inner.hidden = inner.hidden or draft.hidden
            found.budget.depth = 0


def _open_one(draft: RawMember, found: Collection) -> None:
    data, draft.nested_data = draft.nested_data, b""
    before = len(found.drafts)
    inner_name = basename(draft.path).rpartition(".")[0] or "data"
    try:
        container = read_container(Memory(data), found, draft.path + "!/", inner_name)
    except LimitExceeded as reached:
        draft.problem = draft.problem or reached.limit
        raise
    finally:
        found.budget.release(len(data))
    if len(found.drafts) > before or container.listed or draft.file_type is not FileType.ARCHIVE:
        return
    # It began like an archive and is none that opens: what it is instead is judged without its magic.
    known = name_format(data[:16]) or container.name
    again = file_type_of(draft.path, data[:4096], len(data), by_magic=False)
    if again is not FileType.BINARY:
        draft.file_type = again
        draft.kept = found.budget.reserve(len(data), source=draft.file_type is FileType.PYTHON)
        draft.data = data if draft.kept else b""
        draft.problem = "" if draft.kept else "kept_bytes"
    elif known and not (container.name == "zip" and len(data) < 32):
        draft.problem = draft.problem or f"unread {known}"
