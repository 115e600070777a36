"""Reads artifacts on workers, and sees to it that every one of them becomes a row, whatever it does to its worker."""

import hashlib
import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from features.contract import Artifact, Row, Status
from features.limits import Limits
from features.runtime.gc_control import freeze_heap
from features.schema import fingerprint, packed_table
from jobs.contract import Extract, UnitResult, WorkerDiedError, WorkerSchemaMismatchError, WorkerUnfitError, WorkUnit
from jobs.run.crash_report import CrashReport, read_crash_report, watching
from jobs.run.dispatch import BoundedSubmit
from jobs.run.units import halve_unit, make_unit
from jobs.store.part_files import read_part, unit_name, unread_name, write_part
from jobs.store.staging import Staging

if TYPE_CHECKING:
    from jobs.run.cluster import Cluster

SLOWEST_READ = 4 * 2**20
"""Bytes a second that a mirror's disk is trusted to give; slower, and a reader counts as hung."""
INTERNAL_ERROR_PREFIX = "internal error"
"""How the reason of a row begins where boojum itself failed; the reader's own rows begin so too."""

_ONE_AT_A_TIME = threading.Lock()  # in a worker of several threads: the guard against hanging is one per process


@dataclass(frozen=True, slots=True)
class ExtractUnit:
    """What a worker does with a unit: read its artifacts, write their rows as one file, return a few numbers.

    `root` is where artifact paths start, `folder` the run's staging folder. An artifact that holds its worker for
    longer than a generous share of time ends the worker, which is how code that never returns is stopped.
    Raises JobsError only for what concerns the run and not the artifact: another schema, no mirror, no room.
    """

    root: Path
    folder: Path
    fingerprint: str
    limits: Limits
    extract: Extract
    patience: float = 60.0
    """Seconds of the clock that an artifact gets beyond four times its limit of processor time."""
    alone: bool = False
    """Whether the worker is ours alone: of another's, what others hold is not kept from the collector of cycles."""

    def __call__(self, unit: WorkUnit) -> UnitResult:
        """Read one unit."""
        ours = fingerprint()
        if ours != self.fingerprint:
            raise WorkerSchemaMismatchError(_here(), ours, self.fingerprint)
        if (before := find_result(self.folder, unit)) is not None:
            return before
        begun = time.perf_counter()
        with _ONE_AT_A_TIME, watching(self.folder, unit.id) as watch:
            if self.alone:
                freeze_heap()
            rows = []
            for number, artifact in enumerate(unit.artifacts):
                seconds = self.patience + 4 * self.limits.seconds + artifact.size / SLOWEST_READ
                with watch.reading(number, seconds):
                    rows.append((artifact, self._row(artifact)))
            watch.rest()
            if not any(row.sha256 for _, row in rows) and not self.root.is_dir():
                # Else a mirror that is not mounted here would look like one whose files are all gone.
                raise WorkerUnfitError(_here(), f"does not see the mirror at {self.root}")
            return write_rows(self.folder, unit, rows, time.perf_counter() - begun)

    def _row(self, artifact: Artifact) -> Row:
        path = self.root / artifact.path
        row = self.extract(path, artifact.filename, self.limits)
        try:
            changed = bool(row.sha256) and path.stat().st_size != artifact.size
        except OSError:
            changed = False  # gone since; what was read was whole
        return _without_bytes(artifact, "it changed while it was read") if changed else row


def write_rows(folder: Path, unit: WorkUnit, rows: list[tuple[Artifact, Row]], seconds: float = 0.0) -> UnitResult:
    """Write a unit's rows as its file; those that say nothing about the file stand in a table beside.

    Such a row has no digest, or tells of a fault of ours, and must not make its artifact a known one.
    """
    unread = [(artifact, row) for artifact, row in rows if not _is_known(row)]
    read = [(artifact, row) for artifact, row in rows if _is_known(row)]
    if unread:
        write_part(folder, unread_name(unit.id), packed_table(unread))
    if read:
        write_part(folder, unit_name(unit.id), packed_table(read))
    return _result(unit, [row.status for _, row in read], len(unread), seconds)


def _is_known(row: Row) -> bool:
    return bool(row.sha256) and not row.reason.startswith(INTERNAL_ERROR_PREFIX)


