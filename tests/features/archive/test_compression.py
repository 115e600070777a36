"""Compressed data is inflated block by block, as installers inflate it."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.archive.budget import Budget, CorruptData, LimitExceeded
from features.archive.byte_source import MemorySource
from features.archive.compression import (
    BLOCK_BYTES,
    BlockReader,
    Position,
    compression_of,
    deflate_blocks,
    inflate_blocks,
    raw_blocks,
)
from features.limits import Limits

Compress = Callable[[bytes], bytes]
COMPRESS: dict[str, Compress] = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
}
TEXT = b"sheep " * 1000


def budget(**limits: int) -> Budget:
    return Budget(replace(Limits(), **limits), float("inf"))


def inflate(data: bytes, compression: str, start: int = 0) -> tuple[bytes, int]:
    position = Position()
    blocks = inflate_blocks(MemorySource(data), start, compression, budget(), position)
    return b"".join(blocks), position.consumed


@pytest.mark.parametrize("compression", COMPRESS)
def test_a_compression_is_recognised_and_inflated(compression: str) -> None:
    data = COMPRESS[compression](TEXT)
    assert compression == compression_of(data[:16])
    assert (TEXT, len(data)) == inflate(data, compression)


@pytest.mark.parametrize(
    ("expected", "head"),
    [
        ("zst", b"\x28\xb5\x2f\xfd"),
        ("Z", b"\x1f\x9d\x90"),
        ("lz", b"LZIP\x01"),
        ("lz4", b"\x04\x22\x4d\x18"),
        ("", b""),
        ("", b"BZh9 is a word"),
        ("", b"LZIP\x02"),
        ("", b"\x5d\x00\x00"),
    ],
)
def test_other_compressions_are_recognised_by_their_magic(expected: str, head: bytes) -> None:
    assert expected == compression_of(head)


def test_a_compression_that_is_only_recognised_is_corrupt_data() -> None:
    with pytest.raises(CorruptData, match="unsupported_compression"):
        inflate(b"\x28\xb5\x2f\xfd", "zst")


@pytest.mark.parametrize("compression", COMPRESS)
def test_streams_follow_each_other_and_what_follows_them_is_left(compression: str) -> None:
    stream = COMPRESS[compression](TEXT)
    assert (TEXT * 2, len(stream) * 2) == inflate(stream * 2, compression)
    assert (TEXT, len(stream)) == inflate(stream + b"behind", compression)


def test_zeros_between_streams_are_padding() -> None:
    stream = COMPRESS["gz"](TEXT)
    assert TEXT * 2 == inflate(stream + bytes(700) + stream, "gz")[0]


@pytest.mark.parametrize("compression", COMPRESS)
def test_data_that_ends_early_is_truncated(compression: str) -> None:
    data = COMPRESS[compression](TEXT)
    with pytest.raises(CorruptData, match="truncated"):
        inflate(data[: len(data) // 2], compression)


def test_a_wrong_checksum_of_a_gzip_is_an_anomaly_and_loses_nothing() -> None:
    data = bytearray(COMPRESS["gz"](TEXT))
    data[-8] ^= 1
    counts = budget()
    assert TEXT == b"".join(inflate_blocks(MemorySource(bytes(data)), 0, "gz", counts, Position()))
    assert {"bad_crc": 1} == counts.anomalies
    assert len(TEXT) == counts.inflated


@pytest.mark.parametrize("compression", ["bz2", "xz"])
def test_what_precedes_a_damage_is_recovered(compression: str) -> None:
    data = bytearray(COMPRESS[compression](TEXT))
    data[-12] ^= 0xFF
    found = BlockReader(inflate_blocks(MemorySource(bytes(data)), 0, compression, budget(), Position()))
    recovered = found.read(len(TEXT) + 1)
    assert TEXT.startswith(recovered)
    assert "bad_data" == found.error


def test_an_xz_that_asks_for_too_much_memory_is_bad_data() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**29}]
    data = lzma.compress(b"x", filters=filters)
    with pytest.raises(CorruptData, match="bad_data"):
        inflate(data, "xz")


def test_blocks_are_bounded_and_counted() -> None:
    data = COMPRESS["gz"](bytes(3 * BLOCK_BYTES))
    counts = budget()
    sizes = [len(block) for block in inflate_blocks(MemorySource(data), 0, "gz", counts, Position())]
    assert max(sizes) <= BLOCK_BYTES
    assert 3 * BLOCK_BYTES == sum(sizes) == counts.inflated
    with pytest.raises(LimitExceeded, match="inflated_bytes"):
        list(inflate_blocks(MemorySource(data), 0, "gz", budget(inflated_bytes=BLOCK_BYTES), Position()))


def test_raw_blocks_are_copied_and_end_early_where_the_file_does() -> None:
    assert b"bcd" == b"".join(raw_blocks(MemorySource(b"abcde"), 1, 3, budget(), Position()))
    with pytest.raises(CorruptData, match="truncated"):
        list(raw_blocks(MemorySource(b"abc"), 1, 3, budget(), Position()))


def test_a_deflate_stream_is_inflated_from_its_own_bytes_alone() -> None:
    compressor = zlib.compressobj(wbits=-15)
    stream = compressor.compress(TEXT) + compressor.flush()
    position = Position()
    found = b"".join(deflate_blocks(MemorySource(b"xx" + stream + b"yy"), 2, len(stream), budget(), position))
    assert (TEXT, 2 + len(stream)) == (found, position.consumed)


def reader(*blocks: bytes) -> BlockReader:
    return BlockReader(iter(blocks))


def test_reading_and_skipping_go_over_the_borders_of_blocks() -> None:
    found = reader(b"abc", b"def")
    assert (b"ab", b"cdef", b"") == (found.read(2), found.read(9), found.read(1))
    found = reader(b"abc", b"def")
    assert (4, b"ef", 6) == (found.skip(4), found.read(9), found.offset)
    assert (0, 0) == (found.skip(5), found.skip(-3))


def test_bytes_that_are_pushed_back_are_read_again() -> None:
    found = reader(b"abc", b"def")
    assert b"abcd" == found.read(4)
    found.push_back(b"abcd")
    assert (0, b"abcdef") == (found.offset, found.read(6))
    found = reader(b"abc")
    found.read(2)
    found.push_back(b"b")
    assert b"bc" == found.read(9)


def test_corrupt_data_ends_the_reader_with_an_error() -> None:
    found = BlockReader(inflate_blocks(MemorySource(COMPRESS["gz"](TEXT)[:-20]), 0, "gz", budget(), Position()))
    assert TEXT.startswith(found.read(len(TEXT) + 1))
    assert "truncated" == found.error


@given(st.lists(st.binary(min_size=1, max_size=5), max_size=5), st.lists(st.integers(0, 7), max_size=9))
def test_a_reader_yields_the_blocks_bytes_in_order(blocks: list[bytes], sizes: list[int]) -> None:
    found, whole = BlockReader(iter(blocks)), b"".join(blocks)
    at = 0
    for number, size in enumerate(sizes):
        if number % 2:
            assert len(whole[at : at + size]) == found.skip(size)
        else:
            assert whole[at : at + size] == found.read(size)
        at = min(at + size, len(whole))
        assert at == found.offset
