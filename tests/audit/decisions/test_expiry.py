"""Tests the end of a waiver: days and spans, in the future and within a year."""

from datetime import date

import pytest

from audit.decisions.expiry import parse_expiry
from audit.errors import UsageError

TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (date(2026, 12, 30), "30d"),
        (date(2026, 12, 14), "2w"),
        (date(2027, 2, 28), "3m"),
        (date(2027, 11, 30), "1y"),
        (date(2027, 1, 31), " 2027-01-31 "),
        (date(2026, 12, 1), "1D"),
    ],
)
def test_a_day_and_a_span_are_read(expected, text):
    assert expected == parse_expiry(text, TODAY)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("not in the future", "2026-11-30"),
        ("not in the future", "0d"),
        ("more than 366 days", "367d"),
        ("more than 366 days", "9999-12-31"),
        ("no day and no span", "9999y"),
        ("no day and no span", "tomorrow"),
        ("no day and no span", "2027-02-30"),
        ("no day and no span", "-3d"),
        ("no day and no span", ""),
        ("no day and no span", "30 days"),
    ],
)
def test_anything_else_is_an_error_with_an_example(expected, text):
    with pytest.raises(UsageError, match=expected) as caught:
        parse_expiry(text, TODAY)
    assert "2027-01-31" in caught.value.hint
