"""Paths are normalised as extracting would resolve them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.archive.member_paths import normalise_path, normalise_paths, path_on_windows


@pytest.mark.parametrize(
    ("expected", "path"),
    [
        ("a/b", "a/b"),
        ("a/b", "./a//b"),
        ("b", "a/../b"),
        ("b", "../../b"),
        ("a/b", "/a\\b"),
        ("", "/"),
        ("", ""),
        (".a/b.", ".a/b."),
        ("a", "a/."),
        ("a/..b", "a/..b"),
    ],
)
def test_a_path_is_normalised_alone_and_among_others(expected: str, path: str) -> None:
    assert expected == normalise_path(path)
    assert ["c/d", expected, "e"] == normalise_paths(["c/d", path, "e"])


@given(st.lists(st.text("ab./\\ ", max_size=6)))
def test_paths_are_normalised_together_as_they_are_alone(paths: list[str]) -> None:
    assert list(map(normalise_path, paths)) == normalise_paths(paths)


@given(st.text("ab./\\", max_size=8))
def test_a_normal_path_stays_as_it_is_and_leads_nowhere_else(path: str) -> None:
    normal = normalise_path(path)
    assert normal == normalise_path(normal)
    # The slash at the end of a folder may stay.
    assert normal == "" or not {"", ".", ".."} & set(normal.removesuffix("/").split("/"))


@pytest.mark.parametrize(
    ("expected", "path"),
    [
        ("a/b.py", "a/b.py"),
        ("a/b.py", "a\\b.py"),
        ("a/setup.py", "a/setup.py. ."),
        ("a/setup.py", "a/setup.py::$DATA"),
        ("a/setup.py", "a/setup.py.::$data "),
        ("a./b:c", "a./b:c"),
        ("", ""),
        ("", "."),
    ],
)
def test_windows_drops_what_ends_a_name(expected: str, path: str) -> None:
    assert expected == path_on_windows(path)
