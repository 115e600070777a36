"""Builds releases of projects as rows of the feature table, and compares two of them."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from store_builders import finish

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
    Progress,
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
from jobs.changes.current import scan_current
from jobs.changes.update import ChangeCounts, update_change_store
from jobs.mirror.inventory import SCHEMA
from jobs.run.cluster import Cluster
from jobs.store.part_store import PartStore

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
    sha256: str = "",
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
        sha256 or digest(path),
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


class Mirror:
    """A mirror whose files are rows of a feature store, and its change store; each night is a run of both."""

    def __init__(self, root: Path) -> None:
        self.features = PartStore(root / "features")
        self.changes = PartStore(root / "changes")
        self.nights = 0
        self.files: dict[str, tuple[Artifact, Row]] = {}
        self.read: set[str] = set()

    def add(self, *releases: tuple[Artifact, Row]) -> None:
        """Add files; one of a path that is there replaces it."""
        for each in releases:
            self.files[each[0].path] = each
            self.read.discard(each[0].path)

    def remove(self, *paths: str) -> None:
        for path in paths:
            del self.files[path]

    def extract(self) -> None:
        """Write the rows of new files into the feature store."""
        self.nights += 1
        new = [each for path, each in sorted(self.files.items()) if path not in self.read]
        if new:
            finish(self.features, f"{self.nights:03}", **{f"n{self.nights}": table(*new)})
        self.read |= set(self.files)

    def night(
        self,
        *releases: tuple[Artifact, Row],
        flagged: Collection[str] = (),
        open_cluster: Callable[[], Cluster] | None = None,
        progress: Progress | None = None,
    ) -> ChangeCounts:
        """Add files and bring both stores up to date."""
        self.add(*releases)
        self.extract()
        return update_change_store(
            self.features,
            self.changes,
            f"{self.nights:03}",
            self.inventory(),
            set(flagged),
            open_cluster or no_cluster,
            progress or (lambda done, total, what: None),
        )

    def inventory(self) -> pa.Table:
        rows = [
            {
                **{name: getattr(artifact, name) for name in SCHEMA.names if name != "kind"},
                "kind": artifact.kind.value,
            }
            for artifact, _ in self.files.values()
        ]
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def rows(self, *columns: str) -> list[tuple[Any, ...]]:
        """Return these columns of the current rows, sorted."""
        tables = [table.select(columns) for table in scan_current(self.changes, columns)]
        return sorted((tuple(row.values()) for each in tables for row in each.to_pylist()), key=str)

    def bases(self, kind: str = "release") -> dict[str, str]:
        """Return {file name: file name of its base} of the current rows of one kind."""
        return {name: base for name, base, of in self.rows("filename", "base_filename", "base_kind") if of == kind}


def no_cluster() -> Cluster:
    raise AssertionError("no worker is needed")
