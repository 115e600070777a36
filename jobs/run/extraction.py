"""Extracts the rows of artifacts on workers, so that every artifact becomes a row even if it ends its worker."""

import hashlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from features.contract import Artifact, Row, Status, internal_error_reason
from features.limits import Limits
from features.runtime.gc_control import freeze_heap
from features.schema import fingerprint, packed_table
from jobs.contract import (
    Extract,
    UnitResult,
    WorkerDiedError,
    WorkerSchemaMismatchError,
    WorkerUnfitError,
    WorkUnit,
)
from jobs.run.crash_report import CrashReport, read_crash_report, record_crashes
from jobs.run.dispatch import BoundedSubmit
from jobs.run.units import halve_unit, make_unit
from jobs.run.worker_name import worker_name
from jobs.store.part_files import read_part, unit_name, unread_name, write_part
from jobs.store.staging import Staging

if TYPE_CHECKING:
    from jobs.run.cluster import Cluster

MIN_READ_RATE = 4 * 2**20
"""Bytes per second that a mirror's disk is expected to deliver at least; a slower read counts as hung."""
INTERNAL_ERROR = "internal_error"
"""Boolean column of an unread table: whether boojum failed, and not the artifact."""

_ONE_UNIT_AT_A_TIME = threading.Lock()  # a process has one crash recorder, and a worker may have several threads
_PIECE = 2**20


@dataclass(frozen=True, slots=True)
class ExtractUnit:
    """The task of a worker over a unit: read its artifacts, write their rows as one file, return a few numbers.

    `root` is the folder that artifact paths start from, `folder` the run's staging folder. An artifact that occupies
    its worker for longer than `patience` and four times its limit of processor time ends the worker; nothing else
    stops native code that never returns.
    """

    root: Path
    folder: Path
    fingerprint: str
    limits: Limits
    extract: Extract
    patience: float = 60.0
    """Wall-clock seconds that an artifact gets beyond four times its limit of processor time."""
    owns_worker: bool = False
    """True if boojum started the worker. Only then is its heap frozen: on another one, others' cycles would stay."""

    def __call__(self, unit: WorkUnit) -> UnitResult:
        """Read one unit, unless its file is there already.

        Raises JobsError only if the run cannot go on: the worker has another schema, does not see the mirror, or cannot
        write.
        """
        ours = fingerprint()
        if ours != self.fingerprint:
            raise WorkerSchemaMismatchError(worker_name(), ours, self.fingerprint)
        if (finished := find_result(self.folder, unit)) is not None:
            return finished
        started = time.perf_counter()
        with _ONE_UNIT_AT_A_TIME, record_crashes(self.folder, unit.id) as recorder:
            if self.owns_worker:
                freeze_heap()
            rows = []
            for number, artifact in enumerate(unit.artifacts):
                seconds = self.patience + 4 * self.limits.seconds + artifact.size / MIN_READ_RATE
                with recorder.artifact(number, seconds):
                    rows.append((artifact, self._row(artifact)))
            recorder.idle()
            if not any(row.sha256 for _, row in rows) and not self.root.is_dir():
                # Without this check an unmounted mirror would look like one whose files are all gone.
                raise WorkerUnfitError(worker_name(), f"does not see the mirror at {self.root}")
            return write_rows(self.folder, unit, rows, time.perf_counter() - started)

    def _row(self, artifact: Artifact) -> Row:
        path = self.root / artifact.path
        row = self.extract(path, artifact.filename, self.limits)
        try:
            changed = bool(row.sha256) and path.stat().st_size != artifact.size
        except OSError:
            changed = False  # it left the mirror after it was read
        return _unread_row(artifact, "it changed while it was read") if changed else row


def write_rows(folder: Path, unit: WorkUnit, rows: list[tuple[Artifact, Row]], seconds: float = 0.0) -> UnitResult:
    """Write a unit's rows: those that describe their artifact as its file, the others as its unread table.

    A row without a digest, or of an internal error, does not describe the artifact. Readers of the store take an unread
    table for no part, so the next run reads those artifacts again.
    """
    unread = [(artifact, row) for artifact, row in rows if not _describes_artifact(row)]
    read = [(artifact, row) for artifact, row in rows if _describes_artifact(row)]
    if unread:
        table = packed_table(unread)
        failed = pa.array([row.internal_error for _, row in unread], pa.bool_())
        write_part(folder, unread_name(unit.id), table.append_column(INTERNAL_ERROR, failed))
    if read:
        write_part(folder, unit_name(unit.id), packed_table(read))
    return _result(unit, [row.status for _, row in read], len(unread), seconds)


def _describes_artifact(row: Row) -> bool:
    return bool(row.sha256) and not row.internal_error


