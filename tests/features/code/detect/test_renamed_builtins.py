"""Builtins under another name."""

import pytest

from tests.features.code.conftest import matched_rules

CASES = [
    ("aliased_builtin", "e = exec\ne('1')", "exec('1')"),
]  # fmt: skip
"""Rule, an inert look-alike that matches it, a benign twin that does not."""


@pytest.mark.parametrize(("rule", "look_alike", "twin"), CASES)
def test_a_rule_matches_the_look_alike_and_not_its_twin(rule, look_alike, twin):
    assert rule in matched_rules(look_alike)
    assert rule not in matched_rules(twin)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("i = __import__\ni('os')", True),
        ("import builtins\nbuiltins.exec('1')", False),
        ("import builtins as b\nb.eval('1')", False),
        ("getattr(__builtins__, 'exec')('1')", True),
        ("import importlib\nload = importlib.import_module\nload('os')", False),
    ],
)
def test_a_builtin_counts_where_its_name_is_not_written(source, expected):
    assert ("aliased_builtin" in matched_rules(source)) is expected
