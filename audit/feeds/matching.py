"""Finds the files of a mirror that records of feeds name, by joins over scores.parquet; writes known_bad.parquet."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from audit.feeds.contract import Feed, FeedKind
from audit.feeds.schema import ENTRIES, MATCHES
from audit.feeds.store import entries_file
from audit.feeds.versions import canonical_version, is_in_range
from audit.sql_text import sql_string
from features.runtime.atomic_write import open_temporary, sync_to_disk

if TYPE_CHECKING:
    import duckdb

_ROWS = 65_536
_FACTS = "e.feed, e.record, e.kind, e.day, e.modified, e.withdrawn, e.text, e.ranges"
_DIGESTS = f"""
    SELECT a.project, a.version, a.filename, a.path, a.size, a.sha256, {_FACTS}
    FROM (SELECT * FROM e WHERE kind = 'digest' AND sha256 <> '') e JOIN artifacts a ON a.sha256 = e.sha256
    UNION ALL
    SELECT a.project, a.version, a.filename, a.path, a.size, a.sha256, {_FACTS}
    FROM (SELECT * FROM e WHERE kind = 'digest' AND sha256 = '' AND blake2b_256 <> '') e
    JOIN artifacts a ON a.blake2b_256 = e.blake2b_256
    UNION ALL
    SELECT a.project, a.version, a.filename, a.path, a.size, a.sha256, {_FACTS}
    FROM (SELECT * FROM e WHERE kind = 'file') e JOIN artifacts a ON a.filename = e.filename
"""  # noqa: S608  no value of a caller
_RELEASES = """
    SELECT DISTINCT a.project, a.version FROM artifacts a
    SEMI JOIN (SELECT project FROM e WHERE kind IN ('version', 'name')) n ON a.project = n.project
"""
_NAMED = f"""
    SELECT a.project, a.version, a.filename, a.path, a.size, a.sha256, {_FACTS}
    FROM (
        SELECT r.release_project, r.release_version, e.* FROM e
        JOIN r ON r.release_project = e.project AND (e.kind = 'name' OR r.canonical = e.version)
        WHERE e.kind IN ('version', 'name') AND e.ranges = ''
        UNION ALL SELECT release_project, release_version, * EXCLUDE (release_project, release_version) FROM in_range
    ) e JOIN artifacts a ON a.project = e.release_project AND a.version = e.release_version
"""  # noqa: S608  no value of a caller
_RANGES = """
    SELECT r.release_project, r.release_version, e.* FROM e JOIN r ON r.release_project = e.project
    WHERE e.kind IN ('version', 'name') AND e.ranges <> ''
"""
# A record that names a file in several ways counts once, by the narrowest. A file that came after a record which names
# all of a project is perhaps of somebody else, who uses the name again.
_MATCHES = """
    SELECT m.project, m.version, m.filename, m.path, m.sha256, m.feed, m.record, m.kind, m.day, m.text, m.withdrawn,
        CASE WHEN m.withdrawn IS NOT NULL THEN 'the feed withdrew it on ' || m.withdrawn
            WHEN m.kind = 'name' AND f.uploaded > m.modified
                THEN 'the file came on ' || f.uploaded || ', after the record: the name may be in use again'
            ELSE '' END AS note
    FROM m LEFT JOIN (
        SELECT f.path, f.sha256, min(f.context_upload_time)::DATE AS uploaded
        FROM (SELECT path, sha256, context_upload_time FROM features) f SEMI JOIN m ON f.path = m.path
        GROUP BY 1, 2
    ) f ON f.path = m.path AND f.sha256 = m.sha256
    QUALIFY row_number() OVER (PARTITION BY m.path, m.sha256, m.feed, m.record ORDER BY note <> '', CASE m.kind
        WHEN 'digest' THEN 0 WHEN 'file' THEN 1 WHEN 'version' THEN 2 ELSE 3 END) = 1
    ORDER BY note <> '', m.project, m.version, m.filename, m.path, m.feed, m.record
"""


@dataclass(frozen=True, slots=True)
class MatchCounts:
    """Files that are known bad, by feed and in all, and files that records only name."""

    by_feed: dict[str, int]
    known_bad: int
    notes: int


def match_feeds(
    connection: "duckdb.DuckDBPyConnection", out: Path, feeds: Sequence[Feed], matches: Path
) -> MatchCounts:
    """Write what the records of feeds say of a mirror's files to `matches`, and count it.

    The connection has the views artifacts and features. Snapshots are left out.
    """
    named = [feed for feed in feeds if feed.kind is not FeedKind.SNAPSHOT]
    _view_entries(connection, out, named)
    releases = connection.sql(_RELEASES).to_arrow_table()
    canonical = [canonical_version(version or "") for version in releases.column("version").to_pylist()]
    connection.register(
        "r",
        releases.rename_columns(["release_project", "release_version"]).append_column(
            "canonical", pa.array(canonical, pa.string())
        ),
    )
    connection.register("in_range", _in_range(connection))
    connection.execute(f"CREATE TEMP TABLE m AS {_DIGESTS} UNION ALL {_NAMED}")
    with open_temporary(matches) as temporary:
        with pq.ParquetWriter(temporary, MATCHES, compression="zstd") as writer:
            for batch in connection.sql(_MATCHES).to_arrow_reader(_ROWS):
                writer.write_table(pa.Table.from_batches([batch]).cast(MATCHES))
        sync_to_disk(temporary)
    source = f"read_parquet({sql_string(str(matches))})"
    by_feed = dict(
        connection.execute(
            f"SELECT feed, count(DISTINCT (path, sha256)) FROM {source} WHERE note = '' GROUP BY 1"  # noqa: S608  quoted
        ).fetchall()
    )
    totals = connection.execute(
        f"""SELECT count(*) FILTER (bad), count(*) FILTER (NOT bad)
        FROM (SELECT bool_or(note = '') AS bad FROM {source} GROUP BY path, sha256)"""  # noqa: S608  quoted
    ).fetchall()[0]
    connection.execute("DROP TABLE m")
    return MatchCounts(by_feed, int(totals[0]), int(totals[1]))


def _view_entries(connection: "duckdb.DuckDBPyConnection", out: Path, feeds: Sequence[Feed]) -> None:
    """Make the view `e` of the entries of feeds."""
    selects = [
        f"SELECT {sql_string(feed.name)} AS feed, * FROM read_parquet({sql_string(str(entries_file(out, feed)))})"  # noqa: S608  quoted
        for feed in feeds
    ]
    connection.register("no_entries", pa.schema([pa.field("feed", pa.string()), *ENTRIES]).empty_table())
    connection.execute(f"CREATE VIEW e AS {' UNION ALL '.join(['SELECT * FROM no_entries', *selects])}")  # noqa: S608  quoted


def _in_range(connection: "duckdb.DuckDBPyConnection") -> pa.Table:
    """Return the pairs of a release and an entry whose range the release is in."""
    kept = []
    for batch in connection.sql(_RANGES).to_arrow_reader(_ROWS):
        versions, ranges = batch.column("release_version").to_pylist(), batch.column("ranges").to_pylist()
        mask = [is_in_range(version, json.loads(each)) for version, each in zip(versions, ranges, strict=True)]
        kept.append(pa.Table.from_batches([batch]).filter(pa.array(mask, pa.bool_())))
    names = ("release_project", "release_version", "feed")
    schema = pa.schema([*(pa.field(name, pa.string()) for name in names), *ENTRIES])
    return pa.concat_tables([schema.empty_table(), *(table.cast(schema) for table in kept)])
