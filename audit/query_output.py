"""Renders the rows of a query as a table, CSV, JSON or Markdown.

Column names are escaped too, because a PIVOT makes them of values.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from audit.escape import as_csv_cell, as_markdown, as_terminal
from audit.query import QueryResult

_TABLE_CELL = 80
_MARKDOWN_CELL = 200


def render_table(result: QueryResult) -> str:
    """Return aligned columns for a terminal, numbers to the right, and the number of rows."""
    names = [as_terminal(name, _TABLE_CELL) for name in result.columns]
    cells = [[as_terminal(_as_text(value), _TABLE_CELL) for value in row] for row in result.rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    numeric = [
        bool(result.rows) and all(isinstance(row[index], (int, float)) for row in result.rows)
        for index in range(len(names))
    ]

    def line(row: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        )
        return "  ".join(padded).rstrip()

    count = f"({len(result.rows):,} row{'s' if len(result.rows) != 1 else ''})"
    return "\n".join([line(names), line(["-" * width for width in widths]), *map(line, cells), count])


def render_csv(result: QueryResult) -> str:
    """Return comma-separated values (RFC 4180) with a header line; no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(as_csv_cell(name) for name in result.columns)
    writer.writerows([as_csv_cell(value) if isinstance(value, str) else value for value in row] for row in result.rows)
    return text.getvalue().rstrip("\r\n")


def render_json_rows(result: QueryResult) -> str:
    """Return a JSON array with an object for each row, in ASCII."""
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
    return json.dumps(rows, default=str, indent=1)


def render_markdown(result: QueryResult) -> str:
    """Return a Markdown table."""
    return "\n".join(
        [
            "| " + " | ".join(as_markdown(name) for name in result.columns) + " |",
            "|" + "---|" * len(result.columns),
            *(
                "| " + " | ".join(as_markdown(_as_text(value), _MARKDOWN_CELL) for value in row) + " |"
                for row in result.rows
            ),
        ]
    )


QUERY_FORMATS: Mapping[str, Callable[[QueryResult], str]] = {
    "table": render_table,
    "csv": render_csv,
    "json": render_json_rows,
    "markdown": render_markdown,
}
"""Formats of `boojum query`, in the order of its help text."""


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)
