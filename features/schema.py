"""The one place where the feature table's Arrow schema comes from."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import pyarrow as pa

from features.contract import Artifact, Column, FeatureGroup, Row
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
"""Who the row is about and how far it was examined."""

CONTEXT = (
    pa.field("context_upload_time", pa.timestamp("us", tz="UTC")),
    pa.field("context_listed", pa.bool_()),
    pa.field("context_yanked", pa.bool_()),
    pa.field("context_digest_matches", pa.bool_()),
)
"""What the mirror alone knows. No model sees it: a removed package has none of it."""

TOKENS = "code_tokens"
"""Column of hashed code tokens (uint32), capped per artifact and role, sorted."""

EVIDENCE = pa.list_(
    pa.struct(
        [
            pa.field("member", pa.string()),
            pa.field("line", pa.int32()),
            pa.field("indicator", pa.string()),
            pa.field("role", pa.string()),
            pa.field("excerpt", pa.string()),
            pa.field("weight", pa.float32()),
        ]
    )
)

LISTS = (
    pa.field(TOKENS, pa.list_(pa.uint32())),
    pa.field("members", pa.list_(pa.binary(16))),
    pa.field("evidence", EVIDENCE),
    pa.field("limits", pa.list_(pa.string())),
    pa.field("requires", pa.list_(pa.string())),
)

_ARROW = {"bool": pa.bool_(), "int32": pa.int32(), "int64": pa.int64(), "float": pa.float32()}


def feature_columns(groups: Sequence[FeatureGroup] = GROUPS) -> tuple[Column, ...]:
    """Return the columns that a model may see, in order."""
    return tuple(column for group in groups for column in group.columns)


def fingerprint(groups: Sequence[FeatureGroup] = GROUPS) -> str:
    """Return 16 hex digits over the names, types and versions of all columns; rows and models carry it."""
    said = [[group.name, group.version, [[c.name, c.dtype] for c in group.columns]] for group in groups]
    fixed = [str(field) for field in (*IDENTITY, *CONTEXT, *LISTS)]
    return hashlib.blake2b(json.dumps([said, fixed]).encode(), digest_size=8).hexdigest()


def group_versions(groups: Sequence[FeatureGroup] = GROUPS) -> dict[str, str]:
    """Return each group's own fingerprint, so that a mismatch can name the group that changed."""
    return {group.name: fingerprint((group,)) for group in groups}


def feature_schema(groups: Sequence[FeatureGroup] = GROUPS) -> pa.Schema:
    """Return the schema of a part of the store: identity, context, features, lists."""
    fields = [pa.field(c.name, _ARROW[c.dtype], metadata={"meaning": c.meaning}) for c in feature_columns(groups)]
    metadata = {"fingerprint": fingerprint(groups), "groups": json.dumps(group_versions(groups))}
    return pa.schema([*IDENTITY, *CONTEXT, *fields, *LISTS], metadata=metadata)


@cache
def _schema() -> pa.Schema:
    return feature_schema()


def rows_table(rows: Iterable[tuple[Artifact, Row]]) -> pa.Table:
    """Return rows as a table of `feature_schema()`; features of an unreadable artifact are null."""
    schema = _schema()
    columns: dict[str, list[Any]] = {name: [] for name in schema.names}
    names = [column.name for column in feature_columns()]
    for artifact, row in rows:
        for name, value in (
            ("project", artifact.project),
            ("version", artifact.version),
            ("filename", artifact.filename),
            ("kind", row.kind.value),
            ("path", artifact.path),
            ("sha256", row.sha256),
            ("blake2b_256", row.blake2b_256),
            ("size", artifact.size),
            ("status", row.status.value),
            ("reason", row.reason),
            ("context_upload_time", artifact.upload_time),
            ("context_listed", artifact.listed),
            ("context_yanked", artifact.yanked),
            ("context_digest_matches", _matches(artifact, row)),
            (TOKENS, sorted(row.tokens)),
            ("members", list(row.members)),
            ("evidence", [_evidence(item) for item in row.evidence]),
            ("limits", list(row.limits)),
            ("requires", list(row.requires)),
        ):
            columns[name].append(value)
        for name in names:
            columns[name].append(row.values.get(name))
    return pa.Table.from_arrays([pa.array(columns[field.name], type=field.type) for field in schema], schema=schema)


def _matches(artifact: Artifact, row: Row) -> bool | None:
    if not artifact.blake2b_256 or not row.blake2b_256:
        return None
    return artifact.blake2b_256 == row.blake2b_256


def _evidence(item: Any) -> dict[str, Any]:
    return {
        "member": item.member,
        "line": item.line,
        "indicator": item.indicator,
        "role": item.role.value,
        "excerpt": item.excerpt,
        "weight": item.weight,
    }
