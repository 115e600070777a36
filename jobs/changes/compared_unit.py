"""Compares a unit of pairs on a worker: gathers their rows from the feature store and writes a part of changes."""

import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.schema import feature_schema
from jobs.changes.compare import compare, compared_columns
from jobs.changes.plan import ChangeUnit
from jobs.changes.ragged import Ints, to_ints, whole
from jobs.store.part_files import part_name, write_part
from jobs.store.quarantine import read_or_quarantine


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """The file name of a part of changes and the number of its rows."""

    name: str
    rows: int


@dataclass(frozen=True, slots=True)
class CompareUnit:
    """The task of a worker over a unit: write its changes as one part into `folder`, the staging folder of the run.

    `projects` is a file with the names of all projects on the mirror.
    """

    folder: Path
    run: str
    projects: Path

    def __call__(self, unit: ChangeUnit) -> WrittenPart:
        """Return the part; raises StoreBrokenError if a feature part is damaged, after moving it aside."""
        gathered, places, base_places = gather(unit)
        changes = compare(
            gathered.take(pa.array(places)),
            gathered.take(pa.array(base_places)),
            unit.pairs.column("base_kind").to_pylist(),
            earlier_releases=whole(unit.pairs.column("earlier_releases")),
            usual_days=whole(unit.pairs.column("usual_days")),
            projects=_read_projects(self.projects),
        )
        name = part_name(self._key(changes))
        write_part(self.folder, name, changes)
        return WrittenPart(name, len(changes))

    def _key(self, changes: pa.Table) -> str:
        columns = (changes.column(name).to_pylist() for name in ("path", "sha256", "base_kind", "base_path"))
        described = [self.run, *("\0".join(map(str, pair)) for pair in zip(*columns, strict=True))]
        return hashlib.blake2b("\n".join(described).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def gather(unit: ChangeUnit) -> tuple[pa.Table, Ints, Ints]:
    """Return the rows of the feature table that a unit needs, each once, and the places in it of both sides of pairs.

    Each part is read once and only its needed rows are held.
    """
    parts = [to_ints(whole(unit.pairs.column(name))) for name in ("part", "base_part")]
    rows = [to_ints(whole(unit.pairs.column(name))) for name in ("row", "base_row")]
    tables: list[pa.Table] = [_schema().empty_table()]
    places = [np.zeros(len(unit.pairs), np.int64) for _ in parts]
    start = 0
    for number, part in enumerate(unit.parts):
        masks = [side == number for side in parts]
        needed = np.unique(np.concatenate([side[mask] for side, mask in zip(rows, masks, strict=True)]))
        for place, side, mask in zip(places, rows, masks, strict=True):
            place[mask] = start + np.searchsorted(needed, side[mask])
        tables.append(_read_rows(part, needed))
        start += len(needed)
    return pa.concat_tables(tables).combine_chunks(), places[0], places[1]


def _read_rows(part: Path, rows: Ints) -> pa.Table:
    table = read_or_quarantine(part, _schema().names).select(_schema().names).take(pa.array(rows))
    return table.replace_schema_metadata().cast(_schema())


@cache
def _schema() -> pa.Schema:
    """Return the columns of the feature table that a comparison reads, without their metadata."""
    full = feature_schema()
    return pa.schema([full.field(name).remove_metadata() for name in compared_columns()])


@lru_cache(maxsize=1)
def _read_projects(file: Path) -> pa.Array:
    """Return the names of the mirror's projects, which a worker reads once in a run."""
    return whole(pq.read_table(file).column("project"))


def write_projects(folder: Path, projects: pa.Table) -> Path:
    """Write the names of all projects on the mirror for the workers; it is no part, so that it ends with the run."""
    return write_part(folder, "projects.parquet", projects)
