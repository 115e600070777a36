"""The stack: base learners, and a calibrated meta-learner over their out-of-fold log-odds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from features.contract import Progress
from model.errors import TrainingDataError
from model.frame import Frame, Index, TrainingSet
from model.learners.contract import Learner
from model.registry import Preset, make_learner

Floats: TypeAlias = npt.NDArray[np.float64]

_CLIP = 1e-6
"""A learner is never surer than this: trees say 0 and 1 outright, and their logit has no bound."""

PENALTY = 1e-2
"""Pull of the meta-learner's coefficients towards the plain mean of the learners, per unit of weight."""

PRIOR = (
    "The score is the probability of malware if half of what is looked at were malicious and every campaign "
    "or project counted sublinearly; at a live base rate of 1 in 425 the odds are 424 times lower."
)


@dataclass(frozen=True, slots=True)
class StackScores:
    """What the stack and each learner say: `score` (n,), `learners` (n, learners), probabilities."""

    score: Floats
    learners: Floats


class Stack:
    """Base learners of a preset under a logistic meta-learner with non-negative coefficients.

    After `fit`: `learners_`, `coefficients_` (one a learner), `intercept_`, and `out_of_fold_`, the learners'
    log-odds of every row by models that had not seen its campaign or project, shape (n, learners).
    """

    def __init__(self, preset: Preset, threads: int = 1) -> None:
        self.preset = preset
        self.threads = threads

    def fit(self, sample: TrainingSet, seed: int, progress: Progress) -> None:
        """Fit the learners fold by fold, the meta-learner on what they said, then the learners on all rows."""
        sample = replace(sample, frame=self._seen(sample.frame))
        folds = list(grouped_folds(sample, self.preset.folds, seed))
        names = [kind.name for kind in self.preset.learners]
        total = len(names) * (len(folds) + 1)
        self.out_of_fold_ = np.zeros((len(sample), len(names)))
        done = 0
        for number, (rest, held) in enumerate(folds, 1):
            part, asked = sample.take(rest), sample.frame.take(held)
            for position, name in enumerate(names):
                progress(done, total, f"{name}, fold {number} of {len(folds)}")
                learner = self._fitted(name, part, seed)
                self.out_of_fold_[held, position] = log_odds(learner.predict(asked))
                done += 1
        self.coefficients_, self.intercept_ = fit_meta(self.out_of_fold_, sample.labels, sample.weights)
        self.learners_: list[Learner] = []
        for name in names:
            progress(done, total, f"{name}, all rows")
            self.learners_.append(self._fitted(name, sample, seed))
            done += 1
        progress(total, total, "fitted")

    def predict(self, frame: Frame) -> StackScores:
        """Return the score and each learner's probability."""
        frame = self._seen(frame)
        said = [learner.predict(frame) for learner in self.learners_]
        learners = np.stack(said, axis=1) if said else np.zeros((len(frame), 0))
        return StackScores(combine(log_odds(learners), self.coefficients_, self.intercept_), learners)

    def contributions(self, frame: Frame) -> Floats:
        """Return what moved each row's log-odds, shape (n, columns + 1), the code tokens last.

        Learners without exact contributions have no part in it.
        """
        moved = np.zeros((len(frame), len(frame.columns) + 1))
        seen = self._seen(frame)
        places = [*self.preset.seen(frame.columns), len(frame.columns)]
        for learner, coefficient in zip(self.learners_, self.coefficients_, strict=True):
            part = learner.contributions(seen)
            if part is not None:
                moved[:, places] += coefficient * part
        return moved

    def _seen(self, frame: Frame) -> Frame:
        return frame.select(self.preset.seen(frame.columns))

    def _fitted(self, name: str, sample: TrainingSet, seed: int) -> Learner:
        learner = make_learner(name, self.threads)
        learner.fit(sample, seed)
        return learner


def log_odds(probability: Floats) -> Floats:
    """Return the logit of a probability, bounded."""
    return np.asarray(logit(np.clip(probability, _CLIP, 1 - _CLIP)), dtype=np.float64)


def combine(odds: Floats, coefficients: Floats, intercept: float) -> Floats:
    """Return the meta-learner's probability for learners' log-odds, shape (n, learners)."""
    # Column by column: a matrix product may round otherwise in batches of another size.
    total = np.full(len(odds), intercept)
    for position, coefficient in enumerate(coefficients):
        total += coefficient * odds[:, position]
    return np.asarray(expit(total))


def fit_meta(odds: Floats, labels: npt.NDArray[np.int8], weights: Floats) -> tuple[Floats, float]:
    """Return non-negative coefficients and the intercept of a weighted, regularised logistic regression."""
    from scipy.optimize import minimize  # noqa: PLC0415  scoring needs none of it

    count = odds.shape[1]
    signs = np.where(labels == 1, 1.0, -1.0)
    share = weights / weights.sum()

    def loss(parameters: Floats) -> tuple[float, Floats]:
        margin = signs * (odds @ parameters[:count] + parameters[count])
        slope = -share * signs * expit(-margin)
        away = parameters[:count] - 1 / count
        value = float(share @ np.logaddexp(0.0, -margin) + PENALTY * away @ away)
        return value, np.append(slope @ odds + 2 * PENALTY * away, slope.sum())

    start = np.append(np.full(count, 1 / count), 0.0)
    bounds = [(0.0, None)] * count + [(None, None)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500})
    return np.asarray(found.x[:count]), float(found.x[count])


def grouped_folds(sample: TrainingSet, folds: int, seed: int) -> Iterator[tuple[Index, Index]]:
    """Yield (learnt from, asked about) row numbers; no campaign or project stands in both."""
    groups = min(len(np.unique(sample.groups[sample.labels == label])) for label in (0, 1))
    if groups < 2:
        raise TrainingDataError("fewer than two campaigns or projects of a class")
    count = min(folds, groups)
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415  scoring needs none of it

    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    for rest, held in splitter.split(np.zeros((len(sample), 1)), _strata(sample, count), sample.groups):
        if len(np.unique(sample.labels[rest])) < 2:
            raise TrainingDataError("a fold without one of the classes; more campaigns are needed")
        yield rest.astype(np.int64), held.astype(np.int64)


def _strata(sample: TrainingSet, count: int) -> npt.NDArray[np.int8]:
    """Return labels that have rows enough for the folds asked for."""
    if min(np.bincount(sample.labels, minlength=2)) < count:
        raise TrainingDataError("fewer rows of a class than folds")
    return sample.labels
