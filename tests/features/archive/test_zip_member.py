"""The content of a member of a zip file is read by the header that is given."""

import bz2
import lzma
import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from features.archive.budget import Budget, LimitExceeded
from features.archive.byte_source import MemorySource
from features.archive.zip_headers import ZipEntry
from features.archive.zip_member import MemberReader, unread_member
from features.contract import FileType
from features.limits import Limits

TEXT = b"x = 1  # sheep\n" * 300
BEFORE = b"before"


def deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


def zip_lzma(data: bytes) -> bytes:
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 2**20, "lc": 3, "lp": 0, "pb": 2}]
    return struct.pack("<2BH", 9, 4, 5) + struct.pack("<BL", 93, 2**20) + lzma.compress(
        data, lzma.FORMAT_RAW, filters=filters
    )  # fmt: skip


METHODS: dict[int, Callable[[bytes], bytes]] = {0: bytes, 8: deflate, 12: bz2.compress, 14: zip_lzma}


def entry(data: bytes, method: int = 8, size: int | None = None, **fields: int) -> tuple[MemorySource, ZipEntry]:
    stored = METHODS[method](data) if method in METHODS else data
    found = ZipEntry(
        b"a.py", "a.py", 0, method, zlib.crc32(data), len(stored), len(data) if size is None else size, 0,
        mode=0o100755, data_offset=len(BEFORE),
    )  # fmt: skip
    return MemorySource(BEFORE + stored + b"after"), replace(found, **fields)  # type: ignore[arg-type]


def budget(**limits: int) -> Budget:
    return Budget(replace(Limits(), **limits), float("inf"))


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("data", [b"", TEXT, TEXT * 600], ids=["empty", "small", "large"])
def test_content_of_every_method_is_read(method: int, data: bytes) -> None:
    source, found = entry(data, method)
    counts = budget()
    member = MemberReader(source, counts).read(found, "d/a.py")
    assert (data, len(data), "", "d/a.py") == (member.data, member.size, member.problem, member.path)
    assert ({}, len(data), True) == (counts.anomalies, counts.inflated, member.executable)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("data", [TEXT, TEXT * 600], ids=["small", "large"])
def test_a_wrong_checksum_is_an_anomaly(method: int, data: bytes) -> None:
    source, found = entry(data, method, crc=7)
    counts = budget()
    assert data == MemberReader(source, counts).read(found, "a.py").data
    assert {"bad_crc": 1} == counts.anomalies


@pytest.mark.parametrize("size", [len(TEXT) - 1, len(TEXT) + 1])
def test_a_wrong_size_is_an_anomaly(size: int) -> None:
    source, found = entry(TEXT, size=size)
    counts = budget()
    member = MemberReader(source, counts).read(found, "a.py")
    assert (TEXT, "") == (member.data, member.problem)
    assert 1 == counts.anomalies["size_mismatch"]


def test_the_checksum_of_the_declared_bytes_is_valid_too() -> None:
    source, found = entry(TEXT, size=10, crc=zlib.crc32(TEXT[:10]))
    counts = budget()
    MemberReader(source, counts).read(found, "a.py")
    assert {"size_mismatch": 1} == counts.anomalies


@pytest.mark.parametrize(
    ("problem", "anomaly", "fields"),
    [
        ("encrypted", "encrypted_member", {"flags": 1}),
        ("unsupported compression", "unsupported_compression", {"method": 93}),
    ],
)
def test_content_that_cannot_be_read_is_a_problem(problem: str, anomaly: str, fields: dict[str, int]) -> None:
    source, found = entry(TEXT, **fields)
    counts = budget()
    member = MemberReader(source, counts).read(found, "a.py")
    assert (problem, b"", False, {anomaly: 1}) == (member.problem, member.data, member.kept, counts.anomalies)


@pytest.mark.parametrize(("problem", "damage"), [("truncated", 20), ("bad_data", 0)])
def test_damaged_content_is_a_problem_and_an_anomaly(problem: str, damage: int) -> None:
    source, found = entry(TEXT)
    data = bytearray(source.data)
    if damage:
        found.compressed_size -= damage
    else:
        data[len(BEFORE)] |= 0b111
    counts = budget()
    member = MemberReader(MemorySource(bytes(data)), counts).read(found, "a.py")
    assert (problem, 1) == (member.problem, counts.anomalies[problem])


@pytest.mark.parametrize("head", [b"\x09\x04\x04\x00", b"\x09\x04\x05\x00\xff" + bytes(4), b""])
def test_invalid_lzma_properties_are_bad_data(head: bytes) -> None:
    found = ZipEntry(b"a", "a", 0, 14, 0, len(head), 9, 0)
    counts = budget()
    assert "bad_data" == MemberReader(MemorySource(head), counts).read(found, "a").problem


def test_a_bomb_is_read_up_to_the_ratio() -> None:
    source, found = entry(bytes(40 * 2**20))
    counts = budget()
    member = MemberReader(source, counts).read(found, "a.py")
    assert ("ratio", b"") == (member.problem, member.digest)
    assert counts.inflated < 30 * 2**20


def test_bytes_that_a_cache_knows_count_as_inflated_again() -> None:
    source, found = entry(b"sheep = 7\n" * 50)
    counts = budget(inflated_bytes=700)
    reader = MemberReader(source, counts)
    assert reader.read(found, "a.py").digest
    with pytest.raises(LimitExceeded):
        reader.read(found, "a.py")


def test_a_stream_without_a_size_ends_by_itself() -> None:
    source, found = entry(TEXT)
    end = len(BEFORE) + found.compressed_size
    found.compressed_size += len(b"after")
    found.size = 0
    member, offset = MemberReader(source, budget()).read_unsized(found, "a.py")
    assert (TEXT, "", end) == (member.data, member.problem, offset)


def test_the_end_of_content_that_cannot_be_read_is_that_of_its_header() -> None:
    source, found = entry(TEXT, flags=1)
    member, offset = MemberReader(source, budget()).read_unsized(found, "a.py")
    assert ("encrypted", len(BEFORE) + found.compressed_size) == (member.problem, offset)


def test_arrays_in_nested_archives_are_skimmed() -> None:
    source, found = entry(b"\x93NUMPY\x01\x00" + random.Random(1).randbytes(3 * 2**20))
    counts = budget()
    counts.depth = 1
    member = MemberReader(source, counts).read(found, "a.npy")
    assert (FileType.BINARY, b"", "", found.size) == (member.file_type, member.digest, member.problem, member.size)
    assert counts.inflated < found.size


@pytest.mark.parametrize(("file_type", "size"), [(FileType.BINARY, 9), (FileType.EMPTY, 0)])
def test_a_member_that_was_not_read_is_known_by_its_header(file_type: FileType, size: int) -> None:
    member = unread_member("a.py", ZipEntry(b"a.py", "a.py", 0, 0, 0, size, size, 0), "members")
    assert ("a.py", size, file_type, "members", False) == (
        member.path,
        member.size,
        member.file_type,
        member.problem,
        member.kept,
    )
