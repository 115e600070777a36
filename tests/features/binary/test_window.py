"""A member of which only the ends were kept, read by the offsets of the whole."""

from dataclasses import replace
from struct import Struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.archive.retention import HEAD_AND_TAIL_BYTES
from features.binary.contract import UnreadableHeadersError
from features.binary.window import NAME_BYTES, MemberWindow, name_at, names_at
from features.contract import FileType, Member, Role


@given(st.binary(), st.sampled_from((b"", b"x" * NAME_BYTES)), st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 40)))
def test_names_are_read_together_as_one_by_one(table, more, offsets):
    table += more
    said = {name_at(table, at) for at in offsets} - {""}
    assert said == names_at(table, np.array(offsets, np.uint32))


CUT_SIZE = HEAD_AND_TAIL_BYTES + 100
HALF = HEAD_AND_TAIL_BYTES // 2
WHOLE = bytes(range(256)) * (CUT_SIZE // 256 + 1)
CUT = MemberWindow(WHOLE[:HALF] + WHOLE[CUT_SIZE - HALF : CUT_SIZE], CUT_SIZE)


def test_a_whole_member_is_read_anywhere():
    window = MemberWindow(b"0123456789", 10)
    assert (False, ((0, 10),)) == (window.is_cut, window.kept_ranges())
    assert (b"345", b"89", b"") == (window.read(3, 3), window.read_some(8, 9), window.read_some(10, 1))
    with pytest.raises(UnreadableHeadersError):
        window.read(8, 3)


@pytest.mark.parametrize("offset", [0, HALF - 4, CUT_SIZE - HALF, CUT_SIZE - 4])
def test_the_ends_of_a_cut_member_are_read_by_the_offsets_of_the_whole(offset):
    assert CUT.is_cut
    assert WHOLE[offset : offset + 4] == CUT.read(offset, 4)


@pytest.mark.parametrize("offset", [HALF - 3, HALF, CUT_SIZE - HALF - 1])
def test_the_middle_of_a_cut_member_was_not_kept(offset):
    with pytest.raises(UnreadableHeadersError):
        CUT.read(offset, 4)


@pytest.mark.parametrize(("offset", "length"), [(-1, 4), (0, -1)])
def test_no_member_has_bytes_before_its_start(offset, length):
    with pytest.raises(UnreadableHeadersError):
        MemberWindow(b"0123", 4).read(offset, length)


def test_a_member_whose_reading_broke_off_ends_where_it_broke_off():
    member = Member("a.so", 10_000, FileType.NATIVE, Role.REST, data=b"0123", problem="bad_crc")
    assert 4 == MemberWindow.of(member).size
    assert 4 == MemberWindow.of(replace(member, problem="")).size


def test_a_slice_counts_its_offsets_from_its_start():
    window = MemberWindow(b"head\0name\0", 10).slice_at(5)
    assert (b"name", "name") == (window.read(0, 4), window.name(0))


def test_structures_are_read_as_many_as_there_are():
    window = MemberWindow(b"\1\0\2\0\3", 5)
    assert [(1,), (2,)] == list(window.table(Struct("<H"), 0, 9))
    assert (2,) == window.unpack(Struct("<H"), 2)


def test_a_name_ends_with_its_zero_byte_or_its_bound():
    assert ("abc", "bc", "") == (name_at(b"abc\0d", 0), name_at(b"abc\0d", 1), name_at(b"abc", 9))
    assert NAME_BYTES == len(name_at(b"x" * 1_000, 0))
