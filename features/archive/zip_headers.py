"""Parses the central directory and the local headers of a zip file as the standard library's zipfile does.

The format is that of PKWARE's APPNOTE; "directory" is its central directory.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from features.archive.byte_source import ByteSource, truncate_name
from features.archive.zip_extra import LONG_EXTRA, UNICODE_PATH, second_names, unknown_data, zip64_sizes

DIRECTORY_MAGIC, LOCAL_MAGIC, END_MAGIC = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"
_LOCATOR64, _END64 = b"PK\x06\x07", b"PK\x06\x06"

_CENTRAL = struct.Struct("<4sxB2x2H4x3L3H4x2L")
"""A directory record without versions, times and internal attributes."""
_LOCAL = struct.Struct("<4s2B4HL2L2H")
_END = struct.Struct("<4s4H2LH")
_END64_FULL = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")

END_RECORD_BYTES = 65535 + _END.size
"""Bytes of the end record with the longest comment."""
_WINDOW = 2**20
_CENTRAL_BYTES, _LOCAL_BYTES = _CENTRAL.size, _LOCAL.size
_RECORD_BYTES = _CENTRAL_BYTES + 3 * 65535
_UNIX = 3
"""The host system whose external attributes hold a Unix mode."""
_UTF8 = 0x800
ENCRYPTED = 0x1 | 0x40
"""Flags of plain and of strong encryption."""
DESCRIPTOR = 0x8
"""Flag of a member whose sizes follow its data in a descriptor."""
_MAX_32 = 0xFFFFFFFF
_SHORT_EXTRA = 9
"""Bytes of extra fields that cannot hold a name."""
_USUAL_NAME_BYTES = 256
"""Bytes up to which the length of a name is not checked."""


@dataclass(frozen=True, slots=True)
class EndRecord:
    """The end of central directory record.

    `offset` is its own offset. The directory has `entries` entries and `size` bytes from the offset `start`. `shift`
    must be added to the offsets in it, because there is data before the archive. `comment` bytes of comment follow the
    record, and `trailing` bytes follow the comment.
    """

    offset: int
    entries: int
    start: int
    size: int
    shift: int
    comment: int
    trailing: int


@dataclass(slots=True)
class ZipEntry:
    """One member as one of its headers describes it.

    `raw_name` is the name as stored, and `name` the name as zipfile decodes it: UTF-8 if its flag is set, else CP437,
    up to a zero byte. `header_offset` is the offset of the local header, `data_offset` that of the data. Only an entry
    of the directory has `local_fields`, the bytes that its local header should repeat before the name, b"" if sizes are
    in extra fields, and `record_length`, the length of its record. `other_names` are names that some readers use
    instead, and `hidden` is what the header holds that no reader shows.
    """

    raw_name: bytes
    name: str
    flags: int
    method: int
    crc: int
    compressed_size: int
    size: int
    header_offset: int
    mode: int = 0
    data_offset: int = 0
    local_fields: bytes = b""
    record_length: int = 0
    other_names: tuple[str, ...] = ()
    hidden: bytes = b""

    @property
    def is_encrypted(self) -> bool:
        """Return whether the content needs a password; an encrypted directory does not count."""
        return self.flags & ENCRYPTED != 0

    @property
    def is_symlink(self) -> bool:
        """Return whether its Unix mode is that of a symbolic link."""
        return self.mode & 0o170000 == 0o120000


def decode_name(raw: bytes, flags: int) -> str:
    """Return a stored name as text without surrogates."""
    if len(raw) > _USUAL_NAME_BYTES or 0 in raw:
        raw = truncate_name(raw.partition(b"\0")[0])
    if raw.isascii():
        return raw.decode()
    if flags & _UTF8:
        return raw.decode("utf-8", "replace")
    return raw.decode("cp437")


def find_end_record(source: ByteSource) -> EndRecord | None:
    """Return the end record that zipfile would use, None if there is none or its directory would not fit."""
    size = source.size
    tail_at = max(size - END_RECORD_BYTES - 1, 0)
    tail = source.read(tail_at, size - tail_at)
    at = len(tail) - _END.size
    if at < 0:
        return None
    if not (tail[at : at + 4] == END_MAGIC and tail[-2:] == b"\0\0"):
        at = tail.rfind(END_MAGIC)
        if at < 0 or at + _END.size > len(tail):
            return None
    record = _END.unpack_from(tail, at)
    entries, directory, start, comment = record[4], record[5], record[6], record[7]
    record_offset = tail_at + at
    directory_end = record_offset
    zip64 = _read_zip64_end(source, record_offset)
    if zip64 is not None:
        entries, directory, start = zip64
        directory_end = record_offset - _LOCATOR.size - _END64_FULL.size
    begin = directory_end - directory
    if begin < 0 or directory > size:
        return None
    following = size - record_offset - _END.size
    comment = min(comment, following)
    return EndRecord(record_offset, entries, begin, directory, begin - start, comment, following - comment)


def find_zip(source: ByteSource) -> EndRecord | None:
    """Return the end record of a file that installers open as a zip, None for any other file.

    The directory must begin at the offset in the record, because compressed data may contain the magic by chance.
    """
    end = find_end_record(source)
    if end is None:
        return None
    if end.size == 0:
        return end if end.entries == 0 and end.offset == 0 else None
    return end if source.read(end.start, 4) == DIRECTORY_MAGIC else None


def _read_zip64_end(source: ByteSource, record_offset: int) -> tuple[int, int, int] | None:
    locator = source.read(record_offset - _LOCATOR.size, _LOCATOR.size)
    if len(locator) != _LOCATOR.size or not locator.startswith(_LOCATOR64):
        return None
    record = source.read(record_offset - _LOCATOR.size - _END64_FULL.size, _END64_FULL.size)
    if len(record) != _END64_FULL.size or not record.startswith(_END64):
        return None
    fields = _END64_FULL.unpack(record)
    return fields[7], fields[8], fields[9]


def find_newer_directory(source: ByteSource, end: EndRecord) -> tuple[int, int] | None:
    """Return the start and the end of another directory than that of an end record, which newer Pythons read instead.

    Since 3.13.8 and 3.14.1 zipfile goes to the zip64 end record where its locator says, and only then before that.
    """
    locator = source.read(end.offset - _LOCATOR.size, _LOCATOR.size)
    if len(locator) != _LOCATOR.size or not locator.startswith(_LOCATOR64):
        return None
    at = int(_LOCATOR.unpack(locator)[2])
    record = source.read(at, _END64_FULL.size) if at < end.offset - _LOCATOR.size - _END64_FULL.size else b""
    if len(record) != _END64_FULL.size or not record.startswith(_END64):
        return None
    size, start = _END64_FULL.unpack(record)[8:]
    return (start, at) if start + size == at and start != end.start else None


def iter_directory(source: ByteSource, end: EndRecord) -> Iterator[ZipEntry]:
    """Yield the entries of the directory; ends early at a damaged record (zipfile would refuse the file)."""
    at, stop = end.start, end.start + end.size
    window, window_at = b"", at
    while at + _CENTRAL_BYTES <= stop:
        here = at - window_at
        if here + _RECORD_BYTES > len(window) and window_at + len(window) < stop:
            window, window_at = source.read(at, min(_WINDOW, stop - at)), at
            here = 0
        entry = _parse_directory_record(window, here, end.shift, is_end=window_at + len(window) >= stop)
        if entry is None:
            return
        yield entry
        at += entry.record_length


def find_directory_records(source: ByteSource, start: int, stop: int) -> Iterator[ZipEntry]:
    """Yield the directory records at any offset in a range."""
    at = start
    while at < stop:
        window = source.read(at, min(_WINDOW + _RECORD_BYTES, stop - at))
        if not window:
            return
        here = window.find(DIRECTORY_MAGIC, 0, _WINDOW + 3)
        while here >= 0:
            entry = _parse_directory_record(window, here, 0)
            if entry is not None:
                yield entry
            here = window.find(DIRECTORY_MAGIC, here + 4, _WINDOW + 3)
        at += _WINDOW


def _parse_directory_record(window: bytes, here: int, shift: int, *, is_end: bool = False) -> ZipEntry | None:
    """Return the entry of the directory record at an index of a window, None if there is none.

    At the end of the directory, zipfile takes the part of a name that is there.
    """
    name_at = here + _CENTRAL_BYTES
    if name_at > len(window):
        return None
    magic, host, flags, method, crc, stored, size, name_size, extra_size, comment_size, attributes, offset = (
        _CENTRAL.unpack_from(window, here)
    )
    if magic != DIRECTORY_MAGIC:
        return None
    name_end = name_at + name_size
    raw_name = window[name_at:name_end]
    if len(raw_name) != name_size and not is_end:
        return None
    local_fields = b""
    if _MAX_32 in (stored, size, offset):
        size, stored, offset = zip64_sizes(window[name_end : name_end + extra_size], size, stored, offset)
    else:
        local_fields = window[here + 8 : here + 30]
    mode = attributes >> 16 if host == _UNIX else 0
    length = _CENTRAL_BYTES + name_size + extra_size + comment_size
    name = decode_name(raw_name, flags)
    entry = ZipEntry(raw_name, name, flags, method, crc, stored, size, offset + shift, mode, 0, local_fields, length)
    if extra_size > _SHORT_EXTRA or comment_size > LONG_EXTRA:
        extra_end = name_end + extra_size
        add_extra(entry, window[name_end:extra_end], window[extra_end : extra_end + comment_size])
    return entry


def add_extra(entry: ZipEntry, extra: bytes, comment: bytes = b"") -> None:
    """Add the second names and the hidden data of a header's extra fields and comment to its entry."""
    if UNICODE_PATH in extra:
        entry.other_names = second_names(extra, entry.name)
    if len(extra) + len(comment) > LONG_EXTRA:
        unknown = unknown_data(extra)
        if len(unknown) + len(comment) > LONG_EXTRA:
            entry.hidden = b"\n".join(filter(None, (unknown, comment)))


