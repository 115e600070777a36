from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import FileType, Kind, Member, Release, Role
from features.packaging.metadata import Declared, find_metadata, parse_headers, read_declared

FULL = b"""Metadata-Version: 2.1
Name: Demo
Version: 1.2
Summary: Counts sheep
Author-email: Ada Lovelace <ada@engine.example>, Bob <bob@engine.example>
Project-URL: Source, https://forge.example/ada/demo
Project-URL: Docs, https://docs.example/demo
Keywords: sheep,counting
Classifier: License :: OSI Approved :: MIT License
Classifier: Topic :: Utilities
Requires-Dist: numpy>=1
Requires-Dist: demo-extra ; extra == 'x'

# Demo

A description.
"""


def member(path: str, data: bytes, file_type: FileType = FileType.METADATA) -> Member:
    return Member(path, len(data), file_type, Role.REST, data=data, head=data[:4096], digest=path.encode()[:16])


def release(*members: Member, kind: Kind = Kind.SDIST, root: str = "demo-1.2/") -> Release:
    return Release("demo-1.2.tar.gz", "demo", "1.2", kind, "tar.gz", 1000, members, root=root)


def test_a_newer_tools_fields_are_read_into_the_common_shape() -> None:
    declared = read_declared(release(member("demo-1.2/PKG-INFO", FULL)))
    assert declared == Declared(
        source="demo-1.2/PKG-INFO",
        name="Demo",
        version="1.2",
        summary="Counts sheep",
        description="# Demo\n\nA description.",
        author="Ada Lovelace, Bob",
        emails=("ada@engine.example", "bob@engine.example"),
        homepage="https://forge.example/ada/demo",
        project_urls=(("source", "https://forge.example/ada/demo"), ("docs", "https://docs.example/demo")),
        classifiers=("License :: OSI Approved :: MIT License", "Topic :: Utilities"),
        keywords=("sheep", "counting"),
        licence="License :: OSI Approved :: MIT License",
        requires=("numpy>=1", "demo-extra ; extra == 'x'"),
    )


def test_an_older_tools_description_field_and_unknown_are_read() -> None:
    old = b"Name: demo\nHome-page: UNKNOWN\nAuthor: Ada\nDescription: First\n        \n        odd\n        second\nPlatform: any\n"
    headers = parse_headers(old)
    assert headers.first("description") == "First\n\nodd\nsecond"
    assert headers.first("home-page") == ""


@pytest.mark.parametrize(
    ("data", "problems"),
    [
        (b"Name: a\nName: b\n\n", ("duplicate:name",)),
        (b"Name: a\nClassifier: x\nClassifier: y\n\n", ()),
        (b"Name: \xff\n\n", ("encoding",)),
        (b"Name: a\nno colon here\n\n", ("malformed",)),
        (b"", ()),
    ],
)
def test_what_is_odd_is_named(data: Any, problems: Any) -> None:
    assert parse_headers(data).problems == problems


def test_the_metadata_that_pip_takes_comes_first() -> None:
    top = member("demo-1.2/PKG-INFO", b"Name: demo\n")
    inner = member("demo-1.2/src/demo.egg-info/PKG-INFO", b"Name: other\n")
    nested = member("demo-1.2/vendor.zip!/PKG-INFO", b"Name: third\n")
    assert find_metadata(release(nested, inner, top)) == (top, inner, nested)


def test_a_wheel_with_two_dist_infos_is_read_by_its_own() -> None:
    own = member("demo-1.2.dist-info/METADATA", b"Name: demo\n")
    other = member("aaaa-1.0.dist-info/METADATA", b"Name: aaaa\n")
    assert find_metadata(release(other, own, kind=Kind.WHEEL, root=""))[0] == own


def test_dependencies_of_an_older_sdist_come_from_requires_txt() -> None:
    info = member("demo-1.2/PKG-INFO", b"Name: demo\n\n")
    requires = member("demo-1.2/demo.egg-info/requires.txt", b"numpy\nrequests>=2\n\n[dev]\npytest\n")
    assert read_declared(release(info, requires)).requires == ("numpy", "requests>=2")


def test_without_metadata_the_setup_files_are_read() -> None:
    setup = b"from setuptools import setup\nV = '1.2'\nsetup(name='demo', version=V, author='Ada', install_requires=read())\n"
    declared = read_declared(release(member("demo-1.2/setup.py", setup, FileType.PYTHON)))
    assert (declared.source, declared.name, declared.version) == ("demo-1.2/setup.py", "demo", "1.2")
    assert declared.computed == {"install_requires"}


def test_no_metadata_is_told_from_an_empty_one() -> None:
    assert read_declared(release()).source == ""
    assert read_declared(release(member("demo-1.2/PKG-INFO", b"\n"))).source == "demo-1.2/PKG-INFO"


@given(st.binary(max_size=300))
def test_any_bytes_are_metadata(data: Any) -> None:
    headers = parse_headers(b"Name: x\n" + data)
    assert all(key == key.lower() for key, _ in headers.fields)
