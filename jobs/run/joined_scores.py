"""Joins the inventory, the feature store and the scores into scores.parquet: one row per artifact on the mirror."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.runtime.atomic_write import sync_to_disk
from features.schema import IDENTITY, LISTS
from jobs.mirror.inventory import register
from jobs.run.campaigns import CAMPAIGNS_SCHEMA
from jobs.run.judgement import SCORED_CHANGES, Judgement, judgement_sql
from jobs.store.database import open_database
from jobs.store.part_store import FILE_KEY, HAS_DOUBLES_SQL, SAME_FILE_SQL, PartStore
from jobs.store.quarantine import quarantine_on_error
from jobs.store.writing import disk_error
from model.scoring import score_schema

FILENAME = "scores.parquet"
SCORES_SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("project", "version", "filename", "kind", "path")),
        *(pa.field(name, pa.string()) for name in ("sha256", "blake2b_256")),
        pa.field("size", pa.int64()),
        *(pa.field(name, pa.string()) for name in ("status", "reason")),
        pa.field("score", pa.float64()),
        pa.field("verdict", pa.string()),
        pa.field("spoke", pa.string()),
        pa.field("artifact_score", pa.float64()),
        pa.field("artifact_verdict", pa.string()),
        pa.field("change_score", pa.float64()),
        pa.field("change_verdict", pa.string()),
        pa.field("base_kind", pa.string()),
        pa.field("base_filename", pa.string()),
        pa.field("campaign", pa.int32()),
        pa.field("campaign_score", pa.float64()),
        pa.field("seen", pa.string()),
        pa.field("listed", pa.bool_()),
        pa.field("yanked", pa.bool_()),
        pa.field("project_status", pa.string()),
        pa.field("unlisted_since", pa.date32()),
        pa.field("first_seen", pa.date32()),
        pa.field("verified", pa.date32()),
    ]
)
"""Columns of scores.parquet; these names are a promise to users.

`verdict` is the gravest of what the artifact, its change and its campaign earn, and `spoke` names which of them earned
it ("artifact", "change", "campaign"; the first of these where several did, "" where it is clear). `score` is on the
scale of the artifact's thresholds (`model.judgement`), so that it ranks all of them.

The columns from `seen` on are what the mirror said of the file in this run (`jobs.run.known_files`).
"""

# The join does not need evidence, requires and reasons. They are read so that their checksums are verified while the
# artifacts can still be read again in the same run: the reports read them in a way that verifies none.
_FEATURE_COLUMNS = pa.schema(
    [
        *(f for f in IDENTITY if f.name not in ("project", "version", "filename")),
        FILE_KEY.field("context_upload_time"),
        FILE_KEY.field("context_digest_matches"),
        *(f for f in LISTS if f.name in ("evidence", "requires")),
    ]
)
_SCORE_COLUMNS = pa.schema(
    [
        *(SCORES_SCHEMA.field(name) for name in ("path", "size", "sha256", "score", "verdict")),
        score_schema(()).field("reasons"),
    ]
)
_UNREAD_COLUMNS = pa.schema([SCORES_SCHEMA.field(name) for name in ("path", "size", "reason", "sha256")])

_CAMPAIGN_COLUMNS = ("path", "size", "sha256", "campaign", "campaign_score")

# An unread table may name an artifact twice if a worker that was given up wrote its file late. An artifact has a change
# for each kind of base; the worst speaks.
_JOIN = """
    WITH joined AS (
        SELECT i.project, i.version, i.filename, coalesce(f.kind, i.kind) AS kind, i.path,
            coalesce(f.sha256, u.sha256, '') AS sha256,
            CASE WHEN coalesce(f.blake2b_256, '') <> '' THEN f.blake2b_256 ELSE i.blake2b_256 END AS blake2b_256,
            i.size, coalesce(f.status, 'unreadable') AS status,
            coalesce(f.reason, u.reason, CASE WHEN i.stands THEN 'it cannot be seen now, and was not read before'
                ELSE 'it was not examined' END) AS reason,
            s.score AS artifact_score, coalesce(s.verdict, 'unreadable') AS artifact_verdict,
            c.change_score, c.change_verdict, coalesce(c.base_kind, '') AS base_kind,
            coalesce(c.base_filename, '') AS base_filename, k.campaign, k.campaign_score,
            {facts},
            {change_scaled} AS change_scaled,
            {artifact_severity} AS artifact_severity, {change_severity} AS change_severity,
            {campaign_severity} AS campaign_severity
        FROM i
        LEFT JOIN f ON {same_file}
        LEFT JOIN (SELECT path, size, min(reason) AS reason, min(sha256) AS sha256 FROM unread GROUP BY path, size) u
            ON i.path = u.path AND i.size = u.size
        LEFT JOIN {scores} s ON f.path = s.path AND f.size = s.size AND f.sha256 = s.sha256
        LEFT JOIN (
            SELECT path, size, sha256, max(change_score) AS change_score,
                arg_max(coalesce(change_verdict, ''), rank) AS change_verdict,
                arg_max(base_kind, rank) AS base_kind, arg_max(base_filename, rank) AS base_filename
            FROM (
                SELECT *, coalesce(change_score,
                    CASE base_kind WHEN 'release' THEN -1.0 WHEN 'sibling' THEN -2.0 ELSE -3.0 END) AS rank FROM c
            ) GROUP BY path, size, sha256
        ) c ON f.path = c.path AND f.size = c.size AND f.sha256 = c.sha256
        LEFT JOIN k ON f.path = k.path AND f.size = k.size AND f.sha256 = k.sha256
        {only}
    ), judged AS (
        SELECT *, greatest(artifact_severity, change_severity, campaign_severity) AS severity FROM joined
    )
    SELECT project, version, filename, kind, path, sha256, blake2b_256, size, status, reason,
        CASE WHEN artifact_score IS NOT NULL THEN greatest({lowest}[severity + 1], least({highest}[severity + 1],
            round(greatest(artifact_score, coalesce(change_scaled, 0), coalesce(campaign_score, 0)), {decimals})))
        END AS score,
        CASE WHEN artifact_score IS NULL THEN 'unreadable' ELSE {verdicts}[severity + 1] END AS verdict,
        CASE WHEN artifact_score IS NULL OR severity = 0 THEN ''
            WHEN artifact_severity = severity THEN 'artifact'
            WHEN change_severity = severity THEN 'change' ELSE 'campaign' END AS spoke,
        artifact_score, artifact_verdict, change_score, coalesce(change_verdict, '') AS change_verdict,
        base_kind, base_filename, campaign, campaign_score,
        seen, listed, yanked, project_status, unlisted_since, first_seen, verified
    FROM judged
    ORDER BY score DESC NULLS LAST, sha256, path
