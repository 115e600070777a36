"""The floor: what the standard library takes to read every member of an artifact, and nothing else."""

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
class Floored:
    """The floor of one unit: seconds of each artifact, bytes read, and which artifacts were not read to their end."""

    seconds: tuple[float, ...]
    inflated: int
    unread: tuple[bool, ...]
    peak: int


@dataclass(frozen=True, slots=True)
class Floor:
    """Opens the process that is the floor; `most` bytes of an artifact are inflated, as an audit would."""

    root: Path
    most: int

    def __call__(self, _: Progress) -> Callable[[WorkUnit], Floored]:
        """Return what answers for a unit; there is nothing to start but the two modules."""
        return self.read

    def read(self, unit: WorkUnit) -> Floored:
        """Read every member of a unit's artifacts, one after the other, in pieces of a mebibyte."""
        seconds: list[float] = []
        unread: list[bool] = []
        inflated = 0
        for artifact in unit.artifacts:
            begun = time.process_time()
            size, whole = read_members(self.root / artifact.path, self.most)
            seconds.append(time.process_time() - begun)
            inflated += size
            unread.append(not whole)
        return Floored(tuple(seconds), inflated, tuple(unread), peak_memory())


def read_members(path: Path, most: int) -> tuple[int, bool]:
    """Return the bytes of all members of an archive and whether they were read to their end; raises nothing."""
    size = 0
    try:
        with path.open("rb") as file:
            is_zip = file.read(2) == b"PK"
        for piece in _zip_pieces(path) if is_zip else _tar_pieces(path):
            size += piece
            if size > most:
                return size, False
    except Exception:  # noqa: BLE001  a broken archive raises one of a dozen kinds; what it took until then is its floor
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
