"""Ways in which two names differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.reference.name_changes import (
    NameChange,
    edit_changes,
    edit_distance,
    letter_bits,
    skeleton,
    with_one_deleted,
    without_affixes,
    without_repetition,
)

NAMES = st.text("abcs-1", max_size=9)


@pytest.mark.parametrize(
    ("edits", "one", "other"),
    [
        (0, "", ""),
        (0, "requests", "requests"),
        (1, "requests", "reqests"),
        (1, "requests", "requestss"),
        (1, "requests", "reqeusts"),
        (1, "requests", "requezts"),
        (2, "requests", "rqeuestz"),
        (3, "abc", ""),
        (3, "ca", "abc"),
    ],
)
def test_an_exchange_of_neighbours_is_one_edit(edits, one, other):
    assert edits == edit_distance(one, other) == edit_distance(other, one)


@given(NAMES, NAMES)
def test_names_one_edit_apart_share_one_with_a_letter_deleted(one, other):
    if edit_distance(one, other) <= 1:
        assert with_one_deleted(one) & with_one_deleted(other)


@given(NAMES, NAMES)
def test_an_edit_changes_two_letter_bits_at_most(one, other):
    assert (letter_bits(one) ^ letter_bits(other)).bit_count() <= 2 * edit_distance(one, other)


@pytest.mark.parametrize(
    ("changes", "name", "popular"),
    [
        ({NameChange.DELETION}, "reqests", "requests"),
        ({NameChange.INSERTION}, "requessts", "requests"),
        ({NameChange.DELETION, NameChange.PLURAL}, "request", "requests"),
        ({NameChange.INSERTION, NameChange.PLURAL}, "numpys", "numpy"),
        ({NameChange.TRANSPOSITION}, "reqeusts", "requests"),
        ({NameChange.SUBSTITUTION, NameChange.KEYBOARD}, "requestd", "requests"),
        ({NameChange.SUBSTITUTION, NameChange.VOWEL}, "nampy", "nompy"),
        ({NameChange.SUBSTITUTION}, "qumpy", "numpy"),
        ({NameChange.SEPARATOR}, "scikitlearn", "scikit-learn"),
        ({NameChange.SEPARATOR}, "num-py", "numpy"),
    ],
)
def test_an_edit_has_its_ways(changes, name, popular):
    assert changes == set(edit_changes(name, popular))


@pytest.mark.parametrize(("one", "other"), [("modern", "modem"), ("c0lorama", "colorama"), ("requ1re", "require")])
def test_letters_that_look_alike_have_one_skeleton(one, other):
    assert skeleton(one) == skeleton(other)


def test_other_letters_have_other_skeletons():
    assert skeleton("numpy") != skeleton("numba")


@pytest.mark.parametrize(
    ("inner", "name"),
    [({"requests"}, "requests3"), ({"requests"}, "py-requests"), ({"requests", "requests-sdk"}, "py-requests-sdk")],
)
def test_usual_affixes_are_taken_off(inner, name):
    assert inner <= set(without_affixes(name))


def test_a_whole_name_is_no_affix_of_itself():
    assert "" not in set(without_affixes("python"))
    assert set() == set(without_affixes("flask"))


def test_runs_of_a_letter_are_reduced_to_one():
    assert "request" == without_repetition("reqquueestt")


def test_every_change_is_a_containment_a_slip_or_an_affix():
    plain = {NameChange.AFFIX, NameChange.PLURAL}
    assert set(NameChange) == plain | {change for change in NameChange if change.is_containment or change.is_slip}
    assert not [change for change in NameChange if change.is_containment and change.is_slip]
