"""Reads the content of one member of a zip file."""

import bz2
import lzma
from collections.abc import Iterator
from typing import Any

from isal import isal_zlib

from features.archive.budget import Budget, CorruptData
from features.archive.byte_source import ByteSource
from features.archive.compression import DECODER_ERRORS, Position, decoded_blocks, deflate_blocks, raw_blocks
from features.archive.retention import MemberContent, RawMember, retain_content, retain_stream, retain_whole
from features.archive.zip_headers import ENCRYPTED, ZipEntry
from features.contract import FileType
from features.runtime.cache import cached, content_key

_SMALL_BYTES = 2 * 2**20
"""A member up to this size is inflated in one call."""
SHOWN_BYTES = 2 * 2**20
"""Bytes up to which a member of more data than its header says is read as the shorter one too."""
_CACHED_BYTES = 2**18
"""A member up to this size is cached; larger members, mostly native code, rarely occur twice."""
STORED, DEFLATED, _BZIP2, _LZMA = 0, 8, 12, 14
_METHODS = frozenset((STORED, DEFLATED, _BZIP2, _LZMA))
_COMMON_METHODS = frozenset((STORED, DEFLATED))
_INCOMPLETE = frozenset(("truncated", "bad_data", "unsupported_compression"))
"""Problems of content that could not be read to its end."""


def _with_crc(data: bytes) -> MemberContent:
    return MemberContent(data, isal_zlib.crc32(data))


def _inflate(data: bytes | memoryview, size: int) -> MemberContent | None:
    """Return the content of the one raw deflate stream in `data`; None if it is corrupt or more than `size` bytes."""
    decoder = isal_zlib.decompressobj(wbits=-15)
    try:
        inflated = decoder.decompress(data, size + 1)
    except DECODER_ERRORS:
        return None
    return None if not decoder.eof or decoder.unused_data else _with_crc(inflated)


@cached(
    "inflated_members",
    key=lambda data, size: (content_key(data), size),
    size_of=lambda found: found.size_in_memory() if found else 0,
)
def _inflate_small(data: bytes | memoryview, size: int) -> MemberContent | None:
    """Return the same as `_inflate`, cached: the wheels of one release share most members."""
    return _inflate(data, size)


