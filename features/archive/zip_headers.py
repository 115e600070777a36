"""The directory and the local headers of a zip file, as the standard library's zipfile reads them."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from features.archive.byte_source import ByteSource, truncate_name

DIRECTORY_MAGIC, LOCAL_MAGIC, END_MAGIC = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"
_LOCATOR64, _END64 = b"PK\x06\x07", b"PK\x06\x06"

_CENTRAL = struct.Struct("<4sxB2x2H4x3L3H4x2L")
"""Without versions, times and inner attributes."""
_LOCAL = struct.Struct("<4s2B4HL2L2H")
_END = struct.Struct("<4s4H2LH")
_END64_FULL = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")

END_RECORD_BYTES = 65535 + _END.size
"""The end record and the longest comment behind it."""
_WINDOW = 2**20
_CENTRAL_BYTES, _LOCAL_BYTES = _CENTRAL.size, _LOCAL.size
_RECORD_BYTES = _CENTRAL_BYTES + 3 * 65535
_UNIX = 3
"""The system whose modes are written in the outer attributes."""
_UNICODE_PATH = b"\x75\x70"
_UNICODE_PATH_KIND = int.from_bytes(_UNICODE_PATH, "little")
_ZIP64_KIND = 1
_UTF8 = 0x800
ENCRYPTED = 0x1 | 0x40
"""Plain and strong encryption."""
DESCRIPTOR = 0x8
_MOST32 = 0xFFFFFFFF
_USUAL_NAME = 256
"""Bytes of a name that is surely no longer than any system's."""


@dataclass(frozen=True, slots=True)
class EndRecord:
    """The end-of-directory record: where the directory starts, its size, and what surrounds it.

    `header_offset` is the record's offset, `shift` what must be added to every offset in the directory because data
    stand before the archive, `comment` and `after` the number of bytes of its comment and behind that.
    """

    header_offset: int
    entries: int
    start: int
    size: int
    shift: int
    comment: int
    after: int


@dataclass(slots=True)
class ZipEntry:
    """One member as a header says it; `raw_name` is as stored, `header_offset` the local header's offset.

    `name` is as zipfile decodes it: UTF-8 by its flag, else CP437, up to a zero byte. `unicode_name` is another name
    that some readers take for its own. `local_fields` is, of an entry in the directory, all that its local header
    should say as well, up to the name; b"" where sizes stand in extra fields. `record_length` is that of its record
    there.
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
    unicode_name: str = ""
    local_fields: bytes = b""
    record_length: int = 0

    @property
    def is_encrypted(self) -> bool:
        """Whether a password would be needed; that the directory is encrypted too no reader takes for one."""
        return self.flags & ENCRYPTED != 0

    @property
    def is_symlink(self) -> bool:
        """Whether its attributes, made on Unix, say symbolic link."""
        return self.mode & 0o170000 == 0o120000


def decode_name(raw: bytes, flags: int) -> str:
    """Return a stored name as text without surrogates."""
    if len(raw) > _USUAL_NAME or 0 in raw:
        raw = truncate_name(raw.partition(b"\0")[0])
    if raw.isascii():
        return raw.decode()
    if flags & _UTF8:
        return raw.decode("utf-8", "replace")
    return raw.decode("cp437")


def find_end_record(source: ByteSource) -> EndRecord | None:
    """Return the end record that zipfile would use, None where there is none or its directory cannot be."""
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
    end_at = tail_at + at
    directory_end = end_at
    wide = _read_zip64_end(source, end_at)
    if wide is not None:
        entries, directory, start = wide
        directory_end = end_at - _LOCATOR.size - _END64_FULL.size
    begin = directory_end - directory
    if begin < 0 or directory > size:
        return None
    behind = size - end_at - _END.size
    comment = min(comment, behind)
    return EndRecord(end_at, entries, begin, directory, begin - start, comment, behind - comment)


def find_zip(source: ByteSource) -> EndRecord | None:
    """Return the end record of what installers take for a zip file, else None.

    The magic alone is not enough: compressed data may hold it. The directory must begin where it says.
    """
    end = find_end_record(source)
    if end is None:
        return None
    if end.size == 0:
        return end if end.entries == 0 and end.header_offset == 0 else None
    return end if source.read(end.start, 4) == DIRECTORY_MAGIC else None


def _read_zip64_end(source: ByteSource, end_at: int) -> tuple[int, int, int] | None:
    locator = source.read(end_at - _LOCATOR.size, _LOCATOR.size)
    if len(locator) != _LOCATOR.size or not locator.startswith(_LOCATOR64):
        return None
    record = source.read(end_at - _LOCATOR.size - _END64_FULL.size, _END64_FULL.size)
    if len(record) != _END64_FULL.size or not record.startswith(_END64):
        return None
    fields = _END64_FULL.unpack(record)
    return fields[7], fields[8], fields[9]


def iter_directory(source: ByteSource, end: EndRecord) -> Iterator[ZipEntry]:
    """Yield the directory's entries; ends early where a record is damaged (zipfile would refuse the file)."""
    at, stop = end.start, end.start + end.size
    window, window_at = b"", at
    while at + _CENTRAL_BYTES <= stop:
        here = at - window_at
        if here + _RECORD_BYTES > len(window) and window_at + len(window) < stop:
            window, window_at = source.read(at, min(_WINDOW, stop - at)), at
            here = 0
        entry = _parse_directory_record(window, here, end.shift)
        if entry is None:
            return
        yield entry
        at += entry.record_length


