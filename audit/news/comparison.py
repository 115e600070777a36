"""Compares the findings of two runs: what is new, graver, milder, cleared, gone or waived in the second one."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from audit.contract import FINDING_VERDICTS
from audit.outcome import severity
from audit.query import iterate_rows
from audit.runs import NoSuchRunError
from audit.sql_text import sql_string
from jobs.run.joined_scores import FILENAME, SCORES_SCHEMA
from jobs.run.manifest import Manifest, ManifestError, read_manifest
from model.contract import Verdict

LISTED = 10_000
"""Findings of each kind that a comparison lists; it counts all."""


class Step(StrEnum):
    """The difference between an artifact in two runs, in the order in which a person reads it."""

    NEW = "new"
    GRAVER = "graver"
    MILDER = "milder"
    CLEARED = "cleared"
    GONE = "gone"
    WAIVED = "waived"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Difference:
    """A finding of one of two runs. Names are hostile text, unescaped.

    `before` and `after` are its verdicts, "" where it was not on the mirror; `score` is that of the second run, or of
    the first one where it is gone. `why` is a clause for what needs a reason, else "".
    """

    step: Step
    project: str
    version: str
    filename: str
    path: str
    sha256: str
    before: str
    after: str
    score: float | None
    why: str


@dataclass(frozen=True, slots=True)
class RunComparison:
    """The differences between two runs, the graver verdict and the higher score first, and their number by step.

    `remarks` are sentences about the runs themselves, such as another model.
    """

    before: str
    after: str
    counts: Mapping[str, int] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    remarks: tuple[str, ...] = ()

    def news(self, least: int) -> int:
        """Return how many of the listed differences are new or graver findings of at least a severity."""
        steps = (Step.NEW, Step.GRAVER)
        return sum(each.step in steps and severity(each.after) >= least for each in self.differences)


def compare_runs(before: Path, after: Path) -> RunComparison:
    """Return what the findings of the run in the folder `after` are against those of `before`.

    Both are judged by their scores.parquet, so that findings count that the documents did not list. Raises
    NoSuchRunError where a file of a run is missing or damaged.
    """
    manifests = _read_manifest(before), _read_manifest(after)
    with contextlib.closing(duckdb.connect(":memory:")) as connection:
        try:
            for name, folder in (("a", before), ("b", after)):
                connection.execute(f"CREATE VIEW {name} AS {_artifacts(folder)}")
                connection.register(f"{name}_waived", _waived(folder))
            counts = dict(connection.execute(_COUNTED).fetchall())
            rows = list(iterate_rows(connection, _LISTED, [LISTED]))
        except duckdb.Error as error:
            raise NoSuchRunError(
                f"{FILENAME} of {before} or {after} cannot be read ({error})", _NAME_ANOTHER
            ) from error
    is_other_model = manifests[0].model.id != manifests[1].model.id
    return RunComparison(
        before=manifests[0].run,
        after=manifests[1].run,
        counts={step.value: counts.get(step.value, 0) for step in Step},
        differences=tuple(_as_difference(row, is_other_model=is_other_model) for row in rows),
        remarks=tuple(_remarks(*manifests)),
    )


_NAME_ANOTHER = "name another run"
_FINDINGS = ", ".join(sql_string(verdict.value) for verdict in FINDING_VERDICTS)
_SEVERITY = (
    "CASE {} WHEN 'known_bad' THEN 4 WHEN 'malicious' THEN 3 WHEN 'suspicious' THEN 2 WHEN 'review' THEN 1 ELSE 0 END"
)
_COLUMNS = (
    "project",
    "version",
    "filename",
    "path",
    "sha256",
    "score",
    "verdict",
    "spoke",
    "base_filename",
    "campaign",
)
_WAIVED = pa.schema([("path", pa.string()), ("sha256", pa.string())])

# A finding that is waived in the first run and not in the second is new: its reader has not been told of it.
_COMPARED = f"""
    WITH before AS (
        SELECT a.*, w.path IS NOT NULL AS waived FROM a LEFT JOIN a_waived w USING (path, sha256)
        WHERE verdict IN ({_FINDINGS})
    ), after AS (
        SELECT b.*, w.path IS NOT NULL AS waived FROM b LEFT JOIN b_waived w USING (path, sha256)
        WHERE verdict IN ({_FINDINGS})
    ), paired AS (
        SELECT coalesce(n.path, o.path) AS path, coalesce(n.sha256, o.sha256) AS sha256, o.verdict AS before,
            coalesce(n.verdict, s.verdict) AS after, coalesce(n.project, o.project) AS project,
            coalesce(n.version, o.version) AS version, coalesce(n.filename, o.filename) AS filename,
            coalesce(n.score, s.score) AS score, o.score AS score_before, o.waived AS waived_before,
            n.waived AS waived_after, n.path IS NOT NULL AS is_finding, s.path IS NOT NULL AS is_there,
            s.sha256 IS DISTINCT FROM o.sha256 AS is_replaced, o.spoke AS spoke,
            o.base_filename AS base_before, s.base_filename AS base_after, s.campaign AS campaign_after
        FROM before o FULL JOIN after n ON o.path = n.path AND o.sha256 = n.sha256
        LEFT JOIN b s ON s.path = o.path
    ), compared AS (
        SELECT *, {_SEVERITY.format("before")} AS severity_before, {_SEVERITY.format("after")} AS severity_after,
            CASE WHEN is_finding AND waived_after THEN CASE WHEN waived_before THEN 'same' ELSE 'waived' END
                WHEN is_finding AND (before IS NULL OR waived_before) THEN 'new'
                WHEN is_finding AND {_SEVERITY.format("after")} > {_SEVERITY.format("before")} THEN 'graver'
                WHEN is_finding AND {_SEVERITY.format("after")} < {_SEVERITY.format("before")} THEN 'milder'
                WHEN is_finding THEN 'same'
                WHEN is_there THEN 'cleared' ELSE 'gone' END AS step
        FROM paired
    )