"""
_ONE_ROW = "QUALIFY row_number() OVER (PARTITION BY i.path, i.size ORDER BY f.sha256) = 1"
_DISTINCT_SCORES = (
    "(SELECT path, size, sha256, min(score) AS score, min(verdict) AS verdict FROM s GROUP BY path, size, sha256)"
)
_FACTS = """CASE WHEN i.stands THEN 'stands' ELSE 'tonight' END AS seen, i.listed, i.yanked,
            coalesce(i.project_status, '') AS project_status, i.unlisted_since, i.first_seen,
            CASE WHEN f.path IS NOT NULL THEN i.verified END AS verified"""
_BATCH_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class ScoreCounts:
    """Rows of scores.parquet by verdict and by status."""

    verdicts: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)


def write_joined_scores(
    path: Path,
    inventory: pa.Table,
    features: PartStore,
    scores: PartStore,
    judgement: Judgement,
    unread_tables: Sequence[Path],
    spill: Path,
) -> ScoreCounts:
    """Write scores.parquet to `path`, sorted by descending score, and count its rows.

    An artifact without a row in the store is unreadable, with the reason of an unread table. The database spills to
    the folder `spill`. Raises StoreBrokenError if a part is damaged, after moving it aside, and StoreUnwritableError.
    """
    parts = features.parts()
    scored = scores.parts_like(parts)
    counts = ScoreCounts()
    campaigns = CAMPAIGNS_SCHEMA.empty_table() if judgement.campaigns is None else judgement.campaigns
    changes = _stage_changes(judgement.changes, spill)
    try:
        with (
            quarantine_on_error(parts, _FEATURE_COLUMNS),
            quarantine_on_error(scored, _SCORE_COLUMNS),
            open_database(spill) as connection,
        ):
            register(connection, "i", inventory)
            connection.register("f", _scan(features, parts, _FEATURE_COLUMNS))
            connection.register("s", _scan(scores, scored, _SCORE_COLUMNS))
            connection.register("unread", _scan(features, unread_tables, _UNREAD_COLUMNS))
            connection.register("c", changes)
            connection.register("k", campaigns.select(_CAMPAIGN_COLUMNS))
            has_doubles = bool(connection.sql(HAS_DOUBLES_SQL).fetchall())
            join = _JOIN.format(
                facts=_FACTS,
                scores=_DISTINCT_SCORES if has_doubles else "s",
                only=_ONE_ROW if has_doubles else "",
                same_file=SAME_FILE_SQL,
                **judgement_sql(judgement),
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            with pq.ParquetWriter(path, SCORES_SCHEMA, compression="zstd") as writer:
                for batch in connection.sql(join).to_arrow_reader(_BATCH_ROWS):
                    rows = pa.Table.from_batches([batch]).cast(SCORES_SCHEMA)
                    writer.write_table(rows)
                    _count(rows.column("verdict"), counts.verdicts)
                    _count(rows.column("status"), counts.statuses)
        sync_to_disk(path)
    except OSError as error:
        raise disk_error(path, error) from error
    return counts


def _stage_changes(tables: Iterable[pa.Table], folder: Path) -> pa.RecordBatchReader:
    """Write the scores of changes to a file and return a reader of it: they may be more than memory holds.

    A damaged part is thus met here, and not inside of the database.
    """
    folder.mkdir(parents=True, exist_ok=True)
    staged = folder / "changes.parquet"
    with pq.ParquetWriter(staged, SCORED_CHANGES, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table.select(SCORED_CHANGES.names).cast(SCORED_CHANGES))
    return pa.RecordBatchReader.from_batches(SCORED_CHANGES, pq.ParquetFile(staged).iter_batches(_BATCH_ROWS))


def _count(values: pa.ChunkedArray, counts: Counter[str]) -> None:
    for pair in values.value_counts().to_pylist():
        counts[pair["values"]] += pair["counts"]


def _scan(store: PartStore, parts: Sequence[Path], columns: pa.Schema) -> pa.Table | pa.RecordBatchReader:
    return store.scan(parts, columns) if parts else columns.empty_table()
