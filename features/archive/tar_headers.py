"""Parses ustar, GNU and pax headers of tar archives as the standard library's tarfile does, with its quirks.

Installers read with tarfile. `features.archive.tar_reader` also reads what tarfile does not reach.
"""

import re
from dataclasses import dataclass, field
from zlib import adler32

from features.archive.compression import BlockReader
from features.archive.tar_numbers import (
    INTEGER_DIGITS,
    MAX_NUMBER,
    RECORD_LENGTH,
    parse_integer,
    parse_number,
    record_length,
)

BLOCK = 512
_ZEROS = bytes(BLOCK)

_REGULAR = frozenset(b"0\x007S")
_SUPPORTED = frozenset(b"0\x001234567LKS")
_EXTENSIONS = frozenset(b"LKxgX")
_DIRECTORY, _HARDLINK, _SYMLINK = ord("5"), ord("1"), ord("2")
_DEVICES = frozenset(b"346")
_GNU_TYPES = frozenset(b"LKS")
_USUAL_NUMBERS = re.compile(
    rb"([0-7]{7})\0(?:(?:[0-7]{7}\0){2}|\0{16})([0-7]{11})\0[0-7]{11}\0(?=([0-7]{6,7})[\0 ])"
    rb".{181}(?:\0{16}|(?:0000000\0){2})",
    re.DOTALL,
)
"""Mode, size and checksum as groups, in the spelling of nearly every writer, and no device numbers."""
_SPARSE_OFFSET = re.compile(rb"\d GNU.sparse.offset=(\d+)\n")
_SPARSE_BYTES = re.compile(rb"\d GNU.sparse.numbytes=(\d+)\n")
_OFFSET_KEYWORD, _BYTES_KEYWORD = b"GNU.sparse.offset", b"GNU.sparse.numbytes"
_PAX_USED = frozenset(
    (b"path", b"linkpath", b"size", b"GNU.sparse.map", b"GNU.sparse.major", b"GNU.sparse.minor", b"GNU.sparse.name",
     b"GNU.sparse.size", b"GNU.sparse.realsize")
)  # fmt: skip
"""Keywords that affect the reading of a member; a global header may hold any number of others."""
_PAX_KEYWORD_BYTES = max(*map(len, _PAX_USED), len(_BYTES_KEYWORD))
_LONG_VALUE = 256
"""Bytes from which the value of a keyword that is not used, such as a comment, is hidden data."""
_HIDDEN_BYTES = 2**20
"""Bytes of such values that are kept of one archive."""

_EXTENSION_BYTES = 2 * 2**20
"""Bytes of the longest extended header that is read (a name has at most 4,096 characters)."""
_SPARSE_NUMBERS = 200_000
_MAX_EXTENSIONS = 64
"""Extended headers before one member; tarfile recurses and fails at about a thousand."""


class InvalidHeader(Exception):  # noqa: N818 - it ends the reading and is no error
    """A header that tarfile does not accept; `anomaly` names the reason, and `block` is the block in its place."""

    def __init__(self, anomaly: str, block: bytes = b"") -> None:
        super().__init__(anomaly)
        self.anomaly = anomaly
        self.block = block


@dataclass(slots=True)
class TarEntry:
    """One tar header with the changes of the extended headers before it.

    `stored_size` are the bytes that follow in the archive, `size` those that an extraction writes. They differ for
    sparse files, of which `sparse` holds the offset and length of each stored part, and if headers contradict each
    other.
    """

    name: bytes
    size: int
    type: int
    link_target: bytes
    mode: int
    stored_size: int = 0
    sparse: list[tuple[int, int]] | None = None
    pax: dict[bytes, bytes] = field(default_factory=dict)
    reread: bytes = b""
    """Bytes of a sparse map after the end of the stored content, which are headers as well."""

    @property
    def is_data(self) -> bool:
        """Return whether an extraction writes a file; tarfile treats unknown types as files."""
        return self.type in _REGULAR or self.type not in _SUPPORTED

    @property
    def is_plain(self) -> bool:
        """Return whether it is an ordinary file, stored as it is extracted, as nearly every entry is."""
        return self.type in _REGULAR and self.sparse is None and self.size == self.stored_size

    @property
    def is_unknown(self) -> bool:
        """Return whether tarfile does not know the type."""
        return self.type not in _SUPPORTED

    @property
    def is_directory(self) -> bool:
        """Return whether it is a folder."""
        return self.type == _DIRECTORY

    @property
    def is_hardlink(self) -> bool:
        """Return whether it is another name of an earlier member."""
        return self.type == _HARDLINK

    @property
    def is_symlink(self) -> bool:
        """Return whether it is a symbolic link."""
        return self.type == _SYMLINK

    @property
    def is_device(self) -> bool:
        """Return whether it is a device or a pipe."""
        return self.type in _DEVICES


