"""Trains the part of a model that scores changes: one fit that is measured, and one on everything, which is saved."""

from dataclasses import dataclass, replace

import numpy as np

from features.contract import Progress
from model.change.frame import ChangeFrame
from model.change.rows import LabelledChanges, require_learnable
from model.change.stack import LEARNER_NAMES, ChangeStack
from model.contract import ChangeCard, FloorResult, ModelResult, OperatingPoint
from model.floors import CHANGE_FLOORS, CHANGE_SHARE, measure_floors, raise_scores
from model.frame import schema_identity
from model.members import Floats, Index
from model.metrics import ScoredRows, measure
from model.thresholds import PART_SHARE, operating_points

SECTION = "changes"
"""Section of the figures of changes."""
HELD_OUT = "families and hosts held out"
"""Name of the split that a change card's figures are of."""
NOTE = "families, triggers, wrappings and host projects that training never saw"
FRESH = "fresh"
"""Split of families that another author wrote when all else was done; the model that ships has learnt them too."""
FRESH_NOTE = "families of another author, written when the model was done, in host projects that training never saw"


@dataclass(frozen=True, slots=True)
class ChangeFit:
    """A change stack, with the thresholds and floors that were fixed on honest changes.

    The thresholds come from scores of projects that the learners had not seen.
    """

    stack: ChangeStack
    points: tuple[OperatingPoint, ...]
    floors: tuple[FloorResult, ...]

    def score(self, frame: ChangeFrame) -> Floats:
        """Return the score of each change, raised by the floors that it reaches, shape (n,)."""
        predicted = self.stack.predict(frame).score
        return raise_scores(CHANGE_FLOORS, self.floors, frame.members, predicted, self.points)[0]


@dataclass(frozen=True, slots=True)
class ArtifactScores:
    """Scores of artifacts, each the greatest over its bases; `first` is the first row of each. All have shape (n,)."""

    first: Index
    scores: Floats


def by_artifact(rows: LabelledChanges, index: Index, scores: Floats) -> ArtifactScores:
    """Return one score for each artifact of the rows of an index: an artifact alarms if any of its changes does."""
    digests = rows.sha256[index].astype(str)
    _, first, codes = np.unique(digests, return_index=True, return_inverse=True)
    greatest = np.full(len(first), -np.inf)
    np.maximum.at(greatest, codes, scores)
    return ArtifactScores(index[first], greatest)


def fit_changes(
    rows: LabelledChanges,
    train: Index,
    valid: Index,
    seed: int,
    threads: int,
    progress: Progress,
    names: tuple[str, ...] = LEARNER_NAMES,
) -> ChangeFit:
    """Fit a stack on some rows and fix its thresholds on honest artifacts of projects that were kept apart.

    These are the honest artifacts of `valid`, and those of `train` with the scores that learners gave them which had
    not seen their project: a rate of 1 in 2,000 needs more of them than a split can spare.
    """
    stack = ChangeStack(names, threads)
    stack.fit(rows, train, seed, progress)
    apart = valid[rows.labels[valid] == 0]
    index, scores = stack.scores_of_new_hosts(rows, train, seed, progress)
    index = np.concatenate([index, apart])
    scores = np.concatenate([scores, stack.predict(rows.frame.take(apart)).score])
    points = operating_points(by_artifact(rows, index, scores).scores, PART_SHARE)
    return ChangeFit(stack, points, measure_floors(CHANGE_FLOORS, rows.frame.members, np.unique(index), CHANGE_SHARE))


def measure_changes(rows: LabelledChanges, test: Index, fitted: ChangeFit, model: str = "changes") -> ModelResult:
    """Return the figures of a fit on test rows, artifact by artifact."""
    scored = by_artifact(rows, test, fitted.score(rows.frame.take(test)))
    of_row = ScoredRows(scored.scores, rows.labels[scored.first], rows.groups[scored.first])
    return measure(of_row, SECTION, HELD_OUT, model, fitted.points, NOTE)


def train_changes(rows: LabelledChanges, seed: int, threads: int, progress: Progress) -> tuple[ChangeStack, ChangeCard]:
    """Return a fitted stack and its card.

    The card's figures are of a fit on the rows of the split `train`, tested on those of `test` and on `fresh_test`. The
    fit that is returned learns all, and its thresholds come from scores by learners that had not seen the artifact's
    project. Raises TrainingDataError for rows that no fit may learn, before anything is fitted.
    """
    require_learnable(rows.split)
    train, valid, test = (np.flatnonzero(rows.split == name) for name in ("train", "valid", "test"))
    held_out = fit_changes(rows, train, valid, seed, threads, progress)
    measured = [measure_changes(rows, test, held_out)]
    fresh = fresh_test(rows)
    if len(fresh):
        measured.append(replace(measure_changes(rows, fresh, held_out), split=FRESH, note=FRESH_NOTE))
    everything = np.arange(len(rows))
    fitted = fit_changes(rows, everything, valid[:0], seed, threads, progress)
    card = ChangeCard(
        fingerprint=schema_identity(rows.schema)[0],
        columns=rows.frame.columns,
        differences=rows.frame.names,
        rows_digest=rows.digest,
        trained_on=_training_counts(rows, everything),
        learners=tuple(learner.name for learner in fitted.stack.learners_),
        coefficients=tuple(float(value) for value in fitted.stack.coefficients_),
        intercept=fitted.stack.intercept_,
        points=fitted.points,
        metrics=tuple(measured),
        floors=fitted.floors,
    )
    return fitted.stack, card


def fresh_test(rows: LabelledChanges) -> Index:
    """Return the rows of `FRESH` payloads and of the honest releases of the split `test`; none without payloads."""
    payloads = (rows.split == FRESH) & rows.malicious
    honest = (rows.split == "test") & ~rows.malicious
    return np.flatnonzero(payloads | honest if payloads.any() else payloads)


def _training_counts(rows: LabelledChanges, index: Index) -> str:
    bad = rows.malicious[index]
    families = len(np.unique(rows.family[index][bad].astype(str)))
    projects = len(np.unique(rows.project[index][~bad].astype(str)))
    return (
        f"{int(bad.sum()):,} releases with a payload ({families:,} families) and {int((~bad).sum()):,} honest changes "
        f"({projects:,} projects)"
    )
