"""Fits and applies the stack of change learners, calibrated on families and projects that no learner saw."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from features.contract import Progress
from model.change.contract import ChangeLearner, ChangeTraining
from model.change.frame import ChangeFrame
from model.change.registry import CHANGE_LEARNERS, make_change_learner
from model.change.rows import LabelledChanges, change_training
from model.errors import TrainingDataError
from model.members import Floats, Index
from model.stack import StackScores, combine, fit_meta, log_odds

FOLDS = 4
"""Folds of the out-of-fold predictions that the learners are weighed by."""

HOST_FOLDS = 3
"""Folds of the host projects whose honest releases thresholds are fixed on."""

SHARES: Mapping[str, float] = {"change_boosting": 0.25, "change_members": 0.75}
"""Share of each learner in the log-odds. On families of authors that no learner knew, the members' learner ranks better
where verdicts lie; a fit by likelihood, which asks about changes of even odds, gave it a third."""

LEARNER_NAMES = tuple(kind.name for kind in CHANGE_LEARNERS)


class ChangeStack:
    """Change learners in fixed shares, under a logistic calibration of their weighted log-odds.

    `fit` sets `learners_`, `coefficients_`, `intercept_`, and `out_of_fold_`, the log-odds of the rows of `training_`
    by learners that had seen neither their family nor their host.
    """

    def __init__(self, names: tuple[str, ...] = LEARNER_NAMES, threads: int = 1) -> None:
        self.names = names
        self.threads = threads

    def fit(self, rows: LabelledChanges, index: Index, seed: int, progress: Progress) -> None:
        """Fit the learners fold by fold, the calibration on their predictions, then the learners on all rows."""
        folds = list(family_folds(rows, index, FOLDS, seed))
        total = len(self.names) * (len(folds) + 1)
        self.training_ = change_training(rows, index)
        odds = np.full((len(index), len(self.names)), np.nan)
        done = 0
        for number, (rest, held_out) in enumerate(folds, 1):
            part, frame = change_training(rows, index[rest]), rows.frame.take(index[held_out])
            for position, name in enumerate(self.names):
                progress(done, total, f"{name}, fold {number} of {len(folds)}")
                odds[held_out, position] = log_odds(self._fitted(name, part, seed).predict(frame))
                done += 1
        self.out_of_fold_ = odds
        self.coefficients_, self.intercept_ = calibrate(self.names, odds, self.training_)
        self.learners_: list[ChangeLearner] = []
        for name in self.names:
            progress(done, total, f"{name}, all changes")
            self.learners_.append(self._fitted(name, self.training_, seed))
            done += 1
        progress(total, total, "fitted")

    def predict(self, frame: ChangeFrame) -> StackScores:
        """Return the probability of a payload and each learner's."""
        predictions = [learner.predict(frame) for learner in self.learners_]
        learners = np.stack(predictions, axis=1) if predictions else np.zeros((len(frame), 0))
        return StackScores(combine(log_odds(learners), self.coefficients_, self.intercept_), learners)

    def scores_of_new_hosts(
        self, rows: LabelledChanges, index: Index, seed: int, progress: Progress
    ) -> tuple[Index, Floats]:
        """Return the honest rows of an index, and their scores by learners that had not seen their project.

        Unlike the rows that the learners are weighed by, they are scored by learners that know all families but for
        what these put into the hosts that are held out, as the fitted stack does: the more kinds of payload a learner
        knows, the more an odd honest release looks like one.
        """
        random = np.random.default_rng(seed)
        host = _folds_of(rows.project[index].astype(str), np.ones(len(index), dtype=np.bool_), HOST_FOLDS, random)
        found: list[Index] = []
        scores: list[Floats] = []
        for number in range(HOST_FOLDS):
            progress(number, HOST_FOLDS, f"scores of new hosts, fold {number + 1} of {HOST_FOLDS}")
            training = change_training(rows, index[host != number])
            honest = index[(host == number) & (rows.labels[index] == 0)]
            frame = rows.frame.take(honest)
            odds = [log_odds(self._fitted(name, training, seed).predict(frame)) for name in self.names]
            found.append(honest)
            scores.append(combine(np.stack(odds, axis=1), self.coefficients_, self.intercept_))
        progress(HOST_FOLDS, HOST_FOLDS, "scores of new hosts")
        return np.concatenate(found), np.concatenate(scores)

    def contributions(self, frame: ChangeFrame) -> Floats:
        """Return what each dense column, then each difference, adds to the log-odds, shape (n, columns + names)."""
        total = np.zeros((len(frame), len(frame.columns) + len(frame.names)))
        for learner, coefficient in zip(self.learners_, self.coefficients_, strict=True):
            part = learner.contributions(frame)
            if part is not None:
                total += coefficient * part
        return total

    def _fitted(self, name: str, training: ChangeTraining, seed: int) -> ChangeLearner:
        learner = make_change_learner(name, self.threads)
        learner.fit(training, seed)
        return learner


def calibrate(names: Sequence[str], odds: Floats, training: ChangeTraining) -> tuple[Floats, float]:
    """Return a coefficient for each learner, in their shares, and the intercept, from out-of-fold log-odds."""
    shares = np.array([SHARES.get(name, 1.0) for name in names])
    shares /= shares.sum()
    scale, intercept = fit_meta((odds @ shares)[:, np.newaxis], training.labels, training.weights)
    return scale[0] * shares, intercept


def family_folds(rows: LabelledChanges, index: Index, folds: int, seed: int) -> Iterator[tuple[Index, Index]]:
    """Yield (training, held out) places in an index; no family and no host project is on both sides of a fold.

    A payload is held out with its family. One whose host is held out but whose family is not is in neither part, so
    that no host is known from its payloads. Raises TrainingDataError where families or projects are too few.
    """
    labels, random = rows.labels[index], np.random.default_rng(seed)
    family = _folds_of(rows.family[index].astype(str), labels == 1, folds, random)
    host = _folds_of(rows.project[index].astype(str), np.ones(len(index), dtype=np.bool_), folds, random)
    fold = np.where(labels == 1, family, host)
    for number in range(folds):
        held_out = fold == number
        rest = ~held_out & (host != number)
        for part in (rest, held_out):
            if len(np.unique(labels[part])) < 2:
                raise TrainingDataError("too few families or projects for folds that keep them apart")
        yield np.flatnonzero(rest), np.flatnonzero(held_out)


def _folds_of(names: np.ndarray, counted: np.ndarray, folds: int, random: np.random.Generator) -> Index:
    """Return a fold for each row by its name, so that folds have about equally many of the counted rows."""
    known, codes = np.unique(names, return_inverse=True)
    sizes = np.bincount(codes, weights=counted, minlength=len(known))
    order = random.permutation(len(known))
    order = order[np.argsort(-sizes[order], kind="stable")]
    filled = np.zeros(folds)
    fold_of = np.zeros(len(known), dtype=np.int64)
    for name in order:
        fold_of[name] = int(np.argmin(filled))
        filled[fold_of[name]] += sizes[name]
    return np.asarray(fold_of[codes])
