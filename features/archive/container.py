"""What kind of archive some bytes are, and the archives inside archives."""

from dataclasses import dataclass
from posixpath import basename

from features.archive.budget import LimitExceeded
from features.archive.byte_source import ByteSource, MemorySource
from features.archive.collection import MemberCollection
from features.archive.compression import (
    BlockReader,
    Position,
    compression_of,
    inflate_blocks,
    raw_blocks,
)
from features.archive.file_type import file_type_of, is_text
from features.archive.retention import RawMember, retain_slack_data, retain_stream
from features.archive.tar_headers import BLOCK, is_tar_header
from features.archive.tar_reader import read_tar
from features.archive.zip_headers import find_zip
from features.archive.zip_reader import has_end_mark, read_zip
from features.contract import FileType

_TRAILING_BYTES = 2**20
_UNSUPPORTED_MAGICS = (
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"MSCF", "cab"),
    (b"\xed\xab\xee\xdb", "rpm"),
    (b"!<arch>\ndebian", "deb"),
    (b"\xd0\xcf\x11\xe0", "msi"),
    (b"xar!", "xar"),
)
_UNSUPPORTED_COMPRESSIONS = {"zst": "zstd", "Z": "compress", "lz": "lzip", "lz4": "lz4"}
"""Formats that are known by name and not read here."""
_LEADING_ZEROS = 64 * 2**10
"""Zero bytes that may stand before a tar."""


@dataclass(frozen=True, slots=True)
class Container:
    """What was found: "zip", "tar", "tar.gz", "gz" and so on ("" for no archive), and how many members."""

    name: str
    listed: int = 0


def read_container(source: ByteSource, collection: MemberCollection, prefix: str, inner_name: str) -> Container:
    """Add the members of whatever archive `source` is, by its content; raises `LimitExceeded` and OSError.

    `prefix` goes before every member's path; `inner_name` names the single member of a compressed file that
    is no tar. What an installer would take for a zip is one, whatever it begins with; a nested tar that ends with a
    zip file is read as what it begins with, and the zip file as its last member.
    """
    head = source.read(0, 4096)
    end = find_zip(source)
    if end is not None and not (prefix and is_tar_header(head[:BLOCK])):
        return Container("zip", read_zip(source, end, collection, prefix))
    compression = compression_of(head)
    if compression:
        return _read_compressed(source, compression, collection, prefix, inner_name)
    if is_tar_header(head[:BLOCK]):
        position = Position()
        reader = BlockReader(raw_blocks(source, 0, source.size, collection.budget, position))
        return Container("tar", read_tar(reader, position, collection, prefix, source if prefix else None))
    if head.startswith((b"PK\x03\x04", b"PK\x07\x08")) or (has_end_mark(source) and not is_text(head)):
        return Container("zip", read_zip(source, None, collection, prefix))
    if head.startswith(b"PK\x05\x06"):
        return Container("zip")
    return Container("")


def unsupported_format(head: bytes) -> str:
    """Return the name of a format that is recognised and not read, else ""."""
    for magic, name in _UNSUPPORTED_MAGICS:
        if head.startswith(magic):
            return name
    return _UNSUPPORTED_COMPRESSIONS.get(compression_of(head), "")


def _read_compressed(
    source: ByteSource, compression: str, collection: MemberCollection, prefix: str, inner_name: str
) -> Container:
    budget = collection.budget
    if compression in _UNSUPPORTED_COMPRESSIONS:
        budget.record_anomaly("unsupported_compression")
        return Container(compression)
    position = Position()
    reader = BlockReader(inflate_blocks(source, 0, compression, budget, position))
    ahead = block = reader.read(BLOCK)
    while block and not block.strip(b"\0") and len(ahead) < _LEADING_ZEROS:
        block = reader.read(BLOCK)
        ahead += block
    reader.push_back(ahead)
    if is_tar_header(block):
        name = f"tar.{compression}"
        listed = read_tar(reader, position, collection, prefix)
    else:
        name = compression
        listed = _read_single(reader, collection, prefix + inner_name)
    if not reader.error:
        _read_trailing(source, position.consumed, collection, prefix)
    return Container(name, listed)


def _read_single(reader: BlockReader, collection: MemberCollection, path: str) -> int:
    """Read the one file that is compressed without an archive."""
    collection.budget.count_member()
    try:
        member = retain_stream(path, 0, reader.pieces(2**62), collection.budget)
    except LimitExceeded as reached:
        collection.add_unread(path, 1, reached.limit)
        raise
    if reader.error:
        collection.budget.record_anomaly(reader.error)
        member.problem, member.digest = member.problem or reader.error, b""
    if not member.size:
        return 0
    collection.members.append(member)
    return 1


def _read_trailing(source: ByteSource, at: int, collection: MemberCollection, prefix: str) -> None:
    """Keep what stands behind the last compressed stream; zeros there are padding."""
    rest = source.size - at
    if rest <= 0:
        return
    data = source.read(at, min(rest, _TRAILING_BYTES))
    if not data.strip(b"\0"):
        return
    data, rest = data.lstrip(b"\0"), rest - len(data) + len(data.lstrip(b"\0"))
    collection.budget.record_anomaly("trailing_data")
    collection.members.append(retain_slack_data(f"{prefix}!trailing_data", data, rest, collection.budget))


def open_nested(collection: MemberCollection) -> None:
    """Open the archives among the members, and those among theirs, down to the limit; raises `LimitExceeded`."""
    at = 0
    depths: dict[int, int] = {}
    while at < len(collection.members):
        member = collection.members[at]
        at += 1
        if not member.nested_data:
            continue
        before = len(collection.members)
        collection.budget.depth = depths.get(id(member), 0) + 1
        try:
            _open_archive(member, collection)
        finally:
            for inner in collection.members[before:]:
                inner.inner_path = inner.path[len(member.path) + 2 :]
                depths[id(inner)] = collection.budget.depth
                inner.hidden = inner.hidden or member.hidden
            collection.budget.depth = 0


def _open_archive(member: RawMember, collection: MemberCollection) -> None:
    data, member.nested_data = member.nested_data, b""
    before = len(collection.members)
    inner_name = basename(member.path).rpartition(".")[0] or "data"
    try:
        container = read_container(MemorySource(data), collection, member.path + "!/", inner_name)
    except LimitExceeded as reached:
        member.problem = member.problem or reached.limit
        raise
    finally:
        collection.budget.release(len(data))
    if len(collection.members) > before or container.listed or member.file_type is not FileType.ARCHIVE:
        return
    # It began like an archive and is none that opens: what it is instead is judged without its magic.
    known = unsupported_format(data[:16]) or container.name
    again = file_type_of(member.path, data[:4096], len(data), by_magic=False)
    if again is not FileType.BINARY:
        member.file_type = again
        member.kept = collection.budget.reserve(len(data), source=member.file_type is FileType.PYTHON)
        member.data = data if member.kept else b""
        member.problem = "" if member.kept else "kept_bytes"
    elif known and not (container.name == "zip" and len(data) < 32):
        member.problem = member.problem or f"unread {known}"