def read_local_extra(source: ByteSource, entry: ZipEntry) -> ZipEntry | None:
    """Return an entry with the second names and the hidden data of a located member's local header.

    None if its extra fields are too short to hold any, as nearly always.
    """
    start = entry.header_offset + _LOCAL_BYTES + len(entry.raw_name)
    size = entry.data_offset - start
    if size <= _SHORT_EXTRA:
        return None
    extra = source.read(start, size)
    if size <= LONG_EXTRA and UNICODE_PATH not in extra:
        return None
    local = replace(entry, other_names=(), hidden=b"")
    add_extra(local, extra)
    return local


def locate_data(source: ByteSource, entry: ZipEntry) -> int:
    """Return the offset of an entry's data if its local header repeats the entry byte for byte, as most do; else -1."""
    name = entry.raw_name
    size = _LOCAL_BYTES + len(name)
    head = source.read(entry.header_offset, size)
    if (
        head[6:28] != entry.local_fields
        or not head.endswith(name, _LOCAL_BYTES)
        or head[:4] != LOCAL_MAGIC
        or len(head) != size
    ):
        return -1
    return entry.header_offset + size + head[28] + (head[29] << 8)


def read_local_header(source: ByteSource, at: int) -> ZipEntry | None:
    """Return the entry of the local header at an offset, None if there is none."""
    head = source.read(at, _LOCAL.size + 512)
    if len(head) < _LOCAL.size or not head.startswith(LOCAL_MAGIC):
        return None
    fields = _LOCAL.unpack_from(head)
    name_end = _LOCAL.size + fields[10]
    data_at = name_end + fields[11]
    if data_at > len(head):
        head = source.read(at, data_at)
    raw_name = head[_LOCAL.size : name_end]
    stored, size = fields[8], fields[9]
    if _MAX_32 in (stored, size):
        size, stored, _ = zip64_sizes(head[name_end:data_at], size, stored, 0)
    name = decode_name(raw_name, fields[3])
    return ZipEntry(raw_name, name, fields[3], fields[4], fields[7], stored, size, at, data_offset=at + data_at)


def find_local_headers(source: ByteSource, start: int, stop: int) -> Iterator[int]:
    """Yield the offsets of the local headers' magic in a range."""
    at = start
    while at < stop:
        window = source.read(at, min(_WINDOW, stop - at))
        if len(window) < 4:
            return
        found = window.find(LOCAL_MAGIC)
        while found >= 0:
            yield at + found
            found = window.find(LOCAL_MAGIC, found + 4)
        # The magic may extend over two windows.
        at += len(window) - 3 if at + len(window) < stop else len(window)
