"""Inflates compressed data in blocks of bounded size."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from isal import isal_zlib

from features.archive.budget import Budget, CorruptData
from features.archive.byte_source import ByteSource

INPUT_BYTES = 128 * 2**10
"""Compressed bytes that a decoder is given in one call."""
BLOCK_BYTES = 2**20
"""Bytes of the largest block."""
SMALL_BLOCK_BYTES = 2**12
"""Bytes of the largest block of a damaged stream: small blocks recover more of it."""

_RESERVED_FLAGS = 0xE0
"""Reserved flags of a gzip header (RFC 1952)."""
_XZ_MEMORY = 160 * 2**20
"""Bytes of memory that an .xz file may require (`xz -9` takes 65 MiB, the format allows 4 GiB)."""

_ISAL_ERROR: Any = isal_zlib.error  # its stub types the class as an instance
DECODER_ERRORS: tuple[type[Exception], ...] = (_ISAL_ERROR, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)
"""Exceptions that the decoders document for invalid data."""


def compression_of(head: bytes) -> str:
    """Return the compression that the magic of data names, "" if there is none.

    "gz", "bz2", "xz" and "lzma" can be inflated; "zst", "Z", "lz" and "lz4" are only recognised.
    """
    if head[:2] == b"\x1f\x8b":
        return "gz"
    if head[:3] == b"BZh" and head[4:10] in {b"1AY&SY", b"\x17rE8P\x90"}:
        return "bz2"
    if head[:6] == b"\xfd7zXZ\x00":
        return "xz"
    if head[:4] == b"\x28\xb5\x2f\xfd":
        return "zst"
    if head[:2] == b"\x1f\x9d":
        return "Z"
    if head[:5] == b"LZIP\x01":
        return "lz"
    if head[:4] == b"\x04\x22\x4d\x18":
        return "lz4"
    if head[:3] == b"\x5d\x00\x00" and head[12:13] in {b"\x00", b"\xff"}:
        return "lzma"
    return ""


@dataclass(slots=True)
class Position:
    """The offset in the source up to which it was consumed."""

    consumed: int = 0


def inflate_blocks(
    source: ByteSource, start: int, compression: str, budget: Budget, position: Position
) -> Iterator[bytes]:
    """Yield the content of compressed data at `start`, stream after stream, in blocks of up to 1 MiB.

    Ends where no further stream begins; `position.consumed` is then the offset of the data after it. Raises
    `CorruptData` and, through the budget, `LimitExceeded`.
    """
    if compression == "gz":
        yield from _inflate_gzip(source, start, budget, position)
    elif compression == "bz2":
        yield from _inflate_streams(source, start, bz2.BZ2Decompressor, compression, budget, position)
    elif compression in {"xz", "lzma"}:
        yield from _inflate_streams(source, start, _new_xz_decoder, compression, budget, position)
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


def _new_xz_decoder() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(memlimit=_XZ_MEMORY)


def _inflate_gzip(source: ByteSource, at: int, budget: Budget, position: Position) -> Iterator[bytes]:
    end = source.size
    while True:
        yielded = 0
        try:
            for block in _inflate_deflate(source, at, end, 31, budget, position):
                yielded += len(block)
                yield block
        except CorruptData as corrupt:
            if corrupt.anomaly != "bad_data":
                raise
            yield from _inflate_without_checksum(source, at, yielded, budget, position)
        at = _skip_zeros(source, position.consumed)
        if source.read(at, 2) != b"\x1f\x8b":
            return


def _inflate_without_checksum(
    source: ByteSource, at: int, yielded: int, budget: Budget, position: Position
) -> Iterator[bytes]:
    """Yield the content of a gzip stream after its first `yielded` bytes, without comparing its checksum.

    tarfile stops at a tar's end mark and never reads the checksum.
    """
    head = source.read(at, INPUT_BYTES)
    flags, start = head[3:4], 10
    if not flags or flags[0] & _RESERVED_FLAGS:
        raise CorruptData("bad_data")
    if flags[0] & 4:
        start += 2 + int.from_bytes(head[10:12], "little")
    for flag in (8, 16):
        if flags[0] & flag:
            start = head.find(b"\0", start) + 1
    start += flags[0] & 2
    budget.inflated -= yielded
    yield from _skip_bytes(_inflate_deflate(source, at + start, source.size, -15, budget, position), yielded)
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
    source: ByteSource, at: int, make: Callable[[], Any], compression: str, budget: Budget, position: Position
) -> Iterator[bytes]:
    while True:
        yielded = 0
        try:
            for block in _decode_stream(source, at, source.size, _new_decoder(make), budget, position):
                yielded += len(block)
                yield block
        except CorruptData as corrupt:
            if corrupt.anomaly != "bad_data":
                raise
            # tarfile reads in small blocks, and so gets the data before a wrong checksum.
            budget.inflated -= yielded
            again = _decode_stream(source, at, source.size, _new_decoder(make), budget, position, SMALL_BLOCK_BYTES)
            yield from _skip_bytes(again, yielded)
        at = _skip_zeros(source, position.consumed)
        if compression_of(source.read(at, 16)) != compression:
            return


def _new_decoder(make: Callable[[], Any]) -> Any:
    try:
        return make()
    except DECODER_ERRORS:
        raise CorruptData("bad_data") from None


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


def _skip_zeros(source: ByteSource, at: int) -> int:
    """Return the offset after the zero bytes that may follow a stream; at most a mebibyte is skipped."""
    padding = source.read(at, BLOCK_BYTES)
    return at + len(padding) - len(padding.lstrip(b"\0"))


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
