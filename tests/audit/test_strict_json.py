"""JSON that must have exactly the shape of a dataclass."""

from dataclasses import dataclass
from enum import StrEnum

import pytest

from audit.strict_json import ShapeError, build_strictly, load_strictly


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    name: str
    share: float | None = None


@dataclass(frozen=True)
class Outer:
    number: int
    colour: Colour
    inner: tuple[Inner, ...] = ()
    done: bool = False


GOOD = {"number": 1, "colour": "red", "inner": [{"name": "a", "share": 1}], "done": True}


def test_a_text_of_the_shape_is_built():
    assert Outer(1, Colour.RED, (Inner("a", 1.0),), done=True) == build_strictly(Outer, GOOD)
    assert Outer(1, Colour.RED) == build_strictly(Outer, {"number": 1, "colour": "red"}, optional=("inner", "done"))


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        ("has true for `number`", {"number": True}),
        ("has 1.5 for `number`", {"number": 1.5}),
        ('has "1" for `number`', {"number": "1"}),
        ('has "blue" for `colour`', {"colour": "blue"}),
        ("has [] for `colour`", {"colour": []}),
        ("has no list for `inner`", {"inner": {}}),
        ("has no object for `inner[0]`", {"inner": [1]}),
        ("lacks `inner[0].share`", {"inner": [{"name": "a"}]}),
        ("has null for `inner[0].name`", {"inner": [{"name": None, "share": None}]}),
        ("has no text for `inner[0].name`", {"inner": [{"name": "\ud800", "share": None}]}),
        ("has true for `inner[0].share`", {"inner": [{"name": "a", "share": True}]}),
        ("has an unknown key `more\\u001b`", {"more\x1b": 1}),
        ("has 1 for `done`", {"done": 1}),
    ],
)
def test_another_shape_says_where(expected, changes):
    with pytest.raises(ShapeError) as caught:
        build_strictly(Outer, {**GOOD, **changes})
    assert expected == str(caught.value)


def test_a_value_that_is_no_object_and_one_that_lacks_a_key():
    with pytest.raises(ShapeError, match="is no object"):
        build_strictly(Outer, [])
    with pytest.raises(ShapeError, match="lacks `done`"):
        build_strictly(Outer, {"number": 1, "colour": "red", "inner": []})


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("is no JSON", b""),
        ("is no JSON", b'{"a": 1'),
        ("is not UTF-8 at byte 2", b'{"\xff": 1}'),
        ("is nested too deeply", b"[" * 200_000),
        ("has the key `a` twice", b'{"a": 1, "b": {"a": 1, "a": 2}}'),
        ("has the number NaN", b'{"a": NaN}'),
        ("has the number Infinity", b'{"a": Infinity}'),
    ],
)
def test_a_text_that_is_broken_says_how(expected, text):
    with pytest.raises(ShapeError, match=expected):
        load_strictly(text)
