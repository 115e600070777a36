"""Learns from changed members: the one that a payload was put into, and those that changed honestly."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from model.change.contract import HONEST_WEIGHT, ChangeTraining
from model.change.frame import ChangeFrame
from model.member_scorer import MemberScorer, MemberSettings, WorstMember, is_worst, log_odds_without
from model.members import Floats, Index

SETTINGS = MemberSettings(columns=0.2, min_child_weight=5.0, bins=64, honest_weight=HONEST_WEIGHT)


class ChangeMembers(WorstMember):
    """The worst changed member, learnt from members that hold a payload and from honest ones that changed.

    A member is judged together with all that changed in its release: the same act is usual in a new major version and
    rare in a patch that changes one file.
    """

    name = "change_members"
    files: tuple[str, ...] = ("change_members.ubj", "change_members.npz")

    def fit(self, training: ChangeTraining, seed: int) -> None:
        """Learn from members whose label is known; of a payload without a known place, from its worst member."""
        members = training.frame.members
        row = members.rows
        bad = training.labels[row] == 1
        placed = np.bincount(row, weights=training.payload, minlength=len(training))[row] > 0
        labels = (bad & (training.payload | ~placed)).astype(np.int8)
        self.scorer_ = None
        self.rest_ = log_odds_without(training.labels, training.weights, row)
        if len(np.unique(labels)) < 2:
            return
        context = _context(training.frame)
        scorer = MemberScorer(SETTINGS, self.threads)
        scorer.learn_vocabulary(members, training.groups[row])
        shared = np.where(labels == 1, np.maximum(np.bincount(row, labels, len(training)), 1)[row], _root_counts(row))
        weights = training.weights[row] / shared
        # What else changed beside a payload is as honest as what changes in honest releases.
        chosen = ~bad | placed
        if chosen[labels == 1].any():
            scorer.fit(members, chosen, labels, weights, seed, context)
            margin = scorer.margins(members, context)
        else:
            margin = np.zeros(len(row))
        unplaced = bad & ~placed
        if unplaced.any():
            chosen = chosen | (unplaced & is_worst(margin, row))
            scorer.fit(members, chosen, labels, weights, seed, context)
        self.scorer_ = scorer

    def margins(self, frame: ChangeFrame) -> Floats:
        """Return the log-odds of each changed member, shape (m,)."""
        if self.scorer_ is None:
            return np.full(len(frame.members), self.rest_)
        self.scorer_.threads = self.threads
        return self.scorer_.margins(frame.members, _context(frame))

    def predict(self, frame: ChangeFrame) -> Floats:
        """Return the probability of a payload, shape (n,): that of the worst changed member."""
        return self.probabilities(len(frame), frame.members, _context(frame))

    def contributions(self, frame: ChangeFrame) -> None:
        """Return None: what it adds belongs to a member, whatever of it the columns of its release brought."""

    def mark_contributions(self, frame: ChangeFrame, member: int, marks: Sequence[str]) -> Floats:
        """Return what each of some marks adds to the log-odds of one member, shape (marks,)."""
        assert self.scorer_ is not None
        row = frame.members.rows[member]
        context = frame.take(np.array([row])).sparse_rows()
        return self.scorer_.mark_contributions(frame.members.take(np.array([member])), marks, context)[0]


def _context(frame: ChangeFrame) -> csr_matrix:
    """Return the columns of its release for each changed member."""
    return frame.sparse_rows()[frame.members.rows]


def _root_counts(row: Index) -> Floats:
    """Return the square root of the number of members of each member's row: many files are much to learn from."""
    return np.asarray(np.sqrt(np.bincount(row)[row]) if len(row) else np.zeros(0))
