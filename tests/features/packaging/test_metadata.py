from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import FileType, Kind, Member, Release, Role
from features.packaging.metadata import (
    METADATA_BYTES,
    BuildRequirements,
    CoreMetadata,
    core_metadata_from_headers,
    find_metadata_files,
    parse_metadata_headers,
    read_build_requirements,
    read_core_metadata,
)

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


def test_fields_of_current_tools_are_read() -> None:
    metadata = read_core_metadata(release(member("demo-1.2/PKG-INFO", FULL)))
    assert metadata == CoreMetadata(
        path="demo-1.2/PKG-INFO",
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
        requires_dist=("numpy>=1", "demo-extra ; extra == 'x'"),
        author_email="ada@engine.example, bob@engine.example",
        metadata_version="2.1",
    )


def test_folded_descriptions_and_unknown_values_of_old_tools_are_read() -> None:
    old = b"Name: demo\nHome-page: UNKNOWN\nAuthor: Ada\nDescription: First\n        \n        odd\n        second\nPlatform: any\n"
    headers = parse_metadata_headers(old)
    assert "First\n\nodd\nsecond" == headers.get("description")
    assert "" == headers.get("home-page")


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
def test_faults_of_a_metadata_file_are_named(data: Any, problems: Any) -> None:
    assert problems == parse_metadata_headers(data).problems


def test_the_metadata_file_that_pip_reads_comes_first() -> None:
    top = member("demo-1.2/PKG-INFO", b"Name: demo\n")
    inner = member("demo-1.2/src/demo.egg-info/PKG-INFO", b"Name: other\n")
    nested = member("demo-1.2/vendor.zip!/PKG-INFO", b"Name: third\n")
    assert find_metadata_files(release(nested, inner, top)) == (top, inner, nested)


def test_of_two_dist_infos_that_of_the_project_comes_first() -> None:
    own = member("demo-1.2.dist-info/METADATA", b"Name: demo\n")
    other = member("aaaa-1.0.dist-info/METADATA", b"Name: aaaa\n")
    assert find_metadata_files(release(other, own, kind=Kind.WHEEL, root=""))[0] == own


def test_dependencies_of_an_older_sdist_come_from_requires_txt() -> None:
    info = member("demo-1.2/PKG-INFO", b"Name: demo\n\n")
    requires = member("demo-1.2/demo.egg-info/requires.txt", b"numpy\nrequests>=2\n\n[dev]\npytest\n")
    assert read_core_metadata(release(info, requires)).requires_dist == ("numpy", "requests>=2")


def test_without_metadata_the_setup_files_are_read() -> None:
    setup = b"from setuptools import setup\nV = '1.2'\nsetup(name='demo', version=V, author='Ada', install_requires=read())\n"
    metadata = read_core_metadata(release(member("demo-1.2/setup.py", setup, FileType.PYTHON)))
    assert (metadata.path, metadata.name, metadata.version) == ("demo-1.2/setup.py", "demo", "1.2")
    assert metadata.dynamic == {"install_requires"}


def test_a_missing_metadata_file_differs_from_an_empty_one() -> None:
    assert read_core_metadata(release()).path == ""
    assert read_core_metadata(release(member("demo-1.2/PKG-INFO", b"\n"))).path == "demo-1.2/PKG-INFO"


@given(st.binary(max_size=300))
def test_any_bytes_can_be_parsed(data: Any) -> None:
    headers = parse_metadata_headers(b"Name: x\n" + data)
    assert all(key == key.lower() for key, _ in headers.fields)


def test_a_body_after_the_fields_is_no_field() -> None:
    headers = parse_metadata_headers(b"Name: demo\r\n\r\nAuthor: nobody\r\n")
    assert ("Author: nobody", "") == (headers.body, headers.get("author"))


def test_only_so_many_bytes_are_parsed() -> None:
    headers = parse_metadata_headers(b"Name: demo\n\n" + b"x" * METADATA_BYTES)
    assert METADATA_BYTES - len("Name: demo\n\n") == len(headers.body)


def test_a_field_that_occurs_several_times_keeps_each_value_but_unknown() -> None:
    headers = parse_metadata_headers(b"Classifier: A\nClassifier: UNKNOWN\nClassifier: B\n\n")
    assert ("A", "B") == headers.get_all("classifier")


@pytest.mark.parametrize(
    ("expected", "field"),
    [
        (("", ("ada@engine.example",)), "ada@engine.example"),
        (("", ("ada@engine.example",)), "<ada@engine.example>"),
        (("Ada", ("ada@engine.example",)), '"Ada" <ada@engine.example>'),
        (("Ada", ()), "Ada <>"),
        (("", ()), " , "),
    ],
)
def test_people_are_split_into_names_and_addresses(expected: Any, field: str) -> None:
    metadata = core_metadata_from_headers("PKG-INFO", parse_metadata_headers(f"Author-email: {field}\n".encode()))
    assert expected == (metadata.author, metadata.emails)


def test_the_first_labelled_url_that_may_be_a_homepage_is_one() -> None:
    urls = b"Project-URL: Docs, https://docs.example\nProject-URL: Homepage, https://demo.example\n"
    assert "https://demo.example" == core_metadata_from_headers("", parse_metadata_headers(urls)).homepage


def test_a_given_homepage_is_kept() -> None:
    urls = b"Home-page: https://demo.example\nProject-URL: Homepage, https://other.example\n"
    assert "https://demo.example" == core_metadata_from_headers("", parse_metadata_headers(urls)).homepage


def test_build_requirements_come_from_setup_files_and_dependency_links() -> None:
    toml = member("demo-1.2/pyproject.toml", b'[build-system]\nrequires = ["goats"]\n')
    setup = member("demo-1.2/setup.py", b"setup(setup_requires=['sheep', 'goats'])", FileType.PYTHON)
    links = member("demo-1.2/demo.egg-info/dependency_links.txt", b"https://192.0.2.7/x\n")
    expected = BuildRequirements(("goats", "sheep"), ("https://192.0.2.7/x",))
    assert expected == read_build_requirements(release(toml, setup, links))


def test_neither_a_wheel_nor_a_vendored_setup_file_has_build_requirements() -> None:
    toml = b'[build-system]\nrequires = ["goats"]\n'
    assert BuildRequirements() == read_build_requirements(
        release(member("pyproject.toml", toml), kind=Kind.WHEEL, root="")
    )
    assert BuildRequirements() == read_build_requirements(release(member("demo-1.2/vendor/pyproject.toml", toml)))


def test_dependencies_of_an_sdist_without_egg_info_come_from_its_setup_files() -> None:
    info = member("demo-1.2/PKG-INFO", b"Name: demo\n\n")
    setup = member("demo-1.2/setup.py", b"setup(install_requires=['numpy'], url=find())", FileType.PYTHON)
    metadata = read_core_metadata(release(info, setup))
    assert (("numpy",), frozenset({"url"})) == (metadata.requires_dist, metadata.dynamic)
