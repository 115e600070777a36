"""SQL over what runs left: the views artifacts, features, scores, findings and requires, read-only."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from audit.contract import ALERTS, Answer
from audit.errors import AuditError
from features.schema import feature_schema
from jobs.run.audit import SCORES
from jobs.run.views import StoreView, store_views
from model.scoring import score_schema

VIEWS = {
    "artifacts": "every artifact on the mirror at the last run, as in scores.parquet",
    "features": "one row of features per artifact read, with code_tokens, members and evidence",
    "scores": "score, each learner's own score and the reasons, per artifact",
    "findings": "artifacts at or above the review point, with reasons and evidence",
    "requires": "project, version and the name of one project that it declares to depend on, each once",
}
"""What each view holds; the help text and the README say the same."""
SCORED = pa.schema(
    [
        pa.field("path", pa.string()),
        pa.field("size", pa.int64()),
        pa.field("sha256", pa.string()),
        *score_schema(()),
    ]
)
"""Columns that the scores of every model have."""


class QueryError(AuditError):
    """A statement that DuckDB refused, or a store that has nothing to ask."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return self.what


def connect(out: Path) -> "duckdb.DuckDBPyConnection":
    """Return a connection with the views over the last finished run below `out`.

    The connection reads files below `out` and nothing else, and writes nowhere. Raises QueryError where no
    run has finished.
    """
    views = store_views(out)
    if not views:
        raise QueryError(f"no finished run in {out}", "run `boojum audit MIRROR` first, or name its folder with --out")
    connection = open_views(views)
    connection.execute(
        f"""CREATE VIEW findings AS
        SELECT a.*, s.reasons, f.evidence, f.context_upload_time, f.context_listed, f.context_yanked,
               f.context_digest_matches
        FROM artifacts a LEFT JOIN scores s USING (path, size, sha256) LEFT JOIN features f USING (path, size, sha256)
        WHERE a.verdict IN ({", ".join(quoted(alert.value) for alert in ALERTS)})
        ORDER BY a.score DESC, a.sha256, a.path"""  # noqa: S608  our own words
    )
    connection.execute(f"SET allowed_directories = [{quoted(str(out.resolve()) + '/')}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def open_views(views: Mapping[str, StoreView]) -> "duckdb.DuckDBPyConnection":
    """Return a connection with the views artifacts, features, scores and requires.

    Features and scores also hold what has left the mirror: join them to artifacts on path, size and sha256.
    """
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'")
    for name, empty in (
        ("artifacts", SCORES),
        ("features", feature_schema()),
        ("scores", SCORED),
    ):
        if views[name].files:
            listed = ", ".join(quoted(str(file.resolve())) for file in views[name].files)
            source = f"read_parquet([{listed}], hive_partitioning = false, filename = 'part')"
            # Plain UTC: DuckDB hands a timestamp with a zone over only where pytz is installed.
            plain = "REPLACE (context_upload_time AT TIME ZONE 'UTC' AS context_upload_time)"
            columns = "* EXCLUDE (part)" + (f" {plain}" if name == "features" else "")
            # A part's path names its run, so the last is the newest.
            newest = " QUALIFY row_number() OVER (PARTITION BY path, size ORDER BY part DESC) = 1"
            only = newest if views[name].repeats else ""
            connection.execute(f"CREATE VIEW {name} AS SELECT {columns} FROM {source}{only}")  # noqa: S608  our own words
        else:
            connection.register(name, empty.empty_table())
    connection.execute("""CREATE VIEW requires AS
        SELECT DISTINCT a.project, a.version, f.requires
        FROM (SELECT path, size, sha256, unnest(requires) AS requires FROM features) f
        JOIN artifacts a ON a.path = f.path AND a.size = f.size AND a.sha256 = f.sha256""")
    return connection


def quoted(text: str) -> str:
    """Return text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def ask(out: Path, statement: str) -> Answer:
    """Run one statement over the store; raises QueryError with DuckDB's own words where it refuses."""
    connection = connect(out)
    try:
        connection.execute(statement)
        described = connection.description or []
        return Answer(tuple(column[0] for column in described), tuple(connection.fetchall()))
    except duckdb.Error as error:
        text = re.sub(r"\s+", " ", str(error)).strip()
        raise QueryError(text, f"views: {', '.join(VIEWS)}; `DESCRIBE features` lists columns") from error
    finally:
        connection.close()


def rows_of(
    connection: "duckdb.DuckDBPyConnection", statement: str, values: Sequence[Any] = ()
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a statement as dicts by column name, a batch at a time."""
    result = connection.execute(statement, list(values))
    names = [column[0] for column in result.description or []]
    while batch := result.fetchmany(1_000):
        for row in batch:
            yield dict(zip(names, row, strict=True))
