"""Learns from single members: a release is as bad as its worst one, however much honest code stands around it."""

import numpy as np

from model.frame import Frame, TrainingSet
from model.member_scorer import MemberScorer, WorstMember, is_worst, log_odds_without
from model.members import Floats

SEARCHES = 3
"""Fits; before each but the first, the worst member of each malicious release is chosen anew."""


class MemberLearner(WorstMember):
    """The score of a release's worst member (multiple-instance learning).

    Nobody has labelled the members of malware. So the worst of each malicious release is taken for its payload, and the
    search for it alternates with the fit (Andrews and others, Support Vector Machines for Multiple-Instance Learning,
    NIPS 2002). A release without marked members has the score of its like in the training rows.
    """

    name = "members"
    files: tuple[str, ...] = ("members.ubj", "members.npz")

    def fit(self, training: TrainingSet, seed: int) -> None:
        """Learn from the members of a training set."""
        members = training.frame.members
        row = members.rows if members is not None else np.zeros(0, dtype=np.int64)
        self.rest_ = log_odds_without(training.labels, training.weights, row)
        self.scorer_ = None
        labels = training.labels[row]
        if members is None or len(np.unique(labels)) < 2:
            return
        scorer = MemberScorer(threads=self.threads)
        scorer.learn_vocabulary(members, training.groups[row])
        counts = np.bincount(row, minlength=len(training))[row]
        bad = labels == 1
        chosen = np.ones(len(row), dtype=np.bool_)
        for search in range(SEARCHES):
            weights = training.weights[row] / np.where(bad & (search > 0), 1, counts)
            scorer.fit(members, chosen, labels, weights, seed)
            chosen = ~bad | is_worst(scorer.margins(members), row)
        self.scorer_ = scorer

    def predict(self, frame: Frame) -> Floats:
        """Return the probability of malware, shape (n,): that of the worst member."""
        return self.probabilities(len(frame), frame.members)

    def contributions(self, frame: Frame) -> None:
        """Return None: what it adds belongs to a member and to no column."""
