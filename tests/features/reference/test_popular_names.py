from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.reference.popular_names import PopularNames, Way, popular_names, slips_from_well_known

NAMES = PopularNames(
    ["requests", "numpy", "python-dateutil", "beautifulsoup4", "colorama", "six", "django", "modern-lib", "Flask_Login"]
)


@pytest.mark.parametrize(
    ("name", "target", "ways"),
    [
        ("requestss", "requests", {Way.INSERTION, Way.REPEATED, Way.PLURAL}),
        ("request", "requests", {Way.DELETION, Way.PLURAL}),
        ("reqests", "requests", {Way.DELETION}),
        ("requezts", "requests", {Way.SUBSTITUTION, Way.KEYBOARD}),
        ("requests-", "requests", {Way.SEPARATOR}),
        ("reqeusts", "requests", {Way.TRANSPOSITION}),
        ("numpi", "numpy", {Way.SUBSTITUTION}),
        ("calorama", "colorama", {Way.SUBSTITUTION, Way.VOWEL}),
        ("dateutil-python", "python-dateutil", {Way.ORDER}),
        ("pythondateutil", "python-dateutil", {Way.SEPARATOR}),
        ("c0l0rama", "colorama", {Way.LOOKALIKE, Way.DISTANT}),
        ("modem-lib", "modern-lib", {Way.LOOKALIKE}),
        ("reqquueests", "requests", {Way.REPEATED}),
        ("py-requests", "requests", {Way.AFFIX, Way.COMBINED, Way.TAIL}),
        ("lib-requests", "requests", {Way.AFFIX, Way.COMBINED, Way.TAIL}),
        ("requests3", "requests", {Way.AFFIX, Way.INSERTION}),
        ("acme.requests", "requests", {Way.COMBINED, Way.TAIL}),
        ("colorama-gpu-nightly", "colorama", {Way.AFFIX, Way.COMBINED}),
        ("rquest", "requests", {Way.DISTANT}),
        ("beautiful-soop4", "beautifulsoup4", {Way.DISTANT}),
        ("requets-loader", "requests", {Way.PART}),
        ("requestsnumpy", "requests", {Way.PAIR}),
        ("requests-numpy", "requests", {Way.PAIR, Way.COMBINED, Way.TAIL}),
        ("reqeusts-downloader", "requests", {Way.PART}),
        ("downloader-colorarna", "colorama", {Way.PART}),
        ("requests2", "requests", {Way.AFFIX, Way.INSERTION}),
        ("numpy-sdk", "numpy", {Way.AFFIX, Way.COMBINED}),
        ("django-shop", "django", {Way.COMBINED}),
        ("my_flask.login", "flask-login", {Way.AFFIX, Way.COMBINED, Way.TAIL}),
    ],
)
def test_the_way_of_a_likeness(name: Any, target: Any, ways: Any) -> None:
    found = NAMES.compare(name)
    assert (found.target, set(found.ways) - {Way.LOOKALIKE if name == "numpi" else None}) == (target, ways)
    assert found.popular_rank is None


@pytest.mark.parametrize(
    "name", ["wholly-different", "djingos", "equests-loader", "sit", "x" * 5000, "", "---", "ünïcode"]
)
def test_an_honest_name_imitates_nobody(name: Any) -> None:
    found = NAMES.compare(name)
    assert (found.target, found.rank, dict(found.ways)) == ("", None, {})


def test_a_brand_that_names_no_project_is_looked_for_in_words() -> None:
    names = PopularNames(["acmecloud-storage", "acmecloud-compute", "sheep-counter"])
    assert names.compare("acrnecloud").ways == {Way.PART: "acmecloud-storage"}
    assert names.compare("acrnecloud-login").ways == {Way.PART: "acmecloud-storage"}
    assert not names.compare("acmecloud-login").ways


def test_an_honest_family_is_no_slip_and_shows_its_size() -> None:
    names = PopularNames(["pytest", "pytest-cov", "pytest-mock", "pandas-stubs", "requests", "six-stubs"])
    found = names.compare("pytest-sheep")
    assert (found.slip, found.family, set(found.ways)) == ("", 2, {Way.COMBINED})
    assert (names.compare("sheep-stubs").family_end, names.compare("stubs").family_end) == (2, 0)
    assert (names.compare("pytest-cov").family, names.compare("requests3").family) == (1, 0)
    assert names.compare("reqeusts").slip == "requests"
    assert names.compare("requests-sdk").slip == ""


def test_a_slip_counts_from_well_known_long_names_only() -> None:
    assert slips_from_well_known("reqeusts")
    assert not slips_from_well_known("requests")
    assert not slips_from_well_known("clck")
    assert not slips_from_well_known("request")
    assert slips_from_well_known("requestss")
    assert not slips_from_well_known("requests-sdk")
    assert NAMES.compare("requests-sdk").likened == {"requests"}
    assert NAMES.compare("django-shop").likened == frozenset()


def test_a_popular_name_imitates_nobody_and_knows_its_rank() -> None:
    found = NAMES.compare("flask.login")
    assert (found.popular_rank, dict(found.ways)) == (8, {})


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
    assert (found.rank is None) == (not found.target)
