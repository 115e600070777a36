"""Ways to part training rows into what is learnt, what fixes thresholds and what is asked.

One rule for the variants that were made of other rows: they are learnt from or left out, never asked about and
never a threshold's. One is learnt from where its own campaign (or project) is not held out and its date allows it.
"""

from dataclasses import dataclass

import numpy as np

from model.errors import TrainingDataError
from model.frame import Index, Mask
from model.rows import VARIANT, LabelledRows

CUT_DATES = ("2023-07-01", "2024-01-01", "2024-07-01")
"""Dates at which a time split cuts: what is after them was unknown when training ended."""

DEV = "dev"
"""Name of the split whose fit the card's figures are of."""

LIVE_STRATA = ("random", "longtail", "fresh")
"""Benign strata that look like a night's uploads; the others are popular or chosen to be hard."""


_NOTHING: Index = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers: `train` is learnt from, `valid` (benign) fixes thresholds, `test` is asked once."""

    name: str
    note: str
    train: Index
    valid: Index
    test: Index


def random_split(rows: LabelledRows, seed: int, share: float = 0.3) -> Split:
    """Part artifacts at random, as papers do: near-duplicates of one campaign stand on both sides."""
    random = np.random.default_rng(seed)
    held = np.zeros(len(rows), dtype=np.bool_)
    for label in (0, 1):
        index = np.flatnonzero((rows.labels == label) & ~rows.made)
        held[random.permutation(index)[: int(share * len(index))]] = True
    note = "artifacts at random, copies of one campaign on both sides: this flatters"
    # Without variants: they would carry what is held out into what is learnt.
    return _split("random", note, rows, ~held & ~rows.made, held, np.zeros(len(rows), dtype=np.bool_))


def campaign_split(rows: LabelledRows, seed: int, share: float = 0.3) -> Split:
    """Part campaigns and projects at random; dates are mixed."""
    random = np.random.default_rng(seed)
    held = np.zeros(len(rows), dtype=np.bool_)
    for label in (0, 1):
        groups = np.unique(rows.groups[(rows.labels == label) & ~rows.made])
        chosen = random.permutation(groups)[: int(share * len(groups))]
        held |= np.isin(rows.groups, chosen)
    note = "campaigns and projects kept apart; months mixed"
    return _split("campaign", note, rows, ~held, held, np.zeros(len(rows), dtype=np.bool_))


def time_split(rows: LabelledRows, cut: str) -> Split:
    """Learn from what was seen before a date; ask about campaigns first seen after it.

    Benign rows to learn from are of the split `train` and older than the cut. Test rows are of projects that
    no training saw, uploaded after it, and of the strata that a nightly run meets.
    """
    date = np.datetime64(cut, "D")
    before, after = rows.first_seen < date, rows.first_seen >= date
    known = np.unique(rows.groups[rows.malicious & before & ~rows.made])
    fresh = rows.malicious & after & ~np.isin(rows.groups, known)
    live = np.isin(rows.stratum.astype(str), LIVE_STRATA)
    benign = ~rows.malicious
    train = before & (rows.malicious | (rows.split == "train"))
    test = fresh | (benign & (rows.split == "test") & after & live)
    valid = benign & (rows.split == "valid")
    note = f"learnt from what was seen before {cut}; asked about campaigns and live benign uploads after it"
    return _split(f"after {cut}", note, rows, train, test, valid)


def dev_split(rows: LabelledRows) -> Split:
    """Learn from the `train` rows; ask about `dev` campaigns and benign `test` projects of all strata."""
    train = rows.split == "train"
    test = rows.split == np.where(rows.malicious, "dev", "test")
    valid = ~rows.malicious & (rows.split == "valid")
    return _split(DEV, "campaigns of 2024-07 to 2024-12; benign test projects of all strata", rows, train, test, valid)


def shipped_split(rows: LabelledRows) -> Split:
    """Learn from the `train` rows and the `dev` campaigns, and so from their variants; nothing is asked."""
    train = (rows.split == "train") | (rows.malicious & (rows.split == "dev") & ~rows.made)
    valid = ~rows.malicious & (rows.split == "valid") & ~rows.made
    held = np.isin(rows.groups, rows.groups[~rows.malicious & (rows.split != "train")])
    train &= ~(rows.made & held)
    return Split("shipped", "everything that is not held out", np.flatnonzero(train), np.flatnonzero(valid), _NOTHING)


def _split(name: str, note: str, rows: LabelledRows, train: Mask, test: Mask, valid: Mask) -> Split:
    test, valid = test & ~rows.made, valid & ~rows.made
    held = np.isin(rows.groups, rows.groups[test | valid])
    train = train & (rows.split != VARIANT) & ~(rows.made & held)
    for mask, what in ((train, "training"), (test, "test")):
        for label, sort in ((1, "malicious"), (0, "benign")):
            if not (mask & (rows.labels == label)).any():
                raise TrainingDataError(f"the split {name!r} has no {sort} {what} rows")
    return Split(name, note, np.flatnonzero(train), np.flatnonzero(valid), np.flatnonzero(test))
