"""Signs of a maintained project."""

import pytest

from features.contract import FileType, Kind
from features.files.upkeep import upkeep_values

MIT = b"MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy\n"
APACHE = b"Apache License\nVersion 2.0, January 2004\nhttp://www.apache.org/licenses/\n" * 3


@pytest.mark.parametrize(
    ("noun", "path", "twin"),
    [
        ("tests", "Tests/a.py", "latest/a.py"),
        ("tests", "a/test_b.py", "a/contest_b.txt"),
        ("tests", "conftest.py", "a/testify.py"),
        ("docs", "docs/a.md", "doctor/a.md"),
        ("docs", "EXAMPLES/a.py", "a/example.py"),
        ("readme", "ReadMe.md", "a/not_a_readme.md"),
        ("changes", "CHANGES", "a/exchange.py"),
        ("changes", "History.md", "a/prehistory.py"),
        ("ci", ".github/workflows/a.yml", "github/a.yml"),
        ("ci", "tox.ini", "a/toxic.ini"),
    ],
)
def test_a_sign_shows_and_a_look_alike_does_not(noun, path, twin, make_paths):
    assert upkeep_values(make_paths(path))[noun] is True
    assert upkeep_values(make_paths(twin))[noun] is False


def test_only_an_sdist_carries_its_continuous_integration(make_paths):
    assert upkeep_values(make_paths("tox.ini", kind=Kind.WHEEL))["ci"] is None


def info(licence, body=b""):
    return b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nLicense: " + licence + b"\n\n" + body


def test_a_long_description_stands_in_for_a_readme(make_member, make_paths):
    for length, expected in ((199, False), (200, True)):
        metadata = make_member("PKG-INFO", info(b"MIT", b"d" * length), FileType.METADATA)
        assert upkeep_values(make_paths(metadata))["readme"] is expected


@pytest.mark.parametrize(
    ("declared", "path", "text", "expected"),
    [
        (b"MIT", "LICENSE", MIT, False),
        (b"MIT", "LICENSE", APACHE, True),
        (b"MIT", "a/b/c/LICENSE", APACHE, None),
        (b"MIT", "x.zip!/LICENSE", APACHE, None),
        (b"MIT", "LICENSE", b"nothing known", None),
        (b"", "LICENSE", APACHE, None),
        (b"MIT", "a.txt", APACHE, None),
    ],
)
def test_the_declared_licence_is_compared_with_the_licence_files(
    declared, path, text, expected, make_member, make_paths
):
    metadata = make_member("PKG-INFO", info(declared), FileType.METADATA)
    values = upkeep_values(make_paths(metadata, make_member(path, text, FileType.TEXT)))
    assert values["licence_mismatch"] is expected


def test_one_matching_licence_file_is_enough(make_member, make_paths):
    files = [
        make_member("PKG-INFO", info(b"MIT"), FileType.METADATA),
        make_member("LICENSE.apache", APACHE, FileType.TEXT),
        make_member("COPYING", MIT, FileType.TEXT),
    ]
    values = upkeep_values(make_paths(*files))
    assert (values["licence"], values["licence_mismatch"]) == (True, False)
