"""Makes the store's parts of what the units left: a part costs the same however few its rows, so it has many."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from features.schema import wide_table
from jobs.contract import ClusterLostError, WorkerDiedError
from jobs.run.dispatch import BoundedSubmit
from jobs.store.part_files import part_name, read_part, with_merged_units, write_part
from jobs.store.quarantine import quarantine

if TYPE_CHECKING:
    from jobs.run.cluster import Cluster

PART_ROWS = 2_048
"""Rows of a part, at most ..."""
PART_BYTES = 16 * 2**20
"""... and the bytes of its units' files together, unless one unit alone has more."""


@dataclass(frozen=True, slots=True, order=True)
class UnitFile:
    """What a worker left of a unit: `project` of its first row, the file's name, and its rows."""

    project: str
    name: str
    rows: int


def find_unit(folder: Path, name: str) -> UnitFile:
    """Return what there is to know of a unit's file; raises StoreBrokenError where it is damaged."""
    projects = _read(folder / name, ["project"])["project"]
    return UnitFile(projects[0].as_py(), name, len(projects))


@dataclass(frozen=True, slots=True)
class MergeUnits:
    """What a worker does with the files of some units: it makes one part of them in the same folder."""

    folder: Path

    def __call__(self, units: tuple[str, ...]) -> str:
        """Return the part's name; raises StoreBrokenError where a unit's file is damaged, after moving it aside."""
        packed = pa.concat_tables([_read(self.folder / unit, None) for unit in units])
        name = part_name(hashlib.blake2b("\n".join(units).encode(), digest_size=16).hexdigest())
        write_part(self.folder, name, with_merged_units(wide_table(packed), units))
        return name


def merge_units(
    cluster: Callable[[], "Cluster"], task: MergeUnits, units: Iterable[UnitFile]
) -> Iterator[tuple[str, int]]:
    """Yield (name of a part, how many units are in it) until every unit is in a part; raises JobsError.

    Where that is one part it is made here: not worth a cluster, if none is running yet.
    """
    batches = deque(plan_parts(task.folder, units))
    if len(batches) <= 1:
        yield from ((task(batch), len(batch)) for batch in batches)
        return
    for batch, answer in BoundedSubmit(cluster(), task, lambda: batches.popleft() if batches else None):
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
    """Yield the names of each part's units: in the order of their projects, and as many as a part may hold.

    Raises StoreBrokenError where a unit's file is gone.
    """
    batch: list[str] = []
    rows = size = 0
    for unit in sorted(units):
        try:
            more = (folder / unit.name).stat().st_size
        except OSError as error:
            raise quarantine([folder / unit.name]) from error
        if batch and (rows + unit.rows > PART_ROWS or size + more > PART_BYTES):
            yield tuple(batch)
            batch, rows, size = [], 0, 0
        batch.append(unit.name)
        rows += unit.rows
        size += more
    if batch:
        yield tuple(batch)


def _read(unit: Path, columns: Sequence[str] | None) -> pa.Table:
    try:
        return read_part(unit, columns)
    except (pa.ArrowException, OSError) as error:
        raise quarantine([unit]) from error
