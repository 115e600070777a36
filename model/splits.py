"""Splits labelled rows into training, validation and test rows.

Variants, which were made from other rows, are trained on or left out; they are never validation or test rows. A variant
is trained on where its campaign (or project) is not held out and its date allows it.
"""

from dataclasses import dataclass

import numpy as np

from model.errors import TrainingDataError
from model.frame import Mask
from model.members import Index
from model.rows import VARIANT, LabelledRows

CUT_DATES = ("2023-07-01", "2024-01-01", "2024-07-01", "2025-01-01")
"""Dates of the time splits: training ends at the date, and test rows are later."""

DEV = "dev"
"""Name of the split that features and learners were designed on, and that the card's figures come from."""

RECENT = "recent"
"""Name of the split of malware first seen in the first half of 2025, reserved until the model was designed."""

LIVE_STRATA = ("random", "longtail", "fresh")
"""Benign strata that resemble a night's uploads; the others are popular or chosen to be hard."""

_NO_ROWS: Index = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Split:
    """Row numbers by purpose.

    The learners are fitted on `train`, thresholds are fixed on `valid` (benign only), and `test` is scored once.
    """

    name: str
    note: str
    train: Index
    valid: Index
    test: Index


def random_split(rows: LabelledRows, seed: int, share: float = 0.3) -> Split:
    """Split artifacts at random, as papers do: near-duplicates of one campaign are on both sides."""
    random = np.random.default_rng(seed)
    held_out = np.zeros(len(rows), dtype=np.bool_)
    for label in (0, 1):
        index = np.flatnonzero((rows.labels == label) & ~rows.variant)
        held_out[random.permutation(index)[: int(share * len(index))]] = True
    note = "artifacts at random, copies of one campaign on both sides: too optimistic"
    # Without variants: a variant would carry what is held out into what is trained on.
    return _split("random", note, rows, ~held_out & ~rows.variant, held_out, _none(rows))


def campaign_split(rows: LabelledRows, seed: int, share: float = 0.3) -> Split:
    """Split campaigns and projects at random; dates are mixed."""
    random = np.random.default_rng(seed)
    held_out = np.zeros(len(rows), dtype=np.bool_)
    for label in (0, 1):
        groups = np.unique(rows.groups[(rows.labels == label) & ~rows.variant])
        chosen = random.permutation(groups)[: int(share * len(groups))]
        held_out |= np.isin(rows.groups, chosen)
    note = "campaigns and projects kept apart; months mixed"
    return _split("campaign", note, rows, ~held_out, held_out, _none(rows))


def time_split(rows: LabelledRows, cut: str) -> Split:
    """Train on rows first seen before a date (ISO) and test on campaigns and uploads from that date on.

    Benign training rows are those of the split `train` before the cut. Benign test rows are of projects that no
    training saw, uploaded from the cut on, and of the strata that a nightly run meets.
    """
    date = np.datetime64(cut, "D")
    before, after = rows.first_seen < date, rows.first_seen >= date
    known = np.unique(rows.groups[rows.malicious & before & ~rows.variant])
    unseen = rows.malicious & after & ~np.isin(rows.groups, known)
    live = np.isin(rows.stratum.astype(str), LIVE_STRATA)
    benign = ~rows.malicious
    train = before & (rows.malicious | (rows.split == "train"))
    test = unseen | (benign & (rows.split == "test") & after & live)
    valid = benign & (rows.split == "valid")
    note = f"trained on what was seen before {cut}; tested on campaigns and live benign uploads after it"
    return _split(f"after {cut}", note, rows, train, test, valid)


def can_cut(rows: LabelledRows, cut: str) -> bool:
    """Return whether there are campaigns before a date and new ones after it, and benign rows to test on."""
    try:
        time_split(rows, cut)
    except TrainingDataError:
        return False
    return True


def dev_split(rows: LabelledRows) -> Split:
    """Train on the `train` rows and test on `dev` campaigns and benign `test` projects of all strata."""
    train = rows.split == "train"
    test = rows.split == np.where(rows.malicious, "dev", "test")
    valid = ~rows.malicious & (rows.split == "valid")
    note = "campaigns of 2024-07 to 2024-12; benign test projects of all strata"
    return _split(DEV, note, rows, train, test, valid)


