"""The honest protocol: splits that flatter and splits that do not, baselines, ablations, blind spots."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from features.contract import Progress
from model.contract import ModelResult
from model.errors import SchemaMismatchError, TrainingDataError
from model.evaluation.contract import Evaluation, ProbeResult, RecallCurve, SectionResult, SliceResult, SplitSummary
from model.evaluation.sections import SECTIONS
from model.evaluation.session import EvaluationSession
from model.frame import require_schema, schema_identity
from model.registry import find_preset
from model.rows import VARIANT, LabelledRows, read_rows
from model.saved import PRETRAINED
from model.training import SEED, SHIPPED_ROWS

SHIPPED_SETS = PRETRAINED / "variants.parquet"
"""The sets of blind spots that ship: rows of the split `variant`, one set a stratum."""


def evaluate(
    rows: Path | None,
    progress: Progress,
    sections: tuple[str, ...] | None = None,
    preset: str = "boojum",
    seed: int = SEED,
    threads: int = 1,
    sets: Path | None = None,
    before: Evaluation | None = None,
    keep: Callable[[Evaluation], object] = lambda _: None,
) -> Evaluation:
    """Measure a preset on labelled rows (None: those that ship) and return everything that was found.

    `sections` are names of `SECTIONS`, None for all; one fit is made for each split and shared between them.
    `sets` are rows of blind spots (None: those that ship, if any). A section that `before` has is not measured
    again unless the rows, the preset, the seed, a library or the code of this room changed. `keep` is called with
    what there is after every section, so that an interrupted evaluation is taken up.
    Raises TrainingDataError for unknown sections and for rows that lack what a split needs.
    """
    names = tuple(part.name for part in SECTIONS)
    unknown = [name for name in sections or () if name not in names]
    if unknown:
        raise TrainingDataError(f"no section {', '.join(unknown)}; known: {', '.join(names)}")
    bench = EvaluationSession(
        read_rows(SHIPPED_ROWS if rows is None else rows), find_preset(preset), seed, threads, progress
    )
    bench.before = before
    bench.sets = _shipped_sets(bench.rows) if sets is None else _read_sets(sets, bench.rows)
    if bench.sets is None and "sets" in (sections or ()):
        raise TrainingDataError("the section sets needs rows of blind spots; name them with --sets")
    parts = [part for part in SECTIONS if part.name != "sets" or bench.sets is not None]
    inputs = {part.name: bench.inputs(part.name) for part in parts}
    done = {s.name: s for s in (before.sections if before else ()) if inputs.get(s.name) == s.inputs}
    wanted = [part for part in parts if part.name not in done and (sections is None or part.name in sections)]
    bench.plan(wanted)
    for position, part in enumerate(wanted, 1):
        begun = time.monotonic()
        found = list(bench.run(part))
        done[part.name] = SectionResult(
            name=part.name,
            inputs=inputs[part.name],
            seconds=round(time.monotonic() - begun, 1),
            splits=tuple({item.name: item for item in found if isinstance(item, SplitSummary)}.values()),
            results=tuple(item for item in found if isinstance(item, ModelResult)),
            slices=tuple(item for item in found if isinstance(item, SliceResult)),
            curves=tuple(item for item in found if isinstance(item, RecallCurve)),
            probes=tuple(item for item in found if isinstance(item, ProbeResult)),
        )
        bench.release(wanted[position:])
        keep(bench.evaluation(_ordered(done)))
    return bench.evaluation(_ordered(done))


def _ordered(done: Mapping[str, SectionResult]) -> tuple[SectionResult, ...]:
    return tuple(done[part.name] for part in SECTIONS if part.name in done)


def _shipped_sets(rows: LabelledRows) -> LabelledRows | None:
    """Return the sets that ship, None where there are none or where the rows are of another schema than theirs."""
    try:
        return _read_sets(SHIPPED_SETS, rows) if SHIPPED_SETS.exists() else None
    except SchemaMismatchError:
        return None


def _read_sets(path: Path, rows: LabelledRows) -> LabelledRows:
    sets = read_rows(path)
    require_schema(sets.schema, schema_identity(rows.schema)[0], tuple(schema_identity(rows.schema)[1].items()))
    if not (sets.split == VARIANT).any():
        raise TrainingDataError(f"{path} has no rows of the split {VARIANT!r}")
    return sets
