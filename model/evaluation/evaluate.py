"""Evaluates a preset on splits by campaign and by time, with baselines, ablations and blind spots."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from features.contract import Progress
from model.change.rows import read_changes
from model.contract import ModelResult
from model.errors import SchemaMismatchError, TrainingDataError
from model.evaluation.changes import ChangeSession
from model.evaluation.contract import (
    Evaluation,
    ProbeResult,
    RecallCurve,
    SectionResult,
    SliceResult,
    SplitSummary,
)
from model.evaluation.sections import SECTIONS
from model.evaluation.session import CHANGE_SECTIONS, EvaluationSession, SectionPlan
from model.frame import require_schema, schema_identity
from model.registry import find_preset
from model.rows import VARIANT, LabelledRows, read_rows
from model.saved import PRETRAINED
from model.splits import has_recent
from model.training import SEED, SHIPPED_CHANGES, SHIPPED_ROWS

SHIPPED_SETS = PRETRAINED / "variants.parquet"
"""The rows of blind spots that ship: rows of the split `variant`, with one stratum for each set."""

SHIPPED_RELEASES = PRETRAINED / "releases.parquet"
"""The feature rows of the artifacts on the test side of the shipped changes, rows of the split `variant`."""


def evaluate(
    rows: Path | None,
    progress: Progress,
    sections: tuple[str, ...] | None = None,
    preset: str = "boojum",
    seed: int = SEED,
    threads: int = 1,
    sets: Path | None = None,
    changes: Path | None = None,
    releases: Path | None = None,
    previous: Evaluation | None = None,
    checkpoint: Callable[[Evaluation], object] = lambda _: None,
) -> Evaluation:
    """Measure a preset on labelled rows (None: the shipped rows) and return the results.

    `sections` are names of `SECTIONS`, None for all; sections share one fit for each split and preset. `sets` are rows
    of blind spots, `changes` labelled changes, and `releases` the feature rows of the artifacts on their test side
    (each None: the shipped ones, if they fit the schema of `rows`). A section of `previous` is kept unless the rows,
    the preset, the seed, a library or the code of the model room has changed. `checkpoint` is called with the results
    so far after every section, so that an interrupted evaluation can continue. Raises TrainingDataError for unknown
    sections and for rows that lack what a split needs.
    """
    names = tuple(plan.name for plan in SECTIONS)
    unknown = [name for name in sections or () if name not in names]
    if unknown:
        raise TrainingDataError(f"no section {', '.join(unknown)}; known: {', '.join(names)}")
    labelled = read_rows(SHIPPED_ROWS if rows is None else rows)
    session = EvaluationSession(labelled, find_preset(preset), seed, threads, progress, previous=previous)
    session.sets = _shipped(SHIPPED_SETS, labelled) if sets is None else _read_sets(sets, labelled)
    session.changes = _change_session(session, changes, releases)
    lacking = dict(_lacking(session))
    for name in sections or ():
        if name in lacking:
            raise TrainingDataError(f"the section {name} needs {lacking[name]}")
    plans = [plan for plan in SECTIONS if plan.name not in lacking]
    digests = {plan.name: session.inputs_digest(plan.name) for plan in plans}
    earlier = previous.sections if previous else ()
    results = {result.name: result for result in earlier if digests.get(result.name) == result.inputs}
    wanted = [plan for plan in plans if plan.name not in results and (sections is None or plan.name in sections)]
    session.plan_fits(wanted)
    for position, plan in enumerate(wanted, 1):
        results[plan.name] = _run_section(session, plan, digests[plan.name])
        session.release_fits(wanted[position:])
        checkpoint(session.evaluation(_in_order(results)))
    return session.evaluation(_in_order(results))


def _change_session(session: EvaluationSession, changes: Path | None, releases: Path | None) -> ChangeSession | None:
    """Return the labelled changes with the rows of their artifacts; None where none are given and none ship."""
    if changes is None:
        if not SHIPPED_CHANGES.exists():
            return None
        changes = SHIPPED_CHANGES
    of_artifacts = None
    if releases is not None:
        of_artifacts = _read_sets(releases, session.rows)
    elif SHIPPED_RELEASES.exists():
        of_artifacts = _shipped(SHIPPED_RELEASES, session.rows)
    return ChangeSession(read_changes(changes), of_artifacts, session.seed, session.threads, session.progress)


def _lacking(session: EvaluationSession) -> Iterator[tuple[str, str]]:
    """Yield the sections that cannot be measured, each with what it needs."""
    if session.sets is None:
        yield "sets", "rows of blind spots; name them with --sets"
    if not has_recent(session.rows):
        yield "recent", "campaigns of the split 'recent'"
    if session.changes is None:
        yield from ((name, "labelled changes; name them with --changes") for name in CHANGE_SECTIONS)
    elif session.changes.releases is None:
        yield "both", "the rows of the releases that changed; name them with --releases"


def _run_section(session: EvaluationSession, plan: SectionPlan, inputs: str) -> SectionResult:
    """Return everything that a section measures, sorted by type."""
    started = time.monotonic()
    found: Iterable[object] = list(session.run(plan))
    return SectionResult(
        name=plan.name,
        inputs=inputs,
        seconds=round(time.monotonic() - started, 1),
        splits=tuple({item.name: item for item in found if isinstance(item, SplitSummary)}.values()),
        results=tuple(item for item in found if isinstance(item, ModelResult)),
        slices=tuple(item for item in found if isinstance(item, SliceResult)),
        curves=tuple(item for item in found if isinstance(item, RecallCurve)),
        probes=tuple(item for item in found if isinstance(item, ProbeResult)),
    )


def _in_order(results: Mapping[str, SectionResult]) -> tuple[SectionResult, ...]:
    return tuple(results[plan.name] for plan in SECTIONS if plan.name in results)


def _shipped(path: Path, rows: LabelledRows) -> LabelledRows | None:
    """Return the shipped rows of a file, or None where there are none or they have another schema than the rows."""
    try:
        return _read_sets(path, rows) if path.exists() else None
    except SchemaMismatchError:
        return None


def _read_sets(path: Path, rows: LabelledRows) -> LabelledRows:
    """Return rows of blind spots; raises SchemaMismatchError or TrainingDataError where they cannot be used."""
    sets = read_rows(path)
    fingerprint, groups = schema_identity(rows.schema)
    require_schema(sets.schema, fingerprint, tuple(groups.items()))
    if not (sets.split == VARIANT).any():
        raise TrainingDataError(f"{path} has no rows of the split {VARIANT!r}")
    return sets
