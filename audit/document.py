"""Builds the document of a run from its scores, the store and the model's card."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from audit.context import add_dependents, add_own_code
from audit.contract import FINDING_VERDICTS, AuditDocument, FindingCampaign, Sibling, UnexaminedArtifact
from audit.decisions.matching import Decisions, describe_expired
from audit.decisions.mirror import find_unmatched
from audit.findings import build_findings, find_resolved
from audit.news.backlog import FileKey
from audit.news.baseline import Baseline
from audit.operating_points import campaign_recalls
from audit.query import SCORED, iterate_rows, open_views
from audit.sql_text import sql_string
from audit.unread import count_unread
from features.completeness import DAMAGE_COLUMNS, completeness_of, is_damaged
from features.contract import Status
from features.reference.known_code import KnownCode
from features.schema import feature_schema
from jobs.run.joined_scores import FILENAME as SCORES_FILE
from jobs.run.run_folder import RunFolder
from jobs.run.views import store_views
from jobs.store.part_files import read_part
from jobs.store.part_store import feature_store
from jobs.store.quarantine import quarantine_on_error
from model.contract import ModelCard

SCHEMA_VERSION = 1
MEMBERS_LISTED = 24
"""Changed members that a finding lists."""
NAMES_LISTED = 24
"""New hosts, requirements and entry points that a finding lists."""
CAMPAIGN_LISTED = 12
"""File names of other artifacts of a campaign that a finding lists."""
UNEXAMINED = 5_000
"""Unexamined artifacts that a document lists; it counts all."""
_FINDING_VERDICTS = ", ".join(sql_string(verdict.value) for verdict in FINDING_VERDICTS)


def build_document(
    run: RunFolder,
    card: ModelCard,
    decisions: Decisions,
    max_findings: int,
    today: date,
    own_code: KnownCode | None = None,
    fail_on_unread: str = "never",
    baseline: Baseline | None = None,
) -> AuditDocument:
    """Return the document of a run whose scores are written, without its readings.

    `max_findings` bounds the findings with the verdict `review`; more severe ones are always listed. `own_code` is the
    operator's own index of known code. `fail_on_unread` is the level that decides which unread artifacts count.
    `baseline` is the run that the news are against. Raises StoreBrokenError after it moved a damaged part of the store
    aside.
    """
    manifest = run.manifest
    previous = baseline or Baseline()
    views = store_views(run.out, run.folder)
    unread = _unread_artifacts(run, previous.run, decisions, today)
    with (
        quarantine_on_error(views["features"].files, feature_schema()),
        quarantine_on_error(views["scores"].files, SCORED),
        contextlib.closing(open_views(views)) as connection,
    ):
        rows = list(iterate_rows(connection, ranking_sql(_RANKED), [max_findings]))
        siblings = find_siblings(connection, {row["project"] for row in rows})
        campaigns = _campaigns(connection)
        previous = replace(previous, unlisted=_unlisted(connection, previous, rows))
        findings = tuple(build_findings(rows, siblings, decisions, previous, today, campaigns))
        findings = add_own_code(connection, add_dependents(connection, findings), own_code)
        previous_paths = [path for _, path in previous.findings]
        connection.register("unread", unread)
        return AuditDocument(
            schema_version=SCHEMA_VERSION,
            faults=manifest.faults,
            run=run.id,
            previous_run=previous.run,
            started=manifest.started,
            finished=manifest.finished,
            boojum_version=manifest.boojum_version,
            mirror=manifest.mirror.given,
            model=manifest.model.id,
            fingerprint=manifest.fingerprint,
            counts=asdict(manifest.counts),
            totals=_count_by(connection, "verdict"),
            unexamined_totals={
                status: count for status, count in _count_by(connection, "status").items() if status != Status.OK
            },
            points=card.points,
            found={verdict.value: share for verdict, share in campaign_recalls(card).items()},
            limits_of_use=card.limits,
            findings=findings,
            cleared=find_resolved(
                previous, findings, _verdicts(connection, previous_paths), _standing(connection, previous_paths)
            ),
            unexamined=tuple(UnexaminedArtifact(**row) for row in iterate_rows(connection, _UNEXAMINED, [UNEXAMINED])),
            walk_counts=dict(manifest.walk.counts),
            walk_notes=(*manifest.mirror.notes, *manifest.walk.findings),
            histogram=_histogram(connection),
            failed=manifest.counts.failed,
            waived=sum(finding.waiver is not None for finding in findings),
            unread=count_unread(unread["extent"].to_pylist(), fail_on_unread),
            fail_on_unread=fail_on_unread,
            expired_waivers=describe_expired(decisions, today),
            unmatched_waivers=find_unmatched(connection, decisions, today),
            skipped_runs=previous.skipped,
        )


def _unread_artifacts(run: RunFolder, since: str, decisions: Decisions, today: date) -> pa.Table:
    """Return path, sha256 and completeness of the artifacts that were read incompletely after the run `since`.

    So each artifact counts in one night, even if the run that read it left no report. Waived artifacts are left out,
    because a person has examined them.
    """
    parts = feature_store(run.out, run.manifest.fingerprint).parts(since)
    found = []
    with quarantine_on_error(parts, feature_schema()):
        for part in parts:
            rows = read_part(part, ("path", "sha256", "status", "limits", *DAMAGE_COLUMNS))
            for row in rows.filter(pc.field("status") != Status.OK.value).to_pylist():
                if decisions.waiver_of_file(row["sha256"], today) is None:
                    extent = completeness_of(row["status"], row["limits"], damaged=is_damaged(row)).value
                    found.append({"path": row["path"], "sha256": row["sha256"], "extent": extent})
    return pa.Table.from_pylist(found, pa.schema([(name, pa.string()) for name in ("path", "sha256", "extent")]))


_RANKED = f"""
    SELECT * FROM artifacts WHERE verdict IN ({_FINDING_VERDICTS})
    QUALIFY verdict <> 'review' OR row_number() OVER (ORDER BY score DESC, sha256, path) <= ?
