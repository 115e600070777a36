"""The rules of the binary pass."""

import re

import pytest

from features.binary.rules import BINARY_RULES, WEIGHTS


@pytest.mark.parametrize("rule", BINARY_RULES, ids=lambda rule: rule.id)
def test_a_rule_has_words_and_a_weight(rule):
    assert re.fullmatch(r"[a-z]+(?:_[a-z]+)+", rule.id)
    assert rule.meaning.startswith("carries ")
    assert re.fullmatch(r"T\d{4}(?:\.\d{3})?", rule.technique)
    assert 1 <= rule.weight <= 10


def test_every_rule_has_a_weight_of_its_own():
    assert {rule.id: rule.weight for rule in BINARY_RULES} == WEIGHTS
    assert len(BINARY_RULES) == len(WEIGHTS)
