"""The table of rules."""

import re

from features.code.detect.rules import LOAD_TIME_RULES, RULE_WEIGHTS, SYNTAX_RULES


def test_ids_are_unique_and_sql_friendly():
    ids = [rule.id for rule in SYNTAX_RULES]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][a-z_]+", rule_id) for rule_id in ids)


def test_weights_are_on_the_scale_of_the_indicators():
    assert all(0 < weight <= 10 for weight in RULE_WEIGHTS.values())


def test_techniques_are_attack_ids():
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", rule.technique) for rule in SYNTAX_RULES)


def test_a_meaning_completes_the_sentence():
    assert all(re.fullmatch(r"[a-z]+s .*[^.]", rule.meaning) for rule in SYNTAX_RULES)


def test_load_time_rules_are_those_of_install_and_import():
    assert {rule.split("_time_")[0] for rule in LOAD_TIME_RULES} == {"install", "import"}