def is_tar_header(block: bytes) -> bool:
    """Return whether a block of 512 bytes is a tar header: not all zero, with a valid checksum."""
    if len(block) != BLOCK or block == _ZEROS:
        return False
    try:
        return _matches_checksum(parse_number(block[148:156]), block)
    except ValueError:
        return False


def _matches_checksum(checksum: int, block: bytes) -> bool:
    """Return whether a checksum is that of a header; some writers summed signed characters."""
    total = _checksum_of(block)
    if checksum == total:
        return True
    high = sum(1 for byte in block if byte > 127) - sum(1 for byte in block[148:156] if byte > 127)
    return checksum == total - 256 * high


def _checksum_of(block: bytes) -> int:
    """Return the sum of a header's bytes, with spaces in place of its checksum.

    The low half of an Adler-32 is the sum of the bytes plus 1, if that is below 65,521.
    """
    if block.isascii():
        return (adler32(block[156:], adler32(block[:148])) & 0xFFFF) + 255
    return sum(block) - sum(block[148:156]) + 256


def parse_header(block: bytes) -> TarEntry:
    """Return the entry of one header without its extensions; raises `InvalidHeader` if tarfile would stop."""
    if len(block) != BLOCK:
        raise InvalidHeader("truncated", block)
    usual = _USUAL_NUMBERS.match(block, 100)
    if usual:
        mode, size, checksum = int(usual[1], 8), int(usual[2], 8), int(usual[3], 8)
    else:
        mode, size, checksum = _parse_unusual_numbers(block)
    if checksum != _checksum_of(block) and not _matches_checksum(checksum, block):
        raise InvalidHeader("bad_checksum", block)
    name = _field_text(block, 0, 100)
    type_ = block[156]
    if type_ == 0 and name.endswith(b"/"):
        type_ = _DIRECTORY
    if type_ == _DIRECTORY:
        name = name.rstrip(b"/")
    if block[345] and type_ not in _GNU_TYPES:
        name = _field_text(block, 345, 500) + b"/" + name
    return TarEntry(name, size, type_, _field_text(block, 157, 257) if block[157] else b"", mode)


def _field_text(block: bytes, start: int, end: int) -> bytes:
    """Return the field at these offsets up to its first zero byte."""
    zero = block.find(0, start, end)
    return block[start : zero if zero >= 0 else end]


def _parse_unusual_numbers(block: bytes) -> tuple[int, int, int]:
    """Return mode, size and checksum of a header in an unusual spelling; raises `InvalidHeader`."""
    try:
        # Owner, time and device are not used, but tarfile stops if one of them is damaged.
        for start, end in ((108, 116), (116, 124), (136, 148), (329, 337), (337, 345)):
            parse_number(block[start:end])
        return parse_number(block[100:108]), parse_number(block[124:136]), parse_number(block[148:156])
    except ValueError:
        raise InvalidHeader("bad_checksum", block) from None


