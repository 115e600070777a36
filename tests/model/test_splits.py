from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from model.errors import TrainingDataError
from model.rows import LabelledRows, parse_rows
from model.splits import (
    CUT_DATES,
    Split,
    campaign_split,
    can_cut,
    dev_split,
    has_recent,
    random_split,
    recent_split,
    shipped_split,
    time_split,
)

SPLITS: tuple[Callable[[LabelledRows], Split], ...] = (
    lambda rows: random_split(rows, 0),
    lambda rows: campaign_split(rows, 0),
    lambda rows: time_split(rows, "2023-07-01"),
    dev_split,
)


@pytest.mark.parametrize("make", SPLITS)
def test_no_row_stands_on_two_sides(make: Callable[[LabelledRows], Split], rows: LabelledRows) -> None:
    split = make(rows)
    parts = [set(split.train), set(split.valid), set(split.test)]
    assert not parts[0] & parts[1]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]
    assert not rows.labels[split.valid].any()


@pytest.mark.parametrize("make", SPLITS[1:])
def test_no_campaign_stands_on_two_sides(make: Callable[[LabelledRows], Split], rows: LabelledRows) -> None:
    split = make(rows)
    assert not set(rows.groups[split.train]) & set(rows.groups[split.test])


def test_the_random_split_leaks_campaigns(rows: LabelledRows) -> None:
    split = random_split(rows, 0)
    assert set(rows.groups[split.train]) & set(rows.groups[split.test])


def test_a_time_split_keeps_the_future_out(rows: LabelledRows) -> None:
    split = time_split(rows, "2023-07-01")
    cut = np.datetime64("2023-07-01")
    assert (rows.first_seen[split.train] < cut).all()
    assert (rows.first_seen[split.test] >= cut).all()
    assert set(rows.stratum[split.test]) == {"", "random", "fresh"}


def test_a_cut_with_nothing_after_it_is_an_error(rows: LabelledRows) -> None:
    with pytest.raises(TrainingDataError, match=r"'after 2031-01-01' has no malicious test rows"):
        time_split(rows, "2031-01-01")


@pytest.mark.parametrize("make", SPLITS)
def test_variants_are_never_tested_on_and_follow_their_campaign(
    make: Callable[[LabelledRows], Split], rows: LabelledRows, varied: LabelledRows
) -> None:
    split, plain = make(varied), make(rows)
    assert varied.variant.any()
    assert not varied.variant[split.test].any()
    assert not varied.variant[split.valid].any()
    learnt = split.train[varied.variant[split.train]]
    assert not set(varied.groups[learnt]) & set(varied.groups[split.test])
    # Test rows and genuine training rows are the same as without any variant.
    for mine, theirs in ((split.test, plain.test), (split.train[~varied.variant[split.train]], plain.train)):
        assert set(varied.sha256[mine]) == set(rows.sha256[theirs])


def test_variants_are_learnt_from_where_their_campaign_is(varied: LabelledRows) -> None:
    for make in SPLITS[1:]:
        split = make(varied)
        learnt = varied.variant[split.train]
        assert set(varied.groups[split.train[learnt]]) == set(varied.groups[split.train[varied.malicious[split.train]]])


def test_the_random_split_has_no_variants(varied: LabelledRows) -> None:
    assert not varied.variant[random_split(varied, 0).train].any()


def test_a_time_split_keeps_variants_of_the_future_out(varied: LabelledRows) -> None:
    split = time_split(varied, "2023-07-01")
    assert varied.variant[split.train].any()
    assert (varied.first_seen[split.train] < np.datetime64("2023-07-01")).all()


def test_rows_of_a_set_are_in_no_split(
    table: pa.Table, rows: LabelledRows, make_variants: Callable[..., pa.Table]
) -> None:
    whole = parse_rows(pa.concat_tables([table, make_variants(table, stratum="obfuscated", split="variant")]))
    for make in (*SPLITS, shipped_split):
        split = make(whole)
        for part in (split.train, split.valid, split.test):
            assert not whole.variant[part].any()


def test_what_ships_learns_variants_of_every_campaign_that_it_learns(varied: LabelledRows) -> None:
    split = shipped_split(varied)
    assert varied.variant[split.train].sum() == varied.variant.sum()
    assert {"train", "dev"} == set(varied.split[split.train])
    assert {"valid"} == set(varied.split[split.valid])


def test_cut_dates_ascend() -> None:
    assert list(CUT_DATES) == sorted(CUT_DATES)


def test_recent_campaigns_are_tested_on_what_was_seen_before_them(table: pa.Table) -> None:
    facts = zip(table["split"].to_pylist(), table["campaign"].to_pylist(), strict=True)
    names = ["recent" if campaign == "c60" else split for split, campaign in facts]
    rows = parse_rows(table.set_column(table.column_names.index("split"), "split", pa.array(names)))
    split = recent_split(rows)
    assert has_recent(rows)
    assert {"recent", "test"} == set(rows.split[split.test])
    assert {"train", "dev"} == set(rows.split[split.train])
    assert not set(rows.groups[split.train]) & set(rows.groups[split.test])
    assert {"train", "dev", "recent"} == set(rows.split[shipped_split(rows).train])


def test_rows_without_recent_campaigns_have_none(rows: LabelledRows) -> None:
    assert not has_recent(rows)
    with pytest.raises(TrainingDataError, match="'recent' has no malicious test rows"):
        recent_split(rows)


def test_a_cut_needs_campaigns_on_both_sides(rows: LabelledRows) -> None:
    assert can_cut(rows, "2023-07-01")
    assert not can_cut(rows, "2031-01-01")
