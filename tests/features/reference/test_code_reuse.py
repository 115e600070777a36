"""Code that other projects published before, and what is left."""

from typing import Any

import pytest

from features.contract import FileType, Member, Role
from features.reference.code_reuse import MAX_PROJECTS, count_projects, largest_owner, reuse_values
from features.reference.code_reuse_columns import COLUMNS
from features.reference.known_code import KnownMember


def source(
    path: str, size: int, *owners: str, known: bool = True, role: Role = Role.REST, attributable: bool = True
) -> KnownMember:
    return KnownMember(Member(path, size, FileType.PYTHON, role), known, owners, attributable)


def unknown(path: str, size: int, role: Role = Role.REST) -> KnownMember:
    return source(path, size, known=False, role=role)


def values(*sources: KnownMember, project: str = "sheep") -> dict[str, Any]:
    return reuse_values(sources, project)


def test_every_column_has_a_value() -> None:
    assert {column.name for column in COLUMNS} == {f"known_{noun}" for noun in values(unknown("a", 9))}


def test_the_largest_owner_is_counted_in_bytes_and_the_first_by_name_of_equals() -> None:
    large, small, both = source("a", 100, "zebra"), source("b", 10, "ant"), source("c", 5, "ant", "bee")
    assert largest_owner([large, small, both]) == ("zebra", [large])
    assert largest_owner([source("a", 9, "zebra"), both, source("d", 4, "ant")])[0] == "ant"
    assert largest_owner([]) == ("", [])


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        ([], 0),
        ([("a",), ("a", "b"), ("b",)], 2),
        ([("a", "b"), ("b", "c"), ("b", "d")], 1),
        ([(f"p{number}",) for number in range(MAX_PROJECTS + 5)], MAX_PROJECTS),
    ],
)
def test_the_fewest_projects_that_own_all_files(owners: list[tuple[str, ...]], expected: int) -> None:
    assert count_projects([source(str(at), 1, *names) for at, names in enumerate(owners)]) == expected


def test_shares_are_of_attributable_files_alone() -> None:
    found = values(
        source("a", 300, "victim"),
        source("b", 100),
        unknown("c", 100),
        source("d", 50, known=False, attributable=False),
        source("e", 0, known=False, attributable=False),
    )
    assert (found["files"], found["other_files"], found["unknown_files"], found["unknown_tiny_files"]) == (2, 1, 1, 1)
    assert (found["byte_share"], found["other_byte_share"], found["shared_byte_share"]) == (0.8, 0.6, 0.2)
    assert (found["share"], found["unknown_share"]) == (pytest.approx(2 / 3), pytest.approx(1 / 3))


def test_nothing_attributable_has_shares_of_zero() -> None:
    found = values(source("a", 50, known=False, attributable=False))
    assert (found["share"], found["byte_share"], found["copy"]) == (0.0, 0.0, False)


@pytest.mark.parametrize(
    ("sizes", "added", "expected"),
    [((50, 50), 100, True), ((50, 49), 100, False), ((200,), 1, False)],
)
def test_a_copy_has_two_files_and_half_of_its_bytes_from_one_project(
    sizes: tuple[int, ...], added: int, expected: bool
) -> None:
    copied = [source(f"v/{at}", size, "victim") for at, size in enumerate(sizes)]
    assert values(*copied, unknown("x/new", added))["copy"] is expected


def test_a_copy_answers_for_what_it_changed() -> None:
    copied = [source("v/a", 50, "victim"), source("v/b", 50, "victim")]
    setup, init = unknown("setup.py", 10, Role.INSTALL), unknown("v/__init__.py", 20, Role.IMPORT)
    whole = values(*copied)
    assert (whole["copy"], whole["copy_with_changes"], whole["changed_share"]) == (True, False, 0.0)
    only_setup = values(*copied, setup)
    assert (only_setup["changed_only_setup"], only_setup["changed_install"]) == (True, True)
    both = values(*copied, setup, init)
    assert (both["changed_only_setup"], both["changed_import"], both["changed_files"]) == (False, True, 2)
    assert both["changed_kilobytes"] == 0.03


def test_unknown_files_beside_anothers_code_show_and_install_files_do_not() -> None:
    owned = source("v/a", 50, "victim")
    found = values(owned, unknown("v/new", 30), unknown("w/new", 10), unknown("v/setup", 99, Role.INSTALL))
    assert (found["beside_files"], found["beside_kilobytes"]) == (1, 0.03)
    assert found["beside_share"] == pytest.approx(30 / 139)
    assert values(source("v/a", 50), unknown("v/new", 30))["beside_files"] == 0


@pytest.mark.parametrize(
    ("path", "expected"),
    [("x/_vendor/requests/a.py", 1.0), ("x/Third_Party/a.py", 1.0), ("x/vendors/a.py", 0.0), ("x/vendor", 0.0)],
)
def test_vendored_code_is_known_by_its_folder(path: str, expected: float) -> None:
    assert values(source(path, 50, "requests"))["vendored_byte_share"] == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("x/requests/api.py", 1.0),
        ("x/Re_quests/a/b/api.py", 1.0),
        ("x/requests/a/b/c/api.py", 0.0),
        ("x/other/requests.py", 0.0),
    ],
)
def test_copied_code_lies_in_its_place_under_its_projects_name(path: str, expected: float) -> None:
    assert values(source(path, 50, "requests"))["top_place_share"] == expected


def test_the_name_is_compared_with_that_of_the_most_copied_project() -> None:
    copied = source("a", 50, "requests")
    near, within, neither = (values(copied, project=name) for name in ("reqeusts", "requests-sheep", "goat"))
    assert (near["top_name_near"], near["top_name_within"]) == (True, False)
    assert (within["top_name_within"], neither["top_name_within"]) == (True, False)
    assert near["top_name_likeness"] > neither["top_name_likeness"]
    assert values(unknown("a", 9), project="goat")["top_name_likeness"] == 0.0


def test_unknown_code_is_counted_by_role() -> None:
    found = values(unknown("setup.py", 1, Role.INSTALL), unknown("i", 2, Role.IMPORT), unknown("r", 5))
    assert [found[f"unknown_{role}_files"] for role in Role] == [1, 1, 1]
    assert [found[f"unknown_{role}_kilobytes"] for role in Role] == [0.001, 0.002, 0.005]
    assert found["unknown_largest_share"] == 5 / 8
