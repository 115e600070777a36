"""Rows on their way into the store: a unit's table with few columns, in which all features of one type are one list.

A Parquet file of some thousand columns costs a tenth of a second to write, and as much to read, however few its rows.
A worker hands over its unit in this form, and the parts of the store are made of many units at once.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from features.contract import Artifact, Evidence, Row
from features.schema import CONTEXT, IDENTITY, LISTS, feature_columns, feature_schema

PACKED = "packed_"
"""How the columns begin that hold the features of one type each: lists of one length, in the order of the schema."""

_FIXED = (*IDENTITY, *CONTEXT, *LISTS)


@cache
def _packs() -> tuple[tuple[str, pa.DataType, tuple[str, ...]], ...]:
    """Return (name of the list column, type of a feature, names of the features) for each type."""
    schema = feature_schema()
    names: dict[pa.DataType, list[str]] = {}
    for column in feature_columns():
        names.setdefault(schema.field(column.name).type, []).append(column.name)
    return tuple((f"{PACKED}{kind}", kind, tuple(of)) for kind, of in names.items())


@cache
def _packed_schema() -> pa.Schema:
    lists = [pa.field(name, pa.list_(kind, len(names))) for name, kind, names in _packs()]
    return pa.schema([*_FIXED, *lists], metadata=feature_schema().metadata)


@cache
def _wide_schema() -> pa.Schema:
    return feature_schema()


def packed_table(rows: Sequence[tuple[Artifact, Row]]) -> pa.Table:
    """Return rows as a table of few columns; `wide_table` makes one of `feature_schema()` of it."""
    fixed = zip(*(_fixed(artifact, row) for artifact, row in rows), strict=True) if rows else ([] for _ in _FIXED)
    arrays = [pa.array(values, field.type) for field, values in zip(_FIXED, fixed, strict=True)]
    for _, kind, names in _packs():
        flat: list[Any] = []
        for _, row in rows:
            flat.extend(map(row.values.get, names))
        arrays.append(pa.FixedSizeListArray.from_arrays(pa.array(flat, kind), len(names)))
    return pa.Table.from_arrays(arrays, schema=_packed_schema())


def wide_table(packed: pa.Table) -> pa.Table:
    """Return a table of `packed_table`, or several below one another, with a column for every feature."""
    rows = packed.num_rows
    columns: dict[str, pa.Array | pa.ChunkedArray] = {field.name: packed.column(field.name) for field in _FIXED}
    for name, kind, names in _packs():
        chunks = [chunk.flatten() for chunk in packed.column(name).chunks]
        flat = pa.concat_arrays(chunks) if chunks else pa.array([], kind)
        places = np.arange(len(flat), dtype=np.min_scalar_type(len(flat)))
        # Row by row becomes column by column; each column is then a slice, which copies nothing.
        flat = flat.take(pa.array(places.reshape(rows, len(names)).T.ravel()))
        columns |= {feature: flat.slice(at * rows, rows) for at, feature in enumerate(names)}
    schema = _wide_schema()
    return pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)


def _fixed(artifact: Artifact, row: Row) -> Iterable[Any]:
    """Return an artifact's values of the columns that are no features, in the order of `_FIXED`."""
    claims = bool(artifact.blake2b_256 and row.blake2b_256)
    return (
        artifact.project,
        artifact.version,
        artifact.filename,
        row.kind.value,
        artifact.path,
        row.sha256,
        row.blake2b_256,
        artifact.size,
        row.status.value,
        row.reason,
        artifact.upload_time,
        artifact.listed,
        artifact.yanked,
        artifact.blake2b_256 == row.blake2b_256 if claims else None,
        sorted(row.tokens),
        row.members,
        [_place(item) for item in row.evidence],
        row.limits,
        row.requires,
    )


def _place(item: Evidence) -> dict[str, Any]:
    return {
        "member": item.member,
        "line": item.line,
        "indicator": item.indicator,
        "role": item.role.value,
        "excerpt": item.excerpt,
        "weight": item.weight,
    }
