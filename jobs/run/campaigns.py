"""Groups the higher ranked artifacts of a mirror into campaigns, and writes campaigns.parquet."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from scipy.special import expit

from features.runtime.atomic_write import sync_to_disk
from features.schema import TOKENS, feature_schema
from jobs.mirror.inventory import register
from jobs.store.database import open_database
from jobs.store.part_store import FILE_KEY, SAME_FILE_SQL, PartStore
from jobs.store.quarantine import quarantine_on_error
from jobs.store.writing import disk_error
from model.campaigns import find_campaigns, odds_in_company
from model.members import token_matrix
from model.stack import log_odds
from model.thresholds import SCORE_DECIMALS

FILENAME = "campaigns.parquet"
CANDIDATE_SCORE = 0.02
"""Lowest score of an artifact that is compared with others."""
MOST_CANDIDATES = 50_000
"""Artifacts that are compared with one another, the highest ranked of the mirror; it bounds time and memory."""
CAMPAIGN_TOKENS = "campaign_tokens"
"""Column of a score part: the code tokens of an artifact that reaches `CANDIDATE_SCORE`, null for any other, so that
campaigns are found without a second reading of the feature store."""

CAMPAIGNS_SCHEMA = pa.schema(
    [
        pa.field("campaign", pa.int32()),
        pa.field("projects", pa.int32()),
        pa.field("artifacts", pa.int32()),
        *(pa.field(name, pa.string()) for name in ("project", "version", "filename", "path", "sha256")),
        pa.field("size", pa.int64()),
        pa.field("similarity", pa.float32()),
        pa.field("artifact_score", pa.float64()),
        pa.field("campaign_score", pa.float64()),
    ]
)
"""Columns of campaigns.parquet: one row for each artifact of a campaign, `similarity` (0 to 1) to its first one."""

_SCANNED = pa.schema(
    [
        pa.field("path", pa.string()),
        pa.field("size", pa.int64()),
        pa.field("sha256", pa.string()),
        pa.field("score", pa.float64()),
        pa.field(CAMPAIGN_TOKENS, feature_schema().field(TOKENS).type),
    ]
)
_CANDIDATES = f"""
    SELECT i.project, i.version, i.filename, s.path, s.sha256, s.size, s.score AS artifact_score, s.{CAMPAIGN_TOKENS}
    FROM (SELECT DISTINCT ON (path, size, sha256) * FROM s WHERE {CAMPAIGN_TOKENS} IS NOT NULL) s
    JOIN i ON i.path = s.path AND i.size = s.size
    SEMI JOIN f ON s.path = f.path AND s.size = f.size AND s.sha256 = f.sha256 AND {SAME_FILE_SQL}
    ORDER BY s.score DESC, s.sha256, s.path LIMIT {MOST_CANDIDATES}
"""  # noqa: S608  no value of a caller


def candidate_tokens(rows: pa.Table, scores: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the column `CAMPAIGN_TOKENS` of a score part for its feature rows and their scores."""
    reached = pc.fill_null(pc.greater_equal(scores, CANDIDATE_SCORE), False)
    positions = pc.if_else(reached, pa.array(np.arange(len(rows))), pa.scalar(None, pa.int64()))
    return rows.column(TOKENS).take(positions)


def write_campaigns(
    path: Path, inventory: pa.Table, features: PartStore, scores: PartStore, parts: Sequence[Path], spill: Path
) -> pa.Table:
    """Write the campaigns of a mirror to `path`, the highest ranked first; return them.

    `parts` are the score parts of its artifacts, and `features` has their rows: a score of bytes that were replaced
    does not count. The database spills to the folder `spill`. Raises StoreBrokenError if
    a part is damaged, after moving it aside, and StoreUnwritableError.
    """
    rows = features.parts()
    with (
        quarantine_on_error(parts, _SCANNED),
        quarantine_on_error(rows, FILE_KEY),
        open_database(spill) as connection,
    ):
        register(connection, "i", inventory)
        connection.register("f", features.scan(rows, FILE_KEY) if rows else FILE_KEY.empty_table())
        connection.register("s", scores.scan(parts, _SCANNED) if parts else _SCANNED.empty_table())
        table = campaign_table(connection.sql(_CANDIDATES).to_arrow_table())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path, compression="zstd")
        sync_to_disk(path)
    except OSError as error:
        raise disk_error(path, error) from error
    return table


def campaign_table(candidates: pa.Table) -> pa.Table:
    """Return the campaigns among candidates, highest ranked first, as a table of `CAMPAIGNS_SCHEMA`."""
    owners = candidates.column("project").to_pylist()
    odds = log_odds(candidates.column("artifact_score").to_numpy())
    found = find_campaigns(token_matrix(candidates.column(CAMPAIGN_TOKENS)), owners, odds)
    raised = np.round(expit(odds_in_company(found, owners, odds)), SCORE_DECIMALS)
    rows = np.flatnonzero(found.group >= 0)
    rows = rows[np.lexsort((rows, found.group[rows]))]
    group = found.group[rows]
    kept = candidates.take(pa.array(rows))
    columns: dict[str, pa.ChunkedArray | npt.NDArray[np.float64]] = {
        **{name: kept.column(name) for name in CAMPAIGNS_SCHEMA.names if name in kept.column_names},
        "campaign": group,
        "projects": _distinct_owners(group, np.asarray(owners, dtype=str)[rows]),
        "artifacts": np.bincount(group, minlength=1)[group] if len(group) else group,
        "similarity": found.similarity[rows],
        "campaign_score": raised[rows],
    }
    return pa.table({name: columns[name] for name in CAMPAIGNS_SCHEMA.names}, schema=CAMPAIGNS_SCHEMA)


def _distinct_owners(group: npt.NDArray[np.int64], owners: npt.NDArray[np.str_]) -> npt.NDArray[np.int64]:
    """Return for each row (n,) the number of different owners in its group."""
    if not len(group):
        return group
    pairs = np.unique(np.stack([group, np.unique(owners, return_inverse=True)[1]]), axis=1)
    return np.asarray(np.bincount(pairs[0])[group])
