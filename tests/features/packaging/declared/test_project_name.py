"""Project names and versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import FileType, Kind, Member, Release, Role
from features.packaging.declared.project_name import (
    dice_similarity,
    digit_share,
    magnitude,
    name_values,
    version_values,
)
from features.packaging.metadata import CoreMetadata


def release(*packages: str, project: str = "sheep-counter", version: str = "1.0") -> Release:
    members = tuple(
        Member(f"x/{package}/__init__.py", 1, FileType.PYTHON, Role.IMPORT, data=b"x", head=b"x")
        for package in packages
    )
    return Release("x-1.tar.gz", project, version, Kind.SDIST, "tar.gz", 1, members, root="x/")


@pytest.mark.parametrize(("number", "expected"), [(0, 0), (1, 1), (9, 3), (10, 3), (99, 5), (999, 7)])
def test_magnitudes(number: int, expected: int) -> None:
    assert magnitude(number) == expected


@pytest.mark.parametrize(("text", "expected"), [("", 0.0), ("a1", 0.5), ("123", 1.0), ("abc", 0.0)])
def test_digit_shares(text: str, expected: float) -> None:
    assert digit_share(text) == expected


@given(st.text(max_size=20), st.text(max_size=20))
def test_dice_similarity_is_symmetric_and_one_for_equal_words(left: str, right: str) -> None:
    assert dice_similarity(left, right) == dice_similarity(right, left)
    assert 0.0 <= dice_similarity(left, right) <= 1.0
    assert dice_similarity(left, left) == 1.0


def test_dice_similarity_of_words_without_pairs() -> None:
    assert dice_similarity("a", "b") == 0.0
    assert dice_similarity("", "") == 1.0
    assert dice_similarity("night", "nacht") == 0.25


def test_a_name_is_measured() -> None:
    values = name_values(CoreMetadata(name="Sheep_Counter2"), release())
    assert (values["name_chars"], values["name_parts"], values["name_upper"]) == (14, 2, True)
    assert values["name_digits"] == pytest.approx(1 / 14)
    assert values["name_matches_file"] is False
    assert name_values(CoreMetadata(name="Sheep.Counter"), release())["name_matches_file"] is True


def test_without_a_declared_name_the_file_names_one() -> None:
    values = name_values(CoreMetadata(), release())
    assert (values["name_chars"], values["name_matches_file"]) == (13, None)
    assert name_values(CoreMetadata(), release(project="")) == {}


def test_a_name_is_compared_with_the_packages() -> None:
    values = name_values(CoreMetadata(name="sheep-counter"), release("sheepcounter"))
    assert (values["name_matches_package"], values["name_near_package"]) == (True, 1.0)
    values = name_values(CoreMetadata(name="sheep-counter"), release("goat"))
    assert values["name_matches_package"] is False
    assert "name_near_package" not in name_values(CoreMetadata(name="sheep-counter"), release())


def test_a_popular_projects_import_name_is_its_own_only() -> None:
    assert name_values(CoreMetadata(name="sheep"), release("bs4"))["packages_of_popular"] == 1
    assert name_values(CoreMetadata(name="beautifulsoup4"), release("bs4"))["packages_of_popular"] == 0


@pytest.mark.parametrize(
    ("version", "noun", "expected"),
    [
        ("1.2.3", "version_valid", True),
        ("one", "version_valid", False),
        ("1.2rc1", "version_prerelease", True),
        ("1.2", "version_prerelease", False),
        ("one", "version_prerelease", None),
        ("99.0", "version_nines", True),
        ("9.9.9", "version_nines", True),
        ("9", "version_nines", False),
        ("19.9", "version_nines", False),
        ("0.0", "version_zeros", True),
        ("0.1", "version_zeros", False),
        ("0.1.0", "version_first", True),
        ("0.1.1", "version_first", False),
        ("2024.1", "version_calendar", True),
        ("20240131", "version_calendar", True),
        ("2100.1", "version_calendar", False),
        ("1.2rc3", "version_parts", 4),
        ("1.999", "version_largest", 7),
        ("1.0.0", "version_matches_file", True),
        ("1.1", "version_matches_file", False),
        ("one", "version_matches_file", None),
    ],
)
def test_a_version_is_judged(version: str, noun: str, expected: object) -> None:
    assert version_values(CoreMetadata(version=version), release())[noun] == expected


def test_without_a_declared_version_the_file_names_one() -> None:
    values = version_values(CoreMetadata(), release(version="2.0"))
    assert (values["version_chars"], values["version_matches_file"]) == (3, None)
    assert version_values(CoreMetadata(), release(version="")) == {}
