"""Constants of a file are folded, and the code hidden in them and in its literals is read."""

import pytest

from features.code.analyse_file import analyse_file
from features.code.file_constants import MAX_CONSTANTS
from features.contract import Role
from tests.features.code.conftest import INNER

URL = "https://discord.com/api/webhooks/1/example-invalid"


def counts(source: str) -> dict[str, int]:
    return dict(analyse_file(source.encode(), Role.REST).counts)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 'abcd' + 'efgh'", 1),
        ("x = 'a' + 'b'", 0),
        ("x = 'abcd' + unknown", 0),
        ("x = ''.join(['abcd', 'efgh'])", 1),
        ("x = 'abcdefgh'[::-1]", 1),
        ("x = 'abcdefgh'[1:]", 0),
        ("def f(x):\n    y = ''\n    for c in x:\n        y += c\n    return y\nf('abcdefgh')", 1),
        ("def f(x):\n    y = ''\n    for c in x:\n        y += c\n    return y\nf('abcdefg')", 0),
        ("x = ('abcd' + 'efgh').replace('a', 'b')", 2),
        ("x = f'{1}bcd'", 1),
    ],
)
def test_expressions_that_fold_to_text_are_counted(source, expected):
    assert counts(source).get("folded_strings", 0) == expected


@pytest.mark.parametrize(
    "source",
    [
        f"x = {URL[:20]!r} + {URL[20:]!r}",
        f"import requests\nu = {URL[:20]!r}\nu += {URL[20:]!r}\nrequests.get(u)",
    ],
)
def test_indicators_are_found_in_folded_text(source):
    assert counts(source)["folded_staging"] >= 1


def test_an_indicator_in_folded_text_has_the_line_of_its_expression():
    source = f"x = 'abcd' + 'efgh'\n\ny = {URL[:20]!r} + {URL[20:]!r}"
    lines = {location.line for location in analyse_file(source.encode(), Role.REST).locations}
    assert lines == {3}


def test_text_that_is_visible_is_not_folded_text():
    assert "folded_staging" not in counts(f"import requests\nrequests.get({URL!r})")


@pytest.mark.parametrize(
    ("source", "longest", "long"),
    [
        ("x = 'abc'", 3, 0),
        ("x = " + repr("a" * 501), 501, 1),
        ("x = " + repr("a" * 500), 500, 0),
        ("x = [1, 2]", 0, 0),
    ],
)
def test_literals_are_measured(source, longest, long):
    found = counts(source)
    assert (found.get("literal_chars", 0), found.get("long_literals", 0)) == (longest, long)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (list(b"import os\nos.system('id')  # inert"), 1),
        ([ord(c) for c in "import os  # \u20ac\nos.system('id')  # and some more words behind it"], 1),
        ([*b"import os\nos.system('id')  # inert", -1], 0),
        ([*b"import os\nos.system('id')  # inert", 0x110000], 0),
        (list(range(40)), 0),
    ],
)
def test_a_list_of_numbers_may_be_text(numbers, expected):
    assert counts(f"x = {numbers}").get("finding_unpacked_code", 0) == expected


def test_keys_are_tried_where_the_file_could_use_them():
    locked = bytes(byte ^ 75 for byte in b"import os\nos.system('id')  # inert, inert")
    assert "finding_unpacked_code" not in counts(f"x = {locked!r}")
    assert counts(f"x = {locked!r}\ny = a ^ b")["finding_unpacked_code"] == 1
    assert counts(f"x = {locked!r}\nexec(y)")["finding_unpacked_code"] == 1


def test_a_constant_is_read_once_with_the_largest_expression_around_it():
    found = counts(f"import base64\nx = base64.b64decode('{INNER}').decode().strip()")
    assert found["finding_unpacked_code"] == 1


def test_the_number_of_constants_is_bounded():
    few = counts(f"x = [{'1.5, ' * 10}'{INNER}']")
    many = counts("x = ['', 'a']\n" * MAX_CONSTANTS + f"x = '{INNER}'")
    assert (few.get("finding_unpacked_code", 0), many.get("finding_unpacked_code", 0)) == (1, 0)


def test_of_nested_decoding_calls_each_is_a_layer():
    source = (
        f"import base64\nexec(base64.b64decode(base64.b64encode(x)))\nbase64.b64decode(base64.b64decode('{INNER}'))"
    )
    assert counts(source).get("unpacked_layers", 0) <= 1
    inner = "YVcxd2IzSjBJRzl6Q205ekxuTjVjM1JsYlNnbmFXUW5LUT09"
    assert counts(f"import base64\nbase64.b64decode(base64.b64decode('{inner}'))")["unpacked_layers"] == 2
