"""The words of evidence, from the indicators and from the rules of both passes."""

import subprocess
import sys

import pytest

from features.binary.rules import BINARY_RULES
from features.code.detect.rules import SYNTAX_RULES
from features.evidence_text import meaning_of, technique_of


def test_an_id_has_the_words_of_its_indicator():
    assert ("runs a shell command through os.system", "T1059") == (meaning_of("os_system"), technique_of("os_system"))


@pytest.mark.parametrize("rule", [*SYNTAX_RULES, *BINARY_RULES], ids=lambda rule: rule.id)
def test_an_id_has_the_words_of_its_rule_though_an_indicator_has_it_too(rule):
    assert (rule.meaning, rule.technique) == (meaning_of(rule.id), technique_of(rule.id))


def test_no_two_rules_share_an_id():
    ids = [rule.id for rule in (*SYNTAX_RULES, *BINARY_RULES)]
    assert len(ids) == len(set(ids))


def test_an_unknown_id_is_shown_in_words():
    assert ("of an older run", "") == (meaning_of("of_an_older_run"), technique_of("of_an_older_run"))


def test_a_report_of_a_finished_run_loads_no_matcher():
    code = "import sys, features.evidence_text; print('hyperscan' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "False" == answer.stdout.strip()
