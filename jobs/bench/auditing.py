"""Measures the whole nightly job in a process of its own: each of its stages, in the driver and its workers."""

import os
import resource
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from features.contract import Progress
from features.extract import extract_row
from jobs.bench.contract import WholeAudit
from jobs.bench.process import peak_memory, peak_of
from jobs.bench.warm import TimedLoadModel, WarmExtract, read_notes
from jobs.run.audit import run_audit
from model.saved import load_model

START = "start"
"""The stage before the first report of progress, and that of starting workers."""
EXTRACTION = "extraction"
STAGES = {
    "walking the mirror": "walk",
    "files found": "walk",
    "index pages": "walk",
    "starting workers": START,
    "reading artifacts": EXTRACTION,
    "writing parts": "write",
    "tidying the store": "write",
    "scoring parts": "scoring",
    "finding campaigns": "campaigns",
    "indexing members": "changes",
    "choosing bases": "changes",
    "comparing with bases": "changes",
    "writing scores": "joining scores",
    "writing reports": "reports",
}
"""Stage of an audit by the text of its progress."""


@dataclass(frozen=True, slots=True)
class AuditTask:
    """One audit of `mirror` with `workers` workers; `folder` is empty and takes the output and the notes of workers."""

    mirror: Path
    folder: Path
    workers: int


@dataclass(frozen=True, slots=True)
class AuditMeasurement:
    """One whole audit: `stages` are (stage, processor seconds, wall seconds).

    `start_up` are the seconds paid once: those of the stage START, and what each worker loads. `peak` is the most
    memory that the driver held.
    """

    artifacts: int
    stages: tuple[tuple[str, float, float], ...]
    start_up: float
    peak: int


@dataclass(frozen=True, slots=True)
class PrepareAudit:
    """Prepares a process for an audit; it loads nothing, because the job's imports are part of its cost."""

    audit: WholeAudit

    def __call__(self, report: Progress) -> Callable[[AuditTask], AuditMeasurement]:
        """Return the function that measures an audit."""

        def measure(task: AuditTask) -> AuditMeasurement:
            notes = task.folder / "notes"
            notes.mkdir()
            meter = StageMeter(report)
            run = partial(run_audit, extract=WarmExtract(notes, extract_row), load=TimedLoadModel(notes, load_model))
            artifacts = self.audit(task.mirror, task.folder / "out", task.workers, meter, run)
            stages = meter.close()
            start_up = sum(cpu for name, cpu, _ in stages if name == START) + read_notes(notes, os.getpid())
            return AuditMeasurement(artifacts, stages, start_up, peak_memory())

        return measure


class StageMeter:
    """A `Progress` that reads the clocks of this process and its workers whenever the stage changes."""

    def __init__(self, report: Progress) -> None:
        self._report = report
        self._stage = START
        self._cpu = 0.0  # the time before now, for imports, belongs to the first stage
        self._wall = time.perf_counter()
        self._cpus: defaultdict[str, float] = defaultdict(float)
        self._walls: defaultdict[str, float] = defaultdict(float)

    def __call__(self, done: int, total: int, what: str) -> None:
        """End the present stage if `what` belongs to another, and pass the progress on."""
        stage = STAGES.get(what, what)
        if stage != self._stage:
            self._change(stage)
        self._report(done, total, what)

    def close(self) -> tuple[tuple[str, float, float], ...]:
        """End the last stage; return (stage, processor seconds, wall seconds) in the order in which stages began."""
        self._change("")
        return tuple((name, cpu, self._walls[name]) for name, cpu in self._cpus.items())

    def _change(self, stage: str) -> None:
        # The sum can drop for a moment, while a worker that ends is neither alive nor yet counted by the kernel.
        cpu, wall = max(self._cpu, _processor_seconds()), time.perf_counter()
        self._cpus[self._stage] += cpu - self._cpu
        self._walls[self._stage] += wall - self._wall
        self._cpu, self._wall, self._stage = cpu, wall, stage


def _processor_seconds() -> float:
    """Return the processor seconds of this process and of all its descendants, running or ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.process_time() + ended.ru_utime + ended.ru_stime
    for child in psutil.Process().children(recursive=True):
        try:
            seconds += sum(child.cpu_times()[:4])
        except psutil.Error:
            continue  # it has just ended; the kernel counts it the next time
    return seconds


class WorkerPeak:
    """Watches the memory of an audit's workers; `peak` is the most that one of them held at once, in bytes."""

    def __init__(self) -> None:
        self.peak = 0

    def __call__(self, pid: int) -> None:
        """Read the peaks of all descendants of a process."""
        try:
            children = psutil.Process(pid).children(recursive=True)
        except psutil.Error:
            return  # it has just ended
        self.peak = max([self.peak, *(peak_of(child.pid) for child in children)])
