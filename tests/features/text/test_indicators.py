"""The shipped indicators: their words, their cases, and the digest that every store and model carries."""

import re
import tomllib
from pathlib import Path

import pytest

from features.text.indicator_file import Category, Pass
from features.text.indicators import DIGEST, INDICATORS, POSITIONS

CASES = tomllib.loads(Path(__file__).with_name("indicator_cases.toml").read_text(encoding="utf-8"))


def test_every_indicator_has_look_alikes_and_twins_and_nothing_else_has():
    assert set(CASES) == {indicator.id for indicator in INDICATORS}
    assert [name for name, sides in CASES.items() if not (sides["lookalikes"] and sides["twins"])] == []
    assert {frozenset(sides) for sides in CASES.values()} == {frozenset({"lookalikes", "twins"})}


def test_look_alikes_are_short_fragments():
    texts = [text for sides in CASES.values() for text in (*sides["lookalikes"], *sides["twins"])]
    assert max(len(text) for text in texts) <= 900
    assert max(text.count("\n") for text in texts) <= 9


def test_there_are_at_least_150_in_all_categories():
    assert len(INDICATORS) >= 150
    assert {indicator.category for indicator in INDICATORS} == set(Category)


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda indicator: indicator.id)
def test_words_of_an_indicator(indicator):
    assert re.fullmatch(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*", indicator.id)
    assert len(indicator.id) <= 32
    # A verb in the third person, so that "the package <meaning>" is a sentence.
    assert re.match(r"(?:is|has|does not|[a-z]+s) ", indicator.meaning)
    assert not indicator.meaning.endswith((".", " "))
    assert len(indicator.meaning) <= 90
    assert re.fullmatch(r"(?:T\d{4}(?:\.\d{3})?)?", indicator.technique)
    assert 0 <= indicator.weight <= 10


def test_ids_patterns_and_meanings_are_unique():
    for values in zip(*((i.id, i.pattern, i.meaning) for i in INDICATORS), strict=True):
        assert len(set(values)) == len(values)
    assert [POSITIONS[indicator.id] for indicator in INDICATORS] == list(range(len(INDICATORS)))


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda indicator: indicator.id)
def test_gaps_are_bounded(indicator):
    without_classes = re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]", "x", indicator.pattern)
    assert not re.search(r"[*+]|\{\d+,\}", without_classes)


def test_every_pass_has_patterns():
    assert {indicator.scan_pass for indicator in INDICATORS} == set(Pass)


def test_the_digest_is_that_of_the_shipped_model():
    assert "049bc5347583fa27" == DIGEST
