"""Anomalies of names are counted, one by one and all at once."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.archive.budget import Budget
from features.archive.byte_source import MAX_NAME_BYTES
from features.archive.collection import MemberCollection, decode_name, memory_of_name
from features.contract import FileType
from features.limits import Limits


def collection() -> MemberCollection:
    return MemberCollection(Budget(replace(Limits(), path_chars=30), float("inf")))


@pytest.mark.parametrize(
    ("anomalies", "name"),
    [
        (set(), "demo/__init__.py"),
        (set(), "demo/a..b.py"),
        (set(), "demo/\u00e9\u4e16.py"),
        (set(), "c:"),
        ({"path_traversal"}, "demo/../../x"),
        ({"path_traversal", "backslash_path"}, "demo\\..\\x"),
        ({"absolute_path"}, "/etc/passwd"),
        ({"absolute_path"}, "C:/x"),
        ({"absolute_path", "backslash_path"}, "\\x"),
        ({"control_char_name"}, "a\nb"),
        ({"control_char_name"}, "a\u202eyp.b"),
        ({"long_name"}, "x" * 31),
        (set(), "x" * 30),
    ],
)
def test_anomalies_of_a_name_are_counted(anomalies: set[str], name: str) -> None:
    found = collection()
    found.check_names(["plain.py", name])
    assert anomalies == set(found.budget.anomalies)
    assert ({"path_chars"} & set(found.budget.limits_reached)) == (
        {"path_chars"} if "long_name" in anomalies else set()
    )


@given(st.lists(st.text("ab./\\: C\n\u202e", max_size=5)))
def test_names_have_the_same_anomalies_together_as_one_by_one(names: list[str]) -> None:
    together, apart = collection(), collection()
    together.check_names(names)
    for name in names:
        apart.check_name(name)
    assert together.budget.anomalies == apart.budget.anomalies


@pytest.mark.parametrize(
    ("anomalies", "names"),
    [
        ({}, ["a", "b"]),
        ({"duplicate_member": 2}, ["a", "a", "a"]),
        ({"case_collision": 1}, ["a", "A"]),
        ({"duplicate_member": 1, "case_collision": 1}, ["a", "A", "A"]),
        ({"case_collision": 1}, ["stra\u00dfe", "STRASSE"]),
    ],
)
def test_names_that_occur_twice_are_counted(anomalies: dict[str, int], names: list[str]) -> None:
    found = collection()
    found.check_duplicates(names)
    assert anomalies == found.budget.anomalies


def test_a_member_without_content_is_known_by_its_header() -> None:
    found = collection()
    found.add_unread("a", 5, "encrypted", hidden=True)
    found.add_unread("b", 0, "device")
    assert [("a", FileType.BINARY, "encrypted", True), ("b", FileType.EMPTY, "device", False)] == [
        (member.path, member.file_type, member.problem, member.hidden) for member in found.members
    ]
    assert not any(member.kept for member in found.members)


@pytest.mark.parametrize(("expected", "raw"), [("\u00e9", b"\xc3\xa9"), ("\xff", b"\xff"), ("", b"")])
def test_a_name_is_utf8_or_else_latin1(expected: str, raw: bytes) -> None:
    assert expected == decode_name(raw)


def test_a_name_of_megabytes_is_cut() -> None:
    assert MAX_NAME_BYTES == len(decode_name(b"x" * 2**20))


def test_one_wide_letter_makes_a_whole_name_wide() -> None:
    assert (5, 20) == (memory_of_name("a/b.c"), memory_of_name("a/b.\U00010400"))
