"""Says in SQL what verdict an artifact earns by its own score, by its change and by its campaign."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pyarrow as pa

from model.contract import OperatingPoint, Verdict
from model.judgement import SEVERITY, Knots, scale_knots, score_bounds
from model.thresholds import SCORE_DECIMALS

SCORED_CHANGES = pa.schema(
    [
        pa.field("path", pa.string()),
        pa.field("size", pa.int64()),
        *(pa.field(name, pa.string()) for name in ("sha256", "base_kind", "base_filename")),
        pa.field("change_score", pa.float64()),
        pa.field("change_verdict", pa.string()),
    ]
)
"""Columns of the scores of changes that a verdict depends on."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The facts of a mirror besides the artifacts' own scores.

    `points` are the artifact's thresholds and `change_points` those of changes. `changes` are tables of
    `SCORED_CHANGES`, of which an artifact has a row for each kind of base. `campaigns` is a table of
    `CAMPAIGNS_SCHEMA`.
    """

    points: Sequence[OperatingPoint]
    change_points: Sequence[OperatingPoint] = ()
    changes: Iterable[pa.Table] = ()
    campaigns: pa.Table | None = None


def judgement_sql(judgement: Judgement) -> dict[str, str]:
    """Return the SQL expressions of the join that follow from thresholds; no text of a caller is in them."""
    bounds = score_bounds(judgement.points)
    listed = {name: str([bounds[verdict][at] for verdict in SEVERITY]) for name, at in (("lowest", 0), ("highest", 1))}
    return {
        **listed,
        "decimals": str(SCORE_DECIMALS),
        "verdicts": str([verdict.value for verdict in SEVERITY]),
        "change_scaled": _scaled_sql("c.change_score", scale_knots(judgement.change_points, judgement.points)),
        "artifact_severity": _severity_sql("s.verdict"),
        "change_severity": _severity_sql("c.change_verdict"),
        "campaign_severity": _threshold_sql("round(k.campaign_score, 6)", bounds),
    }


def _severity_sql(column: str) -> str:
    """Return SQL for the position of a verdict in `SEVERITY`, 0 for null."""
    cases = " ".join(f"WHEN '{verdict.value}' THEN {number}" for number, verdict in enumerate(SEVERITY))
    return f"CASE {column} {cases} ELSE 0 END"


def _threshold_sql(column: str, bounds: Mapping[Verdict, tuple[float, float]]) -> str:
    """Return SQL for the position in `SEVERITY` of the verdict that a score earns, 0 for null."""
    graver_first = list(enumerate(SEVERITY))[:0:-1]
    cases = " ".join(f"WHEN {column} >= {bounds[verdict][0]!r} THEN {number}" for number, verdict in graver_first)
    return f"CASE {cases} ELSE 0 END"


def _scaled_sql(column: str, knots: Knots) -> str:
    """Return SQL for `model.judgement.on_scale`."""
    odds = f"ln(greatest(1e-6, least(1 - 1e-6, {column})) / (1 - greatest(1e-6, least(1 - 1e-6, {column}))))"
    (x, y), (last_x, last_y) = knots[0], knots[-1]
    # greatest and least pass over null.
    cases = f"WHEN {column} IS NULL THEN NULL WHEN {odds} < {x!r} THEN {odds} + {y - x!r}"
    for (x0, y0), (x1, y1) in pairwise(knots):
        cases += f" WHEN {odds} < {x1!r} THEN {y0!r} + ({odds} - {x0!r}) * {(y1 - y0) / (x1 - x0)!r}"
    return f"1 / (1 + exp(-(CASE {cases} ELSE {odds} + {last_y - last_x!r} END)))"
