"""Names in code and configuration are resolved to the members that they may mean."""

import pytest

from features.archive.retention import RawMember
from features.contract import FileType
from features.install.named_files import (
    QUOTED,
    file_name,
    find_matching_paths,
    find_object_files,
    index_by_file_name,
    module_paths,
)


def members(*paths: str) -> dict[str, RawMember]:
    return {path: RawMember(path, 0, FileType.PYTHON) for path in paths}


def test_a_module_is_a_file_or_a_package_and_every_package_around_it_is_imported() -> None:
    expected = ("a/b.py", "a/b.pyw", "a/__init__.py", "a/b/__init__.py")
    assert expected == module_paths("a/b")


def test_a_module_that_is_too_deep_is_no_file() -> None:
    assert module_paths("/".join("a" * 32))
    assert () == module_paths("/".join("a" * 33))


@pytest.mark.parametrize(
    ("expected", "reference"),
    [
        (["a/b.py", "a/__init__.py"], "a.b.Command"),
        (["a/b.py", "a/__init__.py"], "a.b:Command"),
        (["a/b.py", "a/__init__.py"], "  a.b:Outer.Inner "),
        (["a/__init__.py"], "a.b"),
        ([], "c:x"),
        ([], ""),
    ],
)
def test_an_object_reference_leads_to_the_files_of_its_module(expected: list[str], reference: str) -> None:
    assert expected == list(find_object_files(reference, members("a/__init__.py", "a/b.py", "b.py")))


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        (["a.txt", "x/a.txt", "x/y/a.txt"], "a.txt"),
        (["x/a.txt"], "x/a.txt"),
        (["x/y/a.txt"], "y/a.txt"),
        ([], "z/a.txt"),
    ],
)
def test_a_written_path_may_be_relative_to_any_folder(expected: list[str], written: str) -> None:
    index = index_by_file_name(["a.txt", "x/a.txt", "x/y/a.txt", "b.txt"])
    assert expected == list(find_matching_paths(written, index))


def test_a_file_name_that_no_path_has_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        list(find_matching_paths("x/none.txt", index_by_file_name(["a.txt"])))


@pytest.mark.parametrize(("expected", "path"), [("c", "a/b/c"), ("a", "a"), ("", "a/")])
def test_a_file_name_is_behind_the_last_slash(expected: str, path: str) -> None:
    assert expected == file_name(path)


def test_text_between_any_two_quotes_is_found() -> None:
    assert ["a.txt", ", ", "b"] == QUOTED.findall("open('a.txt', \"b\")")
    assert [] == QUOTED.findall("'" + "x" * 201 + "'")
