"""Opens the store for SQL: read-only views over the last finished run.

The views are artifacts, features, scores, findings, changes, hosts, campaigns and requires.
"""

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from audit.contract import FINDING_VERDICTS
from audit.errors import StatedError, StoreDamagedError
from audit.feeds.schema import GONE, MATCHES
from audit.sql_text import sql_string
from features.schema import TOKENS, feature_schema
from jobs.changes.schema import change_schema
from jobs.run.campaigns import CAMPAIGN_TOKENS, CAMPAIGNS_SCHEMA
from jobs.run.joined_scores import SCORES_SCHEMA
from jobs.run.views import StoreView, store_views
from jobs.store.lock import reading
from model.change.scoring import CHANGE_SCORE_SCHEMA
from model.scoring import score_schema

VIEWS = {
    "artifacts": "every artifact on the mirror at the last run, as in scores.parquet",
    "features": "the features of each artifact that was read, with code_tokens, members and evidence",
    "scores": "score, scores of the base learners and reasons of each artifact",
    "findings": "artifacts at or above the review threshold, with reasons and evidence",
    "changes": "what an artifact has that its base has not, one row for each base",
    "hosts": "hosts and addresses that an artifact spells out, one row for each",
    "campaigns": "artifacts of different projects with the same unusual code, one row for each",
    "feed_matches": "records of known-bad feeds that name a file; `note` says why one does not make it known bad",
    "gone_upstream": "files that are served here and that the snapshot of the index upstream lists no more",
    "requires": "requirements that releases declare: project, version, name, specifier, extra, marker, url",
}
"""Content of each view; docs/sql.md describes the same views."""
_HINT = f"views: {', '.join(VIEWS)}; `DESCRIBE features` lists columns"
SCORED = pa.schema(
    [
        pa.field("path", pa.string()),
        pa.field("size", pa.int64()),
        pa.field("sha256", pa.string()),
        *score_schema(()),
        pa.field(CAMPAIGN_TOKENS, feature_schema().field(TOKENS).type),
    ]
)
"""Columns of the scores of every model."""


_RUN = "regexp_extract({part}, 'run=([^/]+)/[^/]+$', 1)"
"""SQL for the run that a part belongs to, from its path."""


_NAME = "regexp_extract(part, '[^/]+$')"
"""SQL for the file name of a part."""
_DAMAGE = (duckdb.IOException, duckdb.InvalidInputException, duckdb.SerializationException)
"""Errors of DuckDB that name a file which it cannot read."""
_CHANGE_KEY = tuple(change_schema().field(name) for name in ("path", "size", "sha256", "base_kind"))


class QueryError(StatedError):
    """A statement that DuckDB refused, or a store without a finished run."""


