"""What a bench promises: one frozen record of everything that was measured.

Seconds are of the processor (user and system, all threads) unless a name says `wall`; sizes are bytes. The *floor*
is what the standard library's tarfile and zipfile take to read every member of every artifact of the sample.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from features.contract import Progress
from jobs.contract import JobsError
from jobs.run.run_folder import RunAudit

SEED = 20_261
"""Seed of the sample where none is given."""


class NothingToMeasureError(JobsError):
    """A mirror without a distribution file, or with none that can be read."""

    hint = "give a mirror, or a folder, that holds distribution files which this user may read"

    def __init__(self, mirror: Path, reason: str) -> None:
        super().__init__(mirror, reason)
        self.mirror = mirror
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.mirror}: {self.reason}"


class MeasuringEndedError(JobsError):
    """A process that was being measured ended before it answered: out of memory, killed, or a crash."""

    hint = "`boojum audit` finds the artifact that does it; give less with --sample, or more memory"

    def __init__(self, what: str, status: int | None) -> None:
        super().__init__(what, status)
        self.what = what
        self.status = status

    def __str__(self) -> str:
        said = "" if self.status is None else f" (status {self.status})"
        return f"the process that measured {self.what} ended before its time{said}"


class WholeAudit(Protocol):
    """The nightly job as the room above knows it, reports and all; sent to a process of its own, so importable."""

    def __call__(self, mirror: Path, out: Path, workers: int, progress: Progress, run: RunAudit) -> int:
        """Audit `mirror` into the empty folder `out` with `run`; return how many artifacts were read."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured; `sample` 0 means every artifact."""

    mirror: Path
    audit: WholeAudit
    model: Path | None = None
    sample: int = 300
    repeat: int = 2
    workers: tuple[int, ...] = (1, 2)
    seed: int = SEED


@dataclass(frozen=True, slots=True)
class Spread:
    """One figure of several repeats: their mean, the least and the greatest."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """One stage's seconds, and their share of the whole that it is a part of."""

    name: str
    seconds: float
    share: float


@dataclass(frozen=True, slots=True)
class Inner:
    """What takes time within a stage, as a share of the same whole as the stage's own; `of` is the stage."""

    of: str
    name: str
    share: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What one kind of work costs for the sample, its start-up apart.

    `ratio` is seconds to the floor's, repeat by repeat. `start_up` is paid once in a process: the interpreter,
    imports, patterns, indexes and models. Throughput is per core: artifacts and megabytes (10**6 bytes, as they lie
    on disk) per second. `peak` is the most memory that a process of it held, in bytes.
    """

    seconds: Spread
    ratio: Spread
    start_up: Spread
    artifacts_a_second: float
    megabytes_a_second: float
    peak: int


@dataclass(frozen=True, slots=True)
class KindCost:
    """The floor and extraction of one kind of artifact; seconds are means of the repeats."""

    kind: str
    artifacts: int
    bytes: int
    floor: float
    extraction: float
    ratio: float


@dataclass(frozen=True, slots=True)
class AuditCost:
    """One whole audit: walk, extraction, scoring, reports, in the driver and its workers together.

    `ratio` is all `seconds` to `floor`, which was measured just before and after it; `ratio_running` leaves out
    `start_up`: imports, starting workers, and what each of them loads once. `stages` are shares of `seconds`,
    `reading_wall` is how long the stage that reads the artifacts took by the clock.
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
    stages: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Gain:
    """How many times faster by the clock `to` workers are than `start`: reading artifacts, and the whole audit."""

    start: int
    to: int
    reading: float
    whole: float


@dataclass(frozen=True, slots=True)
class Sampled:
    """The artifacts measured: `artifacts` of `on_disk`; `inflated` bytes were read by the floor.

    `unread` are those that the standard library could not read to their end: a broken archive, or more bytes
    inflated than an audit would.
    """

    on_disk: int
    on_disk_bytes: int
    artifacts: int
    bytes: int
    inflated: int
    unread: int
    seed: int


@dataclass(frozen=True, slots=True)
class Walked:
    """The walk of the whole mirror, its index pages included; the last figure is of the processor."""

    seconds: float
    files: int
    pages: int
    microseconds_a_file: float


@dataclass(frozen=True, slots=True)
class Machine:
    """Where it was measured: `load` is the machine's load average of a minute when the measuring began."""

    processors: int
    load: float
    python: str
    machine: str


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Everything that a bench measured. `stages` are shares of extraction, and `inner` what is within them."""

    schema_version: int
    boojum_version: str
    fingerprint: str
    model: str
    mirror: str
    repeat: int
    machine: Machine
    sample: Sampled
    walk: Walked
    floor: Cost
    extraction: Cost
    scoring: Cost
    kinds: tuple[KindCost, ...]
    stages: tuple[Share, ...]
    inner: tuple[Inner, ...]
    audits: tuple[AuditCost, ...]
    gains: tuple[Gain, ...]
