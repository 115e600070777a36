"""Finds the files that are served here and that a snapshot of the index upstream does not list any more."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from audit.feeds.contract import Feed, FeedKind, GoneFile, GoneUpstream
from audit.feeds.schema import GONE
from audit.feeds.store import entries_file
from audit.sql_text import sql_string
from features.runtime.atomic_write import open_temporary, sync_to_disk

if TYPE_CHECKING:
    import duckdb

LISTED = 1_000
"""Files gone upstream that a document lists; it counts all, and gone_upstream.parquet has them."""
_ROWS = 65_536
# A snapshot without names has those of its files. One without files of a project says nothing of its files.
_ABSENT = """
    WITH u AS (SELECT kind, project, filename FROM read_parquet({source})),
        projects AS (SELECT DISTINCT project FROM u WHERE project <> ''),
        filed AS (SELECT DISTINCT project FROM u WHERE kind = 'listed'),
        files AS (SELECT DISTINCT filename FROM u WHERE kind = 'listed')
    SELECT a.project, a.version, a.filename, a.path, a.sha256, a.verdict, a.size,
        CASE WHEN p.project IS NULL THEN 'project' ELSE 'file' END AS why
    FROM artifacts a LEFT JOIN projects p ON p.project = a.project
    LEFT JOIN filed d ON d.project = a.project LEFT JOIN files f ON f.filename = a.filename
    WHERE a.seen = 'tonight' AND a.project <> '' AND f.filename IS NULL
        AND (p.project IS NULL OR d.project IS NOT NULL)
"""
# The groups are of the paths that are absent, and not of every file of the mirror.
_GONE = """
    SELECT a.*, f.uploaded FROM absent a LEFT JOIN (
        SELECT f.path, f.sha256, min(f.context_upload_time)::DATE AS uploaded
        FROM (SELECT path, sha256, context_upload_time FROM features) f SEMI JOIN absent a ON f.path = a.path
        GROUP BY 1, 2
    ) f ON f.path = a.path AND f.sha256 = a.sha256
"""


def find_gone(connection: "duckdb.DuckDBPyConnection", out: Path, feeds: Sequence[Feed], gone: Path) -> GoneUpstream:
    """Write the files that are gone upstream by the newest snapshot to `gone`, and return them, bounded.

    The connection has the views artifacts and features. A file that came after the day of the snapshot is not judged.
    """
    snapshots = [feed for feed in feeds if feed.kind is FeedKind.SNAPSHOT]
    if not snapshots:
        return GoneUpstream()
    newest = max(snapshots, key=lambda feed: (feed.day, feed.name))
    absent = _ABSENT.format(source=sql_string(str(entries_file(out, newest))))
    connection.execute(f"CREATE TEMP TABLE absent AS {absent}")
    connection.execute(f"CREATE TEMP TABLE g AS {_GONE}")
    after = newest.day + timedelta(days=1)
    held = "FROM g WHERE uploaded IS NULL OR uploaded < ?"
    with open_temporary(gone) as temporary:
        with pq.ParquetWriter(temporary, GONE, compression="zstd") as writer:
            statement = f"SELECT {', '.join(GONE.names)} {held} ORDER BY project, version, filename, path"
            for batch in connection.sql(statement, params=[after]).to_arrow_reader(_ROWS):
                writer.write_table(pa.Table.from_batches([batch]).cast(GONE))
        sync_to_disk(temporary)
    count, projects = connection.execute(
        f"SELECT count(*), count(DISTINCT project) FILTER (why = 'project') {held}",
        [after],
    ).fetchall()[0]
    newer = connection.execute("SELECT count(*) FROM g WHERE uploaded >= ?", [after]).fetchall()[0][0]
    connection.execute("DROP TABLE g")
    connection.execute("DROP TABLE absent")
    listed = next(iter(pq.ParquetFile(gone).iter_batches(LISTED)), None)
    files = tuple(GoneFile(**row) for row in (listed.to_pylist() if listed is not None else ()))
    return GoneUpstream(newest.name, newest.day, int(count), int(projects), int(newer), files)
