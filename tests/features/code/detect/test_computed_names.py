"""Names that are put together at run time."""

import pytest

from tests.features.code.conftest import matched_rules

CASES = [
    ("hidden_name", "import os\ngetattr(os, 'sys' + 'tem')", "getattr(a, 'colour' + 'ed')"),
]  # fmt: skip
"""Rule, an inert look-alike that matches it, a benign twin that does not."""


@pytest.mark.parametrize(("rule", "look_alike", "twin"), CASES)
def test_a_rule_matches_the_look_alike_and_not_its_twin(rule, look_alike, twin):
    assert rule in matched_rules(look_alike)
    assert rule not in matched_rules(twin)


@pytest.mark.parametrize(
    "source",
    [
        "globals()['ex' + 'ec']",
        "__import__('o' + 's')",
        "vars()['sys' + 'tem']",
        "import os\nos.__dict__['sys' + 'tem']",
        "import os\nvars(os)['sys' + 'tem']",
        "import sys\nsys.modules['o' + 's']",
        "from sys import modules\nmodules['o' + 's']",
    ],
)
def test_a_name_counts_though_nothing_calls_it(source):
    assert "hidden_name" in matched_rules(source)


def test_a_module_is_judged_by_its_first_name():
    assert "hidden_name" in matched_rules("__import__('urllib' + '.request')")
    assert "hidden_name" not in matched_rules("__import__('my' + 'lib.os')")


def test_a_plain_literal_hides_nothing():
    assert "hidden_name" not in matched_rules("import os\ngetattr(os, 'system')")
