"""Fits and applies the stack: base learners under a calibrated meta-learner over their out-of-fold log-odds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from features.contract import Progress
from model.errors import TrainingDataError
from model.frame import Frame, TrainingSet
from model.learners.contract import Learner
from model.members import Index
from model.registry import Preset, make_learner

Floats: TypeAlias = npt.NDArray[np.float64]

_CLIP = 1e-6
"""Probabilities are clipped to this distance from 0 and 1, where trees predict both and the logit is infinite."""

PENALTY = 1e-2
"""Strength of the penalty that pulls the meta-learner's coefficients towards the mean of the learners."""

PRIOR = (
    "The score is the probability of malware if half of what is looked at were malicious and every campaign "
    "or project counted sublinearly; at a live base rate of 1 in 425 the odds are 424 times lower."
)


@dataclass(frozen=True, slots=True)
class StackScores:
    """Probabilities of malware: `score` (n,) of the stack, `learners` (n, learners) of each base learner."""

    score: Floats
    learners: Floats


class Stack:
    """The base learners of a preset under a logistic meta-learner with non-negative coefficients.

    `fit` sets `learners_`, `coefficients_` (one for each learner), `intercept_`, and `out_of_fold_`: the log-odds of
    every training row by learners that had not seen its campaign or project, shape (n, learners).
    """

    def __init__(self, preset: Preset, threads: int = 1) -> None:
        self.preset = preset
        self.threads = threads

    def fit(self, training: TrainingSet, seed: int, progress: Progress) -> None:
        """Fit the learners fold by fold, the meta-learner on their predictions, then the learners on all rows."""
        training = replace(training, frame=self._selected(training.frame))
        folds = list(grouped_folds(training, self.preset.folds, seed))
        names = [kind.name for kind in self.preset.learners]
        total = len(names) * (len(folds) + 1)
        self.out_of_fold_ = np.zeros((len(training), len(names)))
        done = 0
        for number, (rest, held_out) in enumerate(folds, 1):
            part, frame = training.take(rest), training.frame.take(held_out)
            for position, name in enumerate(names):
                progress(done, total, f"{name}, fold {number} of {len(folds)}")
                learner = self._fitted(name, part, seed)
                self.out_of_fold_[held_out, position] = log_odds(learner.predict(frame))
                done += 1
        self.coefficients_, self.intercept_ = fit_meta(self.out_of_fold_, training.labels, training.weights)
        self.learners_: list[Learner] = []
        for name in names:
            progress(done, total, f"{name}, all rows")
            self.learners_.append(self._fitted(name, training, seed))
            done += 1
        progress(total, total, "fitted")

    def predict(self, frame: Frame) -> StackScores:
        """Return the stack's probability and each learner's."""
        frame = self._selected(frame)
        predictions = [learner.predict(frame) for learner in self.learners_]
        learners = np.stack(predictions, axis=1) if predictions else np.zeros((len(frame), 0))
        return StackScores(combine(log_odds(learners), self.coefficients_, self.intercept_), learners)

    def contributions(self, frame: Frame) -> Floats:
        """Return what each column adds to a row's log-odds, shape (n, columns + 1), the code tokens last.

        Learners without exact contributions add nothing.
        """
        total = np.zeros((len(frame), len(frame.columns) + 1))
        selected = self._selected(frame)
        positions = [*self.preset.column_positions(frame.columns), len(frame.columns)]
        for learner, coefficient in zip(self.learners_, self.coefficients_, strict=True):
            part = learner.contributions(selected)
            if part is not None:
                total[:, positions] += coefficient * part
        return total

    def _selected(self, frame: Frame) -> Frame:
        return frame.select(self.preset.column_positions(frame.columns))

    def _fitted(self, name: str, training: TrainingSet, seed: int) -> Learner:
        learner = make_learner(name, self.threads)
        learner.fit(training, seed)
        return learner


def log_odds(probability: Floats) -> Floats:
    """Return the logit of probabilities clipped to [1e-6, 1 - 1e-6]."""
    return np.asarray(logit(np.clip(probability, _CLIP, 1 - _CLIP)), dtype=np.float64)


def combine(odds: Floats, coefficients: Floats, intercept: float) -> Floats:
    """Return the meta-learner's probability for learners' log-odds, shape (n, learners)."""
    # Column by column: a matrix product may round differently for batches of another size.
    total = np.full(len(odds), intercept)
    for position, coefficient in enumerate(coefficients):
        total += coefficient * odds[:, position]
    return np.asarray(expit(total))


def fit_meta(odds: Floats, labels: npt.NDArray[np.int8], weights: Floats) -> tuple[Floats, float]:
    """Return non-negative coefficients (learners,) and the intercept of a weighted, regularised logistic regression.

    `odds` are out-of-fold log-odds, shape (n, learners).
    """
    from scipy.optimize import minimize  # noqa: PLC0415  scoring needs none of it

    count = odds.shape[1]
    signs = np.where(labels == 1, 1.0, -1.0)
    share = weights / weights.sum()

    def loss(parameters: Floats) -> tuple[float, Floats]:
        margin = signs * (odds @ parameters[:count] + parameters[count])
        gradient = -share * signs * expit(-margin)
        distance = parameters[:count] - 1 / count
        value = float(share @ np.logaddexp(0.0, -margin) + PENALTY * distance @ distance)
        return value, np.append(gradient @ odds + 2 * PENALTY * distance, gradient.sum())

    start = np.append(np.full(count, 1 / count), 0.0)
    bounds = [(0.0, None)] * count + [(None, None)]
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500})
    return np.asarray(found.x[:count]), float(found.x[count])


def grouped_folds(training: TrainingSet, folds: int, seed: int) -> Iterator[tuple[Index, Index]]:
    """Yield (training, held out) row numbers, at most `folds` pairs; no campaign or project is in both.

    Raises TrainingDataError where the campaigns, projects or rows of a class are too few.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # noqa: PLC0415  scoring needs none of it

    groups = min(len(np.unique(training.groups[training.labels == label])) for label in (0, 1))
    if groups < 2:
        raise TrainingDataError("fewer than two campaigns or projects of a class")
    count = min(folds, groups)
    if min(np.bincount(training.labels, minlength=2)) < count:
        raise TrainingDataError("fewer rows of a class than folds")
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    for rest, held_out in splitter.split(np.zeros((len(training), 1)), training.labels, training.groups):
        if len(np.unique(training.labels[rest])) < 2:
            raise TrainingDataError("a fold without one of the classes; more campaigns are needed")
        yield rest.astype(np.int64), held_out.astype(np.int64)