"""  # noqa: S608  no user input


def ranking_sql(artifacts: str) -> str:
    """Return SQL for what `build_findings` takes of some artifacts, which the query `artifacts` selects, best first."""
    return f"""
    SELECT a.*, s.* EXCLUDE (path, size, sha256, score, verdict, campaign_tokens), f.evidence, f.context_upload_time,
           f.context_digest_matches,
           CASE WHEN c.path IS NOT NULL THEN struct_pack(
               base_kind := c.base_kind, base_project := c.base_project, base_version := c.base_version,
               base_filename := c.base_filename, change_score := c.change_score, change_verdict := c.change_verdict,
               change_reasons := c.change_reasons, new_places := c.new_places, members_total := c.members_total,
               changed_members := list_transform(c.changed_members[:{MEMBERS_LISTED}], lambda m: struct_pack(
                   path := m.path, change := m.change, role := m.role, file_type := m.file_type, size := m.size)),
               new_hosts := c.new_hosts[:{NAMES_LISTED}], new_requires := c.new_requires[:{NAMES_LISTED}],
               new_entry_points := c.new_entry_points[:{NAMES_LISTED}], declared_changes := c.declared_changes
           ) END AS difference
    FROM ({artifacts}) a
    LEFT JOIN scores s ON s.path = a.path AND s.size = a.size AND s.sha256 = a.sha256
    LEFT JOIN features f ON f.path = a.path AND f.size = a.size AND f.sha256 = a.sha256
    LEFT JOIN changes c ON c.path = a.path AND c.size = a.size AND c.sha256 = a.sha256 AND c.base_kind = a.base_kind
    ORDER BY a.verdict = 'known_bad' DESC, a.score DESC NULLS LAST, a.sha256, a.path
"""  # noqa: S608  no user input


_UNEXAMINED = """
    SELECT a.project, a.version, a.filename, a.path, a.sha256, a.size, a.status, a.reason,
           coalesce(u.extent, '') AS extent
    FROM artifacts a LEFT JOIN (SELECT DISTINCT * FROM unread) u ON u.path = a.path AND u.sha256 = a.sha256
    WHERE a.status <> 'ok'
    ORDER BY CASE extent WHEN 'unreadable' THEN 0 WHEN 'stopped' THEN 1 ELSE 2 END, a.status DESC, a.path LIMIT ?
