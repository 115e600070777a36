"""Derives the schema of the change table from the registered parts."""

import hashlib
import json
from functools import cache

import pyarrow as pa

from features.schema import fingerprint
from jobs.changes.registry import PARTS

IDENTITY = (
    *(pa.field(name, pa.string()) for name in ("project", "version", "filename", "kind", "path")),
    pa.field("size", pa.int64()),
    pa.field("sha256", pa.string()),
)
"""Identity of the artifact, as in the feature table."""
BASE = (
    *(pa.field(f"base_{name}", pa.string()) for name in ("kind", "project", "version", "filename", "path")),
    pa.field("base_size", pa.int64()),
    pa.field("base_sha256", pa.string()),
)
"""Kind and identity of the base."""


def change_schema() -> pa.Schema:
    """Return the schema of a part of the change store: identity, base, and the columns of the parts."""
    return _schema()


@cache
def _schema() -> pa.Schema:
    fields = [*IDENTITY, *BASE, *(field for part in PARTS for field in part.fields)]
    return pa.schema(fields, metadata={"fingerprint": change_fingerprint(), "features": fingerprint()})


@cache
def change_fingerprint() -> str:
    """Return 16 hex digits over the feature schema and the names, types and versions of all parts."""
    parts = [[part.name, part.version, [str(field) for field in part.fields]] for part in PARTS]
    described = [fingerprint(), [str(field) for field in (*IDENTITY, *BASE)], parts]
    return hashlib.blake2b(json.dumps(described).encode(), digest_size=8).hexdigest()


def dense_columns() -> tuple[str, ...]:
    """Return the names of the columns of numbers that a model may see, in their order."""
    return tuple(field.name for field in change_schema() if field.name.startswith("change_"))