def recent_split(rows: LabelledRows) -> Split:
    """Train on what was first seen before 2025; test on `recent` campaigns that are new, and benign `test` projects.

    Raises TrainingDataError where there are no such campaigns.
    """
    malicious = rows.malicious & ~rows.variant
    known = np.unique(rows.groups[malicious & np.isin(rows.split.astype(str), ("train", DEV))])
    recent = rows.malicious & (rows.split == RECENT) & ~np.isin(rows.groups, known)
    train = (rows.split == "train") | (malicious & (rows.split == DEV))
    test = recent | (~rows.malicious & (rows.split == "test"))
    valid = ~rows.malicious & (rows.split == "valid")
    note = "campaigns first seen in 2025-01 to 2025-06; benign test projects of all strata"
    return _split(RECENT, note, rows, train, test, valid)


RECENT_HALVES = ("without", "with")
"""What a fit that is tested on one half of the `recent` campaigns has learnt of the other half."""


def recent_half_split(rows: LabelledRows, half: int, learnt: str) -> Split:
    """Test on one half (0 or 1) of the new `recent` campaigns, trained `with` or `without` the other half.

    What was first seen before 2025 is learnt in both cases. Raises TrainingDataError where there are too few campaigns.
    """
    whole = recent_split(rows)
    campaigns = np.unique(rows.groups[whole.test][rows.malicious[whole.test]])
    here = np.isin(rows.groups, campaigns[half::2]) & rows.malicious
    there = np.isin(rows.groups, campaigns[1 - half :: 2]) & rows.malicious & (rows.split == RECENT)
    test, train, valid = (np.zeros(len(rows), dtype=np.bool_) for _ in range(3))
    test[whole.test], train[whole.train], valid[whole.valid] = True, True, True
    test &= ~rows.malicious | here
    train |= there if learnt == "with" else False
    name = f"{RECENT} half {half + 1}, {learnt} the other half"
    return _split(name, f"half of the campaigns of 2025, {learnt} the other half in training", rows, train, test, valid)


def has_recent(rows: LabelledRows) -> bool:
    """Return whether there are `recent` campaigns that were not seen before."""
    known = rows.groups[rows.malicious & (rows.split != RECENT)]
    return bool((rows.malicious & (rows.split == RECENT) & ~np.isin(rows.groups, known)).any())


def shipped_split(rows: LabelledRows) -> Split:
    """Train on the `train` rows, the `dev` and `recent` malware and the variants; there are no test rows."""
    later = np.isin(rows.split.astype(str), (DEV, RECENT))
    train = (rows.split == "train") | (rows.malicious & later & ~rows.variant)
    valid = ~rows.malicious & (rows.split == "valid") & ~rows.variant
    held_out = np.isin(rows.groups, rows.groups[~rows.malicious & (rows.split != "train")])
    train &= ~(rows.variant & held_out)
    return Split("shipped", "everything that is not held out", np.flatnonzero(train), np.flatnonzero(valid), _NO_ROWS)


def _none(rows: LabelledRows) -> Mask:
    return np.zeros(len(rows), dtype=np.bool_)


def _split(name: str, note: str, rows: LabelledRows, train: Mask, test: Mask, valid: Mask) -> Split:
    """Return a split without variants in `test` and `valid`, nor in `train` where their group is held out.

    Raises TrainingDataError where training or test rows lack a class.
    """
    test, valid = test & ~rows.variant, valid & ~rows.variant
    held_out = np.isin(rows.groups, rows.groups[test | valid])
    train = train & (rows.split != VARIANT) & ~(rows.variant & held_out)
    for mask, side in ((train, "training"), (test, "test")):
        for label, kind in ((1, "malicious"), (0, "benign")):
            if not (mask & (rows.labels == label)).any():
                raise TrainingDataError(f"the split {name!r} has no {kind} {side} rows")
    return Split(name, note, np.flatnonzero(train), np.flatnonzero(valid), np.flatnonzero(test))
