"""The contract of a benchmark: its request, and one frozen record of everything that was measured.

Seconds are processor seconds (user and system, all threads) unless a name contains `wall`; sizes are bytes. The *floor*
is the time in which tarfile and zipfile of the standard library read every member of every artifact of the sample.
Field names are the keys of `boojum bench --json`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from features.contract import Progress
from jobs.contract import JobsError
from jobs.run.run_folder import RunAudit

DEFAULT_SEED = 20_261


class NothingToMeasureError(JobsError):
    """A mirror without a distribution file, or without one that can be read."""

    hint = "name a mirror or a folder with distribution files that this user may read"

    def __init__(self, mirror: Path, reason: str) -> None:
        super().__init__(mirror, reason)
        self.mirror = mirror
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.mirror}: {self.reason}"


class MeasuringEndedError(JobsError):
    """A measured process ended before it answered: it was killed, crashed, or ran out of memory."""

    hint = "`boojum audit` finds the artifact that causes it; lower --sample, or add memory"

    def __init__(self, what: str, status: int | None) -> None:
        super().__init__(what, status)
        self.what = what
        self.status = status

    def __str__(self) -> str:
        status = "" if self.status is None else f" (status {self.status})"
        return f"the process that measured {self.what} ended unexpectedly{status}"


class WholeAudit(Protocol):
    """The nightly job of the audit room, with its reports; importable, because it is sent to another process."""

    def __call__(self, mirror: Path, out: Path, workers: int, progress: Progress, run: RunAudit) -> int:
        """Audit `mirror` into the empty folder `out` with `run`; return the number of artifacts that were read."""


@dataclass(frozen=True, slots=True)
class BenchRequest:
    """The parameters of a benchmark.

    `sample` is a number of artifacts (0: all), `repeat` how often floor, extraction and scoring are measured, and
    `worker_counts` the numbers of workers of the whole audits.
    """

    mirror: Path
    audit: WholeAudit
    model: Path | None = None
    sample: int = 300
    repeat: int = 2
    worker_counts: tuple[int, ...] = (1, 2)
    seed: int = DEFAULT_SEED


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over several repeats: mean, minimum and maximum."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class StageShare:
    """The seconds of one stage, and their fraction of the seconds of all stages."""

    name: str
    seconds: float
    share: float


@dataclass(frozen=True, slots=True)
class FunctionShare:
    """The time of one function within the stage `of`, as a fraction of the seconds of all stages."""

    of: str
    name: str
    share: float


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of the floor, the extraction or the scoring of the sample.

    `seconds` exclude `start_up`, the seconds that a process pays once for the interpreter, imports, patterns, indexes
    and models. `ratio` is `seconds` as a multiple of the floor's in the same repeat. `artifacts_a_second` and
    `megabytes_a_second` (10**6 bytes as stored on disk) are per processor. `peak` is the most memory that a process
    held at once, in bytes.
    """

    seconds: Spread
    ratio: Spread
    start_up: Spread
    artifacts_a_second: float
    megabytes_a_second: float
    peak: int


@dataclass(frozen=True, slots=True)
class KindCost:
    """The seconds of floor and extraction for one kind of artifact, means over the repeats; `bytes` are on disk."""

    kind: str
    artifacts: int
    bytes: int
    floor: float
    extraction: float
    ratio: float


@dataclass(frozen=True, slots=True)
class AuditCost:
    """The cost of one whole audit: walk, extraction, scoring and reports, in the driver and its workers together.

    `floor` was measured before and after it. `ratio` is `seconds` as a multiple of it, and `ratio_running` the same
    without `start_up`: imports, starting workers, and what each worker loads once. `stages` are fractions of `seconds`.
    `wall` is the time of the whole audit by the clock, and `reading_wall` that of its stage "extraction".
    `peak_worker` and `peak_driver` are the most memory that one process held, in bytes.
    """

    workers: int
    artifacts: int
    seconds: float
    start_up: float
    floor: float
    ratio: float
    ratio_running: float
    wall: float
    reading_wall: float
    artifacts_a_second: float
    megabytes_a_second: float
    peak_worker: int
    peak_driver: int
    stages: tuple[StageShare, ...]


@dataclass(frozen=True, slots=True)
class Speedup:
    """The factor by which `to` workers are faster by the clock than `start`: in reading, and in the whole audit."""

    start: int
    to: int
    reading: float
    whole: float


@dataclass(frozen=True, slots=True)
class SampleSize:
    """The sample: `artifacts` of the `on_disk` ones on the mirror, of which the floor inflated `inflated` bytes.

    `unread` of them could not be read to their end by the standard library: they are damaged, or inflate to more bytes
    than an audit would read.
    """

    on_disk: int
    on_disk_bytes: int
    artifacts: int
    bytes: int
    inflated: int
    unread: int
    seed: int


@dataclass(frozen=True, slots=True)
class WalkCost:
    """The cost of the walk of the whole mirror, including its index pages."""

    seconds: float
    files: int
    pages: int
    microseconds_a_file: float


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine of the benchmark; `load` is its load average over one minute when the benchmark began."""

    processors: int
    load: float
    python: str
    machine: str


@dataclass(frozen=True, slots=True)
class Benchmark:
    """All figures of a benchmark.

    `stages` are the stages of extraction, and `inner` functions within them. `gains` compare each audit with the first.
    """

    schema_version: int
    boojum_version: str
    fingerprint: str
    model: str
    mirror: str
    repeat: int
    machine: Machine
    sample: SampleSize
    walk: WalkCost
    floor: Cost
    extraction: Cost
    scoring: Cost
    kinds: tuple[KindCost, ...]
    stages: tuple[StageShare, ...]
    inner: tuple[FunctionShare, ...]
    audits: tuple[AuditCost, ...]
    gains: tuple[Speedup, ...]