"""  # noqa: S608  no user input
_COUNTED = f"{_COMPARED} SELECT step, count(*) FROM compared GROUP BY 1"  # noqa: S608  no user input
_RANK = "severity_after DESC, severity_before DESC, score DESC, path"
_LISTED = f"""
    {_COMPARED} SELECT * FROM compared WHERE step <> 'same'
    QUALIFY row_number() OVER (PARTITION BY step ORDER BY {_RANK}) <= ?
    ORDER BY list_position({[step.value for step in Step]}, step), {_RANK}
"""  # noqa: S608  no user input


def _artifacts(folder: Path) -> str:
    """Return SQL for the artifacts of a run; a column that an older boojum did not write is null."""
    file = folder / FILENAME
    try:
        there = pq.read_schema(file).names
    except (OSError, pa.ArrowInvalid) as error:
        raise NoSuchRunError(f"{file} cannot be read ({error})", _NAME_ANOTHER) from error
    columns = ", ".join(
        name if name in there else f"NULL::{_SQL_TYPES.get(SCORES_SCHEMA.field(name).type, 'VARCHAR')} AS {name}"
        for name in _COLUMNS
    )
    return f"SELECT {columns} FROM read_parquet({sql_string(str(file))})"  # noqa: S608  no user input


_SQL_TYPES = {pa.float64(): "DOUBLE", pa.int32(): "INTEGER"}


def _waived(folder: Path) -> pa.Table:
    """Return path and sha256 of the findings of a run that a waiver covered."""
    try:
        rows = json.loads((folder / "findings.json").read_text(encoding="utf-8"))["findings"]
        waived = [{"path": row["path"], "sha256": row["sha256"]} for row in rows if row["waiver"] is not None]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoSuchRunError(f"{folder / 'findings.json'} cannot be read ({error})", _NAME_ANOTHER) from error
    return pa.Table.from_pylist(waived, _WAIVED)


def _read_manifest(folder: Path) -> Manifest:
    try:
        return read_manifest(folder)
    except (OSError, ManifestError) as error:
        raise NoSuchRunError(f"the manifest of {folder} cannot be read ({error})", _NAME_ANOTHER) from error


def _remarks(before: Manifest, after: Manifest) -> Iterator[str]:
    """Yield what differs between two runs beside their findings."""
    if before.run == after.run:
        yield "both are the same run"
    if after.started < before.started:
        yield "the second run is the older one"
    for what, old, new in (
        ("the model", before.model.id, after.model.id),
        ("the feature schema", before.fingerprint, after.fingerprint),
        ("the version of boojum", before.boojum_version, after.boojum_version),
        ("the mirror", before.mirror.root, after.mirror.root),
    ):
        if old != new:
            yield f"{what} differs: {old}, then {new}"


def _as_difference(row: Mapping[str, Any], *, is_other_model: bool) -> Difference:
    step = Step(row["step"])
    return Difference(
        step=step,
        project=row["project"],
        version=row["version"],
        filename=row["filename"],
        path=row["path"],
        sha256=row["sha256"],
        before=row["before"] or "",
        after=row["after"] or "",
        score=row["score_before"] if step is Step.GONE else row["score"],
        why=_why(row, step, is_other_model=is_other_model),
    )


def _why(row: Mapping[str, Any], step: Step, *, is_other_model: bool) -> str:
    if step is Step.NEW:
        return "its waiver ended" if row["waived_before"] else ""
    if step is Step.GONE:
        return "it is no longer on the mirror"
    if step is not Step.CLEARED:
        return ""
    if row["is_replaced"]:
        return "other bytes stand in its place"
    if row["after"] == Verdict.UNREADABLE:
        return "it cannot be read now"
    if is_other_model:
        return "another model judges it"
    if row["spoke"] == "change" and row["base_before"] != row["base_after"]:
        return f"it is compared with another base: {row['base_after'] or 'none'}"
    if row["spoke"] == "campaign" and row["campaign_after"] is None:
        return "its campaign is gone"
    return "its score is lower"
