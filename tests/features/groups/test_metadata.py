from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import Dtype, FileType, Kind, Member, Release, Requirement, Role
from features.groups.metadata import MetadataGroup
from features.limits import Limits
from features.opening import open_release

GROUP = MetadataGroup()
HONEST = {
    "Name": "sheep-counter",
    "Version": "2.3.1",
    "Summary": "Counts sheep in pictures of meadows",
    "Author": "Ada Lovelace",
    "Author-email": "ada@engine.example",
    "Home-page": "https://github.com/lovelace/sheep-counter",
    "License": "MIT",
    "Keywords": "sheep,counting",
}


def release(
    fields: Any, body: Any = "", project: Any = "sheep-counter", version: Any = "2.3.1", extra: Any = ()
) -> Any:
    text = "".join(f"{key.rstrip('+')}: {value}\n" for key, value in fields.items()) + "\n" + body
    data = text.encode()
    root = f"{project}-{version}/"
    info = Member(root + "PKG-INFO", len(data), FileType.METADATA, Role.REST, data=data, head=data[:4096])
    code = Member(root + "sheep_counter/__init__.py", 1, FileType.PYTHON, Role.IMPORT, data=b"x", head=b"x")
    members = (info, code, *extra)
    return Release(f"{project}-{version}.tar.gz", project, version, Kind.SDIST, "tar.gz", 1000, members, root=root)


def values(**changes: Any) -> Any:
    fields = HONEST | {key.replace("_", "-"): value for key, value in changes.items()}
    return GROUP.extract(release(fields)).values


CASES = [
    ("Summary", "A small example package", "summary_placeholder", True),
    ("Summary", "sheep counter", "summary_is_name", True),
    ("Summary", "xkqzvjw zqxkcvb", "summary_random", 1.0),
    ("Author", "Your Name", "author_placeholder", True),
    ("Author", "sheep_counter", "author_is_name", True),
    ("Author", "xkqzvjw", "author_random", True),
    ("Author-email", "ada@", "email_valid", False),
    ("Author-email", "someone@gmail.com", "email_free", True),
    ("Author-email", "someone@mailinator.com", "email_disposable", True),
    ("Author-email", "author@example.com", "email_placeholder", True),
    ("Author-email", "a8f3e92bc1d0@engine.example", "email_random", True),
    ("Author-email", "zoe@engine.example", "email_names_author", False),
    ("Home-page", "not an address", "homepage_valid", False),
    ("Home-page", "http://192.0.2.7/x", "homepage_ip", True),
    ("Home-page", "https://bit.ly/abc", "homepage_shortener", True),
    ("Home-page", "https://github.com/", "homepage_bare", True),
    ("Home-page", "https://github.com/psf/requests", "homepage_of_popular", True),
    ("Home-page", "https://meadow.example", "homepage_names_project", False),
    ("Version", "99.9.9", "version_nines", True),
    ("Version", "0.0.0", "version_zeros", True),
    ("Version", "1.0.0", "version_first", True),
    ("Version", "2024.1.1", "version_calendar", True),
    ("Version", "not.one", "version_valid", False),
    ("Version", "2.3.2", "version_matches_file", False),
    ("Name", "goat-counter", "name_matches_file", False),
    ("Name", "goat-counter", "name_matches_package", False),
    ("Name", "Sheep_Counter", "name_upper", True),
    ("Requires-Dist", "sheep-counter", "requires_self", True),
    ("Requires-Dist", "goat @ https://192.0.2.7/goat.zip", "requires_direct", 1),
    ("Requires-Dist", "git+https://forge.example/goat", "requires_direct", 1),
    ("Requires-Dist", "requestss", "requires_imitating", 1),
    ("Requires-Dist", "goats-of-nobody", "requires_unknown", 1),
    ("Requires-Dist", "numpy==1.0", "requires_pinned", 1.0),
    ("Requires-Dist", "reqeusts", "requires_slip", 1),
    ("Requires-Dist", "shutil", "requires_stdlib", 1),
    ("Requires-Dist", "goats-of-nobody==0.1", "requires_unknown_pinned", 1),
    ("Requires-Dist", "goats-of-nobody", "requires_unused_unknown", 1),
    ("Home-page", "https://github.com/psf/requests", "borrowed_url", True),
    ("Project-URL", "Source, https://github.com/psf/requests.git", "borrowed_url", True),
    ("Author-email", "me@kennethreitz.org", "borrowed_email", True),
    ("Summary", "Python HTTP for Humans.", "borrowed_summary", True),
]


@pytest.mark.parametrize(("field", "value", "noun", "expected"), CASES)
def test_a_look_alike_shows_and_its_benign_twin_does_not(field: Any, value: Any, noun: Any, expected: Any) -> None:
    column = f"metadata_{noun}"
    assert GROUP.extract(release(HONEST | {field: value})).values[column] == expected
    assert GROUP.extract(release(HONEST | {"Requires-Dist": "numpy>=1"})).values[column] != expected


