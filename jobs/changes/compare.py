"""Compares rows of the feature table with those of their bases."""

from collections.abc import Sequence

import pyarrow as pa

from features.schema import LISTS, TOKENS, feature_columns
from jobs.changes.pairs import Pairs
from jobs.changes.registry import PARTS
from jobs.changes.schema import IDENTITY, change_schema


def compare(
    rows: pa.Table,
    bases: pa.Table,
    base_kind: Sequence[str],
    *,
    earlier_releases: pa.Array | None = None,
    usual_days: pa.Array | None = None,
    projects: pa.Array | None = None,
) -> pa.Table:
    """Return the change table of two feature tables of equal length: row `i` against base `i`.

    The optional arguments are those of `Pairs`. The result has the schema `change_schema()`.
    """
    pairs = Pairs(rows, bases, base_kind, earlier_releases, usual_days, projects)
    values: dict[str, object] = {field.name: rows.column(field.name) for field in IDENTITY}
    values |= {f"base_{field.name}": bases.column(field.name) for field in IDENTITY}
    values["base_kind"] = list(base_kind)
    for part in PARTS:
        values |= part.compute(pairs)
    schema = change_schema()
    return pa.Table.from_arrays([_array(values[field.name], field.type) for field in schema], schema=schema)


def compared_columns() -> list[str]:
    """Return the names of the columns of the feature table that a comparison reads."""
    fixed = [*(field.name for field in IDENTITY), "status", "context_upload_time"]
    return [*fixed, *(column.name for column in feature_columns()), *(f.name for f in LISTS if f.name != TOKENS)]


def _array(values: object, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
    return array if array.type == kind else array.cast(kind, safe=False)