def find_result(folder: Path, unit: WorkUnit) -> UnitResult | None:
    """Return the result of a unit whose rows are all written, with 0 seconds; None if some are missing.

    A worker that dies between writing and answering leaves only the files.
    """
    file, unread = folder / unit_name(unit.id), folder / unread_name(unit.id)
    statuses = read_part(file, ["status"])["status"].to_pylist() if file.exists() else []
    count = len(read_part(unread, ["status"])) if unread.exists() else 0
    is_whole = len(statuses) + count == len(unit.artifacts)
    return _result(unit, statuses, count, 0.0) if is_whole else None


def _result(unit: WorkUnit, statuses: list[str], unread: int, seconds: float) -> UnitResult:
    return UnitResult(
        unit=unit.id,
        project=unit.artifacts[0].project,
        file=unit_name(unit.id) if statuses else "",
        rows=len(statuses),
        unreadable=statuses.count(Status.UNREADABLE),
        partial=statuses.count(Status.PARTIAL),
        bytes=unit.bytes,
        seconds=seconds,
        unread=unread,
    )


class ClusterExtraction:
    """Runs units on a cluster; `run` yields their results.

    If a unit's worker dies, or its task raises, its current artifact becomes a suspect and the rest of the unit is
    retried in halves. Suspects are retried at the end, one at a time with nothing else running, so that no other
    artifact is blamed; one that fails again gets a row with the reason, written by this process. A harmless artifact of
    a unit of n is therefore read at most log2(n) + 2 times.

    `failed_units` are the units that were split or given up, `died` the artifacts that ended their worker.
    """

    def __init__(self, cluster: "Cluster", task: ExtractUnit, staging: Staging) -> None:
        self.failed_units = 0
        self.died = 0
        self._cluster = cluster
        self._task = task
        self._staging = staging

    def run(self, units: Iterator[WorkUnit]) -> Iterator[UnitResult]:
        """Yield the results of all units, those of the pieces in place of a unit that was split; raises JobsError."""
        pieces: deque[WorkUnit] = deque()
        suspects: list[WorkUnit] = []
        for unit, answer in self._submit(lambda: pieces.popleft() if pieces else next(units, None)):
            if isinstance(answer, UnitResult):
                yield answer
                continue
            report = read_crash_report(self._staging.folder, unit.id)
            if len(unit.artifacts) == 1:
                suspects.append(unit)
                continue
            self.failed_units += 1
            self._staging.reject(unit.id)
            if report.number is not None:
                suspects.append(make_unit((unit.artifacts[report.number],), unit.id))
            pieces.extend(halve_unit(unit, without=report.number))
        for suspect in suspects:
            for unit, answer in self._submit(partial(next, iter([suspect]), None)):
                if isinstance(answer, UnitResult):
                    yield answer
                else:
                    yield self._give_up(unit, answer, read_crash_report(self._staging.folder, unit.id))

    def _submit(self, next_unit: Callable[[], WorkUnit | None]) -> Iterator[tuple[WorkUnit, UnitResult | Exception]]:
        """Yield (unit, result), or the exception if the unit's rows are not all written."""
        for unit, answer in BoundedSubmit(self._cluster, self._task, next_unit):
            written = answer if isinstance(answer, UnitResult) else find_result(self._staging.folder, unit)
            yield unit, answer if written is None else written

    def _give_up(self, unit: WorkUnit, error: Exception, report: CrashReport) -> UnitResult:
        """Write the row of an artifact that ends its worker, or on which boojum fails."""
        (artifact,) = unit.artifacts
        self.failed_units += 1
        if not isinstance(error, WorkerDiedError):
            row = _unread_row(artifact, internal_error_reason(error), internal_error=True)
        elif report.number is None:
            row = _unread_row(artifact, report.reason)
        else:
            row = self._digest_row(artifact, report.reason)
            self.died += bool(row.sha256)
        return write_rows(self._staging.folder, unit, [(artifact, row)])

    def _digest_row(self, artifact: Artifact, reason: str) -> Row:
        """Return the row of an artifact that is only hashed, so that it is known and not retried every night."""
        sha256, blake2b = hashlib.sha256(), hashlib.blake2b(digest_size=32)
        try:
            with (self._task.root / artifact.path).open("rb") as file:
                while piece := file.read(_PIECE):
                    sha256.update(piece)
                    blake2b.update(piece)
        except OSError as error:
            return _unread_row(artifact, f"{reason}; it cannot be opened now ({error.strerror})")
        return Row(Status.UNREADABLE, reason, artifact.kind, sha256.hexdigest(), blake2b.hexdigest())


def _unread_row(artifact: Artifact, reason: str, *, internal_error: bool = False) -> Row:
    return Row(Status.UNREADABLE, reason, artifact.kind, "", "", internal_error=internal_error)
