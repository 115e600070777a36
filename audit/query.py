"""SQL over what runs left: the views artifacts, features, scores and findings, read-only."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from audit.contract import ALERTS, AuditError
from jobs.store import StoreView, store_views

VIEWS = {
    "artifacts": "every artifact on the mirror at the last run, as in scores.parquet",
    "features": "one row of features per artifact read, with code_tokens, members and evidence",
    "scores": "score, each learner's own score and the reasons, per artifact",
    "findings": "artifacts at or above the review point, with reasons and evidence",
}
"""What each view holds; the help text and the README say the same."""


class QueryError(AuditError):
    """A statement that DuckDB refused, or a store that has nothing to ask."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return self.what


@dataclass(frozen=True, slots=True)
class Answer:
    """Column names and rows of a statement."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def connect(out: Path) -> "duckdb.DuckDBPyConnection":
    """Return a connection with the four views over the last finished run below `out`.

    The connection reads files below `out` and nothing else, and writes nowhere. Raises QueryError where no
    run has finished.
    """
    latest = out / "runs" / "latest"
    if not (latest / "scores.parquet").is_file():
        raise QueryError(
            f"no finished run in {out}", "run `boojum audit MIRROR` first, or name its folder with --out"
        )
    connection = duckdb.connect(":memory:")
    views = store_views(out)
    create_view(connection, "artifacts", StoreView((latest / "scores.parquet",)))
    create_view(connection, "features", views["features"])
    create_view(connection, "scores", views["scores"])
    connection.execute(
        f"""CREATE VIEW findings AS
        SELECT a.*, s.reasons, f.evidence, f.context_upload_time, f.context_listed, f.context_yanked,
               f.context_digest_matches
        FROM artifacts a LEFT JOIN scores s USING (path, size) LEFT JOIN features f USING (path, size)
        WHERE a.verdict IN ({", ".join(quoted(alert.value) for alert in ALERTS)})
        ORDER BY a.score DESC, a.sha256, a.path"""  # noqa: S608  our own words
    )
    connection.execute(f"SET allowed_directories = [{quoted(str(out.resolve()) + '/')}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def create_view(connection: "duckdb.DuckDBPyConnection", name: str, view: StoreView) -> None:
    """Create a view over Parquet parts; where a (path, size) stands in several runs, the newest wins."""
    files = ", ".join(quoted(str(path.resolve())) for path in view.files)
    newest = (
        " QUALIFY row_number() OVER (PARTITION BY path, size ORDER BY filename_of_part DESC) = 1"
        if len(view.files) > 1 and view.repeats
        else ""
    )
    source = f"read_parquet([{files}], union_by_name = true, hive_partitioning = false"
    source += ", filename = 'filename_of_part')" if newest else ")"
    columns = "* EXCLUDE (filename_of_part)" if newest else "*"
    connection.execute(f"CREATE VIEW {name} AS SELECT {columns} FROM {source}{newest}")  # noqa: S608  our own words


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
