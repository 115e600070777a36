"""Merges the files of units into parts of many rows, because a part has a fixed overhead on disk and in queries."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from features.schema import wide_table
from jobs.contract import ClusterLostError, WorkerDiedError
from jobs.run.dispatch import BoundedSubmit
from jobs.store.part_files import part_name, with_merged_units, write_part
from jobs.store.quarantine import quarantine, read_or_quarantine

if TYPE_CHECKING:
    from jobs.run.cluster import Cluster

PART_ROWS = 2_048
"""Most rows of a part; a unit that has more is a part of its own."""
PART_BYTES = 16 * 2**20
"""Most bytes of the unit files that become one part; a unit that has more is a part of its own."""


@dataclass(frozen=True, slots=True, order=True)
class UnitFile:
    """The file of a unit: `project` of its first row, the file's name, and its number of rows; ordered by project."""

    project: str
    name: str
    rows: int


def read_unit_file(folder: Path, name: str) -> UnitFile:
    """Return the description of a unit's file; raises StoreBrokenError if it is damaged, after moving it aside."""
    projects = read_or_quarantine(folder / name, ["project"])["project"]
    return UnitFile(projects[0].as_py(), name, len(projects))


@dataclass(frozen=True, slots=True)
class MergeUnits:
    """The task of a worker over the files of some units in `folder`: write one part of them into the same folder."""

    folder: Path

    def __call__(self, units: tuple[str, ...]) -> str:
        """Return the part's name; raises StoreBrokenError if a unit's file is damaged, after moving it aside."""
        packed = pa.concat_tables([read_or_quarantine(self.folder / unit, None) for unit in units])
        name = part_name(hashlib.blake2b("\n".join(units).encode(), digest_size=16).hexdigest())
        write_part(self.folder, name, with_merged_units(wide_table(packed), units))
        return name


def merge_units(
    open_cluster: Callable[[], "Cluster"], task: MergeUnits, units: Iterable[UnitFile]
) -> Iterator[tuple[str, int]]:
    """Yield (name of a part, number of its units) until every unit is in a part; raises JobsError.

    A single part is made in this process, and the cluster is not opened for it. If a worker dies or fails over a
    batch, the batch is retried in halves.
    """
    batches = deque(plan_parts(task.folder, units))
    if len(batches) <= 1:
        yield from ((task(batch), len(batch)) for batch in batches)
        return
    for batch, answer in BoundedSubmit(open_cluster(), task, lambda: batches.popleft() if batches else None):
        if isinstance(answer, str):
            yield answer, len(batch)
        elif len(batch) > 1:
            middle = len(batch) // 2
            batches.extend((batch[:middle], batch[middle:]))
        elif isinstance(answer, WorkerDiedError):
            raise ClusterLostError(f"a worker died while merging {batch[0]}: it may need more memory") from answer
        else:
            raise answer


def plan_parts(folder: Path, units: Iterable[UnitFile]) -> Iterator[tuple[str, ...]]:
    """Yield the file names of each part's units, by project and within `PART_ROWS` and `PART_BYTES`.

    Raises StoreBrokenError if a unit's file is gone.
    """
    batch: list[str] = []
    rows = size = 0
    for unit in sorted(units):
        try:
            unit_bytes = (folder / unit.name).stat().st_size
        except OSError as error:
            raise quarantine([folder / unit.name]) from error
        if batch and (rows + unit.rows > PART_ROWS or size + unit_bytes > PART_BYTES):
            yield tuple(batch)
            batch, rows, size = [], 0, 0
        batch.append(unit.name)
        rows += unit.rows
        size += unit_bytes
    if batch:
        yield tuple(batch)
