"""Trains a model: one fit on the training campaigns, which is measured, and one on all campaigns, which is saved."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.contract import Progress
from model.change.rows import LabelledChanges, read_changes
from model.change.scoring import require_change_schema
from model.change.training import train_changes
from model.contract import ModelCard, ModelResult, OperatingPoint
from model.floors import FLOORS, measure_floors
from model.frame import TrainingSet, require_schema, schema_identity
from model.learners.linear_tokens import LinearTokens
from model.metrics import ScoredRows, measure
from model.registry import Preset, find_preset
from model.rows import LabelledRows, read_rows, training_set
from model.saved import PRETRAINED, library_versions, save_model
from model.scoring import Model
from model.splits import Split, dev_split, has_recent, recent_split, shipped_split
from model.stack import PRIOR, Stack
from model.thresholds import PART_SHARE, operating_points
from model.words import read_word_list, telling_words

SEED = 0

SHIPPED_ROWS = PRETRAINED / "rows.parquet"
"""The labelled rows that ship with boojum."""

SHIPPED_CHANGES = PRETRAINED / "changes.parquet"
"""The labelled changes that ship with boojum."""

SHIPPED_WORDS = PRETRAINED / "words.csv.gz"
"""Texts of common code tokens, by which reasons show telling ones."""

KNOWN_LIMITS = (
    "It ranks; a person decides. Every verdict has false positives, and a clear one proves nothing.",
    "It has learnt malware first seen up to June 2025. Payloads outside setup.py and __init__ are missed most.",
    "Nearly all malware it has learnt is a small sdist of one release.",
    "A payload in a real project's release is found by its change, for which the release before must be on the mirror.",
    "The payloads of changes are templates and transplants put into real releases; attackers may write others.",
    "What is only downloaded or unpacked at run time was never in the artifact, and is not judged.",
    "Thresholds stand on benign artifacts of held-out projects; a mirror of other habits has other rates.",
)
"""Limits of use, for the card. They are part of the model id."""


@dataclass(frozen=True, slots=True)
class SplitFit:
    """A stack fitted on the training rows of a split, and thresholds fixed on its validation rows, if it has any."""

    stack: Stack
    training: TrainingSet
    points: tuple[OperatingPoint, ...]


def fit_split(
    rows: LabelledRows, split: Split, preset: Preset, seed: int, threads: int, progress: Progress
) -> SplitFit:
    """Fit a preset on the training rows of a split and fix thresholds on its validation rows, if it has any."""
    stack = Stack(preset, threads)
    training = training_set(rows, split.train, preset.weighting, seed)
    stack.fit(training, seed, progress)
    points: tuple[OperatingPoint, ...] = ()
    if len(split.valid):
        points = operating_points(stack.predict(rows.frame.take(split.valid)).score, PART_SHARE)
    return SplitFit(stack, training, points)


def train(
    rows: Path | None,
    out: Path,
    progress: Progress,
    preset: str = "boojum",
    seed: int = SEED,
    threads: int = 1,
    schema: pa.Schema | None = None,
    changes: Path | None = None,
    change_fingerprint: str = "",
) -> ModelCard:
    """Fit, measure, fit again and save a model; return its card.

    `rows` and `changes` None mean the shipped ones; with other rows and no changes the model scores no changes.
    `schema` None means that the rows must have the schema of the installed feature groups; the changes must have the
    `change_fingerprint`, unless it is "". The card's figures are of a fit on what was first seen before 2025, tested on
    `recent` campaigns (without any, on `dev` campaigns by a fit on the `train` rows) and benign `test` projects. The
    fit that is saved learns all malware, since more kinds of it help most; its thresholds come from benign `valid`
    projects, which neither fit learns from. Raises TrainingDataError or SchemaMismatchError.
    """
    line_up = find_preset(preset)
    labelled = read_rows(SHIPPED_ROWS if rows is None else rows)
    fingerprint, groups = schema_identity(_installed_schema() if schema is None else schema)
    require_schema(labelled.schema, fingerprint, tuple(groups.items()))
    changed = _labelled_changes(rows, changes, change_fingerprint)
    honest_test = recent_split(labelled) if has_recent(labelled) else dev_split(labelled)
    measured = _measured_fit(labelled, honest_test, line_up, seed, threads, progress)
    split = shipped_split(labelled)
    fitted = fit_split(labelled, split, line_up, seed, threads, progress)
    change_stack, change_card = None, None
    if changed is not None:
        change_stack, change_card = train_changes(changed, seed, threads, progress)
    honest = np.flatnonzero(~labelled.malicious & ~labelled.variant)
    card = ModelCard(
        model_id="",
        preset=line_up.name,
        fingerprint=fingerprint,
        groups=tuple(groups.items()),
        columns=labelled.frame.columns,
        rows_digest=labelled.digest,
        trained_on=_training_counts(labelled, split),
        seed=seed,
        versions=library_versions(),
        learners=tuple(learner.name for learner in fitted.stack.learners_),
        coefficients=tuple(float(value) for value in fitted.stack.coefficients_),
        intercept=fitted.stack.intercept_,
        prior=PRIOR,
        points=fitted.points,
        metrics=(measured,),
        limits=KNOWN_LIMITS,
        files=(),
        floors=measure_floors(FLOORS, labelled.frame.members, honest),
        change=change_card,
    )
    return save_model(Model(fitted.stack, card, _words(fitted.stack)), out, change_stack)


def _labelled_changes(rows: Path | None, changes: Path | None, fingerprint: str) -> LabelledChanges | None:
    """Return the labelled changes to train on; None where only other rows were given, or none ship."""
    if changes is None:
        if rows is not None or not SHIPPED_CHANGES.exists():
            return None
        changes = SHIPPED_CHANGES
    labelled = read_changes(changes)
    if fingerprint:
        require_change_schema(labelled.schema, fingerprint)
    return labelled


def _words(stack: Stack) -> dict[int, str]:
    """Return the texts of the tokens that raise the score of a stack."""
    found: dict[int, str] = {}
    for learner in stack.learners_:
        if isinstance(learner, LinearTokens) and SHIPPED_WORDS.exists():
            found |= telling_words(learner.ids_, learner.coef_, read_word_list(SHIPPED_WORDS))
    return found


def _measured_fit(
    rows: LabelledRows, split: Split, preset: Preset, seed: int, threads: int, progress: Progress
) -> ModelResult:
    """Return the figures, on the test rows of a split, of a fit on its training rows."""
    fitted = fit_split(rows, split, preset, seed, threads, progress)
    scores = fitted.stack.predict(rows.frame.take(split.test)).score
    scored = ScoredRows(scores, rows.labels[split.test], rows.groups[split.test])
    return measure(scored, "time", split.name, preset.name, fitted.points, split.note)


def _training_counts(rows: LabelledRows, split: Split) -> str:
    malicious, variant = rows.malicious[split.train], rows.variant[split.train]
    campaigns = len(np.unique(rows.groups[split.train][malicious]))
    genuine, benign = int((malicious & ~variant).sum()), int((~malicious).sum())
    variants = f", {variant.sum():,} variants made of them" if variant.any() else ""
    return f"{genuine:,} malicious artifacts ({campaigns:,} campaigns), {benign:,} benign{variants}"


def _installed_schema() -> pa.Schema:
    """Return the schema of the installed feature groups."""
    # Imported here: the groups load a pattern compiler, which training on rows of a given schema does not need.
    from features.schema import feature_schema  # noqa: PLC0415

    return feature_schema()
