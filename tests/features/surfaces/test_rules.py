import re

from features.binary.rules import BINARY_RULES
from features.code.detect.rules import SYNTAX_RULES
from features.evidence_text import meaning_of, technique_of
from features.surfaces.rules import SURFACE_RULES, WEIGHTS
from features.text.indicators import INDICATORS


def test_no_rule_has_the_id_of_another_pass() -> None:
    others = {indicator.id for indicator in INDICATORS} | {rule.id for rule in (*SYNTAX_RULES, *BINARY_RULES)}
    assert not others & set(WEIGHTS)
    assert len(WEIGHTS) == len(SURFACE_RULES)


def test_every_rule_has_a_meaning_a_technique_and_a_weight() -> None:
    for rule in SURFACE_RULES:
        assert re.fullmatch(r"[a-z]+(?:_[a-z]+)+", rule.id)
        assert re.fullmatch(r"T\d{4}(?:\.\d{3})?", rule.technique)
        assert 0 < rule.weight <= 10
        assert (rule.meaning, rule.technique) == (meaning_of(rule.id), technique_of(rule.id))
