"""Learns from single members: a release is as bad as its worst one, however much honest code stands around it."""

from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from model.arrays import read_arrays, write_arrays
from model.frame import Frame, TrainingSet
from model.member_scorer import MemberScorer, is_worst, load_scorer
from model.members import Index

Floats: TypeAlias = npt.NDArray[np.float64]

SEARCHES = 3
"""Fits; before each but the first, the worst member of each malicious release is chosen anew."""


class MemberLearner:
    """The score of a release's worst member (multiple-instance learning).

    Nobody has labelled the members of malware. So the worst of each malicious release is taken for its payload, and the
    search for it alternates with the fit (Andrews and others, Support Vector Machines for Multiple-Instance Learning,
    NIPS 2002). A release without marked members has the score of its like in the training rows.
    """

    name = "members"
    files: tuple[str, ...] = ("members.ubj", "members.npz")

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads

    def fit(self, training: TrainingSet, seed: int) -> None:
        """Learn from the members of a training set."""
        members = training.frame.members
        row = members.rows if members is not None else np.zeros(0, dtype=np.int64)
        self.rest_ = _log_odds_without(training, row)
        self.scorer_: MemberScorer | None = None
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
        worst = np.full(len(frame), -np.inf)
        if frame.members is not None and self.scorer_ is not None:
            self.scorer_.threads = self.threads
            np.maximum.at(worst, frame.members.rows, self.scorer_.margins(frame.members))
        worst[np.isneginf(worst)] = self.rest_
        return np.asarray(expit(worst))

    def contributions(self, frame: Frame) -> None:
        """Return None: what it adds belongs to a member and to no column."""

    def save(self, folder: Path) -> None:
        """Write the models of a member, and the score of a release without marked members."""
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


def _log_odds_without(training: TrainingSet, row: Index) -> float:
    """Return the log-odds of malware among the rows without members, smoothed by one row of each label."""
    without = np.ones(len(training), dtype=np.bool_)
    without[row] = False
    weights = [float(training.weights[without & (training.labels == label)].sum()) + 1.0 for label in (0, 1)]
    return float(np.log(weights[1] / weights[0]))