def find_directory_records(source: ByteSource, start: int, stop: int) -> Iterator[ZipEntry]:
    """Yield the entries of directories that stand in a range, at whatever offset."""
    at = start
    while at < stop:
        window = source.read(at, min(_WINDOW + _RECORD_BYTES, stop - at))
        here = window.find(DIRECTORY_MAGIC, 0, _WINDOW + 3)
        while here >= 0:
            entry = _parse_directory_record(window, here, 0)
            if entry is not None:
                yield entry
            here = window.find(DIRECTORY_MAGIC, here + 4, _WINDOW + 3)
        at += _WINDOW


def _parse_directory_record(window: bytes, here: int, shift: int) -> ZipEntry | None:
    """Return the directory's entry at a place; None where there is none."""
    name_at = here + _CENTRAL_BYTES
    if name_at > len(window):
        return None
    magic, host, flags, method, crc, stored, size, named, more, noted, attributes, offset = _CENTRAL.unpack_from(
        window, here
    )
    if magic != DIRECTORY_MAGIC:
        return None
    name_end = name_at + named
    raw_name = window[name_at:name_end]
    if len(raw_name) != named:
        return None
    said = b""
    if _MOST32 in (stored, size, offset):
        size, stored, offset = _zip64_sizes(window[name_end : name_end + more], size, stored, offset)
    else:
        said = window[here + 8 : here + 30]
    mode = attributes >> 16 if host == _UNIX else 0
    length = _CENTRAL_BYTES + named + more + noted
    name = decode_name(raw_name, flags)
    entry = ZipEntry(raw_name, name, flags, method, crc, stored, size, offset + shift, mode, 0, "", said, length)
    if more > 9 and _UNICODE_PATH in window[name_end : name_end + more]:
        entry.unicode_name = _unicode_path_name(window[name_end : name_end + more])
    return entry


def _unicode_path_name(extra: bytes) -> str:
    """Return the plain name in an Info-ZIP Unicode Path field, which newer Pythons take for the member's."""
    for kind, field in _extra_fields(extra):
        if kind == _UNICODE_PATH_KIND:
            # Behind a version and a checksum. An honest field is there for letters that are not ASCII.
            name = field[5:]
            return name.decode("ascii") if name.isascii() else ""
    return ""


def _zip64_sizes(extra: bytes, size: int, stored: int, offset: int) -> tuple[int, int, int]:
    """Return sizes and offset with those of the zip64 extra field where the plain ones say so."""
    for kind, field in _extra_fields(extra):
        if kind == _ZIP64_KIND:
            place = 0
            values = [size, stored, offset]
            for index, value in enumerate(values):
                if value == _MOST32 and place + 8 <= len(field):
                    values[index] = int.from_bytes(field[place : place + 8], "little")
                    place += 8
            return values[0], values[1], values[2]
    return size, stored, offset


def _extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the kind and the content of each extra field."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        yield kind, extra[at + 4 : at + 4 + length]
        at += 4 + length


def locate_data(source: ByteSource, entry: ZipEntry) -> int:
    """Return the offset of an entry's data, where its local header says the same, byte for byte; else -1.

    Nearly every member's does.
    """
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
    """Return the local header at an offset, with the offset of its data; None where there is none."""
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
    if _MOST32 in (stored, size):
        size, stored, _ = _zip64_sizes(head[name_end:data_at], size, stored, 0)
    name = decode_name(raw_name, fields[3])
    return ZipEntry(raw_name, name, fields[3], fields[4], fields[7], stored, size, at, data_offset=at + data_at)


def find_local_headers(source: ByteSource, start: int, stop: int) -> Iterator[int]:
    """Yield offsets in a range at which a local header's magic stands."""
    at = start
    while at < stop:
        window = source.read(at, min(_WINDOW, stop - at))
        if len(window) < 4:
            return
        found = window.find(LOCAL_MAGIC)
        while found >= 0:
            yield at + found
            found = window.find(LOCAL_MAGIC, found + 4)
        # The magic may stand across two windows.
        at += len(window) - 3 if at + len(window) < stop else len(window)