BORROWED = {
    "Summary": "Python HTTP for Humans.",
    "Author-email": "me@kennethreitz.org",
    "Home-page": "https://github.com/psf/requests",
}
READ_ME = "# Requests\n\n    $ python -m pip install -U requests\n"


def test_a_borrowed_identity_shows_and_that_it_is_the_imitated_projects() -> None:
    found = GROUP.extract(release(HONEST | BORROWED | {"Name": "reqeusts"}, READ_ME)).values
    assert (found["metadata_borrowed_kinds"], found["metadata_borrowed_imitated"]) == (3, True)
    assert found["metadata_description_installs_popular"] is True


@pytest.mark.parametrize("name", ["requests", "sheep-counter"])
def test_ones_own_identity_is_not_borrowed(name: Any) -> None:
    said = BORROWED if name == "requests" else {}
    found = GROUP.extract(release(HONEST | said | {"Name": name}, f"pip install {name}\npip install numpy\n")).values
    names = ("borrowed_url", "borrowed_email", "borrowed_summary", "borrowed_imitated", "description_installs_popular")
    assert [found[f"metadata_{noun}"] for noun in names] == [False] * 5
    assert found["metadata_borrowed_kinds"] == 0


@pytest.mark.parametrize(
    ("name", "required", "expected"),
    [("reqeusts", "requests", True), ("reqeusts", "numpy", False), ("sheep-counter", "requests", False)],
)
def test_a_wrapper_of_the_project_that_it_imitates(name: Any, required: Any, expected: Any) -> None:
    assert values(Name=name, Requires_Dist=required)["metadata_requires_imitated"] is expected


def test_a_family_shares_an_address_without_imitation() -> None:
    said = {"Home-page": "https://github.com/psf/requests"}
    for name, expected in (("requests-sheep", True), ("sheep-requests", False), ("reqeusts", False)):
        assert GROUP.extract(release(HONEST | said | {"Name": name})).values["metadata_borrowed_family"] is expected


def held(*members: Member, requires: str = "sheep-net", name: str = "sheep-counter") -> Any:
    info = f"Name: {name}\nVersion: 1\nRequires-Dist: {requires}\n\n".encode()
    said = Member("x/PKG-INFO", len(info), FileType.METADATA, Role.REST, data=info, head=info)
    return GROUP.extract(Release("x-1.tar.gz", name, "1", Kind.SDIST, "tar.gz", 1, (said, *members), root="x/"))


def python(path: str, data: bytes, role: Role = Role.IMPORT) -> Member:
    return Member(path, len(data), FileType.PYTHON, role, data=data, head=data)


def test_dependencies_of_a_release_without_code() -> None:
    found = held(python("x/a/__init__.py", b"__version__ = 1\n"), python("x/setup.py", b"#" * 900, Role.INSTALL)).values
    nouns = ("codeless", "codeless_requires", "codeless_requires_unknown", "requires_unused")
    assert [found[f"metadata_{noun}"] for noun in nouns] == [True, 1, 1, 1.0]
    code = python("x/a/__init__.py", b"import sheep_net\n" + b"x = sheep_net.count()\n" * 20)
    found = held(code).values
    assert [found[f"metadata_{noun}"] for noun in nouns] == [False, 0, 0, 0.0]


def test_an_optional_dependency_need_not_be_named() -> None:
    found = held(python("x/a.py", b"x = 1\n" * 99), requires='sheep-net; extra == "net"').values
    assert found["metadata_requires_unused"] is None


def test_packages_that_are_called_like_popular_ones() -> None:
    ours = python("x/sheep_counter/__init__.py", b"")
    for package, noun in (("bs4", "packages_of_popular"), ("reqeusts", "packages_slip")):
        column = f"metadata_{noun}"
        assert held(ours, python(f"x/{package}/__init__.py", b"")).values[column] == 1
        assert held(ours).values[column] == 0
        assert (
            held(python(f"x/{package}/__init__.py", b""), name="beautifulsoup4").values["metadata_packages_of_popular"]
            == 0
        )


def test_what_building_installs_first() -> None:
    toml = b'[build-system]\nrequires = ["setuptools", "setuptoools", "goats @ https://192.0.2.7/g.zip"]\n'
    setup = b"from setuptools import setup\nsetup(dependency_links=['https://192.0.2.7/x'], setup_requires=['numpy'])\n"
    found = held(
        Member("x/pyproject.toml", len(toml), FileType.TEXT, Role.INSTALL, data=toml, head=toml),
        python("x/setup.py", setup, Role.INSTALL),
    ).values
    nouns = ("build_requires", "build_requires_unknown")
    assert [found[f"metadata_{noun}"] for noun in nouns] == [4, 2]
    assert found["metadata_dependency_links"] == 1
    honest = b'[build-system]\nrequires = ["hatchling", "hatch-vcs"]\n'
    twin = held(Member("x/pyproject.toml", len(honest), FileType.TEXT, Role.INSTALL, data=honest, head=honest)).values
    assert [twin[f"metadata_{noun}"] for noun in nouns] == [2, 0]


