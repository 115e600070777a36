"""Inflates compressed data in blocks of bounded size."""

import bz2
import lzma
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from isal import isal_zlib

from features.archive.budget import Budget, CorruptData
from features.archive.byte_source import ByteSource
from features.archive.compression_format import (
    GZIP_MAGIC,
    XZ_FAMILY,
    compression_of,
    has_lzma_header,
    is_unusual_lzma,
)

INPUT_BYTES = 128 * 2**10
"""Compressed bytes that a decoder is given in one call."""
BLOCK_BYTES = 2**20
"""Bytes of the largest block."""
SMALL_BLOCK_BYTES = 2**12
"""Bytes of the largest block of a damaged stream: small blocks recover more of it."""

_GZIP_HEADER_BYTES = 10
_HEADER_CRC, _EXTRA, _NAME, _COMMENT = 2, 4, 8, 16
"""Flags of a gzip header (RFC 1952)."""
_USUAL_NAME_BYTES, _USUAL_FIELD_BYTES = 255, 64
"""Bytes of the longest file name, and of the longest extra field or comment, that honest writers put into a header."""
_LZIP_HEADER_BYTES = 6
_LZMA_ZEROS = 12
"""Zeros before the first other byte in the header of an .lzma file."""
_XZ_MEMORY = 160 * 2**20
"""Bytes of memory that an .xz file may require (`xz -9` takes 65 MiB, the format allows 4 GiB)."""

_ISAL_ERROR: Any = isal_zlib.error  # its stub types the class as an instance
DECODER_ERRORS: tuple[type[Exception], ...] = (_ISAL_ERROR, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)
"""Exceptions that the decoders document for invalid data."""


@dataclass(slots=True)
class Position:
    """The offset in the source up to which it was consumed.

    `hidden` are the starts and ends of long fields of stream headers, which no reader shows.
    """

    consumed: int = 0
    hidden: list[tuple[int, int]] = field(default_factory=list)


def inflate_blocks(
    source: ByteSource, start: int, compression: str, budget: Budget, position: Position
) -> Iterator[bytes]:
    """Yield the content of compressed data at `start`, stream after stream, in blocks of up to 1 MiB.

    Ends where no further stream begins; `position.consumed` is then the offset of the data after it. Raises
    `CorruptData` and, through the budget, `LimitExceeded`.
    """
    if compression == "gz":
        yield from _inflate_gzip(source, start, budget, position)
    elif compression == "zlib":
        yield from _inflate_deflate(source, start, source.size, 15, budget, position)
    elif compression in {"bz2", *XZ_FAMILY}:
        yield from _inflate_streams(source, start, compression, budget, position)
    else:
        raise CorruptData("unsupported_compression")


def raw_blocks(source: ByteSource, start: int, size: int, budget: Budget, position: Position) -> Iterator[bytes]:
    """Yield `size` uncompressed bytes; raises `CorruptData` if they end early, and `LimitExceeded`."""
    while size > 0:
        block = source.read(start, min(size, BLOCK_BYTES))
        if not block:
            raise CorruptData("truncated")
        start += len(block)
        size -= len(block)
        position.consumed = start
        budget.count_inflated(len(block))
        yield block


def deflate_blocks(source: ByteSource, start: int, size: int, budget: Budget, position: Position) -> Iterator[bytes]:
    """Yield the content of the raw deflate stream in `size` bytes; raises `CorruptData` and `LimitExceeded`."""
    yield from _inflate_deflate(source, start, start + size, -15, budget, position)


def decoded_blocks(
    source: ByteSource, start: int, size: int, decoder: Any, budget: Budget, position: Position
) -> Iterator[bytes]:
    """Yield the content of one bz2 or lzma stream of a zip member; raises `CorruptData` and `LimitExceeded`."""
    yield from _decode_stream(source, start, start + size, decoder, budget, position)