def padded_size(size: int) -> int:
    """Return the bytes that content of a size takes in whole blocks."""
    return -(-size // BLOCK) * BLOCK


class TarParser:
    """Parses headers one after another; the caller reads or skips the data between two calls of `next_entry`.

    After an entry is returned, the reader is at its data: `TarEntry.stored_size` bytes, padded to whole blocks.
    `is_ambiguous` says whether releases of Python 3.8 to 3.14 read one of the headers differently: this parser reads it
    as the newest do with `modern`, else as the oldest do. `hidden` is text of extended headers that no reader shows, up
    to a bound, and `hidden_bytes` counts all of it.
    """

    __slots__ = ("_global", "_modern", "_reader", "hidden", "hidden_bytes", "is_ambiguous")

    def __init__(self, reader: BlockReader, *, modern: bool = False) -> None:
        self._reader = reader
        self._global: dict[bytes, bytes] = {}
        self._modern = modern
        self.is_ambiguous = False
        self.hidden: list[bytes] = []
        self.hidden_bytes = 0

    def next_entry(self, first: bytes | None = None) -> TarEntry | None:
        """Return the next entry, None at the end mark or the end of data; raises `InvalidHeader`.

        `first` is the block of the header if it was read already.
        """
        block = self._reader.read(BLOCK) if first is None else first
        if not block or block == _ZEROS:
            return None
        entry = parse_header(block)
        if entry.type not in _EXTENSIONS and entry.type != ord("S"):
            entry.stored_size = entry.size if entry.is_data else 0
            if self._global:
                self._apply_pax(entry, self._global)
        else:
            entry = self._extended(entry, block)
        if entry.size < 0 or entry.stored_size < 0 or entry.stored_size > MAX_NUMBER:
            # tarfile would seek backwards.
            raise InvalidHeader("bad_checksum")
        return entry

    def _extended(self, entry: TarEntry, block: bytes) -> TarEntry:
        chain: list[tuple[TarEntry, bytes]] = []
        while entry.type in _EXTENSIONS:
            if len(chain) >= _MAX_EXTENSIONS or not 0 <= entry.size <= _EXTENSION_BYTES:
                raise InvalidHeader("bad_checksum")
            data = self._reader.read(padded_size(entry.size))
            if entry.type in b"xgX":
                entry.pax = self._parse_pax(entry, data)
            chain.append((entry, data))
            block = self._reader.read(BLOCK)
            if not block or block == _ZEROS:
                raise InvalidHeader("truncated")
            entry = parse_header(block)
        if block[156] == 0 and entry.is_directory:
            # Since 3.14.3 a name that may be cut at a slash does not make a folder.
            self.is_ambiguous = True
            if self._modern:
                entry.type = 0
        entry.stored_size = entry.size if entry.is_data else 0
        if entry.type == ord("S"):
            self._sparse_map(entry, block)
        elif self._global:
            self._apply_pax(entry, self._global)
        for extension, data in reversed(chain):
            self._apply_extension(extension, data, entry)
        return entry

    def _parse_pax(self, entry: TarEntry, data: bytes) -> dict[bytes, bytes]:
        values = self._global if entry.type == ord("g") else dict(self._global)
        at, last = 0, data.rfind(b"=")
        while (match := RECORD_LENGTH.match(data, at)) and match.end() < last and data[match.end()] != ord("="):
            length = record_length(match)
            if length == 0:
                raise InvalidHeader("bad_checksum")
            keyword, equals, _ = data[match.end() : match.end() + _PAX_KEYWORD_BYTES + 1].partition(b"=")
            value_at = match.end() + len(keyword) + 1
            if equals and keyword in _PAX_USED:
                values[keyword] = data[value_at : at + length - 1]
            elif length > _LONG_VALUE:
                self._hide(data[match.end() : at + length - 1])
            at += length
        return values

    def _hide(self, text: bytes) -> None:
        self.hidden_bytes += len(text)
        if self.hidden_bytes <= _HIDDEN_BYTES:
            self.hidden.append(text)

    def _sparse_parts_of(self, data: bytes) -> list[tuple[int, int]]:
        """Return the map of a pax sparse file, version 0.0, from the records of its header.

        Python before 3.8.20, 3.9.20, 3.10.15, 3.11.10 and 3.12.6 finds them inside other records too.
        """
        offsets, sizes = _SPARSE_OFFSET.findall(data), _SPARSE_BYTES.findall(data)
        records: dict[bytes, list[bytes]] = {_OFFSET_KEYWORD: [], _BYTES_KEYWORD: []}
        at = 0
        while match := RECORD_LENGTH.match(data, at):
            end = at + max(record_length(match), 1)
            keyword, _, value = data[match.end() : end - 1].partition(b"=")
            if keyword in records:
                records[keyword].append(value)
            at = end
        if list(records.values()) != [offsets, sizes]:
            self.is_ambiguous = True
            if self._modern:
                offsets, sizes = records.values()
        return list(zip(_integers(offsets), _integers(sizes), strict=False))

    def _apply_extension(self, extension: TarEntry, data: bytes, entry: TarEntry) -> None:
        if extension.type in b"LK":
            text, _, rest = data.partition(b"\0")
            if extension.type == ord("L"):
                entry.name = text
            else:
                entry.link_target = text
            if entry.is_directory:
                entry.name = entry.name.removesuffix(b"/")
            if len(rest) > _LONG_VALUE and rest.strip(b"\0"):
                self._hide(rest)
            return
        pax = extension.pax
        if not pax:
            return
        if b"GNU.sparse.map" in pax:
            entry.sparse = _pairs(_integers(pax[b"GNU.sparse.map"].split(b",")))
        elif b"GNU.sparse.size" in pax:
            entry.sparse = self._sparse_parts_of(data)
        elif pax.get(b"GNU.sparse.major") == b"1" and pax.get(b"GNU.sparse.minor") == b"0":
            self._sparse_in_data(entry)
        if extension.type != ord("g"):
            self._apply_pax(entry, pax)
            if b"size" in pax:
                entry.stored_size = entry.size if entry.is_data else 0
                entry.reread = b""

    def _sparse_map(self, entry: TarEntry, block: bytes) -> None:
        """Read the map of an old GNU sparse file: four parts in the header, the others in blocks after it."""
        try:
            entry.sparse = _sparse_parts(block, 386, 4)
            entry.size = parse_number(block[483:495])
            more = block[482]
            while more:
                block = self._reader.read(BLOCK)
                if len(block) != BLOCK:
                    raise InvalidHeader("truncated")
                entry.sparse += [part for part in _sparse_parts(block, 0, 21) if all(part)]
                more = block[504]
                if len(entry.sparse) > _SPARSE_NUMBERS:
                    raise InvalidHeader("bad_checksum")
        except ValueError:
            raise InvalidHeader("bad_checksum") from None

    def _sparse_in_data(self, entry: TarEntry) -> None:
        """Read the map of a pax sparse file, version 1.0, which precedes the data and may be longer than that."""
        data = b""
        wanted = 1
        numbers: list[bytes] = []
        left = padded_size(entry.stored_size)
        while len(numbers) < wanted:
            line, newline, rest = data.partition(b"\n")
            if newline:
                numbers.append(line)
                data = rest
                if len(numbers) == 1:
                    wanted = 1 + 2 * _integers(numbers)[0]
                    if wanted > _SPARSE_NUMBERS:
                        raise InvalidHeader("bad_checksum")
                continue
            block = self._reader.read(BLOCK)
            if left <= 0:
                entry.reread += block
            left -= BLOCK
            data += block
            if len(block) != BLOCK or len(data) > 2 * BLOCK:
                raise InvalidHeader("truncated")
            entry.stored_size -= BLOCK
        entry.stored_size = max(entry.stored_size, 0)
        entry.sparse = _pairs(_integers(numbers[1:]))

    def _apply_pax(self, entry: TarEntry, pax: dict[bytes, bytes]) -> None:
        for keyword, value in pax.items():
            if keyword == b"path":
                entry.name = value.rstrip(b"/")
            elif keyword == b"GNU.sparse.name":
                entry.name = value
            elif keyword == b"linkpath":
                entry.link_target = value
            elif keyword in {b"GNU.sparse.size", b"GNU.sparse.realsize"}:
                entry.size = _integers([value])[0]
            elif keyword == b"size":
                entry.size = self._size_of(value)
        if entry.is_directory:
            entry.name = entry.name.rstrip(b"/")

    def _size_of(self, value: bytes) -> int:
        """Return the size in a pax record; what Python cannot read is 0, and so is a long number to newer Pythons."""
        if len(value) > INTEGER_DIGITS:
            self.is_ambiguous = True
            if self._modern:
                return 0
        try:
            return parse_integer(value)
        except ValueError:
            return 0


def _integers(texts: list[bytes]) -> list[int]:
    try:
        return list(map(parse_integer, texts))
    except ValueError:
        raise InvalidHeader("bad_checksum") from None


def _pairs(numbers: list[int]) -> list[tuple[int, int]]:
    return list(zip(numbers[::2], numbers[1::2], strict=False))


def _sparse_parts(block: bytes, at: int, count: int) -> list[tuple[int, int]]:
    parts = []
    for start in range(at, at + 24 * count, 24):
        try:
            parts.append((parse_number(block[start : start + 12]), parse_number(block[start + 12 : start + 24])))
        except ValueError:
            break
    return parts
