"""Recognises archives by their content, reads their members, and opens the archives among these."""

from dataclasses import dataclass
from posixpath import basename

from features.archive.budget import LimitExceeded
from features.archive.byte_source import ByteSource, MemorySource
from features.archive.collection import MemberCollection
from features.archive.compression import (
    BlockReader,
    Position,
    inflate_blocks,
    raw_blocks,
    skip_zeros,
)
from features.archive.compression_format import compression_of
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
    (b"070701", "cpio"),
    (b"070702", "cpio"),
)
_UNSUPPORTED_COMPRESSIONS = {"zst": "zstd", "Z": "compress", "lz4": "lz4"}
"""Names of compressions that are recognised but cannot be inflated."""
_LEADING_ZEROS = 64 * 2**10
"""Zero bytes that may precede a tar."""


@dataclass(frozen=True, slots=True)
class Container:
    """The recognised format ("zip", "tar.gz", "gz", ...; "" for no archive), and the number of listed members."""

    format: str
    listed: int = 0


def read_container(source: ByteSource, collection: MemberCollection, prefix: str, inner_name: str) -> Container:
    """Add the members of an archive, recognised by its content; raises `LimitExceeded` and OSError.

    `prefix` goes before every member's path. `inner_name` is the name of the single member of a compressed file that is
    not a tar. A file that an installer would open as a zip is read as a zip, also after other data. A nested tar that
    ends with a zip file is read as a tar, with the zip file as its last member.
    """
    head = source.read(0, 4096)
    end = find_zip(source)
    if end is not None and not (prefix and is_tar_header(head[:BLOCK])):
        listed = read_zip(source, end, collection, prefix)
        if not prefix and (is_tar_header(head[:BLOCK]) or compression_of(head) not in {"", *_UNSUPPORTED_COMPRESSIONS}):
            _read_as_tar_too(source, head, collection, inner_name)
        return Container("zip", listed)
    return _read_other(source, head, collection, prefix, inner_name)


def _read_as_tar_too(source: ByteSource, head: bytes, collection: MemberCollection, inner_name: str) -> None:
    """Add the members of a tar that ends with a zip, as hidden ones.

    pip opened every zip as such; from 26 on it goes by the name of the file.
    """
    collection.budget.record_anomaly("ambiguous_header")
    zip_members, names = list(collection.members), list(collection.outer_names)
    collection.members.clear()
    try:
        _read_other(source, head, collection, "", inner_name)
    finally:
        tar_members = [member for member in collection.members if member.path != "!trailing_data"]
        for member in tar_members:
            member.hidden = True
        if tar_members:
            zip_members = [member for member in zip_members if member.path != "!leading_data"]
        collection.members[:] = zip_members + tar_members
        collection.outer_names[:] = names


def _read_other(
    source: ByteSource, head: bytes, collection: MemberCollection, prefix: str, inner_name: str
) -> Container:
    """Add the members of an archive that is no zip with a directory."""
    compression = compression_of(head)
    if compression:
        return _read_compressed(source, compression, collection, prefix, inner_name)
    if is_tar_header(head[:BLOCK]):
        position = Position()

        def reopen_raw(position: Position) -> BlockReader:
            return BlockReader(raw_blocks(source, 0, source.size, collection.budget, position))

        script = source if prefix else None
        return Container("tar", read_tar(reopen_raw(position), position, collection, prefix, script, reopen_raw))
    if head.startswith((b"PK\x03\x04", b"PK\x07\x08")) or (has_end_mark(source) and not is_text(head)):
        return Container("zip", read_zip(source, None, collection, prefix))
    if head.startswith(b"PK\x05\x06"):
        return Container("zip")
    return Container("")


def unsupported_format(head: bytes) -> str:
    """Return the name of a format that is recognised but cannot be read, else ""."""
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

    def reopen(position: Position) -> BlockReader:
        return BlockReader(inflate_blocks(source, 0, compression, budget, position))

    reader = reopen(position)
    start = block = reader.read(BLOCK)
    while block and not block.strip(b"\0") and len(start) < _LEADING_ZEROS:
        block = reader.read(BLOCK)
        start += block
    reader.push_back(start)
    if is_tar_header(block):
        container_format = f"tar.{compression}"
        listed = read_tar(reader, position, collection, prefix, reopen=reopen)
    else:
        container_format = compression
        listed = _read_single(reader, collection, prefix + inner_name)
    for hidden_at, stop in position.hidden:
        _keep_hidden(source, hidden_at, stop, collection, prefix)
    if not reader.error:
        _read_trailing(source, position.consumed, collection, prefix)
    return Container(container_format, listed)


def _read_single(reader: BlockReader, collection: MemberCollection, path: str) -> int:
    """Add the file that is compressed alone, without an archive."""
    collection.budget.count_member()
    try:
        member = retain_stream(path, 0, reader.pieces(2**62), collection.budget)
    except LimitExceeded as exceeded:
        collection.add_unread(path, 1, exceeded.limit)
        raise
    if reader.error:
        collection.budget.record_anomaly(reader.error)
        member.problem, member.digest = member.problem or reader.error, b""
    if not member.size:
        return 0
    collection.members.append(member)
    return 1


def _read_trailing(source: ByteSource, at: int, collection: MemberCollection, prefix: str) -> None:
    """Add the data after the last compressed stream; zeros are padding."""
    at = skip_zeros(source, at, collection.budget)
    rest = source.size - at
    if rest <= 0:
        return
    data = source.read(at, min(rest, _TRAILING_BYTES))
    collection.budget.record_anomaly("trailing_data")
    collection.members.append(retain_slack_data(f"{prefix}!trailing_data", data, rest, collection.budget))


def _keep_hidden(source: ByteSource, start: int, stop: int, collection: MemberCollection, prefix: str) -> None:
    """Add bytes of headers that no reader shows."""
    data = source.read(start, min(stop - start, _TRAILING_BYTES))
    collection.budget.count_inflated(len(data))
    collection.add_hidden_data(prefix, data, stop - start)


def open_nested(collection: MemberCollection) -> None:
    """Open the archives among the members, recursively down to the limit; raises `LimitExceeded`."""
    index = 0
    depths: dict[int, int] = {}
    while index < len(collection.members):
        member = collection.members[index]
        index += 1
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
    except LimitExceeded as exceeded:
        member.problem = member.problem or exceeded.limit
        raise
    finally:
        collection.budget.release(len(data))
    if len(collection.members) > before or container.listed or member.file_type is not FileType.ARCHIVE:
        return
    # It has the magic of an archive but is not an archive: its type is determined again without its magic.
    known = unsupported_format(data[:16]) or container.format
    file_type = file_type_of(member.path, data[:4096], len(data), by_magic=False)
    if file_type is not FileType.BINARY:
        member.file_type = file_type
        member.kept = collection.budget.reserve(len(data), source=member.file_type is FileType.PYTHON)
        member.data = data if member.kept else b""
        member.problem = "" if member.kept else "kept_bytes"
    elif known and not (container.format == "zip" and len(data) < 32):
        member.problem = member.problem or f"unread {known}"
