"""The contract of the jobs room: the types that travel between its sub-rooms, and its errors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from features.contract import Artifact, Row
from features.limits import Limits
from model.contract import ModelCard

if TYPE_CHECKING:
    import pyarrow as pa

Extract: TypeAlias = Callable[[Path, str, Limits], Row]
"""Reads one file under its true filename and returns its row, also if it cannot be read; importable by workers."""


class Scorer(Protocol):
    """A trained model of artifacts, or its part for changes, as far as this room uses them."""

    @property
    def card(self) -> ModelCard:
        """The model's description."""

    def score(self, table: "pa.Table") -> "pa.Table":
        """Return one row for each row.

        Its columns are score, verdict, score_<learner> ... and reasons for features; change_score, change_verdict,
        change_reasons and worst_member for changes.
        """


LoadModel: TypeAlias = Callable[[Path | None], Scorer]
"""Loads the model of a folder, or the shipped one (None); raises ModelError. Importable by workers."""


class JobsError(Exception):
    """Base of this room's errors: attributes hold the facts, `str` is a sentence, `hint` is the next step."""

    hint: str = ""


class OutputLockedError(JobsError):
    """Another process of boojum works in the same output folder."""

    hint = "wait until it ends, or choose another --out"

    def __init__(self, out: Path, pid: str) -> None:
        super().__init__(out, pid)
        self.out = out
        self.pid = pid

    def __str__(self) -> str:
        return f"{self.out} is in use by another boojum (process {self.pid or 'unknown'})"


class OutputReadError(JobsError):
    """Somebody reads what is to be removed, or removes what is to be read."""

    hint = "try again when the query, the report or the prune that uses it has ended"

    def __init__(self, out: Path) -> None:
        super().__init__(out)
        self.out = out

    def __str__(self) -> str:
        return f"{self.out} is in use by another command of boojum"


class OutputUnusableError(JobsError):
    """The output folder cannot be made, or nothing can be written into it."""

    hint = "choose another --out, or let this user write there"

    def __init__(self, out: Path, reason: str) -> None:
        super().__init__(out, reason)
        self.out = out
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.out} cannot be used as the output folder ({self.reason})"


class OutputExposedError(OutputUnusableError):
    """Other users of the machine can change what is in the output folder."""

    hint = "take that right away (chmod o-w), or choose an --out that only this user can change"


class StoreUnwritableError(JobsError):
    """A file of the output folder could not be written."""

    hint = "let every worker write there; the next run resumes"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path} cannot be written ({self.reason})"


class StoreFullError(StoreUnwritableError):
    """The disk or a quota is full."""

    hint = "make room and run again: what was finished is kept, and the next run resumes"


class StoreBrokenError(JobsError):
    """Parts of finished runs are damaged; they were moved aside."""

    hint = "run again: their artifacts are read again"

    def __init__(self, parts: tuple[Path, ...]) -> None:
        super().__init__(parts)
        self.parts = parts

    def __str__(self) -> str:
        more = f" and {len(self.parts) - 1} more" if len(self.parts) > 1 else ""
        return f"{self.parts[0]}{more} is damaged and was moved aside"


class SchedulerUnreachableError(JobsError):
    """A Dask scheduler does not answer, or has no workers that answer."""

    hint = "start `dask scheduler` and `dask worker` there, or leave out --scheduler to use this machine"

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(address, reason)
        self.address = address
        self.reason = reason

    def __str__(self) -> str:
        return f"no work can be sent to the Dask scheduler {self.address}: {self.reason}"


class SchedulerSettingsError(JobsError):
    """The settings of a Dask scheduler cannot be used, or would let strangers run code on its workers."""

    def __init__(self, address: str, reason: str, hint: str) -> None:
        super().__init__(address, reason, hint)
        self.address = address
        self.reason = reason
        self.hint = hint

    def __str__(self) -> str:
        return f"the Dask scheduler {self.address} is not used: {self.reason}"


