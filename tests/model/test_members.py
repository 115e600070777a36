from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from model.members import (
    FILE_TYPES,
    MEMBERS_KEPT,
    ROLES,
    concatenated_ranges,
    has_members,
    listed_marks,
    mark_hash,
    read_members,
    slim_members,
)

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def listed(make_member: Make, schema_of: Callable[..., pa.Schema]) -> pa.Table:
    rows = [
        [
            make_member("a.py", {"os_system": 2}, "rest"),
            make_member("b.pth", {"finding_decode_then_execute": 1}, "install", file_type="pth"),
            make_member("c.txt", {}, file_type="text"),
        ],
        None,
        [make_member(f"{n}.py", {"os_system": 1}, "rest") for n in range(MEMBERS_KEPT + 5)],
    ]
    return pa.table({"members": pa.array(rows, schema_of().field("members").type)})


def test_the_heaviest_member_comes_first_and_one_without_marks_not_at_all(listed: pa.Table) -> None:
    members = read_members(listed)
    assert members is not None
    assert [0, 2, 2, 2 + MEMBERS_KEPT] == members.starts.tolist()
    assert ["install", "rest"] == [ROLES[role] for role in members.role[:2]]
    assert ["pth", "python"] == [FILE_TYPES[kind] for kind in members.file_type[:2]]
    assert [1, 0] == members.position[:2].tolist()
    assert 2.0 == members.marks[1, mark_hash("os_system")]
    # The size, then the numbers of members and marks beside it, and its share of these.
    np.testing.assert_allclose([np.log1p(900), np.log1p(2), 0.5, np.log1p(2)], members.numbers[0], rtol=1e-6)
    assert ["finding_decode_then_execute", "os_system"] == listed_marks(listed["members"])


def test_what_another_project_published_weighs_less(make_member: Make, schema_of: Callable[..., pa.Schema]) -> None:
    rows = [[make_member("known.py", {"os_system": 1, "known_code": 1}), make_member("own.py", {"os_system": 1})]]
    members = read_members(pa.table({"members": pa.array(rows, schema_of().field("members").type)}))
    assert members is not None
    assert [1, 0] == members.position.tolist()


def test_slim_members_are_the_same_members_without_names(listed: pa.Table) -> None:
    slim = slim_members(listed["members"])
    assert {"role", "file_type", "size", "marks"} == {field.name for field in slim.type.value_type}
    whole, again = read_members(listed), read_members(pa.table({"members": slim}))
    assert whole is not None
    assert again is not None
    for name in ("starts", "role", "file_type", "numbers"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(again, name))
    assert not (whole.marks != again.marks).nnz


def test_chunks_and_slices_do_not_matter(listed: pa.Table) -> None:
    whole = read_members(listed)
    chunked = read_members(pa.concat_tables([listed.slice(0, 1), listed.slice(1)]))
    assert whole is not None
    assert chunked is not None
    assert not (whole.marks != chunked.marks).nnz
    last = read_members(listed.slice(2))
    assert last is not None
    taken = whole.take_rows(np.array([2]))
    assert not (last.marks != taken.marks).nnz
    assert last.starts.tolist() == taken.starts.tolist()


def test_a_table_that_lists_no_members_has_none() -> None:
    digests = pa.table({"members": pa.array([[b"1" * 16]], pa.list_(pa.binary(16)))})
    assert read_members(digests) is None
    assert read_members(pa.table({"x": [1]})) is None
    assert not has_members(pa.int32())


def test_ranges_stand_one_after_another() -> None:
    assert [3, 4, 9, 0, 1] == concatenated_ranges(np.array([3, 9, 5, 0]), np.array([2, 1, 0, 2])).tolist()
    assert [] == concatenated_ranges(np.zeros(0, np.int64), np.zeros(0, np.int64)).tolist()
