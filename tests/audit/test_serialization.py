"""Dataclasses as JSON and back."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.serialization import from_plain, render_json, to_plain


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    day: date
    colour: Colour | None = None


@dataclass(frozen=True)
class Outer:
    moment: datetime
    inner: tuple[Inner, ...]
    pair: tuple[str, float]
    counts: dict[str, int]
    note: str = "none"


OUTER = Outer(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), (Inner(date(2026, 1, 2), Colour.RED),), ("a", 1.5), {"x": 1})


def test_a_dataclass_round_trips():
    assert OUTER == from_plain(Outer, json.loads(render_json(OUTER)))


@given(st.text(), st.dictionaries(st.text(), st.integers()))
def test_any_text_round_trips_in_ascii(text, counts):
    outer = Outer(OUTER.moment, (), (text, 0.0), counts, text)
    written = render_json(outer)
    assert written.isascii()
    assert outer == from_plain(Outer, json.loads(written))


def test_a_field_with_a_default_may_be_missing_and_others_may_not():
    content = json.loads(render_json(OUTER))
    del content["note"]
    assert OUTER == from_plain(Outer, content)
    del content["pair"]
    with pytest.raises(KeyError):
        from_plain(Outer, content)


@pytest.mark.parametrize(
    ("kind", "value"),
    [(tuple[str, float], ["a"]), (Colour, "blue"), (date, "yesterday"), (tuple[int, ...], 3), (Inner, 3)],
)
def test_another_shape_is_an_error(kind, value):
    with pytest.raises((ValueError, TypeError)):
        from_plain(kind, value)


def test_unknown_keys_are_ignored():
    assert Inner(date(2026, 1, 2)) == from_plain(Inner, {"day": "2026-01-02", "newer": 1})


def test_dates_become_text_and_other_objects_are_refused():
    assert "2026-01-02" == to_plain(date(2026, 1, 2))
    with pytest.raises(TypeError, match="object"):
        to_plain(object())
    with pytest.raises(TypeError, match="type"):
        to_plain(Inner)
