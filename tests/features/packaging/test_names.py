import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import Kind
from features.packaging.names import FileName, normalise, parse_filename


@pytest.mark.parametrize(
    ("expected", "filename"),
    [
        (FileName("six", "1.16.0", Kind.SDIST), "six-1.16.0.tar.gz"),
        (FileName("six", "1.16.0", Kind.WHEEL), "six-1.16.0-py2.py3-none-any.whl"),
        (FileName("python-ldap", "2.4.10", Kind.SDIST), "python-ldap-2.4.10.tar.gz"),
        (FileName("zope-interface", "5.0", Kind.SDIST), "zope.interface-5.0.tar.bz2"),
        (FileName("foo", "1.0.post2", Kind.SDIST), "foo-1.0-2.zip"),
        (FileName("foo", "1.0rc1", Kind.SDIST), "Foo-1.0.RC1.tgz"),
        (FileName("demo-pkg", "0.1", Kind.EGG), "demo_pkg-0.1-py2.7.egg"),
        (FileName("demo-pkg", "0.1", Kind.EGG), "demo_pkg-0.1-py2.7-linux-x86_64.egg"),
        (FileName("demo", "0.1", Kind.UNKNOWN), "demo-0.1.win32-py2.7.exe"),
        (FileName("demo", "0.1", Kind.UNKNOWN), "demo-0.1.linux-x86_64.tar.gz"),
        (FileName("demo", "2013x", Kind.SDIST), "demo-2013x.tar.gz"),
        (FileName("demo", "snapshot", Kind.SDIST), "demo-snapshot.tar.gz"),
        (FileName("demo", "", Kind.SDIST), "demo.tar.gz"),
        (FileName("demo", "not", Kind.WHEEL), "demo-not-a-wheel.whl"),
        (FileName("demo", "1.0", Kind.WHEEL), "Demo-1.0-py3-none-any.WHL"),
        (FileName("", "", Kind.UNKNOWN), "README"),
        (FileName("", "", Kind.UNKNOWN), ""),
        (FileName("", "", Kind.SDIST), ".tar.gz"),
    ],
)
def test_parse_filename(expected: FileName, filename: str) -> None:
    assert expected == parse_filename(filename)


@pytest.mark.parametrize(
    ("expected", "name"), [("a-b", "A__.b"), ("a", "a"), ("", ""), ("friendly-bard", "FrIeNdLy-._.-bArD")]
)
def test_normalise(expected: str, name: str) -> None:
    assert expected == normalise(name)


@given(st.text(max_size=60), st.sampled_from(["", ".whl", ".tar.gz", ".egg", ".exe", ".zip"]))
def test_no_name_is_too_odd(stem: str, suffix: str) -> None:
    parsed = parse_filename(stem + suffix)
    assert parsed.project == normalise(parsed.project)


def test_a_version_of_many_digits_is_no_error() -> None:
    assert parse_filename(f"demo-{'9' * 5000}.tar.gz").project == "demo"
