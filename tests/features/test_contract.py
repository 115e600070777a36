"""The contract of the features room with its users."""

import pickle
from typing import get_args

import pytest

from features.contract import (
    FileType,
    Kind,
    Member,
    Role,
    Row,
    Scalar,
    Status,
    internal_error_reason,
)
from features.runtime.cache import COMPARED_BYTES


def member(data: bytes = b"", head: bytes = b"", *, kept: bool = True, known_key: bytes = b"") -> Member:
    return Member("a.py", 9, FileType.PYTHON, Role.REST, data, head, kept=kept, known_key=known_key)


def test_the_content_of_a_member_is_what_was_kept_of_it():
    assert b"whole" == member(b"whole", b"who").content
    assert b"who" == member(b"", b"who", kept=False).content


def test_the_key_of_a_member_follows_its_content_alone():
    assert member(b"x").key == member(b"", b"x", kept=False).key
    assert member(b"x").key != member(b"y").key
    assert b"known" == member(b"x", known_key=b"known").key


def test_the_key_of_a_large_member_is_computed_once():
    large = member(b"x" * (COMPARED_BYTES + 1))
    assert large.key is large.key


def test_a_members_key_is_no_part_of_what_it_is():
    assert member(b"x", known_key=b"1") == member(b"x", known_key=b"2")
    assert member(b"x") == pickle.loads(pickle.dumps(member(b"x")))


@pytest.mark.parametrize(
    ("expected", "where"),
    [("internal error: ValueError: bad", ""), ("internal error in group code: ValueError: bad", "group code")],
)
def test_a_reason_names_the_error_of_ours_and_where_it_was_met(expected, where):
    reason = internal_error_reason(ValueError("bad"), where)
    assert expected == reason


def test_a_reason_is_bounded():
    assert 500 == len(internal_error_reason(ValueError("x" * 1_000)))


def test_what_an_artifact_is_to_blame_for_is_no_internal_error():
    assert not Row(Status.UNREADABLE, "The file is empty.", Kind.UNKNOWN, "", "").internal_error


def test_a_value_that_could_not_be_examined_is_none():
    assert type(None) in get_args(Scalar)