"""


def _count_by(connection: "duckdb.DuckDBPyConnection", column: str) -> dict[str, int]:
    statement = f"SELECT {column}, count(*) FROM artifacts GROUP BY 1 ORDER BY 1"  # noqa: S608  no user input
    return dict(connection.execute(statement).fetchall())


def _verdicts(connection: "duckdb.DuckDBPyConnection", paths: list[str]) -> dict[str, str]:
    statement = "SELECT path, verdict FROM artifacts WHERE path IN (SELECT unnest(?::VARCHAR[]))"
    return dict(connection.execute(statement, [paths]).fetchall())


def _unlisted(
    connection: "duckdb.DuckDBPyConnection", baseline: Baseline, rows: Sequence[Mapping[str, Any]]
) -> dict[FileKey, str]:
    """Return the verdicts that the baseline gave to findings of tonight that its own document did not list."""
    known = {*baseline.findings, *baseline.waived}
    keys = [key for row in rows if (key := (row["sha256"], row["path"])) not in known]
    if baseline.folder is None or not keys:
        return {}
    statement = f"""
        SELECT sha256, path, verdict FROM read_parquet({sql_string(str(baseline.folder / SCORES_FILE))}) b
        SEMI JOIN (SELECT unnest(?::VARCHAR[]) AS sha256, unnest(?::VARCHAR[]) AS path) w USING (sha256, path)
        WHERE verdict IN ({_FINDING_VERDICTS})
    """  # noqa: S608  no user input
    try:
        listed = connection.execute(statement, [[sha256 for sha256, _ in keys], [path for _, path in keys]]).fetchall()
    except duckdb.Error:
        return {}  # They count as new: a damaged file must not hide news.
    return {(sha256, path): verdict for sha256, path, verdict in listed}


def _standing(connection: "duckdb.DuckDBPyConnection", paths: list[str]) -> set[str]:
    statement = "SELECT path FROM artifacts WHERE seen = 'stands' AND path IN (SELECT unnest(?::VARCHAR[]))"
    return {path for (path,) in connection.execute(statement, [paths]).fetchall()}


def _histogram(connection: "duckdb.DuckDBPyConnection") -> tuple[tuple[float, int], ...]:
    statement = """
        SELECT floor(ln(p / (1 - p))), count(*)
        FROM (SELECT least(greatest(score, 1e-6), 1 - 1e-6) AS p FROM artifacts WHERE score IS NOT NULL)
        GROUP BY 1 ORDER BY 1
    """
    return tuple((float(edge), int(count)) for edge, count in connection.execute(statement).fetchall())


def _campaigns(connection: "duckdb.DuckDBPyConnection") -> dict[tuple[str, str], FindingCampaign]:
    """Return the campaign of each finding by (sha256, path)."""
    statement = f"""
        SELECT a.sha256, a.path, k.campaign, k.projects, k.artifacts, k.campaign_score,
            (SELECT list(o.filename ORDER BY o.similarity DESC, o.filename)[:{CAMPAIGN_LISTED}] FROM campaigns o
             WHERE o.campaign = k.campaign AND o.project <> k.project) AS filenames
        FROM artifacts a JOIN campaigns k USING (path, size, sha256) WHERE a.verdict IN ({_FINDING_VERDICTS})
    """  # noqa: S608  no user input
    return {
        (sha256, path): FindingCampaign(number, projects, artifacts, score, tuple(filenames or ()))
        for sha256, path, number, projects, artifacts, score, filenames in connection.execute(statement).fetchall()
    }


def find_siblings(connection: "duckdb.DuckDBPyConnection", projects: set[str]) -> dict[str, list[Sibling]]:
    """Return the files of some projects, by project."""
    statement = """
        SELECT project, filename, version, verdict, score FROM artifacts
        WHERE project IN (SELECT unnest(?::VARCHAR[])) ORDER BY project, filename, path
    """
    found: dict[str, list[Sibling]] = {}
    for project, filename, version, verdict, score in connection.execute(statement, [sorted(projects)]).fetchall():
        found.setdefault(project, []).append(Sibling(filename, version, verdict, score))
    return found
