"""What the jobs room promises: a mirror in, a finished run's folder out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

import pyarrow as pa

from features.contract import Artifact, Progress, Row
from features.limits import Limits
from model.contract import ModelCard

Extract: TypeAlias = Callable[[Path, str, Limits], Row]
"""Reads one file under its true name; what it cannot read is a row, never an exception. Importable by workers."""


class Scorer(Protocol):
    """A trained model, as far as this room uses it."""

    @property
    def card(self) -> ModelCard:
        """What there is to know of it."""

    def score(self, table: pa.Table) -> pa.Table:
        """Return one row per row: score, verdict, score_<learner> ..., reasons."""


Load: TypeAlias = Callable[[Path | None], Scorer]
"""Loads a model from its folder, or the shipped one; raises ModelError. Importable by workers."""


class JobsError(Exception):
    """Base of the errors of this room: facts as attributes, a sentence, and a hint that says what to do."""

    hint: str = ""


class OutputLockedError(JobsError):
    """Another boojum works in the same output folder."""

    hint = "wait until it has ended, or choose another --out"

    def __init__(self, out: Path, pid: str) -> None:
        super().__init__(out, pid)
        self.out = out
        self.pid = pid

    def __str__(self) -> str:
        return f"{self.out} is in use by another boojum (process {self.pid or 'unknown'})"


class OutputUnusableError(JobsError):
    """The output folder cannot be made, or nothing can be written there."""

    hint = "choose another --out, or see that this user may write there"

    def __init__(self, out: Path, reason: str) -> None:
        super().__init__(out, reason)
        self.out = out
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.out} cannot be used as the output folder ({self.reason})"


class StoreUnwritableError(JobsError):
    """A file of the output folder could not be written."""

    hint = "see that every worker may write there; the next run resumes"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path} cannot be written ({self.reason})"


class StoreFullError(StoreUnwritableError):
    """The disk, or a quota, is full."""

    hint = "make room and run again: what was finished is kept, and the next run resumes"


class StoreBrokenError(JobsError):
    """Parts of finished runs cannot be read any more; they were moved aside."""

    hint = "run again: what they held is read anew"

    def __init__(self, parts: tuple[Path, ...]) -> None:
        super().__init__(parts)
        self.parts = parts

    def __str__(self) -> str:
        more = f" and {len(self.parts) - 1} more" if len(self.parts) > 1 else ""
        return f"{self.parts[0]}{more} is damaged and was moved aside"


class SchedulerUnreachableError(JobsError):
    """No Dask scheduler answers, or none of its workers does."""

    hint = "start `dask scheduler` and `dask worker` there, or leave --scheduler away to use this machine"

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(address, reason)
        self.address = address
        self.reason = reason

    def __str__(self) -> str:
        return f"no work can be sent to the Dask scheduler {self.address}: {self.reason}"


class ClusterLostError(JobsError):
    """The scheduler, or the last of its workers, went away in mid-run."""

    hint = "run again: what was finished is kept, and the next run resumes"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class WorkerDiedError(JobsError):
    """The worker ended that had the work in hand, by itself or for its memory."""

    hint = "run again; if it ends again, give each worker more memory"

    def __str__(self) -> str:
        return "a worker ended in the middle of its work"


class WorkerUnfitError(JobsError):
    """A worker cannot do this run's work: it lacks boojum, or does not see the mirror or the output folder."""

    hint = "mount the mirror and --out under the same paths on every worker, with the same boojum installed"

    def __init__(self, worker: str, reason: str) -> None:
        super().__init__(worker, reason)
        self.worker = worker
        self.reason = reason

    def __str__(self) -> str:
        return f"worker {self.worker} {self.reason}"


class WorkerSchemaMismatchError(JobsError):
    """A worker extracts other columns than this process, so that their rows must not stand in one table."""

    hint = "install the same version of boojum on every worker"

    def __init__(self, worker: str, theirs: str, ours: str) -> None:
        super().__init__(worker, theirs, ours)
        self.worker = worker
        self.theirs = theirs
        self.ours = ours

    def __str__(self) -> str:
        return f"worker {self.worker} has the feature schema {self.theirs}, this process {self.ours}"


@dataclass(frozen=True, slots=True)
class WorkUnit:
    """Artifacts that one Dask task reads and one file holds until parts are made; `id` digests which files they are."""

    id: str
    artifacts: tuple[Artifact, ...]
    bytes: int


@dataclass(frozen=True, slots=True)
class UnitResult:
    """What a worker says of a finished unit; the rows themselves are in the file `part` of the run's staging folder.

    `unread` artifacts could not be read (gone, no permission, changed meanwhile, a fault of ours). They are
    rows of this run and are tried again in the next one; `part` is "" where nothing else was in the unit.
    `project` is that of its first artifact.
    """

    unit: str
    project: str
    part: str
    rows: int
    unreadable: int
    partial: int
    bytes: int
    seconds: float
    unread: int = 0


@dataclass(frozen=True, slots=True)
class WalkFinding:
    """Something the walk itself noticed: `code` is stable, `path` relative to the mirror, `detail` a sentence."""

    code: str
    path: str
    detail: str


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """One audit as asked for. `config` is the effective configuration, for the manifest.

    `workers` None or 0 means one per processor, `memory_per_worker` (bytes) None or 0 a fair share of at
    most 2 GiB; both are for the workers that boojum starts itself, where no scheduler is given.
    """

    mirror: Path
    out: Path
    model: Path | None = None
    workers: int | None = None
    memory_per_worker: int | None = None
    scheduler: str | None = None
    scheduler_file: Path | None = None
    limits: Limits = field(default_factory=Limits)
    config: Mapping[str, object] = field(default_factory=dict)


class Hold(Protocol):
    """The lock on an output folder; the kernel releases it when the process ends, however it ends."""

    def release(self) -> None:
        """Let others in; a second call does nothing."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run on disk: `folder` is runs/<id>, or its staged form before `publish_run`; `manifest` its manifest.json.

    A staged run holds the output folder's lock until it is published or discarded.
    """

    id: str
    out: Path
    folder: Path
    manifest: Mapping[str, object]
    hold: Hold | None = field(default=None, compare=False, repr=False)


RunAudit: TypeAlias = Callable[[AuditRequest, Progress | None], RunFolder]
"""`jobs.run.audit.run_audit`, or it with what it calls on workers watched."""
