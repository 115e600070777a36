"""Compressed data is inflated block by block, as installers inflate it."""

import bz2
import gzip
import lzma
import struct
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
    deflate_blocks,
    inflate_blocks,
    raw_blocks,
)
from features.archive.compression_format import compression_of
from features.limits import Limits

Compress = Callable[[bytes], bytes]


def lzip(data: bytes) -> bytes:
    """Return an lzip file of version 1: an .lzma file with an end marker, with another header, and a trailer."""
    stream = lzma.compress(data, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 2**16}])
    made = b"LZIP\x01\x10" + stream[13:]
    return made + zlib.crc32(data).to_bytes(4, "little") + struct.pack("<QQ", len(data), len(made) + 20)


COMPRESS: dict[str, Compress] = {
    "gz": lambda data: gzip.compress(data, mtime=0),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "lz": lzip,
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
        ("lz", b"LZIP\x00"),
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


@pytest.mark.parametrize("zeros", [1, 700, 2**20 - 1, 3 * 2**20])
def test_any_number_of_zeros_between_streams_is_padding(zeros: int) -> None:
    stream = COMPRESS["gz"](TEXT)
    assert TEXT * 2 == inflate(stream + bytes(zeros) + stream, "gz")[0]


@pytest.mark.parametrize("first", ["xz", "lzma", "lz"])
@pytest.mark.parametrize("second", ["xz", "lzma", "lz"])
def test_every_stream_that_liblzma_reads_may_follow_another(first: str, second: str) -> None:
    data = COMPRESS[first](TEXT) + COMPRESS[second](b"second")
    assert (TEXT + b"second", len(data)) == inflate(data, first)


def test_an_lzma_stream_of_other_properties_may_follow_an_xz_stream() -> None:
    filters = [{"id": lzma.FILTER_LZMA1, "lc": 4, "lp": 0, "pb": 1}]
    data = lzma.compress(TEXT) + lzma.compress(b"second", lzma.FORMAT_ALONE, filters=filters)
    assert TEXT + b"second" == inflate(data, "xz")[0] == lzma.decompress(data)


@pytest.mark.parametrize("zeros", [0, 4, 300])
def test_an_lzma_stream_that_begins_with_zeros_may_follow_another(zeros: int) -> None:
    filters = [{"id": lzma.FILTER_LZMA1, "lc": 0, "lp": 0, "pb": 0, "dict_size": 2**16}]
    second = lzma.compress(b"second", lzma.FORMAT_ALONE, filters=filters)
    assert second.startswith(b"\0\0\0")
    assert TEXT + b"second" == inflate(lzma.compress(TEXT) + bytes(zeros) + second, "xz")[0]


def gzip_with(flags: int, fields: bytes) -> bytes:
    plain = gzip.compress(TEXT, mtime=0)
    return plain[:3] + bytes([flags]) + plain[4:10] + fields + plain[10:]


@pytest.mark.parametrize(
    ("flags", "fields"),
    [
        (0xE0, b""),
        (2, b"xx"),
        (4, b"\x03\x00abc"),
        (8 | 16, b"name\0comment\0"),
        (0xE0 | 31, b"\x03\x00abcname\0comment\0xx"),
        (8, b"n" * 2**18 + b"\0"),
        (0x20 | 16, b"c" * 2**21 + b"\0"),
    ],
)
def test_a_gzip_header_is_skipped_as_gzip_skips_it(flags: int, fields: bytes) -> None:
    data = gzip_with(flags, fields)
    assert gzip.decompress(data) == TEXT == inflate(data, "gz")[0]


@pytest.mark.parametrize(
    ("expected", "flags", "fields"),
    [
        ([], 4, b"\x06\x00BC\x02\x00\x01\x01"),
        ([], 8 | 16, b"demo-1.0.tar\0packed by hand\0"),
        ([(12, 112)], 4, b"\x64\x00" + b"x" * 100),
        ([(10, 310)], 8, b"n" * 300 + b"\0"),
        ([(11, 111)], 8 | 16, b"\0" + b"c" * 100 + b"\0"),
    ],
)
def test_long_fields_of_a_gzip_header_are_hidden(expected: list[tuple[int, int]], flags: int, fields: bytes) -> None:
    position = Position()
    list(inflate_blocks(MemorySource(gzip_with(flags, fields)), 0, "gz", budget(), position))
    assert expected == position.hidden


def test_an_endless_row_of_empty_streams_takes_no_longer_than_the_limit() -> None:
    data = COMPRESS["gz"](b"") * 2000
    with pytest.raises(LimitExceeded, match="seconds"):
        list(inflate_blocks(MemorySource(data), 0, "gz", Budget(Limits(), 0.0), Position()))


def test_a_zlib_stream_is_inflated() -> None:
    data = zlib.compress(TEXT)
    assert (TEXT, len(data)) == inflate(data + b"behind", "zlib")


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
