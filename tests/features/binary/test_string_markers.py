import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.binary.string_markers import MAX_URLS, find_markers
from features.text import indicators
from features.text.indicator_file import Pass
from features.text.indicator_hits import BINARY_PASSES, MATCHES_PER_PASS, patterns_of, scan

CASES = tomllib.loads(
    Path(indicators.__file__).parents[2].joinpath("tests/features/text/indicator_cases.toml").read_text()
)
LOOKALIKES = [text.encode() for sides in CASES.values() for text in sides["lookalikes"]]


def test_marks_of_makers_names_and_functions():
    said, _ = find_markers(b"\0__pyx_capi__\0UPX!\0subprocess\0VirtualAllocExW\0http://192.0.2.7:80/x\0")
    assert {"cython", "upx"} == said.tools
    assert {"subprocess"} == said.python_names
    assert {"192.0.2.7"} == said.hosts
    assert find_markers(b"\0VirtualAllocEx\0")[0].functions == {"VirtualAllocEx"}
    assert find_markers(b"MyVirtualAllocEx2, upx and cython")[0].functions == frozenset()


@pytest.mark.parametrize("text", LOOKALIKES, ids=repr)
def test_indicators_are_found_beside_marks_as_they_are_alone(text):
    assert scan(text, find_markers(text)[1]) == scan(text)


@given(st.lists(st.binary(max_size=60) | st.sampled_from(LOOKALIKES), max_size=12).map(b"".join))
def test_any_bytes_hold_the_same_indicators_beside_marks(data):
    marks, known = find_markers(data)
    assert scan(data, known) == scan(data)
    assert find_markers(data, frozenset())[0] == marks


def test_every_indicator_is_looked_for_beside_marks_or_after_them():
    assert {*BINARY_PASSES, Pass.PUNCTUATION} == set(Pass)
    assert len(patterns_of(BINARY_PASSES)) + len(patterns_of({Pass.PUNCTUATION})) == len(indicators.INDICATORS)


def test_a_flood_of_indicators_hides_no_mark_and_is_counted_as_ever():
    data = b"os.system(a)\n" * MATCHES_PER_PASS + b"\0UPX!\0https://discord.com/api/webhooks/0/x"
    marks, known = find_markers(data)
    assert known is None
    assert ({"upx"}, {"discord.com"}) == (set(marks.tools), set(marks.hosts))
    assert scan(data, known) == scan(data)


def test_a_flood_of_addresses_hides_no_indicator():
    data = b"UPX! " + b"https://a.b/ " * (MAX_URLS + 1) + b"__pyx_capi__ os.system(a)"
    marks, known = find_markers(data)
    assert ({"upx"}, {"a.b"}) == (set(marks.tools), set(marks.hosts))
    assert scan(data, known) == scan(data)
