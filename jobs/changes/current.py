"""Tells which rows of the change store are current.

An artifact's bases may change: an older release arrives late, or a base is flagged or leaves the mirror. Then all its
rows are written anew, under a later run, and a note says that the earlier ones are superseded. A note also says that an
artifact was considered and has no base, so that it is not considered every night.
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from jobs.store.part_files import list_entries, list_files
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


def run_of(file: Path) -> str:
    """Return the id of the run that a file of the store belongs to; ids of later runs are greater."""
    return file.parent.name.partition("=")[2]


def notes_of(changes: PartStore) -> list[Path]:
    """Return the files of notes of all finished runs, ordered by run."""
    return [file for run in list_entries(changes.root, "run=") for file in list_files(run, NOTES_PREFIX)]


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


def scan_current(
    changes: PartStore, columns: Sequence[str], files: Sequence[tuple[Path, Path]] | None = None
) -> Iterator[pa.Table]:
    """Yield these columns of the current rows of the change store, part by part.

    `files` are (file that is read, part of changes with the same rows), because scores of changes are current where
    their changes are; by default each part is read itself. Raises StoreBrokenError.
    """
    superseded = superseded_rows(changes)
    latest: dict[str, str] = {}
    for key, run in zip(_keys(superseded).to_pylist(), superseded.column("run").to_pylist(), strict=True):
        latest[key] = max(run, latest.get(key, ""))
    noted = pa.array(list(latest), pa.string())
    for file, part in [(part, part) for part in changes.parts()] if files is None else files:
        table = read_or_quarantine(file, list(dict.fromkeys([*columns, *_FILE])))
        made = _keys(table)
        if len(noted) and pc.any(pc.is_in(made, value_set=noted)).as_py():
            run = run_of(part)
            table = table.filter(pa.array([latest.get(key, "") <= run for key in made.to_pylist()]))
        yield table.select(list(columns))


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


def _keys(table: pa.Table) -> pa.ChunkedArray:
    return pc.binary_join_element_wise(
        table.column("path"), table.column("size").cast(pa.string()), table.column("sha256"), "\0"
    )
