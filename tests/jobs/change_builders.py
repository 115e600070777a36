"""Builds releases of projects as rows of the feature table, and compares two of them."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from features.contract import (
    Artifact,
    DeclaredEntryPoint,
    DeclaredFields,
    Evidence,
    FileType,
    HostKind,
    HostUse,
    Kind,
    ListedMember,
    Mark,
    Requirement,
    Role,
    Row,
    Scalar,
    Status,
)
from features.packaging.names import parse_filename
from features.place_keys import place_key
from features.schema import feature_schema, rows_table
from jobs.changes.bases import FACTS, IDENTITY
from jobs.changes.compare import compare

FIRST_DAY = datetime(2024, 1, 1, tzinfo=UTC)
NOTHING_DECLARED = DeclaredFields()


def member(
    path: str,
    content: str = "",
    role: Role = Role.REST,
    file_type: FileType = FileType.PYTHON,
    size: int = 1_000,
    tokens: tuple[int, ...] = (),
    **marks: int,
) -> ListedMember:
    """Return a member whose digest is that of `content` (by default its path), with these marks and counts."""
    digest = hashlib.md5((content or path).encode(), usedforsecurity=False).digest()
    return ListedMember(path, digest, role, file_type, size, tuple(Mark(*pair) for pair in marks.items()), tokens)


def place(indicator: str, excerpt: str, weight: float = 5.0, role: Role = Role.IMPORT, path: str = "m.py") -> Evidence:
    return Evidence(path, 3, indicator, role, excerpt, weight)


def host(name: str, kind: HostKind = HostKind.NAME, role: Role = Role.IMPORT) -> HostUse:
    return HostUse(name, kind, "m.py", 1, role, 1)


def release(
    filename: str,
    *members: ListedMember,
    day: float | None = None,
    status: Status = Status.OK,
    values: dict[str, Scalar] | None = None,
    evidence: Sequence[Evidence] = (),
    hosts: Sequence[HostUse] = (),
    requires: Sequence[Requirement] = (),
    entry_points: Sequence[DeclaredEntryPoint] = (),
    declared: DeclaredFields = NOTHING_DECLARED,
    limits: tuple[str, ...] = (),
    yanked: bool | None = None,
    path: str = "",
    project: str = "",
) -> tuple[Artifact, Row]:
    """Return one file of the feature table; its digest is that of its path, `day` counts from FIRST_DAY."""
    claims = parse_filename(filename)
    path = path or filename
    time = None if day is None else FIRST_DAY + timedelta(days=day)
    artifact = Artifact(
        path, filename, 10, project or claims.project, claims.version, claims.kind, upload_time=time, yanked=yanked
    )
    row = Row(
        status,
        "",
        claims.kind if status is not Status.UNREADABLE else Kind.UNKNOWN,
        digest(path),
        "b" * 64,
        values or {},
        members=tuple(members),
        evidence=tuple(evidence),
        place_keys=tuple(place_key(each.indicator, each.excerpt) for each in evidence),
        hosts=tuple(hosts),
        limits=limits,
        requires=tuple(requires),
        entry_points=tuple(entry_points),
        declared=declared,
    )
    return artifact, row


def digest(path: str) -> str:
    """Return the sha256 of the file of a path, as `release` makes it."""
    return hashlib.sha256(path.encode()).hexdigest()


def table(*releases: tuple[Artifact, Row]) -> pa.Table:
    return rows_table(releases)


def files(*releases: tuple[Artifact, Row]) -> pa.Table:
    """Return only the columns that bases are chosen by; a table of all columns takes long to make."""
    values = [
        (
            a.project,
            a.version,
            a.filename,
            r.kind.value,
            a.path,
            a.size,
            r.sha256,
            r.status.value,
            a.upload_time,
            a.yanked,
        )
        for a, r in releases
    ]
    names = (*IDENTITY, *FACTS)
    columns = zip(*values, strict=True) if values else [[] for _ in names]
    schema = feature_schema()
    return pa.table(
        {name: pa.array(column, schema.field(name).type) for name, column in zip(names, columns, strict=True)}
    )


def change(
    base: tuple[Artifact, Row], new: tuple[Artifact, Row], kind: str = "release", **facts: Any
) -> dict[str, Any]:
    """Return the change row of one artifact against its base."""
    rows: list[dict[str, Any]] = compare(table(new), table(base), [kind], **facts).to_pylist()
    return rows[0]


def wheel(version: str, *members: ListedMember, **details: Any) -> tuple[Artifact, Row]:
    """Return a pure wheel of the project `demo`."""
    return release(f"demo-{version}-py3-none-any.whl", *members, **details)


def sdist(version: str, *members: ListedMember, **details: Any) -> tuple[Artifact, Row]:
    """Return an sdist of the project `demo`; the paths of its members need its top folder."""
    return release(f"demo-{version}.tar.gz", *members, **details)
