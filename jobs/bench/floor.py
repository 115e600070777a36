"""Measures the floor: the time in which the standard library reads every member of an artifact, and nothing else."""

import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from features.contract import Progress
from jobs.bench.process import peak_memory
from jobs.contract import WorkUnit

_PIECE = 2**20


@dataclass(frozen=True, slots=True)
class FloorMeasurement:
    """The floor of one unit: seconds of each artifact, bytes inflated, and which artifacts were not read to their end.

    `peak` is the most memory that the process has held so far.
    """

    seconds: tuple[float, ...]
    inflated: int
    unread: tuple[bool, ...]
    peak: int


@dataclass(frozen=True, slots=True)
class PrepareFloor:
    """Prepares a process for the floor; like an audit, it inflates at most `limit` bytes of an artifact."""

    root: Path
    limit: int

    def __call__(self, _: Progress) -> Callable[[WorkUnit], FloorMeasurement]:
        """Return the function that measures a unit; there is nothing to load but the two modules."""
        return self.measure

    def measure(self, unit: WorkUnit) -> FloorMeasurement:
        """Read every member of a unit's artifacts, one after the other, in pieces of 1 MiB."""
        seconds: list[float] = []
        unread: list[bool] = []
        inflated = 0
        for artifact in unit.artifacts:
            started = time.process_time()
            size, is_whole = read_members(self.root / artifact.path, self.limit)
            seconds.append(time.process_time() - started)
            inflated += size
            unread.append(not is_whole)
        return FloorMeasurement(tuple(seconds), inflated, tuple(unread), peak_memory())


def read_members(path: Path, limit: int) -> tuple[int, bool]:
    """Return the number of bytes of an archive's members, and whether all were read; raises nothing."""
    size = 0
    try:
        with path.open("rb") as file:
            is_zip = file.read(2) == b"PK"
        for piece in _zip_pieces(path) if is_zip else _tar_pieces(path):
            size += piece
            if size > limit:
                return size, False
    except Exception:  # noqa: BLE001  a damaged archive raises one of a dozen types; its floor is the time until then
        return size, False
    return size, True


def _zip_pieces(path: Path) -> Iterator[int]:
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            with archive.open(info) as member:
                while piece := member.read(_PIECE):
                    yield len(piece)


def _tar_pieces(path: Path) -> Iterator[int]:
    with tarfile.open(path) as archive:
        for info in archive:
            member = archive.extractfile(info) if info.isfile() else None
            while member is not None and (piece := member.read(_PIECE)):
                yield len(piece)
