"""The paths of a release in the forms that its measurements need."""

import pytest

from features.contract import FileType
from features.files.release_paths import suffix_of


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a/b.tar.gz", ".gz"), ("a.b/c", ""), (".hidden", ""), ("a/.hidden", ""), ("a/b.", "."), ("", "")],
)
def test_suffixes(path, expected):
    assert suffix_of(path) == expected


def test_paths_are_relative_to_the_root_and_in_every_case(make_paths):
    paths = make_paths("demo-1.0/Demo/A.PY", "other/b.Txt", root="demo-1.0/")
    assert paths.relative == ["Demo/A.PY", "other/b.Txt"]
    assert paths.lower == ["demo-1.0/demo/a.py", "other/b.txt"]
    assert paths.suffixes == [".py", ".txt"]


def test_paths_with_line_ends_keep_their_number_and_order(make_paths):
    paths = make_paths("A\nB.py", "Stra\u00dfe.py")
    assert paths.lower == ["a\nb.py", "stra\u00dfe.py"]
    assert paths.folded == ["a\nb.py", "strasse.py"]
    assert len(paths.suffixes) == 2


@pytest.mark.parametrize("path", ["demo-1.0.dist-info/RECORD", "src/demo.egg-info/SOURCES.txt", "EGG-INFO/PKG-INFO"])
def test_metadata_folders_are_not_the_releases_own(path, make_paths):
    assert make_paths(path, "demo.py").own == ["demo.py"]


@pytest.mark.parametrize("path", ["demo-info/a.py", "x/EGG-INFO/a.py", "demo.dist-info", "MY-EGG-INFO/a.py"])
def test_folders_that_only_look_like_metadata_are_its_own(path, make_paths):
    assert make_paths(path).own == [path]


def test_sizes_are_added_up_by_file_type(make_member, make_paths):
    paths = make_paths(make_member("a", b"xx"), make_member("b", b"xxx", FileType.BINARY), make_member("c", b"x"))
    assert paths.total_size(FileType.PYTHON) == 3
    assert paths.total_size(FileType.PYTHON, FileType.BINARY) == 6
    assert paths.total_size() == 0