def find_result(folder: Path, unit: WorkUnit) -> UnitResult | None:
    """Return what is known of a unit that this run has read already, None if it was not.

    A worker that dies after it wrote a part takes its answer along; the part is all there is to know.
    """
    part, unread = folder / unit_name(unit.id), folder / unread_name(unit.id)
    statuses = read_part(part, ["status"])["status"].to_pylist() if part.exists() else []
    missed = len(read_part(unread, ["status"])) if unread.exists() else 0
    whole = len(statuses) + missed == len(unit.artifacts)
    return _result(unit, statuses, missed, 0.0) if whole else None


def _result(unit: WorkUnit, statuses: list[str], unread: int, seconds: float) -> UnitResult:
    return UnitResult(
        unit=unit.id,
        project=unit.artifacts[0].project,
        part=unit_name(unit.id) if statuses else "",
        rows=len(statuses),
        unreadable=statuses.count(Status.UNREADABLE),
        partial=statuses.count(Status.PARTIAL),
        bytes=unit.bytes,
        seconds=seconds,
        unread=unread,
    )


class Extraction:
    """Drives units through a cluster: `run` yields their results, and the counts tell what went wrong.

    Where a unit's worker dies, or the unit fails, the artifact that was in hand is set aside and the rest goes on
    in halves. What was set aside is tried once more at the end with nothing else running, so that no bystander is
    blamed, and then becomes a row with the reason, written from here. So an artifact that does no harm is read at
    most log2(n) + 2 times, n being the artifacts of its unit, however many of them end their workers.
    `failed_units` are those that were cut up, `died` the artifacts that end their worker.
    """

    def __init__(self, cluster: "Cluster", task: ExtractUnit, staging: Staging) -> None:
        self.failed_units = 0
        self.died = 0
        self._cluster = cluster
        self._task = task
        self._staging = staging

    def run(self, units: Iterator[WorkUnit]) -> Iterator[UnitResult]:
        """Yield the results of all units, those of its pieces in place of a unit that failed; raises JobsError."""
        again: deque[WorkUnit] = deque()
        suspects: list[WorkUnit] = []
        for unit, answer in BoundedSubmit(
            self._cluster, self._task, lambda: again.popleft() if again else next(units, None)
        ):
            result = answer if isinstance(answer, UnitResult) else find_result(self._staging.folder, unit)
            if result is not None:
                yield result
                continue
            words = read_crash_report(self._staging.folder, unit.id)
            if len(unit.artifacts) == 1:
                suspects.append(unit)
                continue
            self.failed_units += 1
            self._staging.reject(unit.id)
            if words.number is not None:
                suspects.append(make_unit((unit.artifacts[words.number],)))
            again.extend(halve_unit(unit, without=words.number))
        for suspect in suspects:
            for unit, answer in BoundedSubmit(self._cluster, self._task, partial(next, iter([suspect]), None)):
                result = answer if isinstance(answer, UnitResult) else find_result(self._staging.folder, unit)
                yield result or self._give_up(unit, answer, read_crash_report(self._staging.folder, unit.id))

    def _give_up(self, unit: WorkUnit, error: BaseException, words: CrashReport) -> UnitResult:
        """Write the row of an artifact that ends its worker, or that we fail on."""
        (artifact,) = unit.artifacts
        self.failed_units += 1
        if not isinstance(error, WorkerDiedError):
            row = _without_bytes(artifact, f"{INTERNAL_ERROR_PREFIX}: {type(error).__name__}: {error}"[:500])
        elif words.number is None:
            row = _without_bytes(artifact, words.reason)
        else:
            row = self._identify(artifact, words.reason)
            self.died += bool(row.sha256)
        return write_rows(self._staging.folder, unit, [(artifact, row)])

    def _identify(self, artifact: Artifact, reason: str) -> Row:
        """Return the row of an artifact that is only hashed, so that it stays known and is not tried every night."""
        sha256, blake2b = hashlib.sha256(), hashlib.blake2b(digest_size=32)
        try:
            with (self._task.root / artifact.path).open("rb") as file:
                while chunk := file.read(2**20):
                    sha256.update(chunk)
                    blake2b.update(chunk)
        except OSError as error:
            return _without_bytes(artifact, f"{reason}; it cannot be opened now ({error.strerror})")
        return Row(Status.UNREADABLE, reason, artifact.kind, sha256.hexdigest(), blake2b.hexdigest())


def _without_bytes(artifact: Artifact, reason: str) -> Row:
    return Row(Status.UNREADABLE, reason, artifact.kind, "", "")


def _here() -> str:
    return f"{os.uname().nodename} (process {os.getpid()})"