@dataclass(frozen=True, slots=True)
class QueryResult:
    """Column names and rows of a statement."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def connect(out: Path) -> "duckdb.DuckDBPyConnection":
    """Return a connection with all views over the last finished run below `out`.

    It reads files below `out` and nothing else, and writes nothing. Raises QueryError where no run has finished, and
    StoreDamagedError where a part cannot be read.
    """
    views = store_views(out)
    if not views:
        raise QueryError(f"no finished run in {out}", "run `boojum audit MIRROR` first, or name its folder with --out")
    try:
        connection = open_views(views)
    except duckdb.Error as error:
        raise StoreDamagedError(out, _fault(error)) from error
    connection.execute(
        f"""CREATE VIEW findings AS
        SELECT a.*, s.reasons, f.evidence, f.context_upload_time, f.context_digest_matches
        FROM artifacts a LEFT JOIN scores s USING (path, size, sha256) LEFT JOIN features f USING (path, size, sha256)
        WHERE a.verdict IN ({", ".join(sql_string(verdict.value) for verdict in FINDING_VERDICTS)})
        ORDER BY a.score DESC, a.sha256, a.path"""  # noqa: S608  no user input
    )
    connection.execute(f"SET allowed_directories = [{sql_string(str(out.resolve()) + '/')}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def open_views(views: Mapping[str, StoreView]) -> "duckdb.DuckDBPyConnection":
    """Return a connection with the views artifacts, features, scores, changes, hosts, campaigns and requires.

    Features and scores also have rows of artifacts that have left the mirror: join them to artifacts on path, size and
    sha256.
    """
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    for name, empty in (
        ("artifacts", SCORES_SCHEMA),
        ("features", feature_schema()),
        ("scores", SCORED),
        ("campaigns", CAMPAIGNS_SCHEMA),
        ("feed_matches", MATCHES),
        ("gone_upstream", GONE),
    ):
        if name in views and views[name].files:
            repeats = views[name].repeats
            source = _read(views[name].files, numbered=repeats)
            # A plain timestamp in UTC, because DuckDB returns one with a zone only where pytz is installed.
            plain = "REPLACE (context_upload_time AT TIME ZONE 'UTC' AS context_upload_time)"
            hidden = "part, file_row_number" if repeats else "part"
            columns = f"* EXCLUDE ({hidden})" + (f" {plain}" if name == "features" else "")
            # Rows of bytes that were replaced do not count. The path of a part names its run, so the last path is the
            # newest; a merged part has its runs in order.
            current = """ x ANTI JOIN artifacts a ON x.path = a.path AND (x.size <> a.size OR x.sha256 <> a.sha256)
                QUALIFY row_number() OVER (
                    PARTITION BY path, size, sha256 ORDER BY part DESC, file_row_number DESC) = 1"""
            only = current if repeats else ""
            connection.execute(f"CREATE VIEW {name} AS SELECT {columns} FROM {source}{only}")  # noqa: S608  no user input
        else:
            connection.register(name, empty.empty_table())
    _view_changes(connection, views["changes"], views["change_scores"])
    connection.execute("""CREATE VIEW hosts AS
        SELECT a.project, a.version, a.filename, h.host, h.kind, h.member, h.line, h.role, h.count, a.path, a.size,
            a.sha256
        FROM (SELECT path, size, sha256, unnest(hosts) AS h FROM features) f
        JOIN artifacts a USING (path, size, sha256)""")
    connection.execute("""CREATE VIEW requires AS
        SELECT DISTINCT a.project, a.version, r.name, r.specifier, r.extra, r.marker, r.url
        FROM (SELECT path, size, sha256, unnest(requires) AS r FROM features) f
        JOIN artifacts a ON a.path = f.path AND a.size = f.size AND a.sha256 = f.sha256""")
    return connection


def _view_changes(connection: "duckdb.DuckDBPyConnection", changes: StoreView, scores: StoreView) -> None:
    """Make the view of the current changes of the artifacts on the mirror, with their scores."""
    if not changes.files:
        fields = [*change_schema(), pa.field("members_total", pa.int32()), *CHANGE_SCORE_SCHEMA]
        connection.register("changes", pa.schema(fields).empty_table())
        return
    if scores.files:
        scored = f"SELECT *, {_NAME} AS name FROM {_read(scores.files)}"  # noqa: S608  no user input
    else:
        empty = pa.schema([*_CHANGE_KEY, pa.field("name", pa.string()), *CHANGE_SCORE_SCHEMA]).empty_table()
        connection.register("no_change_scores", empty)
        scored = "SELECT * FROM no_change_scores"
    made_in = _RUN.format(part="c.part")
    said = ", ".join(f"q.{name}" for name in CHANGE_SCORE_SCHEMA.names)
    # Rows of an artifact under a run before one that superseded them no longer count.
    superseded = "SELECT '' AS path, 0 AS size, '' AS sha256, '' AS run WHERE false"
    if changes.notes:
        noted = (
            f"SELECT path, size, sha256, {_RUN.format(part='part')} AS run FROM {_read(changes.notes)} WHERE superseded"  # noqa: S608  no user input
        )
        superseded = noted
    connection.execute(
        f"""CREATE VIEW changes AS
        SELECT c.* EXCLUDE (part, name), change_members_new + change_members_changed AS members_total, {said}
        FROM (SELECT *, {_NAME} AS name FROM {_read(changes.files)}) c
        LEFT JOIN ({scored}) q ON c.path = q.path AND c.size = q.size AND c.sha256 = q.sha256
            AND c.base_kind = q.base_kind AND c.name = q.name
        SEMI JOIN artifacts a ON c.path = a.path AND c.size = a.size AND c.sha256 = a.sha256
        ANTI JOIN ({superseded}) s
            ON c.path = s.path AND c.size = s.size AND c.sha256 = s.sha256 AND s.run > {made_in}"""  # noqa: S608  no user input
    )


def _read(files: Sequence[Path], *, numbered: bool = False) -> str:
    """Return SQL that reads files, with their paths as `part` and, if `numbered`, `file_row_number`."""
    listed = ", ".join(sql_string(str(file.resolve())) for file in files)
    return f"read_parquet([{listed}], hive_partitioning = false, filename = 'part', file_row_number = {numbered})"


def run_query(out: Path, statement: str) -> QueryResult:
    """Run one statement over the store; raises QueryError with DuckDB's message where it refuses."""
    with reading(out), contextlib.closing(connect(out)) as connection:
        try:
            _require_one(connection, statement)
            connection.execute(statement)
            columns = tuple(column[0] for column in connection.description or [])
            return QueryResult(columns, tuple(connection.fetchall()))
        except duckdb.Error as error:
            if isinstance(error, _DAMAGE) and str(out.resolve()) in str(error):
                raise StoreDamagedError(out, _fault(error)) from error
            raise QueryError(_message(error), _HINT) from error


def _require_one(connection: "duckdb.DuckDBPyConnection", statement: str) -> None:
    """Raise QueryError unless a text has exactly one statement, because only the last one's rows would be seen."""
    try:
        statement.encode()
    except UnicodeEncodeError as error:
        raise QueryError("the statement is not UTF-8", "write it in UTF-8") from error
    number = len(connection.extract_statements(statement))
    if number != 1:
        hint = "call `boojum query` once for each of them" if number else _HINT
        raise QueryError(f"there are {number} statements, and a query answers one", hint)


def _fault(error: duckdb.Error) -> str:
    """Return DuckDB's message without the statement that it quotes, which is one of ours."""
    return _message(error).partition(" LINE 1:")[0]


def _message(error: duckdb.Error) -> str:
    return re.sub(r"\s+", " ", str(error)).strip()


def iterate_rows(
    connection: "duckdb.DuckDBPyConnection", statement: str, values: Sequence[Any] = ()
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a statement as dicts by column name, fetched in batches."""
    result = connection.execute(statement, list(values))
    names = [column[0] for column in result.description or []]
    while batch := result.fetchmany(1_000):
        for row in batch:
            yield dict(zip(names, row, strict=True))