class MemberReader:
    """Reads members of one zip file, each by a given header."""

    __slots__ = ("_budget", "_source", "slack")

    def __init__(self, source: ByteSource, budget: Budget) -> None:
        self._source = source
        self._budget = budget
        self.slack: list[tuple[int, int]] = []
        """Starts and ends of the bytes between the end of a member's stream and of its data."""

    def read(self, entry: ZipEntry, name: str) -> RawMember:
        """Return the member whose data begins at `entry.data_offset`."""
        budget = self._budget
        content = self._content(entry)
        if content is not None:
            budget.count_inflated(entry.size)
            member = retain_content(name, content, budget)
            if content.crc != entry.crc:
                budget.record_anomaly("bad_crc", place=name)
        elif entry.is_encrypted:
            budget.record_anomaly("encrypted_member")
            return unread_member(name, entry, "encrypted")
        elif entry.method not in _METHODS:
            budget.record_anomaly("unsupported_compression")
            return unread_member(name, entry, "unsupported compression")
        else:
            member = self._read_large(entry, name)
        member.executable = entry.mode & 0o111 != 0
        return member

    def read_start(self, entry: ZipEntry, name: str) -> RawMember:
        """Return the member that the first `entry.size` bytes are, at most `SHOWN_BYTES`; zipfile reads no more."""
        content = bytearray()
        try:
            for block in self._blocks(entry, Position(entry.data_offset)):
                content += block
                if len(content) >= entry.size:
                    break
        except CorruptData:
            pass
        return retain_whole(name, bytes(content[: entry.size]), self._budget)

    def read_unsized(self, entry: ZipEntry, name: str) -> tuple[RawMember, int]:
        """Return a member whose data may end before `entry.compressed_size` bytes, and the offset of their end."""
        position = Position(entry.data_offset)
        if entry.is_encrypted or entry.method not in _METHODS:
            member = self.read(entry, name)
            position.consumed += entry.compressed_size
        else:
            pieces = self._checked(self._blocks(entry, position), position, _Checksums(0))
            member = retain_stream(name, entry.size, pieces, self._budget)
            if member.problem in _INCOMPLETE:
                self._budget.record_anomaly(member.problem)
        return member, max(position.consumed, entry.data_offset)

    def _content(self, entry: ZipEntry) -> MemberContent | None:
        """Return the content of a common member; None if it is large or contradicts its header."""
        stored, size = entry.compressed_size, entry.size
        if (
            stored > _SMALL_BYTES
            or size > _SMALL_BYTES
            or entry.method not in _COMMON_METHODS
            or entry.flags & ENCRYPTED
        ):
            return None
        data = self._source.view(entry.data_offset, stored)
        if len(data) != stored:
            return None
        if entry.method == STORED:
            found: MemberContent | None = _with_crc(bytes(data))
        elif size > _CACHED_BYTES:
            found = _inflate(data, size)
        else:
            found = _inflate_small(data, size)
        return None if found is None or len(found.data) != size else found

    def _read_large(self, entry: ZipEntry, name: str) -> RawMember:
        """Return a member that is read block by block."""
        budget, position = self._budget, Position(entry.data_offset)
        checksums = _Checksums(entry.size)
        pieces = self._checked(self._blocks(entry, position), position, checksums)
        # Arrays of numbers in nested archives would use up the budget for code.
        member = retain_stream(name, entry.size, pieces, budget, skim=budget.depth > 0)
        if member.file_type is FileType.BINARY and not member.digest and not member.problem:
            return member
        if member.problem in _INCOMPLETE:
            budget.record_anomaly(member.problem)
        elif member.problem != "ratio":
            if checksums.size != entry.size:
                budget.record_anomaly("size_mismatch")
            if entry.crc not in {checksums.whole, checksums.declared}:
                budget.record_anomaly("bad_crc", place=name)
            end = min(entry.data_offset + entry.compressed_size, self._source.size)
            if position.consumed < end:
                self.slack.append((position.consumed, end))
        return member

    def _blocks(self, entry: ZipEntry, position: Position) -> Iterator[bytes]:
        source, budget = self._source, self._budget
        if entry.method == STORED:
            yield from raw_blocks(source, entry.data_offset, entry.compressed_size, budget, position)
        elif entry.method == DEFLATED:
            yield from deflate_blocks(source, entry.data_offset, entry.compressed_size, budget, position)
        else:
            skip = 0
            decoder: Any = bz2.BZ2Decompressor()
            if entry.method == _LZMA:
                skip, decoder = _lzma_decoder(source.read(entry.data_offset, 4 + 16))
            yield from decoded_blocks(
                source, entry.data_offset + skip, entry.compressed_size - skip, decoder, budget, position
            )

    def _checked(self, blocks: Iterator[bytes], position: Position, checksums: "_Checksums") -> Iterator[bytes]:
        start = position.consumed
        for block in blocks:
            checksums.add(block)
            self._budget.check_ratio(checksums.size, position.consumed - start)
            yield block


class _Checksums:
    """CRC-32 of a member: of the whole content, and of as many bytes as its header declares."""

    __slots__ = ("_declared_size", "declared", "size", "whole")

    def __init__(self, declared_size: int) -> None:
        self._declared_size = declared_size
        self.size = 0
        self.whole = 0
        self.declared = 0

    def add(self, block: bytes) -> None:
        """Add the next block of the content."""
        if self.size < self._declared_size:
            self.declared = isal_zlib.crc32(block[: self._declared_size - self.size], self.declared)
        self.whole = isal_zlib.crc32(block, self.whole)
        self.size += len(block)


def unread_member(name: str, entry: ZipEntry, problem: str) -> RawMember:
    """Return a member that is known by its header alone; `problem` names the reason."""
    file_type = FileType.BINARY if entry.size or entry.compressed_size else FileType.EMPTY
    return RawMember(name, entry.size, file_type, kept=False, problem=problem)


def _lzma_decoder(head: bytes) -> tuple[int, Any]:
    """Return the length of a zip member's LZMA properties and a decoder made with them."""
    length = int.from_bytes(head[2:4], "little")
    if length != 5 or len(head) < 9:
        raise CorruptData("bad_data")
    lclppb = head[4]
    dictionary = int.from_bytes(head[5:9], "little")
    if lclppb >= 225 or dictionary > 2**27:
        raise CorruptData("bad_data")
    lzma_filter = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": max(dictionary, 4096),
        "lc": lclppb % 9,
        "lp": lclppb // 9 % 5,
        "pb": lclppb // 45,
    }
    try:
        return 4 + length, lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[lzma_filter])
    except (lzma.LZMAError, ValueError):
        raise CorruptData("bad_data") from None
