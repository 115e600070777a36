"""Training: an honest fit that is measured, and the fit that ships."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from features.contract import Progress
from model.contract import ModelCard, ModelResult, OperatingPoint
from model.frame import Index, TrainingSet, require_schema, schema_identity
from model.metrics import ScoredRows, measure
from model.registry import Preset, find_preset
from model.rows import LabelledRows, read_rows, training_set
from model.saved import PRETRAINED, library_versions, save_model
from model.scoring import Model
from model.splits import Split, dev_split, shipped_split
from model.stack import PRIOR, Stack
from model.thresholds import operating_points

SEED = 0

SHIPPED_ROWS = PRETRAINED / "rows.parquet"
"""The training rows that ship."""

KNOWN_LIMITS = (
    "It ranks; a person decides. Every verdict has false positives, and a clear one proves nothing.",
    "It has learnt malware first seen up to 2024. Payloads outside setup.py and __init__ are missed most.",
    "Nearly all malware it has learnt is a small sdist of one release.",
    "A real project's compromised release, a native payload and a .pth payload are rare or absent in it.",
    "What is only downloaded or unpacked at run time was never in the artifact, and is not judged.",
    "Thresholds stand on benign artifacts of held-out projects; a mirror of other habits has other rates.",
)
"""What the card tells a user not to expect."""


@dataclass(frozen=True, slots=True)
class SplitFit:
    """A stack fitted on the training part of a split, with thresholds from its validation part."""

    stack: Stack
    sample: TrainingSet
    points: tuple[OperatingPoint, ...]


def fit_split(
    rows: LabelledRows, split: Split, preset: Preset, seed: int, threads: int, progress: Progress
) -> SplitFit:
    """Fit a preset on the training rows of a split; thresholds only where it has validation rows."""
    stack = Stack(preset, threads)
    sample = training_set(rows, split.train, preset.weighting, seed)
    stack.fit(sample, seed, progress)
    points = validation_points(rows, split.valid, stack) if len(split.valid) else ()
    return SplitFit(stack, sample, points)


def validation_points(rows: LabelledRows, valid: Index, stack: Stack) -> tuple[OperatingPoint, ...]:
    """Return thresholds fixed on benign rows that the stack has not seen."""
    return operating_points(stack.predict(rows.frame.take(valid)).score)


def score_test(rows: LabelledRows, split: Split, stack: Stack) -> ScoredRows:
    """Return the stack's scores of a split's test rows."""
    scores = stack.predict(rows.frame.take(split.test)).score
    return ScoredRows(scores, rows.labels[split.test], rows.groups[split.test])


def train(
    rows: Path | None,
    out: Path,
    progress: Progress,
    preset: str = "boojum",
    seed: int = SEED,
    threads: int = 1,
    schema: pa.Schema | None = None,
) -> ModelCard:
    """Fit, measure, refit and save a model; returns its card.

    `rows` None means those that ship; `schema` None means that the rows must be of the installed feature
    groups' schema. The figures in the card are of a fit on the `train` rows alone, asked about `dev` campaigns
    and benign `test` projects. The fit that is saved learns the `dev` campaigns too, since diversity of malware
    helps most; its thresholds come from benign `valid` projects, which neither fit learns from. Raises
    TrainingDataError or SchemaMismatchError.
    """
    line_up = find_preset(preset)
    known = read_rows(SHIPPED_ROWS if rows is None else rows)
    fingerprint, groups = schema_identity(installed_schema() if schema is None else schema)
    require_schema(known.schema, fingerprint, tuple(groups.items()))
    split = dev_split(known)
    measured = measured_fit(known, split, line_up, seed, threads, progress)
    fitted = fit_split(known, shipped_split(known), line_up, seed, threads, progress)
    card = ModelCard(
        model_id="",
        preset=line_up.name,
        fingerprint=fingerprint,
        groups=tuple(groups.items()),
        columns=known.frame.columns,
        rows_digest=known.digest,
        trained_on=_trained_on(known, shipped_split(known)),
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
    )
    return save_model(Model(fitted.stack, card), out)


def _trained_on(rows: LabelledRows, split: Split) -> str:
    bad, made = rows.malicious[split.train], rows.made[split.train]
    campaigns = len(np.unique(rows.groups[split.train][bad]))
    variants = f", {made.sum():,} variants made of them" if made.any() else ""
    return f"{(bad & ~made).sum():,} malicious artifacts ({campaigns:,} campaigns), {(~bad).sum():,} benign{variants}"


def installed_schema() -> pa.Schema:
    """Return the schema of the installed feature groups."""
    # Imported here: the groups bring a pattern compiler, and rows of a given schema are trained on without it.
    from features.schema import feature_schema  # noqa: PLC0415

    return feature_schema()


def measured_fit(
    rows: LabelledRows, split: Split, preset: Preset, seed: int, threads: int, progress: Progress
) -> ModelResult:
    """Return the figures of a fit that has not seen the test rows, at thresholds of its own validation."""
    fitted = fit_split(rows, split, preset, seed, threads, progress)
    scored = score_test(rows, split, fitted.stack)
    return measure(scored, "time", split.name, preset.name, fitted.points, split.note)
