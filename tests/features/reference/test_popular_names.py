from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.reference.name_changes import NameChange
from features.reference.popular_names import PopularNames, is_slip_of_well_known, popular_names

NAMES = PopularNames(
    ["requests", "numpy", "python-dateutil", "beautifulsoup4", "colorama", "six", "django", "modern-lib", "Flask_Login"]
)


@pytest.mark.parametrize(
    ("name", "target", "ways"),
    [
        ("requestss", "requests", {NameChange.INSERTION, NameChange.REPEATED, NameChange.PLURAL}),
        ("request", "requests", {NameChange.DELETION, NameChange.PLURAL}),
        ("reqests", "requests", {NameChange.DELETION}),
        ("requezts", "requests", {NameChange.SUBSTITUTION, NameChange.KEYBOARD}),
        ("requests-", "requests", {NameChange.SEPARATOR}),
        ("reqeusts", "requests", {NameChange.TRANSPOSITION}),
        ("numpi", "numpy", {NameChange.SUBSTITUTION}),
        ("calorama", "colorama", {NameChange.SUBSTITUTION, NameChange.VOWEL}),
        ("dateutil-python", "python-dateutil", {NameChange.ORDER}),
        ("pythondateutil", "python-dateutil", {NameChange.SEPARATOR}),
        ("c0l0rama", "colorama", {NameChange.LOOKALIKE, NameChange.DISTANT}),
        ("modem-lib", "modern-lib", {NameChange.LOOKALIKE}),
        ("reqquueests", "requests", {NameChange.REPEATED}),
        ("py-requests", "requests", {NameChange.AFFIX, NameChange.COMBINED, NameChange.TAIL}),
        ("lib-requests", "requests", {NameChange.AFFIX, NameChange.COMBINED, NameChange.TAIL}),
        ("requests3", "requests", {NameChange.AFFIX, NameChange.INSERTION}),
        ("acme.requests", "requests", {NameChange.COMBINED, NameChange.TAIL}),
        ("colorama-gpu-nightly", "colorama", {NameChange.AFFIX, NameChange.COMBINED}),
        ("rquest", "requests", {NameChange.DISTANT}),
        ("beautiful-soop4", "beautifulsoup4", {NameChange.DISTANT}),
        ("requets-loader", "requests", {NameChange.PART}),
        ("requestsnumpy", "requests", {NameChange.PAIR}),
        ("requests-numpy", "requests", {NameChange.PAIR, NameChange.COMBINED, NameChange.TAIL}),
        ("reqeusts-downloader", "requests", {NameChange.PART}),
        ("downloader-colorarna", "colorama", {NameChange.PART}),
        ("requests2", "requests", {NameChange.AFFIX, NameChange.INSERTION}),
        ("numpy-sdk", "numpy", {NameChange.AFFIX, NameChange.COMBINED}),
        ("django-shop", "django", {NameChange.COMBINED}),
        ("my_flask.login", "flask-login", {NameChange.AFFIX, NameChange.COMBINED, NameChange.TAIL}),
    ],
)
def test_the_way_of_a_likeness(name: Any, target: Any, ways: Any) -> None:
    found = NAMES.compare(name)
    assert (found.target, set(found.changes) - {NameChange.LOOKALIKE if name == "numpi" else None}) == (target, ways)
    assert found.popular_rank is None


@pytest.mark.parametrize(
    "name", ["wholly-different", "djingos", "equests-loader", "sit", "x" * 5000, "", "---", "ünïcode"]
)
def test_an_honest_name_imitates_nobody(name: Any) -> None:
    found = NAMES.compare(name)
    assert (found.target, found.target_rank, dict(found.changes)) == ("", None, {})


def test_a_brand_that_names_no_project_is_looked_for_in_words() -> None:
    names = PopularNames(["acmecloud-storage", "acmecloud-compute", "sheep-counter"])
    assert names.compare("acrnecloud").changes == {NameChange.PART: "acmecloud-storage"}
    assert names.compare("acrnecloud-login").changes == {NameChange.PART: "acmecloud-storage"}
    assert not names.compare("acmecloud-login").changes


def test_an_honest_family_is_no_slip_and_shows_its_size() -> None:
    names = PopularNames(["pytest", "pytest-cov", "pytest-mock", "pandas-stubs", "requests", "six-stubs"])
    found = names.compare("pytest-sheep")
    assert (found.slip, found.family, set(found.changes)) == ("", 2, {NameChange.COMBINED})
    assert (names.compare("sheep-stubs").family_end, names.compare("stubs").family_end) == (2, 0)
    assert (names.compare("pytest-cov").family, names.compare("requests3").family) == (1, 0)
    assert names.compare("reqeusts").slip == "requests"
    assert names.compare("requests-sdk").slip == ""


def test_a_slip_counts_from_well_known_long_names_only() -> None:
    assert is_slip_of_well_known("reqeusts")
    assert not is_slip_of_well_known("requests")
    assert not is_slip_of_well_known("clck")
    assert not is_slip_of_well_known("request")
    assert is_slip_of_well_known("requestss")
    assert not is_slip_of_well_known("requests-sdk")
    assert NAMES.compare("requests-sdk").resembled == {"requests"}
    assert NAMES.compare("django-shop").resembled == frozenset()


def test_a_popular_name_imitates_nobody_and_knows_its_rank() -> None:
    found = NAMES.compare("flask.login")
    assert (found.popular_rank, dict(found.changes)) == (8, {})


def test_the_more_popular_of_two_is_named() -> None:
    names = PopularNames(["boto3", "boto"])
    assert names.compare("botos").target == "boto3"


def test_the_shipped_list_is_popular_first_and_its_digest_is_the_lists() -> None:
    names = popular_names()
    assert names.ranks["requests"] < 100
    assert names.digest != NAMES.digest


@given(st.sampled_from(sorted(NAMES.ranks)), st.integers(0, 20), st.sampled_from("abcdefgh123"))
def test_every_single_insertion_is_near(name: Any, at: Any, letter: Any) -> None:
    if len(name) >= 4:
        typo = name[:at] + letter + name[at:]
        assert NAMES.compare(typo).target or typo in NAMES


@given(st.text(max_size=60))
def test_any_text_is_a_name(name: Any) -> None:
    found = NAMES.compare(name)
    assert (found.target_rank is None) == (not found.target)
