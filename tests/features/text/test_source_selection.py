"""The source whose letters are measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import FileType, Kind, Member, Release, Role
from features.limits import TEXT_SOURCE_BYTES
from features.text.source_selection import DEPTHS, SOURCE_LIMIT, even_cut, select_source


def member(path: str, data: bytes, role: Role = Role.REST, file_type: FileType = FileType.PYTHON) -> Member:
    return Member(path, len(data), file_type, role, data=data, head=data[:4096], digest=data[:16])


def release(*members: Member, deadline: float = float("inf")) -> Release:
    return Release("x-1.tar.gz", "x", "1", Kind.SDIST, "tar.gz", 9, members, deadline=deadline)


def selected(*members: Member) -> dict[Role, list[bytes]]:
    return {role: list(files.files) for role, files in select_source(release(*members))[0].items()}


def test_source_is_grouped_by_role_and_what_runs_first_comes_first() -> None:
    found = selected(member("c", b"c"), member("b", b"b", Role.IMPORT), member("a", b"a", Role.INSTALL))
    assert list(found.items()) == [(Role.INSTALL, [b"a"]), (Role.IMPORT, [b"b"]), (Role.REST, [b"c"])]


def test_a_role_has_its_depth() -> None:
    (files,) = select_source(release(member("a", b"a", Role.IMPORT)))[0].values()
    assert (files.budget, files.file_budget) == DEPTHS[Role.IMPORT]


@pytest.mark.parametrize(
    ("path", "data", "file_type", "expected"),
    [
        ("a.py", b"x", FileType.PYTHON, True),
        ("a.pth", b"import x", FileType.PTH, True),
        ("a.PS1", b"x", FileType.TEXT, True),
        ("a.psm1", b"x", FileType.TEXT, True),
        ("run", b"#!/bin/sh\n", FileType.TEXT, True),
        ("a.md", b"x", FileType.TEXT, False),
        ("a.sh", b"x", FileType.BINARY, False),
        ("a.py", b"", FileType.PYTHON, False),
    ],
)
def test_python_startup_files_and_scripts_are_source(
    path: str, data: bytes, file_type: FileType, expected: bool
) -> None:
    assert bool(selected(member(path, data, file_type=file_type))) is expected


def test_equal_content_counts_once_in_the_role_that_runs_first() -> None:
    assert selected(member("a", b"same"), member("b", b"same", Role.INSTALL)) == {Role.INSTALL: [b"same"]}


def test_files_come_in_the_order_of_their_digests_and_not_of_their_names() -> None:
    assert selected(member("a", b"2"), member("b", b"1"))[Role.REST] == [b"1", b"2"]


def test_too_much_source_is_cut_to_one_size_and_named_as_a_limit() -> None:
    large = b"b" * TEXT_SOURCE_BYTES
    source, limits = select_source(release(member("a", b"a = 1\n"), member("b", large)))
    assert limits == (SOURCE_LIMIT,)
    assert [len(data) for data in source[Role.REST].files] == [6, TEXT_SOURCE_BYTES - 6]
    assert select_source(release(member("b", large)))[1] == ()


def test_after_the_deadline_nothing_is_selected() -> None:
    assert select_source(release(member("a", b"a"), deadline=-1.0)) == ({}, ("seconds",))


@given(st.lists(st.integers(0, 3 * TEXT_SOURCE_BYTES), max_size=20))
def test_the_cut_keeps_to_the_bound_and_wastes_little(sizes: list[int]) -> None:
    cut = even_cut(sizes)
    kept = sum(min(size, cut) for size in sizes)
    assert kept <= TEXT_SOURCE_BYTES
    assert kept == sum(sizes) or kept > TEXT_SOURCE_BYTES - len(sizes)
