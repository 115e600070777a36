from random import Random

import pytest

from jobs.corpus.payloads.declarations import (
    add_entry_point,
    add_requirement,
    info_folder,
    metadata_paths,
    raise_version,
    renamed_path,
    replace_header,
    with_build_system,
    with_header,
    with_version,
)
from tests.jobs.corpus.payloads.conftest import host_package

METADATA = (
    b"Metadata-Version: 2.1\nName: a\nVersion: 1.0\nRequires-Dist: b\nLicense: one\n  two\n\nRequires-Dist: text\n"
)


def test_a_header_goes_behind_the_last_of_its_name_and_never_into_the_text():
    made = with_header(METADATA, "Requires-Dist", "c")
    assert b"Requires-Dist: b\nRequires-Dist: c\nLicense" in made
    assert made.endswith(b"\n\nRequires-Dist: text\n")
    assert b"  two\nKeywords: k\n\n" in with_header(METADATA, "Keywords", "k")


def test_a_header_is_replaced_with_its_continuation_lines():
    assert b"\nLicense: MIT\n\n" in replace_header(METADATA, "License", "MIT")
    assert b"\nAuthor: A\n\n" in replace_header(METADATA, "Author", "A")


@pytest.mark.parametrize("kind", ["sdist", "wheel"])
def test_a_requirement_is_added_wherever_a_release_declares_any(kind):
    files = host_package(kind).files()
    changed = add_requirement(files, "unknown-lib>=1")
    expected = {"sdist": {"PKG-INFO", "requires.txt", "setup.py"}, "wheel": {"METADATA"}}[kind]
    assert expected == {path.rpartition("/")[2] for path in changed}
    assert all(b"unknown-lib>=1" in data for data in changed.values())
    compile(changed.get("quillbox-1.2/setup.py", b""), "setup.py", "exec")


def test_an_entry_point_joins_its_group():
    files = {"a.dist-info/entry_points.txt": b"[console_scripts]\nq = a:b\n"}
    assert (
        b"[console_scripts]\np = a:c\nq = a:b\n"
        == add_entry_point(files, "a.dist-info", "console_scripts", "p = a:c")["a.dist-info/entry_points.txt"]
    )
    assert (
        b"[pytest11]\np = a\n"
        == add_entry_point({}, "a.dist-info", "pytest11", "p = a")["a.dist-info/entry_points.txt"]
    )
    assert (
        b"q = a:b\n\n[pytest11]\np = a\n"
        in add_entry_point(files, "a.dist-info", "pytest11", "p = a")["a.dist-info/entry_points.txt"]
    )


@pytest.mark.parametrize(
    ("kind", "expected"), [("sdist", "quillbox-1.2/quillbox.egg-info"), ("wheel", "quillbox-1.2.dist-info")]
)
def test_the_folder_of_metadata_is_found(kind, expected):
    files = host_package(kind).files()
    assert expected == info_folder(files)
    assert {"sdist": 2, "wheel": 1}[kind] == len(metadata_paths(files))
    assert "" == info_folder({"a.py": b""})


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.2.3", {"1.2.4", "1.3.0", "1.2.3.post1"}),
        ("7", {"7.1", "7.post1"}),
        ("1.0rc1", {"1.1", "1.0.post1"}),
        ("odd", {"odd.post1"}),
    ],
)
def test_a_version_is_raised(version, expected):
    assert expected == {raise_version(version, Random(seed).choice) for seed in range(60)}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a-1.0/setup.py", "a-2.0/setup.py"),
        ("a-1.0.dist-info/METADATA", "a-2.0.dist-info/METADATA"),
        ("a-1.0.data/scripts/x", "a-2.0.data/scripts/x"),
        ("a/b-1.0/c.py", "a/b-1.0/c.py"),
        ("a-1.0.1/setup.py", "a-1.0.1/setup.py"),
    ],
)
def test_folders_that_hold_the_version_are_renamed(path, expected):
    assert expected == renamed_path(path, "1.0", "2.0")


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a/__init__.py", b'x = 1\n__version__ = "1.0"\n', b'x = 1\n__version__ = "2.0"\n'),
        ("a-1/setup.py", b"setup(\n    version='1.0',\n)\n", b"setup(\n    version='2.0',\n)\n"),
        ("a-1/pyproject.toml", b'[project]\nversion = "1.0"\n', b'[project]\nversion = "2.0"\n'),
        ("a/other.py", b'__version__ = "1.0"\n', b'__version__ = "1.0"\n'),
        ("a/__init__.py", b'__version__ = "1.0.1"\n', b'__version__ = "1.0.1"\n'),
        ("a-1.dist-info/METADATA", b"Name: a\nVersion: 1.0\n\n1.0\n", b"Name: a\nVersion: 2.0\n\n1.0\n"),
    ],
)
def test_the_version_is_replaced_where_the_release_states_its_own(path, before, after):
    assert after == with_version(path, before, "1.0", "2.0")


def test_a_build_system_replaces_the_one_that_is_there_and_nothing_else():
    before = b'[project]\nname = "a"\n\n[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n[tool.x]\ny = 1\n'
    made = with_build_system(before, 'requires = ["flit_core"]\n')
    assert '[project]\nname = "a"\n\n[build-system]\nrequires = ["flit_core"]\n\n[tool.x]\ny = 1\n' == made
    assert "[build-system]\nrequires = []\n" == with_build_system(b"", "requires = []")