def test_all_requirements_are_kept() -> None:
    row = held(requires='Sheep_Net>1; extra == "net"\nRequires-Dist: numpy\nRequires-Dist: :::\nRequires-Dist: numpy<3')
    assert row.requires == (
        Requirement("", ":::"),
        Requirement("numpy"),
        Requirement("numpy", "<3"),
        Requirement("sheep-net", ">1", "net", 'extra == "net"'),
    )


@pytest.mark.parametrize(
    "summary",
    [
        "A progress bar for the terminal",
        "A simple library for counting sheep",
        "Tests that run in a browser",
        "The Python HTTP toolkit",
    ],
)
def test_honest_words_are_no_placeholder(summary: Any) -> None:
    assert values(Summary=summary)["metadata_summary_placeholder"] is False


def test_the_description_is_measured() -> None:
    body = "# Sheep counter\n\nCounts sheep. See https://docs.example/a and http://docs.example/b\n\n```\ncount()\n```\n![x](y)\n"
    found = GROUP.extract(release(HONEST, body)).values
    assert {noun: found[f"metadata_description_{noun}"] for noun in ("headings", "code_blocks", "links", "link_hosts", "images")} == {
        "headings": 1, "code_blocks": 2, "links": 2, "link_hosts": 1, "images": 1,
    }  # fmt: skip
    assert found["metadata_description_names_project"] is True
    assert found["metadata_description_is_summary"] is False


def test_newer_and_older_spelling_of_the_same_facts_give_the_same_row() -> None:
    old = HONEST | {"Classifier": "Topic :: Utilities", "Maintainer": "UNKNOWN", "Download-URL": "UNKNOWN"}
    new = {
        key: value
        for key, value in old.items()
        if key not in {"Author", "Home-page", "License", "Maintainer", "Download-URL"}
    }
    new |= {
        "Author-email": "Ada Lovelace <ada@engine.example>",
        "Project-URL": "Homepage, https://github.com/lovelace/sheep-counter",
        "License-Expression": "MIT",
    }
    assert GROUP.extract(release(new)).values == GROUP.extract(release(old)).values


def test_nothing_declared_is_null_and_not_zero() -> None:
    bare = replace(release(HONEST), members=())
    found = GROUP.extract(bare).values
    assert found["metadata_present"] is False
    assert found["metadata_summary_chars"] is None
    assert found["metadata_name_chars"] == len("sheep-counter")


def test_a_real_sdist_and_a_real_wheel(make_sdist: Callable[..., Path], make_wheel: Callable[..., Path]) -> None:
    for path in (make_sdist({"demo.py": "x = 1\n"}), make_wheel({"demo.py": "x = 1\n"})):
        opened = open_release(path, path.name, Limits()).release
        assert opened is not None
        found = GROUP.extract(opened).values
        assert (found["metadata_present"], found["metadata_name_matches_package"]) == (True, True)
        assert found["metadata_version_matches_file"] is True


TYPES = {Dtype.BOOL: bool, Dtype.INT32: int, Dtype.INT64: int, Dtype.FLOAT32: float}
FIELDS = st.sampled_from(
    ["Name", "Version", "Summary", "Author", "Author-email", "Home-page", "Project-URL", "Requires-Dist", "License"]
)
VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["http://[::1", "a@b@c", "9" * 5000, "==", "x" * 300, "@", "http://\u2100", "<>,<>"]),
)


@given(st.dictionaries(FIELDS, VALUES), st.text(max_size=80), st.text(max_size=20))
def test_any_metadata_gives_exactly_the_columns_in_their_types(fields: Any, body: Any, project: Any) -> None:
    lines = "".join(f"{key}: {value}\n" for key, value in fields.items()).encode("utf-8", "surrogatepass")
    data = lines + b"\n" + body.encode("utf-8", "surrogatepass")
    info = Member("PKG-INFO", len(data), FileType.METADATA, Role.REST, data=data, head=data[:4096])
    row = GROUP.extract(Release("x.tar.gz", project, "1", Kind.SDIST, "", 1, (info,)))
    assert list(row.values) == [column.name for column in GROUP.columns]
    for column in GROUP.columns:
        value = row.values[column.name]
        assert value is None or type(value) is TYPES[column.dtype], column.name


@given(st.binary(max_size=300), st.sampled_from(["PKG-INFO", "setup.py", "setup.cfg", "pyproject.toml"]))
def test_any_bytes_raise_nothing(data: Any, base: Any) -> None:
    member = Member(base, len(data), FileType.METADATA, Role.REST, data=data, head=data)
    GROUP.extract(Release("x.tar.gz", "x", "1", Kind.SDIST, "", 1, (member,)))
