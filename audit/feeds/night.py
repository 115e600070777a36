"""Compares a staged run with all feeds: known_bad.parquet, gone_upstream.parquet, and verdicts that say known bad."""

import contextlib
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audit.contract import AuditDocument, Finding
from audit.feeds.contract import FeedMatch, FeedNight, FeedState, NamedFile
from audit.feeds.dependents import find_requiring
from audit.feeds.matching import match_feeds
from audit.feeds.store import list_feeds
from audit.feeds.upstream import find_gone
from audit.query import open_views
from audit.sql_text import sql_string
from features.runtime.atomic_write import open_temporary, sync_to_disk, write_atomically
from jobs.run import manifest as manifest_file
from jobs.run.joined_scores import FILENAME as SCORES_FILE
from jobs.run.joined_scores import SCORES_SCHEMA
from jobs.run.run_folder import RunFolder
from jobs.run.views import GONE_FILE, KNOWN_BAD_FILE, store_views
from jobs.store.lock import reading
from model.contract import Verdict

if TYPE_CHECKING:
    import duckdb

NOTES_LISTED = 500
"""Files that a document lists because a feed names them without making them known bad."""
MATCHES_LISTED = 12
"""Records that a finding lists."""
SPOKE = "feed"
"""The word of `spoke` where a feed earned the verdict."""
_MEMORY = "2GB"
_ROWS = 65_536


def compare_feeds(staged: RunFolder, today: date, stale_days: int) -> tuple[RunFolder, FeedNight]:
    """Compare a staged run with the feeds beside its store, and return it with the verdicts that follow.

    Raises FeedDamagedError where a feed cannot be read.
    """
    with reading(staged.out):
        feeds = list_feeds(staged.out)
        if not feeds:
            return staged, FeedNight()
        with contextlib.closing(_open(staged)) as connection:
            counts = match_feeds(connection, staged.out, feeds, staged.folder / KNOWN_BAD_FILE)
            gone = find_gone(connection, staged.out, feeds, staged.folder / GONE_FILE)
    states = tuple(
        FeedState(
            feed.name,
            feed.kind.value,
            feed.origin,
            feed.day,
            feed.records,
            feed.broken_total,
            feed.is_stale(today, stale_days),
            counts.by_feed.get(feed.name, 0),
        )
        for feed in feeds
    )
    if counts.known_bad:
        staged = _mark_scores(staged)
    return staged, FeedNight(states, gone, counts.notes)


def _open(run: RunFolder) -> "duckdb.DuckDBPyConnection":
    connection = open_views(store_views(run.out, run.folder))
    connection.execute(f"SET memory_limit = '{_MEMORY}'")
    connection.execute(f"SET temp_directory = {sql_string(str(run.folder / '.spill'))}")
    return connection


def _mark_scores(staged: RunFolder) -> RunFolder:
    """Write scores.parquet anew with the verdict known_bad where a feed says so, and the manifest with its counts."""
    matches = pq.read_table(staged.folder / KNOWN_BAD_FILE, columns=["path", "note"])
    bad = matches.filter(pc.field("note") == "").column("path").combine_chunks()
    scores, verdicts = staged.folder / SCORES_FILE, Counter[str]()
    with open_temporary(scores) as temporary:
        with pq.ParquetFile(scores) as file, pq.ParquetWriter(temporary, SCORES_SCHEMA, compression="zstd") as writer:
            for batch in file.iter_batches(_ROWS):
                table = pa.Table.from_batches([batch])
                is_bad = pc.is_in(table.column("path"), value_set=bad)
                for name, word in (("verdict", Verdict.KNOWN_BAD.value), ("spoke", SPOKE)):
                    at = table.schema.get_field_index(name)
                    column = pc.if_else(is_bad, pa.scalar(word, pa.string()), table.column(name))
                    table = table.set_column(at, SCORES_SCHEMA.field(name), column)
                writer.write_table(table.cast(SCORES_SCHEMA))
                for pair in table.column("verdict").value_counts().to_pylist():
                    verdicts[pair["values"]] += pair["counts"]
        sync_to_disk(temporary)
    counted = {verdict.value: verdicts[verdict.value] for verdict in Verdict}
    manifest = replace(staged.manifest, verdicts=counted)
    write_atomically(staged.folder / manifest_file.FILENAME, manifest.to_json().encode(), durable=True)
    return replace(staged, manifest=manifest)


def add_feeds(document: AuditDocument, run: RunFolder, night: FeedNight) -> AuditDocument:
    """Return a document with what the feeds say of its findings, and of the mirror."""
    document = replace(document, feeds=night.states, gone_upstream=night.gone, feed_notes_total=night.notes)
    file = run.folder / KNOWN_BAD_FILE
    if not file.exists():
        return document
    with contextlib.closing(_open(run)) as connection:
        matches = _matches_of(connection, file, document)
        bad = [finding for finding in document.findings if finding.verdict is Verdict.KNOWN_BAD]
        requiring = find_requiring(connection, {(finding.project, finding.version) for finding in bad})
        notes = connection.sql(
            f"""SELECT * FROM read_parquet({sql_string(str(file))})
            QUALIFY NOT bool_or(note = '') OVER (PARTITION BY path, sha256)
                AND row_number() OVER (PARTITION BY path, sha256 ORDER BY feed, record) = 1
            ORDER BY project, version, filename LIMIT {NOTES_LISTED}"""  # noqa: S608  quoted
        ).to_arrow_table()
    findings = tuple(_with_matches(finding, matches, requiring) for finding in document.findings)
    named = tuple(
        NamedFile(row["project"], row["version"], row["filename"], row["path"], row["sha256"], _as_match(row))
        for row in notes.to_pylist()
    )
    return replace(document, findings=findings, feed_notes=named)


def _matches_of(
    connection: "duckdb.DuckDBPyConnection", file: Path, document: AuditDocument
) -> dict[tuple[str, str], list[FeedMatch]]:
    """Return the records that speak of findings, by (sha256, path); those that make them known bad come first."""
    keys = [[finding.sha256 for finding in document.findings], [finding.path for finding in document.findings]]
    statement = f"""
        SELECT m.* FROM read_parquet({sql_string(str(file))}) m
        SEMI JOIN (SELECT unnest(?::VARCHAR[]) AS sha256, unnest(?::VARCHAR[]) AS path) w
            ON m.sha256 = w.sha256 AND m.path = w.path
        QUALIFY row_number() OVER (PARTITION BY m.sha256, m.path ORDER BY note <> '', feed, record) <= {MATCHES_LISTED}
        ORDER BY note <> '', feed, record"""  # noqa: S608  quoted
    found: dict[tuple[str, str], list[FeedMatch]] = {}
    for row in connection.sql(statement, params=keys).to_arrow_table().to_pylist():
        found.setdefault((row["sha256"], row["path"]), []).append(_as_match(row))
    return found


def _as_match(row: dict[str, object]) -> FeedMatch:
    return FeedMatch(**{name: row[name] for name in FeedMatch.__slots__})  # type: ignore[arg-type]


def _with_matches(finding: Finding, matches: dict[tuple[str, str], list[FeedMatch]], requiring: object) -> Finding:
    said = tuple(matches.get((finding.sha256, finding.path), ()))
    if not said:
        return finding
    listed, total = requiring.get((finding.project, finding.version), ((), 0))  # type: ignore[attr-defined]
    return replace(finding, feeds=said, requiring=listed, requiring_total=total)
