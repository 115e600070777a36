"""What the jobs room promises: a mirror in, a finished run's folder out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from features.contract import Artifact


class JobsError(Exception):
    """Base of the errors of this room: facts as attributes, a sentence, and a hint that says what to do."""

    hint: str = ""


@dataclass(frozen=True, slots=True)
class WorkUnit:
    """Artifacts that one Dask task reads and one Parquet part holds; `id` is a digest over their paths."""

    id: str
    artifacts: tuple[Artifact, ...]
    bytes: int


@dataclass(frozen=True, slots=True)
class UnitResult:
    """What a worker says of a finished unit; the rows themselves are in `part`."""

    unit: str
    part: str
    rows: int
    unreadable: int
    partial: int
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class WalkFinding:
    """Something the walk itself noticed: `code` is stable, `path` relative to the mirror, `detail` a sentence."""

    code: str
    path: str
    detail: str


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A finished run on disk: `folder` is runs/<id>, `manifest` its manifest.json."""

    id: str
    out: Path
    folder: Path
    manifest: Mapping[str, object]
