"""Sparse files are put together as tarfile puts them together, in either of its two ways."""

import io
import tarfile
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.archive.tar_sparse import expand_sparse, is_ascending, read_sparse

DATA = b"abcdefghijklmnopqrstuvwxyz"
PARTS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 12)), max_size=4)


def sparse_tar(parts: list[tuple[int, int]], size: int) -> bytes:
    info = tarfile.TarInfo("a")
    info.size = len(DATA)
    text = ",".join(str(number) for part in parts for number in part)
    info.pax_headers = {"GNU.sparse.map": text, "GNU.sparse.size": str(size)}
    return info.tobuf(tarfile.PAX_FORMAT) + DATA + bytes(512 * 4)


@given(PARTS.filter(bool), st.integers(0, 40))
def test_parts_are_written_as_extract_writes_them(parts: list[tuple[int, int]], size: int) -> None:
    with tarfile.open(fileobj=io.BytesIO(sparse_tar(parts, size))) as archive:
        info = archive.next()
        assert info is not None
        target = io.BytesIO()
        source = io.BytesIO(DATA + bytes(100))
        for offset, length in cast("list[tuple[int, int]]", info.sparse):
            target.seek(offset)
            target.write(source.read(length))
        target.seek(info.size)
        target.truncate()
    expected = target.getvalue().ljust(size, b"\0")
    assert expected == expand_sparse(DATA + bytes(100), parts, size, 100)


@given(PARTS.filter(bool), st.integers(0, 40))
def test_parts_are_read_as_extractfile_reads_them(parts: list[tuple[int, int]], size: int) -> None:
    found = read_sparse(DATA + bytes(100), parts, size, 100)
    if len(found) < size:
        # tarfile would look for the next byte for ever.
        return
    with tarfile.open(fileobj=io.BytesIO(sparse_tar(parts, size))) as archive:
        stream = archive.extractfile("a")
        assert stream is not None
        assert stream.read() == found


@pytest.mark.parametrize("parts", [[], [(0, 5)], [(0, 5), (5, 5)], [(3, 5), (9, 5)]])
def test_parts_in_order_are_read_alike_in_both_ways(parts: list[tuple[int, int]]) -> None:
    assert is_ascending(parts)
    assert expand_sparse(DATA, parts, 14, 100) == read_sparse(DATA, parts, 14, 100)


@pytest.mark.parametrize("parts", [[(5, 5), (0, 5)], [(0, 5), (4, 5)], [(0, -1)]])
def test_parts_that_overlap_or_go_back_are_not_in_order(parts: list[tuple[int, int]]) -> None:
    assert not is_ascending(parts)


def test_parts_that_overlap_count_last_or_first() -> None:
    assert expand_sparse(b"aaaabbbb", [(0, 4), (2, 4)], 6, 100) == b"aabbbb"
    assert read_sparse(b"aaaabbbb", [(0, 4), (2, 4)], 6, 100) == b"aaaabb"


def test_a_file_over_the_limit_is_its_stored_parts() -> None:
    assert expand_sparse(DATA, [(0, 5)], 101, 100) == DATA
    assert read_sparse(DATA, [(0, 5)], 101, 100) == b""


def test_a_hostile_map_ends() -> None:
    parts = [(offset, 1) for offset in range(2000, 0, -1)]
    assert len(read_sparse(bytes(2000), parts, 2000, 10**6)) <= 2000
