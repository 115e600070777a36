"""Reads when a waiver ends: a date, or a span from today."""

import calendar
import re
from datetime import date, timedelta

from audit.errors import UsageError

MOST_DAYS = 366
"""Longest life of a waiver that is written by `boojum waive`; after it, a person looks again."""

_SPAN = re.compile(r"(\d{1,4})\s*(d|w|m|y)", re.IGNORECASE)
_HINT = f"write a day like 2027-01-31, or a span like 30d, 6w, 3m or 1y, at most {MOST_DAYS} days from today"


def parse_expiry(text: str, today: date) -> date:
    """Return the last day of a waiver; raises UsageError where it is no day after today and within MOST_DAYS."""
    expires = _parse_day(text.strip(), today)
    if expires <= today:
        raise UsageError(f"--expires {text} is not in the future (today is {today}, in UTC)", _HINT)
    if expires > today + timedelta(days=MOST_DAYS):
        raise UsageError(f"--expires {text} is more than {MOST_DAYS} days from today ({today})", _HINT)
    return expires


def _parse_day(text: str, today: date) -> date:
    try:
        if span := _SPAN.fullmatch(text):
            number, unit = int(span[1]), span[2].lower()
            if unit in "dw":
                return today + timedelta(days=number * (7 if unit == "w" else 1))
            return _after_months(today, number * (12 if unit == "y" else 1))
        return date.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"--expires {text!r} is no day and no span", _HINT) from error


def _after_months(day: date, months: int) -> date:
    """Return the same day of the month some months later, or the last one of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
