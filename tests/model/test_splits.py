from collections.abc import Callable

import numpy as np
import pytest

from model.contract import TrainingDataError
from model.rows import Rows
from model.splits import Split, campaign_split, design_split, random_split, time_split

SPLITS: tuple[Callable[[Rows], Split], ...] = (
    lambda rows: random_split(rows, 0),
    lambda rows: campaign_split(rows, 0),
    lambda rows: time_split(rows, "2023-07-01"),
    design_split,
)


@pytest.mark.parametrize("make", SPLITS)
def test_no_row_stands_on_two_sides(make: Callable[[Rows], Split], rows: Rows) -> None:
    split = make(rows)
    parts = [set(split.train), set(split.valid), set(split.test)]
    assert not parts[0] & parts[1]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]
    assert not rows.labels[split.valid].any()


@pytest.mark.parametrize("make", SPLITS[1:])
def test_no_campaign_stands_on_two_sides(make: Callable[[Rows], Split], rows: Rows) -> None:
    split = make(rows)
    assert not set(rows.groups[split.train]) & set(rows.groups[split.test])


def test_the_random_split_leaks_campaigns(rows: Rows) -> None:
    split = random_split(rows, 0)
    assert set(rows.groups[split.train]) & set(rows.groups[split.test])


def test_a_time_split_keeps_the_future_out(rows: Rows) -> None:
    split = time_split(rows, "2023-07-01")
    cut = np.datetime64("2023-07-01")
    assert (rows.first_seen[split.train] < cut).all()
    assert (rows.first_seen[split.test] >= cut).all()
    assert set(rows.stratum[split.test]) == {"", "random", "fresh"}


def test_a_cut_with_nothing_after_it_is_an_error(rows: Rows) -> None:
    with pytest.raises(TrainingDataError, match=r"'after 2031-01-01' has no malicious test rows"):
        time_split(rows, "2031-01-01")
