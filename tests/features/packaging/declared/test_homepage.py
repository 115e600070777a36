"""The web addresses that a release declares."""

import pytest

from features.packaging.declared.homepage import homepage_values, host_of
from features.packaging.metadata import CoreMetadata

INDEX = "pypi" + ".org"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://User:secret@Docs.Example:8443/x?y", "docs.example"),
        ("docs.example/x", "docs.example"),
        ("https://docs.example./", "docs.example"),
        ("", ""),
        ("http://[::1", ""),
        ("http://[::1]/", "::1"),
    ],
)
def test_the_host_of_an_address(address: str, expected: str) -> None:
    assert host_of(address) == expected


def test_addresses_are_counted_once() -> None:
    page = "https://meadow.example/a"
    declared = CoreMetadata(
        homepage=page, project_urls=(("home", page), ("docs", "https://meadow.example/b"), ("x", ""))
    )
    values = homepage_values(declared)
    assert (values["homepage_present"], values["urls"], values["url_hosts"]) == (True, 2, 1)


def test_a_homepage_that_setup_computes_is_present_and_not_judged() -> None:
    values = homepage_values(CoreMetadata(dynamic=frozenset({"url"})))
    assert values == {"homepage_present": True, "urls": 0, "url_hosts": 0}


@pytest.mark.parametrize(
    ("homepage", "noun", "expected"),
    [
        ("https://meadow.example/", "homepage_valid", True),
        ("ftp://meadow.example/", "homepage_valid", False),
        ("https://192.0.2.7/x", "homepage_valid", True),
        ("https://localhost", "homepage_valid", False),
        ("https://[2001:db8::1]/", "homepage_ip", True),
        ("https://meadow.example", "homepage_ip", False),
        ("https://www.github.com/a/b", "homepage_forge", True),
        ("https://notgithub.com/a/b", "homepage_forge", False),
        ("https://demo.readthedocs.io", "homepage_docs", True),
        ("https://readthedocs.io.example", "homepage_docs", False),
        (f"https://test.{INDEX}/project/demo", "homepage_index", True),
        (f"https://my{INDEX}", "homepage_index", False),
        ("https://www.bit.ly/x", "homepage_shortener", True),
        ("https://discord.gg/x", "homepage_shortener", True),
        ("https://rabbit.ly/x", "homepage_shortener", False),
        ("https://github.com/someone", "homepage_bare", True),
        ("https://github.com/someone?tab=repositories/x", "homepage_bare", True),
        ("https://github.com/someone/demo", "homepage_bare", False),
        ("https://meadow.example/someone", "homepage_bare", False),
        ("https://github.com/a/Sheep_Counter", "homepage_names_project", True),
        ("https://github.com/a/sheep", "homepage_names_project", False),
        ("https://github.com/psf/requests.git", "homepage_of_popular", True),
        ("https://meadow.example/psf/requests", "homepage_of_popular", False),
    ],
)
def test_a_homepage_is_judged(homepage: str, noun: str, expected: bool) -> None:
    assert homepage_values(CoreMetadata(name="sheep-counter", homepage=homepage))[noun] is expected


@pytest.mark.parametrize("name", ["requests", "requests-oauth"])
def test_a_project_and_its_plug_ins_may_name_its_own_repository(name: str) -> None:
    values = homepage_values(CoreMetadata(name=name, homepage="https://github.com/psf/requests"))
    assert values["homepage_of_popular"] is False
