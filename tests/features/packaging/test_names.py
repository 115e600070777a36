import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import Kind
from features.packaging.names import FilenameClaims, normalise, parse_filename


@pytest.mark.parametrize(
    ("expected", "filename"),
    [
        (FilenameClaims("six", "1.16.0", Kind.SDIST), "six-1.16.0.tar.gz"),
        (FilenameClaims("six", "1.16.0", Kind.WHEEL), "six-1.16.0-py2.py3-none-any.whl"),
        (FilenameClaims("python-ldap", "2.4.10", Kind.SDIST), "python-ldap-2.4.10.tar.gz"),
        (FilenameClaims("zope-interface", "5.0", Kind.SDIST), "zope.interface-5.0.tar.bz2"),
        (FilenameClaims("foo", "1.0.post2", Kind.SDIST), "foo-1.0-2.zip"),
        (FilenameClaims("foo", "1.0rc1", Kind.SDIST), "Foo-1.0.RC1.tgz"),
        (FilenameClaims("demo-pkg", "0.1", Kind.EGG), "demo_pkg-0.1-py2.7.egg"),
        (FilenameClaims("demo-pkg", "0.1", Kind.EGG), "demo_pkg-0.1-py2.7-linux-x86_64.egg"),
        (FilenameClaims("demo", "0.1", Kind.UNKNOWN), "demo-0.1.win32-py2.7.exe"),
        (FilenameClaims("demo", "0.1", Kind.UNKNOWN), "demo-0.1.linux-x86_64.tar.gz"),
        (FilenameClaims("demo", "2013x", Kind.SDIST), "demo-2013x.tar.gz"),
        (FilenameClaims("demo", "snapshot", Kind.SDIST), "demo-snapshot.tar.gz"),
        (FilenameClaims("demo", "", Kind.SDIST), "demo.tar.gz"),
        (FilenameClaims("demo", "not", Kind.WHEEL), "demo-not-a-wheel.whl"),
        (FilenameClaims("demo", "1.0", Kind.WHEEL), "Demo-1.0-py3-none-any.WHL"),
        (FilenameClaims("", "", Kind.UNKNOWN), "README"),
        (FilenameClaims("", "", Kind.UNKNOWN), ""),
        (FilenameClaims("", "", Kind.SDIST), ".tar.gz"),
    ],
)
def test_a_filename_claims_project_version_and_kind(expected: FilenameClaims, filename: str) -> None:
    assert expected == parse_filename(filename)


@pytest.mark.parametrize(
    ("expected", "name"), [("a-b", "A__.b"), ("a", "a"), ("", ""), ("friendly-bard", "FrIeNdLy-._.-bArD")]
)
def test_a_name_is_normalised(expected: str, name: str) -> None:
    assert expected == normalise(name)


@given(st.text(max_size=60), st.sampled_from(["", ".whl", ".tar.gz", ".egg", ".exe", ".zip"]))
def test_any_filename_can_be_parsed(stem: str, suffix: str) -> None:
    parsed = parse_filename(stem + suffix)
    assert parsed.project == normalise(parsed.project)


def test_a_version_of_many_digits_is_no_error() -> None:
    assert parse_filename(f"demo-{'9' * 5000}.tar.gz").project == "demo"