class ClusterLostError(JobsError):
    """The scheduler, or the last of its workers, went away during a run."""

    hint = "run again: what was finished is kept, and the next run resumes"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class WorkerDiedError(JobsError):
    """A worker ended during a task, by a crash or because of its memory."""

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
    """A worker extracts other columns than this process, so their rows must not be in one table."""

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
    """The artifacts of one Dask task; `id` is a digest over the identity of their files, `bytes` their total size."""

    id: str
    artifacts: tuple[Artifact, ...]
    bytes: int


@dataclass(frozen=True, slots=True)
class UnitResult:
    """The result of a unit on a worker; the rows are in `file` in the run's staging folder.

    `rows` are in the file ("" if there is none), `unreadable` and `partial` of them by status. The `unread` artifacts
    could not be read (gone, no permission, changed meanwhile, an internal error) and are tried again in the next run.
    `project` is that of the first artifact, `seconds` are by the wall clock.
    """

    unit: str
    project: str
    file: str
    rows: int
    unreadable: int
    partial: int
    bytes: int
    seconds: float
    unread: int = 0


@dataclass(frozen=True, slots=True)
class WalkNote:
    """An irregularity that the walk of a mirror met.

    `code` is stable, `path` relative to the mirror, `detail` a sentence.
    """

    code: str
    path: str
    detail: str


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Files in PEM form by which boojum and a Dask scheduler know each other; "" for what Dask's configuration names.

    `ca` is the certificate of the authority that signed everything in the cluster, `cert` boojum's own certificate,
    `key` its private key ("" too if it is in the file of `cert`).
    """

    ca: str = ""
    cert: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class MirrorFault:
    """A way in which the mirror is not what it was; `detail` is a sentence with names of files, which are hostile text.

    `code` is "empty" (nothing is there, or no web folder where there was one), "shrank" (more is gone than the bound
    allows), "unreadable" (a folder, a file or an index page could not be read), "replaced" (a file has other bytes
    than those that were read) or "sidecar" (`x.whl.metadata` is not the METADATA in the wheel, or was not compared).
    """

    code: str
    detail: str


STANDING_FAULTS = frozenset(("empty", "shrank", "unreadable"))
"""Codes of faults under which what was known stands as it was; each of them makes a run incomplete."""


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """The source of a run's workers.

    Without `scheduler` (an address) and `scheduler_file`, `workers` processes are started here (None or 0: one per
    processor), with one thread and `memory` bytes each (None or 0: a fair share between 1 and 2 GiB) and their files
    below `scratch`. Where the kernel can, these workers write only there and below `writable`, start no program and
    reach no other machine. A scheduler and its first worker must answer within `patience` seconds. A run ends after
    `absence` seconds without any worker, or without an answer of the scheduler.

    `tls` are the keys for a scheduler whose address begins with tls:// (None: those of Dask's configuration).
    `insecure` allows tcp:// to another machine, where nothing keeps strangers out.
    """

    scratch: Path
    workers: int | None = None
    memory: int | None = None
    scheduler: str | None = None
    scheduler_file: Path | None = None
    patience: float = 30.0
    absence: float = 300.0
    tls: TlsFiles | None = None
    insecure: bool = False
    writable: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """The parameters of one audit. `config` is the effective configuration, for the manifest.

    `workers` (None or 0: one per processor) and `memory_per_worker` in bytes (None or 0: a fair share of at most
    2 GiB) apply only to workers that boojum starts itself, which is if no scheduler is given; `tls` and `insecure` are
    those of `ClusterSettings`. `trusted` are digests (sha256) of artifacts that a person waived: other releases are
    compared with them whatever their scores. `max_shrink` is the share of the files known that may be gone, unless a
    person said so (`accept_shrink`), and `verify_share` that of the files whose bytes are compared with their digest.
    """

    mirror: Path
    out: Path
    model: Path | None = None
    workers: int | None = None
    memory_per_worker: int | None = None
    scheduler: str | None = None
    scheduler_file: Path | None = None
    tls: TlsFiles | None = None
    insecure: bool = False
    limits: Limits = field(default_factory=Limits)
    config: Mapping[str, object] = field(default_factory=dict)
    trusted: frozenset[str] = frozenset()
    max_shrink: float = 0.1
    verify_share: float = 0.0333
    accept_shrink: bool = False