class _LzipDecoder:
    """A decoder of one lzip stream with the interface of `lzma.LZMADecompressor`, which reads lzip since liblzma 5.4.

    A stream is that of an .lzma file with an end marker, between a header and a trailer of its own.
    """

    __slots__ = ("_decoder", "_has_ended", "_head", "_trailer_bytes", "eof", "needs_input", "unused_data")

    def __init__(self) -> None:
        self._decoder = lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_XZ_MEMORY)
        self._has_ended = False
        self._head = b""
        self._trailer_bytes = 0
        self.eof = False
        self.needs_input = True
        self.unused_data = b""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return up to `max_length` bytes; raises `DECODER_ERRORS`."""
        if self._has_ended:
            self._end(data)
            return b""
        if not self._trailer_bytes:
            self._head += data
            if len(self._head) < _LZIP_HEADER_BYTES:
                return b""
            code, data = self._head[_LZIP_HEADER_BYTES - 1], self._head[_LZIP_HEADER_BYTES:]
            self._trailer_bytes = 20 if self._head[4] else 12
            size = 1 << (code & 31)
            size -= (size >> 4) * (code >> 5)
            data = b"\x5d" + size.to_bytes(4, "little") + b"\xff" * 8 + data
        decoder = self._decoder
        block = decoder.decompress(data, max_length)
        self.needs_input = decoder.needs_input
        if decoder.eof:
            self._end(decoder.unused_data)
        return block

    def _end(self, data: bytes) -> None:
        """Skip the trailer."""
        self._has_ended = True
        self.unused_data = data[self._trailer_bytes :]
        self._trailer_bytes -= min(len(data), self._trailer_bytes)
        self.needs_input, self.eof = self._trailer_bytes > 0, self._trailer_bytes == 0


def _new_decoder(compression: str) -> Any:
    if compression == "bz2":
        return bz2.BZ2Decompressor()
    return _LzipDecoder() if compression == "lz" else lzma.LZMADecompressor(memlimit=_XZ_MEMORY)


def _inflate_gzip(source: ByteSource, at: int, budget: Budget, position: Position) -> Iterator[bytes]:
    end = source.size
    while True:
        budget.check_time(INPUT_BYTES)
        data_at, hidden = _read_gzip_header(source, at)
        position.hidden += hidden
        yielded = 0
        try:
            for block in _inflate_deflate(source, at, end, 31, budget, position):
                yielded += len(block)
                yield block
        except CorruptData as corrupt:
            if corrupt.anomaly != "bad_data":
                raise
            yield from _inflate_without_checksum(source, data_at, yielded, budget, position)
        at = skip_zeros(source, position.consumed, budget)
        if source.read(at, 2) != GZIP_MAGIC:
            return


def _read_gzip_header(source: ByteSource, at: int) -> tuple[int, list[tuple[int, int]]]:
    """Return the offset of the data after a gzip header, and the starts and ends of its long fields.

    The standard library's gzip neither looks at reserved flags nor compares the header's checksum.
    """
    head = source.read(at, _GZIP_HEADER_BYTES)
    flags = head[3] if len(head) == _GZIP_HEADER_BYTES else 0
    at += _GZIP_HEADER_BYTES
    hidden: list[tuple[int, int]] = []
    if flags & _EXTRA:
        start = at + 2
        at = start + int.from_bytes(source.read(at, 2), "little")
        if at - start > _USUAL_FIELD_BYTES:
            hidden.append((start, at))
    for flag, usual in ((_NAME, _USUAL_NAME_BYTES), (_COMMENT, _USUAL_FIELD_BYTES)):
        if flags & flag:
            start, at = at, _find_zero(source, at)
            if at - start > usual:
                hidden.append((start, at))
            at += 1
    return at + (flags & _HEADER_CRC), hidden


def _find_zero(source: ByteSource, at: int) -> int:
    """Return the offset of the next zero byte, the size of the source if there is none."""
    size = _USUAL_NAME_BYTES + 1
    while window := source.read(at, size):
        found = window.find(0)
        if found >= 0:
            return at + found
        at, size = at + len(window), BLOCK_BYTES
    return at


def _inflate_without_checksum(
    source: ByteSource, data_at: int, yielded: int, budget: Budget, position: Position
) -> Iterator[bytes]:
    """Yield the content of a gzip stream after its first `yielded` bytes, without comparing its checksum.

    tarfile stops at a tar's end mark and never reads the checksum.
    """
    budget.inflated -= yielded
    yield from _skip_bytes(_inflate_deflate(source, data_at, source.size, -15, budget, position), yielded)
    position.consumed += 8
    budget.record_anomaly("bad_crc")


def _inflate_deflate(
    source: ByteSource, at: int, end: int, window: int, budget: Budget, position: Position
) -> Iterator[bytes]:
    decoder = isal_zlib.decompressobj(wbits=window)
    pending = b""
    while not decoder.eof:
        if not pending:
            pending = source.read(at, min(INPUT_BYTES, end - at))
            at += len(pending)
        fed = bool(pending)
        try:
            block = decoder.decompress(pending, BLOCK_BYTES)
        except DECODER_ERRORS:
            raise CorruptData("bad_data") from None
        pending = decoder.unconsumed_tail
        position.consumed = at - len(pending)
        if block:
            budget.count_inflated(len(block))
            yield block
        elif not fed and not decoder.eof:
            raise CorruptData("truncated")
    position.consumed = at - len(decoder.unused_data)


def _inflate_streams(
    source: ByteSource, at: int, compression: str, budget: Budget, position: Position
) -> Iterator[bytes]:
    family = XZ_FAMILY if compression in XZ_FAMILY else {compression}
    while True:
        budget.check_time(INPUT_BYTES)
        yielded = 0
        try:
            for block in _decode_stream(source, at, source.size, _new_decoder(compression), budget, position):
                yielded += len(block)
                yield block
        except CorruptData as corrupt:
            if corrupt.anomaly != "bad_data":
                raise
            # tarfile reads in small blocks, and so gets the data before a wrong checksum.
            budget.inflated -= yielded
            decoder = _new_decoder(compression)
            again = _decode_stream(source, at, source.size, decoder, budget, position, SMALL_BLOCK_BYTES)
            yield from _skip_bytes(again, yielded)
        at, compression = _find_stream(source, position.consumed, family, budget)
        if compression not in family:
            return


def _find_stream(source: ByteSource, at: int, family: Collection[str], budget: Budget) -> tuple[int, str]:
    """Return the offset and the compression of what follows a stream, after zeros.

    Behind a stream nothing else is expected than another one: a header of an .lzma file is enough.
    """
    start, at = at, skip_zeros(source, at, budget)
    if family is XZ_FAMILY:
        if has_lzma_header(source.read(at, _LZMA_ZEROS + 2)):
            return at, "lzma"
        # The header of an .lzma file may begin with zeros itself. So may a tar behind zeros seem to: its content tells.
        for header_at in range(at - 1, max(start, at - _LZMA_ZEROS) - 1, -1):
            if is_unusual_lzma(source.read(header_at, SMALL_BLOCK_BYTES)):
                return header_at, "lzma"
    return at, compression_of(source.read(at, SMALL_BLOCK_BYTES))


def _skip_bytes(blocks: Iterator[bytes], yielded: int) -> Iterator[bytes]:
    """Yield blocks without their first `yielded` bytes."""
    for block in blocks:
        fresh = block[yielded:]
        yielded -= len(block) - len(fresh)
        if fresh:
            yield fresh


def _decode_stream(
    source: ByteSource,
    at: int,
    end: int,
    decoder: Any,
    budget: Budget,
    position: Position,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[bytes]:
    while not decoder.eof:
        data = b""
        if decoder.needs_input:
            data = source.read(at, min(INPUT_BYTES, end - at))
            at += len(data)
            if not data:
                raise CorruptData("truncated")
        try:
            block = decoder.decompress(data, block_bytes)
        except DECODER_ERRORS:
            raise CorruptData("bad_data") from None
        position.consumed = at
        if block:
            budget.count_inflated(len(block))
            yield block
        elif not data and not decoder.eof and not decoder.needs_input:
            raise CorruptData("bad_data")
    position.consumed = at - len(decoder.unused_data)


def skip_zeros(source: ByteSource, at: int, budget: Budget) -> int:
    """Return the offset after the zero bytes at an offset, of which any number may follow a stream."""
    size = SMALL_BLOCK_BYTES
    while window := source.read(at, size):
        rest = len(window.lstrip(b"\0"))
        at += len(window) - rest
        if rest:
            return at
        budget.check_time(size)
        size = BLOCK_BYTES
    return at


class BlockReader:
    """A forward-only reader of blocks; corrupt data ends it, and `error` is then the id of the anomaly."""

    __slots__ = ("_at", "_blocks", "_buffer", "error", "offset")

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._buffer = b""
        self._at = 0
        self.offset = 0
        self.error = ""

    def _load_block(self) -> bool:
        """Load the next block; return whether there is one."""
        try:
            self._buffer = next(self._blocks, b"")
        except CorruptData as corrupt:
            self.error, self._buffer = corrupt.anomaly, b""
        self._at = 0
        return bool(self._buffer)

    def read(self, size: int) -> bytes:
        """Return `size` bytes, fewer at the end, in one piece in memory."""
        at = self._at
        if at + size <= len(self._buffer):
            self._at = at + size
            self.offset += size
            return self._buffer[at : at + size]
        return b"".join(self.pieces(size))

    def pieces(self, size: int) -> Iterator[bytes]:
        """Yield `size` bytes, fewer at the end, a block at a time."""
        while size > 0:
            if self._at >= len(self._buffer) and not self._load_block():
                return
            piece = self._buffer[self._at : self._at + size]
            self._at += len(piece)
            self.offset += len(piece)
            size -= len(piece)
            yield piece

    def skip(self, size: int) -> int:
        """Skip `size` bytes; return how many there were."""
        if 0 <= size <= len(self._buffer) - self._at:
            self._at += size
            self.offset += size
            return size
        left = size
        while left > 0:
            if self._at >= len(self._buffer) and not self._load_block():
                break
            step = min(left, len(self._buffer) - self._at)
            self._at += step
            self.offset += step
            left -= step
        return size - left

    def push_back(self, data: bytes) -> None:
        """Put bytes back that were just read."""
        self.offset -= len(data)
        if len(data) <= self._at:
            # They are still in the buffer, and are not copied.
            self._at -= len(data)
            return
        self._buffer = data + self._buffer[self._at :]
        self._at = 0
