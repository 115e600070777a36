"""Derives the Arrow schema of the feature table from the registered groups, and makes tables of rows."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa

from features.contract import Artifact, Column, DeclaredEntryPoint, DeclaredFields, FeatureGroup, Requirement, Row
from features.registry import GROUPS

IDENTITY = (
    pa.field("project", pa.string()),
    pa.field("version", pa.string()),
    pa.field("filename", pa.string()),
    pa.field("kind", pa.string()),
    pa.field("path", pa.string()),
    pa.field("sha256", pa.string()),
    pa.field("blake2b_256", pa.string()),
    pa.field("size", pa.int64()),
    pa.field("status", pa.string()),
    pa.field("reason", pa.string()),
)
"""Identity of the artifact, and how completely it was examined."""

CONTEXT = (
    pa.field("context_upload_time", pa.timestamp("us", tz="UTC")),
    pa.field("context_listed", pa.bool_()),
    pa.field("context_yanked", pa.bool_()),
    pa.field("context_digest_matches", pa.bool_()),
)
"""Facts that only the mirror knows. No model sees them, because a removed package has lost them."""

TOKENS = "code_tokens"
"""Column of hashed code tokens (uint32), capped per artifact and role, sorted."""

_STRING = pa.string()
EVIDENCE = pa.list_(
    pa.struct(
        {
            "member": _STRING,
            "line": pa.int32(),
            "indicator": _STRING,
            "role": _STRING,
            "excerpt": _STRING,
            "weight": pa.float32(),
            "context": _STRING,
            "context_line": pa.int32(),
        }
    )
)
MARKS = pa.list_(pa.struct({"id": _STRING, "count": pa.int32()}))
MEMBERS = pa.list_(
    pa.struct(
        {
            "path": _STRING,
            "digest": pa.binary(16),
            "role": _STRING,
            "file_type": _STRING,
            "size": pa.int64(),
            "marks": MARKS,
            "tokens": pa.list_(pa.uint32()),
        }
    )
)
HOSTS = pa.list_(
    pa.struct(
        {
            "host": _STRING,
            "kind": _STRING,
            "member": _STRING,
            "line": pa.int32(),
            "role": _STRING,
            "count": pa.int32(),
        }
    )
)
REQUIRES = pa.list_(pa.struct(dict.fromkeys(Requirement._fields, _STRING)))
ENTRY_POINTS = pa.list_(pa.struct(dict.fromkeys(DeclaredEntryPoint._fields, _STRING)))
DECLARED = pa.struct(dict.fromkeys(DeclaredFields._fields, _STRING))

LISTS = (
    pa.field(TOKENS, pa.list_(pa.uint32())),
    pa.field("members", MEMBERS),
    pa.field("evidence", EVIDENCE),
    pa.field("place_keys", pa.list_(pa.uint64())),
    pa.field("hosts", HOSTS),
    pa.field("limits", pa.list_(_STRING)),
    pa.field("requires", REQUIRES),
    pa.field("entry_points", ENTRY_POINTS),
    pa.field("declared", DECLARED),
)
"""Lists and texts, none of which is a number for a model; it sees the marks and tokens of members, and no names."""

_ARROW = {"bool": pa.bool_(), "int32": pa.int32(), "int64": pa.int64(), "float": pa.float32()}


def feature_columns(groups: Sequence[FeatureGroup] = GROUPS) -> tuple[Column, ...]:
    """Return the columns that a model may see, in order."""
    return tuple(column for group in groups for column in group.columns)


def fingerprint(groups: Sequence[FeatureGroup] = GROUPS) -> str:
    """Return 16 hex digits over the names, types and versions of all columns; rows and models carry it."""
    return _fingerprint(tuple(groups))


@cache
def _fingerprint(groups: tuple[FeatureGroup, ...]) -> str:
    described = [[group.name, group.version, [[c.name, c.dtype] for c in group.columns]] for group in groups]
    fixed = [str(field) for field in (*IDENTITY, *CONTEXT, *LISTS)]
    return hashlib.blake2b(json.dumps([described, fixed]).encode(), digest_size=8).hexdigest()


def group_versions(groups: Sequence[FeatureGroup] = GROUPS) -> dict[str, str]:
    """Return the fingerprint of each group, so that a mismatch can name the group that changed."""
    return {group.name: fingerprint((group,)) for group in groups}


def feature_schema(groups: Sequence[FeatureGroup] = GROUPS) -> pa.Schema:
    """Return the schema of a part of the store: identity, context, features, lists."""
    return _feature_schema(tuple(groups))


@cache
def _feature_schema(groups: tuple[FeatureGroup, ...]) -> pa.Schema:
    fields = [pa.field(c.name, _ARROW[c.dtype], metadata={"meaning": c.meaning}) for c in feature_columns(groups)]
    metadata = {"fingerprint": fingerprint(groups), "groups": json.dumps(group_versions(groups))}
    return pa.schema([*IDENTITY, *CONTEXT, *fields, *LISTS], metadata=metadata)


PACKED = "packed_"
"""Prefix of the columns of a packed table; each holds all features of one type as a list, in their order."""

_FIXED = (*IDENTITY, *CONTEXT, *LISTS)


@cache
def _packs() -> tuple[tuple[str, pa.DataType, tuple[str, ...]], ...]:
    """Return (name of the packed column, type of a feature, names of the features) for each type."""
    names: dict[pa.DataType, list[str]] = {}
    for column in feature_columns():
        names.setdefault(_ARROW[column.dtype], []).append(column.name)
    return tuple((f"{PACKED}{kind}", kind, tuple(of)) for kind, of in names.items())


@cache
def _packed_schema() -> pa.Schema:
    lists = [pa.field(name, pa.list_(kind, len(names))) for name, kind, names in _packs()]
    return pa.schema([*_FIXED, *lists], metadata=feature_schema().metadata)


def rows_table(rows: Iterable[tuple[Artifact, Row]]) -> pa.Table:
    """Return rows as a table of `feature_schema()`; features of an unreadable artifact are null."""
    return wide_table(packed_table(list(rows)))


def packed_table(rows: Sequence[tuple[Artifact, Row]]) -> pa.Table:
    """Return rows as a table of few columns, which `wide_table` turns into one of `feature_schema()`.

    Writing a Parquet file of some thousand columns takes a tenth of a second even for few rows, and so does reading
    it (stage `write` of `boojum bench`). Workers write this form, which is later widened for many rows at once.
    """
    fixed = zip(*(_fixed(artifact, row) for artifact, row in rows), strict=True) if rows else ([] for _ in _FIXED)
    arrays = [_array(list(values), field.type) for field, values in zip(_FIXED, fixed, strict=True)]
    for _, kind, names in _packs():
        flat: list[Any] = []
        for _, row in rows:
            flat.extend(map(row.values.get, names))
        arrays.append(pa.FixedSizeListArray.from_arrays(pa.array(flat, kind), len(names)))
    return pa.Table.from_arrays(arrays, schema=_packed_schema())


def wide_table(packed: pa.Table) -> pa.Table:
    """Return one or several concatenated tables of `packed_table` as one with a column for every feature."""
    rows = packed.num_rows
    columns: dict[str, pa.Array | pa.ChunkedArray] = {field.name: packed.column(field.name) for field in _FIXED}
    for name, kind, names in _packs():
        chunks = [chunk.flatten() for chunk in packed.column(name).chunks]
        flat = pa.concat_arrays(chunks) if chunks else pa.array([], kind)
        positions = np.arange(len(flat), dtype=np.min_scalar_type(len(flat)))
        # Transposes rows to columns, so that each column is a slice that copies nothing.
        flat = flat.take(pa.array(positions.reshape(rows, len(names)).T.ravel()))
        columns |= {feature: flat.slice(at * rows, rows) for at, feature in enumerate(names)}
    schema = feature_schema()
    return pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)


def _fixed(artifact: Artifact, row: Row) -> Iterable[Any]:
    """Return the values of the columns that are not features, in the order of `_FIXED`."""
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
        _digest_matches(artifact, row),
        sorted(row.tokens),
        row.members,
        list(map(_evidence, row.evidence)),
        row.place_keys,
        row.hosts,
        row.limits,
        row.requires,
        row.entry_points,
        row.declared,
    )


_evidence = attrgetter(*(EVIDENCE.value_type.field(at).name for at in range(EVIDENCE.value_type.num_fields)))


def _digest_matches(artifact: Artifact, row: Row) -> bool | None:
    if not artifact.blake2b_256 or not row.blake2b_256:
        return None
    return artifact.blake2b_256 == row.blake2b_256


def _array(values: Sequence[Any], of: pa.DataType) -> pa.Array:
    """Return values as an array; a struct may be a tuple of its fields in their order.

    Structs are made from their columns: one dictionary for each would take ten times as long.
    """
    if pa.types.is_struct(of):
        columns = zip(*values, strict=True) if values else ((),) * of.num_fields
        arrays = [_array(column, of.field(at).type) for at, column in enumerate(columns)]
        return pa.StructArray.from_arrays(arrays, fields=[of.field(at) for at in range(of.num_fields)])
    if pa.types.is_list(of) and pa.types.is_struct(of.value_type):
        offsets = np.zeros(len(values) + 1, np.int32)
        np.cumsum([len(items) for items in values], out=offsets[1:])
        flat = [item for items in values for item in items]
        return pa.ListArray.from_arrays(pa.array(offsets), _array(flat, of.value_type), type=of)
    return pa.array(values, of)
