"""Bytes are read at any offset, from memory or from a file, and a file is read once for its digests."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.archive import byte_source
from features.archive.byte_source import (
    MAX_NAME_BYTES,
    ByteSource,
    FileSource,
    MemorySource,
    identify_file,
    open_regular_file,
    truncate_name,
)

DATA = bytes(range(256)) * 300


@pytest.fixture(params=["memory", "file"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ByteSource]:
    if request.param == "memory":
        yield MemorySource(DATA)
        return
    path = tmp_path / "data"
    path.write_bytes(DATA)
    descriptor = os.open(path, os.O_RDONLY)
    yield FileSource(descriptor, len(DATA))
    os.close(descriptor)


@pytest.mark.parametrize(
    ("expected", "at", "size"),
    [
        (DATA[:4], 0, 4),
        (DATA[-2:], len(DATA) - 2, 100),
        (b"", len(DATA), 1),
        (b"", len(DATA) + 100, 1),
        (b"", -1, 10),
        (b"", 3, 0),
        (DATA[5 : 5 + 40_000], 5, 40_000),
        (DATA, 0, 2**40),
    ],
)
def test_any_range_can_be_read(expected: bytes, at: int, size: int, source: ByteSource) -> None:
    assert expected == source.read(at, size)
    assert expected == bytes(source.view(at, size))


def test_a_source_knows_its_size(source: ByteSource) -> None:
    assert len(DATA) == source.size


def test_a_large_range_in_memory_is_not_copied() -> None:
    assert isinstance(MemorySource(DATA).view(0, 40_000), memoryview)
    assert isinstance(MemorySource(DATA).view(0, 100), bytes)


@pytest.mark.parametrize("in_memory", [0, len(DATA) - 1, len(DATA), 2**20])
def test_digests_are_those_of_the_whole_file_wherever_it_is_held(
    in_memory: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(byte_source, "IN_MEMORY_BYTES", in_memory)
    path = tmp_path / "data"
    path.write_bytes(DATA)
    descriptor = open_regular_file(path)
    try:
        identified = identify_file(descriptor)
        assert hashlib.sha256(DATA).hexdigest() == identified.sha256
        assert hashlib.blake2b(DATA, digest_size=32).hexdigest() == identified.blake2b_256
        assert (len(DATA) <= in_memory) is isinstance(identified.source, MemorySource)
        assert identified.source.read(0, len(DATA)) == DATA
    finally:
        os.close(descriptor)


def test_a_file_that_grows_while_it_is_read_is_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "data"
    path.write_bytes(DATA)
    descriptor = open_regular_file(path)
    real = os.pread

    def grow(descriptor: int, size: int, at: int) -> bytes:
        data = real(descriptor, size, at)
        with path.open("ab") as file:
            file.write(b"more")
        return data

    monkeypatch.setattr(os, "pread", grow)
    try:
        identified = identify_file(descriptor)
    finally:
        os.close(descriptor)
    assert identified.source.read(0, 2**20) == DATA + b"more"
    assert hashlib.sha256(DATA + b"more").hexdigest() == identified.sha256


def test_a_folder_and_a_pipe_are_no_regular_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(IsADirectoryError):
            open_regular_file(path)


def test_a_name_that_no_system_could_hold_is_cut_to_both_ends() -> None:
    longest = b"a" * (MAX_NAME_BYTES - 1) + b"z"
    assert longest == truncate_name(longest)
    cut = truncate_name(b"a" * MAX_NAME_BYTES + b"xyz.py")
    assert (MAX_NAME_BYTES, True) == (len(cut), cut.endswith(b"xyz.py"))
