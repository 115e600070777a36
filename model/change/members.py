"""Learns from changed members: the one that a payload was put into, and those that changed honestly."""

from pathlib import Path

import numpy as np
from scipy.special import expit

from model.arrays import read_arrays, write_arrays
from model.change.contract import ChangeTraining
from model.change.frame import ChangeFrame
from model.member_scorer import MemberScorer, MemberSettings, is_worst, load_scorer
from model.members import Floats, Index


class ChangeMembers:
    """The worst changed member, learnt from members that hold a payload and from honest ones that changed."""

    name = "change_members"
    files: tuple[str, ...] = ("change_members.ubj", "change_members.npz")

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads

    def fit(self, training: ChangeTraining, seed: int) -> None:
        """Learn from members whose label is known; of a payload without a known place, from its worst member."""
        members = training.frame.members
        row = members.rows
        bad = training.labels[row] == 1
        placed = np.bincount(row, weights=training.payload, minlength=len(training))[row] > 0
        labels = (bad & (training.payload | ~placed)).astype(np.int8)
        self.scorer_: MemberScorer | None = None
        self.rest_ = _log_odds_without(training, row)
        if len(np.unique(labels)) < 2:
            return
        scorer = MemberScorer(MemberSettings(), self.threads)
        scorer.learn_vocabulary(members, training.groups[row])
        shared = np.where(labels == 1, np.maximum(np.bincount(row, labels, len(training)), 1)[row], _root_counts(row))
        weights = training.weights[row] / shared
        # What else changed beside a payload is as honest as what changes in honest releases.
        chosen = ~bad | placed
        if chosen[labels == 1].any():
            scorer.fit(members, chosen, labels, weights, seed)
            margin = scorer.margins(members)
        else:
            margin = np.zeros(len(row))
        unplaced = bad & ~placed
        if unplaced.any():
            chosen = chosen | (unplaced & is_worst(margin, row))
            scorer.fit(members, chosen, labels, weights, seed)
        self.scorer_ = scorer

    def margins(self, frame: ChangeFrame) -> Floats:
        """Return the log-odds of each changed member, shape (m,)."""
        if self.scorer_ is None:
            return np.full(len(frame.members), self.rest_)
        self.scorer_.threads = self.threads
        return self.scorer_.margins(frame.members)

    def predict(self, frame: ChangeFrame) -> Floats:
        """Return the probability of a payload, shape (n,): that of the worst changed member."""
        worst = np.full(len(frame), -np.inf)
        np.maximum.at(worst, frame.members.rows, self.margins(frame))
        worst[np.isneginf(worst)] = self.rest_
        return np.asarray(expit(worst))

    def contributions(self, frame: ChangeFrame) -> None:
        """Return None: what it adds belongs to a member and to no column."""

    def save(self, folder: Path) -> None:
        """Write the models of a member, and the score of a release in which no file changed."""
        arrays = {"rest": np.array([self.rest_])}
        if self.scorer_ is None:
            (folder / self.files[0]).write_bytes(b"")
        else:
            self.scorer_.booster_.save_model(folder / self.files[0])
            arrays |= self.scorer_.arrays()
        write_arrays(folder / self.files[1], arrays)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        arrays = read_arrays(folder / self.files[1])
        self.rest_ = float(arrays["rest"][0])
        self.scorer_ = load_scorer(folder / self.files[0], arrays) if len(arrays) > 1 else None


def _root_counts(row: Index) -> Floats:
    """Return the square root of the number of members of each member's row: many files are much to learn from."""
    return np.asarray(np.sqrt(np.bincount(row)[row]) if len(row) else np.zeros(0))


def _log_odds_without(training: ChangeTraining, row: Index) -> float:
    """Return the log-odds of a payload among the rows in which no file changed, smoothed by one row of each label."""
    without = np.ones(len(training), dtype=np.bool_)
    without[row] = False
    weights = [float(training.weights[without & (training.labels == label)].sum()) + 1.0 for label in (0, 1)]
    return float(np.log(weights[1] / weights[0]))
