"""Tells which rows of the change store are current.

An artifact's bases may change: an older release arrives late, or a base is flagged or leaves the mirror. Then all its
rows are written anew, under a later run, and a note says that the earlier ones are superseded. A note also says that an
artifact was considered and has no base, so that it is not considered every night.
"""

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from jobs.store.merged_runs import run_name
from jobs.store.part_store import PartStore
from jobs.store.quarantine import read_or_quarantine

NOTES_PREFIX = "notes-"
"""Prefix of the names of files of notes in the folder of a run; they are not parts."""
NOTES = pa.schema(
    [
        pa.field("project", pa.string()),
        pa.field("path", pa.string()),
        pa.field("size", pa.int64()),
        pa.field("sha256", pa.string()),
        pa.field("baseless", pa.bool_()),
        pa.field("excluded", pa.bool_()),
        pa.field("superseded", pa.bool_()),
    ]
)
"""Notes about artifacts: it has no base (`baseless`), it was flagged or yanked (`excluded`), and its rows under earlier
runs no longer count (`superseded`)."""
_FILE = ("path", "size", "sha256")
_BASE = ("base_kind", "base_path", "base_size", "base_sha256")
_MERGED_NOTES = """
    SELECT any_value(n.project) AS project, n.path, n.size, n.sha256,
        coalesce(max(n.run) FILTER (WHERE n.baseless) > coalesce(any_value(m.newest), -1), false) AS baseless,
        bool_or(n.excluded) AS excluded, bool_or(n.superseded) AS superseded
    FROM noted n LEFT JOIN (SELECT path, size, sha256, max(run) AS newest FROM made GROUP BY ALL) m
        ON n.path = m.path AND n.size = m.size AND n.sha256 = m.sha256
    GROUP BY n.path, n.size, n.sha256 HAVING baseless OR excluded OR superseded ORDER BY project, n.path
"""


def run_of(file: Path) -> str:
    """Return the id of the run that a file of the store belongs to; ids of later runs are greater."""
    return run_name(file.parent)


def notes_of(changes: PartStore) -> list[Path]:
    """Return the files of notes of all finished runs, ordered by run."""
    return changes.files(NOTES_PREFIX)


def superseded_rows(changes: PartStore) -> pa.Table:
    """Return the artifacts whose rows under runs before `run` no longer count: path, size, sha256, run.

    Raises StoreBrokenError if a file of notes is damaged, after moving it aside.
    """
    columns = [*_FILE, "superseded"]
    tables = []
    for file in notes_of(changes):
        notes = read_or_quarantine(file, columns)
        kept = notes.filter(notes.column("superseded")).select(_FILE).replace_schema_metadata()
        tables.append(kept.append_column("run", pa.array([run_of(file)] * len(kept), pa.string())))
    empty = pa.schema([*(NOTES.field(name) for name in _FILE), pa.field("run", pa.string())]).empty_table()
    return pa.concat_tables([empty, *tables])


@dataclass(frozen=True, slots=True)
class Supersession:
    """The newest run under which the rows of artifacts were superseded, by artifact; `noted` are its keys."""

    newest: Mapping[str, str]
    noted: pa.Array

    @classmethod
    def read(cls, changes: PartStore) -> "Supersession":
        """Return that of a store; raises StoreBrokenError if a file of notes is damaged, after moving it aside."""
        superseded = superseded_rows(changes)
        newest: dict[str, str] = {}
        for key, run in zip(_keys(superseded).to_pylist(), superseded.column("run").to_pylist(), strict=True):
            newest[key] = max(run, newest.get(key, ""))
        return cls(newest, pa.array(list(newest), pa.string()))

    def is_current(self, table: pa.Table, run: str) -> pa.Array:
        """Return for each row of a part of a run whether it still counts."""
        made = _keys(table)
        if len(self.noted) and pc.any(pc.is_in(made, value_set=self.noted)).as_py():
            return pa.array([self.newest.get(key, "") <= run for key in made.to_pylist()], pa.bool_())
        return pa.repeat(pa.scalar(True), len(table))


def merge_notes(notes: Sequence[Path], parts: Sequence[Path]) -> pa.Table:
    """Return what notes say that become those of one run, together with the parts of the same runs.

    An artifact is without a base only if no row of it is newer than that note. Raises StoreBrokenError.
    """
    import duckdb  # noqa: PLC0415  workers never join, and a test checks that they load no database

    runs = sorted({run_of(file) for file in (*notes, *parts)})
    with contextlib.closing(duckdb.connect()) as connection:
        connection.register("noted", _with_runs(notes, NOTES, runs))
        connection.register("made", _with_runs(parts, pa.schema([NOTES.field(name) for name in _FILE]), runs))
        return connection.sql(_MERGED_NOTES).to_arrow_table().cast(NOTES)


def scan_current(
    changes: PartStore, columns: Sequence[str], files: Sequence[tuple[Path, Path]] | None = None
) -> Iterator[pa.Table]:
    """Yield these columns of the current rows of the change store, part by part.

    `files` are (file that is read, part of changes with the same rows), because scores of changes are current where
    their changes are; by default each part is read itself. Raises StoreBrokenError.
    """
    superseded = Supersession.read(changes)
    for file, part in [(part, part) for part in changes.parts()] if files is None else files:
        table = read_or_quarantine(file, list(dict.fromkeys([*columns, *_FILE])))
        yield table.filter(superseded.is_current(table, run_of(part))).select(list(columns))


def rows_with_base_among(changes: PartStore, flagged: Collection[str]) -> pa.Table:
    """Return which current rows have a base with one of these digests: the artifact, and its base.

    It reads seven columns of the store. Raises StoreBrokenError.
    """
    wanted = pa.array(sorted(flagged), pa.string())
    columns = [*_FILE, *_BASE]
    found = []
    for table in scan_current(changes, columns):
        mask = pc.is_in(table.column("base_sha256"), value_set=wanted)
        found.append(table.filter(mask).replace_schema_metadata())
    schema = pa.schema([pa.field(name, pa.int64() if name.endswith("size") else pa.string()) for name in columns])
    return pa.concat_tables([schema.empty_table(), *(table.cast(schema) for table in found)])


def _with_runs(files: Sequence[Path], columns: pa.Schema, runs: Sequence[str]) -> pa.Table:
    """Return the rows of files with a column `run`, the place of the file's run in `runs`."""
    tables = [columns.append(pa.field("run", pa.int64())).empty_table()]
    for file in files:
        table = read_or_quarantine(file, columns.names).select(columns.names).cast(columns)
        run = pa.repeat(pa.scalar(runs.index(run_of(file)), pa.int64()), len(table))
        tables.append(table.append_column("run", run))
    return pa.concat_tables(tables)


def _keys(table: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(
        table.column("path"), table.column("size").cast(pa.string()), table.column("sha256"), "\0"
    )
