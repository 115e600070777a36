"""Counts, sizes and anomalies."""

from dataclasses import replace

import pytest

from features.contract import FileType, Kind, Role
from features.files.inventory import (
    MEASURED_BYTES,
    NEARLY_EMPTY_BYTES,
    anomaly_values,
    count_values,
    size_values,
)


def test_hidden_and_duplicate_members_are_only_counted_in_a_zip(make_release):
    odd = {"hidden_member": 2, "duplicate_member": 3, "bad_crc": 1}
    tar = anomaly_values(replace(make_release(), anomalies=odd))
    assert (tar["anomaly_hidden_member"], tar["anomaly_duplicate_member"], tar["anomaly_bad_crc"]) == (None, None, 1)
    archive = anomaly_values(replace(make_release(), anomalies=odd, container="zip"))
    assert (archive["anomaly_hidden_member"], archive["anomaly_duplicate_member"]) == (2, 3)


def test_files_folders_and_suffixes_are_counted(make_member, make_paths):
    values = count_values(
        make_paths("a/x.py", "a/y.py", "b/z.PY", make_member("data.bin", b"\0", FileType.BINARY), "METADATA")
    )
    assert (values["members"], values["python"], values["binary"], values["folders"]) == (5, 4, 1, 3)
    assert values["types"] == 3
    assert "metadata" not in values


@pytest.mark.parametrize(
    ("data", "share"),
    [
        (b"", 1.0),
        (b"# only a comment\n", 1.0),
        (b'"""Only a docstring."""\n', 1.0),
        (b"import os\n", 0.0),
        (b"# a comment, then\nx = 1\n", 0.0),
        (b"# " + b"long " * 500, 0.0),
    ],
)
def test_an_init_file_without_code_is_empty(data, share, make_member, make_paths):
    assert count_values(make_paths(make_member("a/__init__.py", data)))["empty_initialisers"] == share


def test_init_files_are_known_by_their_whole_name(make_member, make_paths):
    values = count_values(make_paths("a/my__init__.py", make_member("b/__init__.py", problem="encrypted")))
    assert (values["initialisers"], values["empty_initialisers"]) == (0, None)


def test_members_without_content_to_examine_are_not_missed(make_member, make_paths):
    values = count_values(make_paths(make_member("a", problem="device"), make_member("b", problem="encrypted")))
    assert values["unexamined"] == 1


def test_an_artifact_without_members_has_only_its_own_size(make_paths):
    assert size_values(make_paths()) == {"artifact_bytes": 100}


def test_sizes_by_type_and_role(make_member, make_paths):
    values = size_values(
        make_paths(
            make_member("demo-1.0/setup.py", b"x\n" * 10, role=Role.INSTALL),
            make_member("demo-1.0/a.pth", b"import x\n" * 5, FileType.PTH, Role.INSTALL),
            make_member("demo-1.0/demo/__init__.py", b"x" * 30, role=Role.IMPORT),
            make_member("demo-1.0/demo/b/c.py", b"x" * 5),
            make_member("demo-1.0/demo/d.bin", b"x" * 100, FileType.BINARY),
            root="demo-1.0/",
        )
    )
    expected = {"bytes": 200, "ratio": 2.0, "largest": 100, "largest_share": 0.5, "python_bytes": 55}
    expected |= {"python_median": 20, "python_largest": 30, "install_bytes": 65, "import_bytes": 30, "rest_bytes": 5}
    expected |= {"install_share": 0.65, "native_bytes": 0, "binary_bytes": 100, "depth": 2, "depth_mean": 0.8}
    expected |= {"setup_bytes": 20, "setup_lines": 11}
    assert {noun: values[noun] for noun in expected} == expected


def test_empty_files_have_no_shares(make_paths):
    values = size_values(make_paths("a.txt"))
    assert (values["largest_share"], values["python_share"], values["install_share"]) == (None, None, None)


@pytest.mark.parametrize(
    ("size", "file_type", "expected"),
    [
        (NEARLY_EMPTY_BYTES - 1, FileType.TEXT, True),
        (NEARLY_EMPTY_BYTES, FileType.TEXT, False),
        (10, FileType.NATIVE, False),
        (10, FileType.BYTECODE, False),
        (MEASURED_BYTES + 1, FileType.TEXT, False),
    ],
)
def test_a_release_with_hardly_any_code_is_nearly_empty(size, file_type, expected, make_member, make_paths):
    body = make_member("a.py", b"x" * size)
    values = size_values(make_paths(body, make_member("setup.py", b"#" * 50), make_member("b", b"b", file_type)))
    assert values["nearly_empty"] is expected


def test_code_that_was_not_kept_is_unknown(make_member, make_paths):
    values = size_values(make_paths(replace(make_member("a.py", b"x" * 10), data=b"", kept=False)))
    assert "nearly_empty" not in values


def test_setup_py_is_measured_in_sdists_alone(make_member, make_paths):
    setup = make_member("setup.py", b"a\nb\n")
    assert size_values(make_paths(setup))["setup_lines"] == 3
    assert "setup_lines" not in size_values(make_paths(setup, kind=Kind.WHEEL))
    assert "setup_lines" not in size_values(make_paths(make_member("x/setup.py", b"a")))
