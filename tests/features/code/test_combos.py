"""Combinations of indicator categories."""

import pytest

from features.code.combos import COMBOS, matching_combos
from features.text.indicator_file import Category


@pytest.mark.parametrize(
    ("categories", "expected"),
    [
        ((), ()),
        ((Category.EXECUTION,), ()),
        ((Category.EXECUTION, Category.NETWORK), ("network_execution",)),
        ((Category.EXECUTION, Category.OBFUSCATION), ("encoding_execution",)),
        ((Category.WALLET, Category.STAGING), ("credential_network",)),
        (
            (Category.ENCODING, Category.STAGING, Category.EXECUTION),
            (
                "network_execution",
                "encoding_execution",
                "encoding_network",
                "encoding_network_execution",
                "staging_execution",
            ),
        ),
    ],
)
def test_a_combination_needs_one_category_of_each_set(
    categories: tuple[Category, ...], expected: tuple[str, ...]
) -> None:
    assert matching_combos(frozenset(categories)) == expected


def test_all_categories_match_all_combinations_in_the_order_of_the_columns() -> None:
    assert matching_combos(frozenset(Category)) == tuple(combo.id for combo in COMBOS)


def test_no_combination_is_met_by_one_category() -> None:
    assert not [category for category in Category if matching_combos(frozenset({category}))]
    assert len({combo.id for combo in COMBOS}) == len(COMBOS)
