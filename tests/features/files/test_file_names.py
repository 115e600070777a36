"""File names and raw content."""

import random

import pytest

from features.contract import FileType
from features.files.file_names import file_name_values, looks_encrypted

MIXED = random.Random(1).randbytes(4096)


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ((".env", "a/.git/config", "a/b.py"), 2),
        (("a/../b.py", "./b.py", "a/b.py"), 0),
        (("a/b.py",), 0),
    ],
)
def test_hidden_files_and_folders(paths, expected, make_paths):
    assert file_name_values(make_paths(*paths))["hidden"] == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a/invoice.pdf.exe", 1), ("a/photo.PNG.py", 1), ("a/data.tar.gz", 0), ("a/test.min.js", 0), ("a.txt.pyc", 0)],
)
def test_a_programs_suffix_behind_a_documents(path, expected, make_paths):
    assert file_name_values(make_paths(path))["double_suffixes"] == expected


def test_names_that_are_not_ascii_are_counted(make_paths):
    assert file_name_values(make_paths("a.py", "\u0430.py"))["foreign_names"] == 1
    assert file_name_values(make_paths("a.py"))["foreign_names"] == 0


@pytest.mark.parametrize("others", [1, 99])
def test_random_names_are_found_among_few_and_among_many(others, make_paths):
    honest = [f"demo/module_{'abcdefghij'[n % 10]}{n}.py" for n in range(others)]
    values = file_name_values(make_paths(*honest, "demo/xkqzvjw_read.py"))
    assert values["random_names"] == 1
    assert values["random_name_share"] == pytest.approx(1 / (others + 1))


def test_names_in_metadata_folders_are_not_judged(make_paths):
    assert file_name_values(make_paths("demo-1.0.dist-info/xkqzvjw"))["random_name_share"] is None


@pytest.mark.parametrize(
    ("suffix", "head", "expected"),
    [
        (".dat", MIXED, True),
        (".zip", MIXED, False),
        (".dat", MIXED[:1023], False),
        (".dat", b"abcd" * 1024, False),
    ],
)
def test_mixed_content_under_a_plain_suffix_looks_encrypted(suffix, head, expected):
    assert looks_encrypted(suffix, head) is expected


def test_only_binary_files_are_held_to_be_encrypted(make_member, make_paths):
    for file_type, expected in ((FileType.BINARY, 1), (FileType.NATIVE, 0)):
        values = file_name_values(make_paths(make_member("a.dat", MIXED, file_type)))
        assert (values["high_entropy"], values["high_entropy_bytes"]) == (expected, expected * 4096)


def test_repeated_content_is_a_share_without_metadata_and_empty_files(make_member, make_paths):
    twins = [make_member(path, b"same") for path in ("a", "b")]
    values = file_name_values(make_paths(*twins, make_member("c", b"same", FileType.METADATA), "empty"))
    assert values["duplicates"] == 0.5
    assert file_name_values(make_paths("empty"))["duplicates"] is None
