"""The whole nightly job in a process of its own, with what each of its stages takes in the driver and its workers."""

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
from jobs.bench.warm import TimedLoad, WarmExtract, read_notes
from jobs.run.audit import run_audit
from model.saved import load_model

START = "start"
READ = "extraction"
STAGES = {
    "walking the mirror": "walk",
    "files found": "walk",
    "index pages": "walk",
    "starting workers": START,
    "reading artifacts": READ,
    "writing parts": "write",
    "scoring parts": "scoring",
    "writing scores": "joining scores",
    "writing reports": "reports",
}
"""Stage of an audit by what it reports itself to be doing; `start` is also what comes before the first of them."""


@dataclass(frozen=True, slots=True)
class AuditAsk:
    """One audit: of `mirror` with so many workers, into `folder`, which is empty."""

    mirror: Path
    folder: Path
    workers: int


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit took: (stage, processor seconds, wall seconds), and what of the seconds was paid once.

    `once` is what workers load, and what comes before the mirror is looked at.
    """

    artifacts: int
    stages: tuple[tuple[str, float, float], ...]
    once: float
    peak: int


@dataclass(frozen=True, slots=True)
class Auditing:
    """Opens the process that audits; what the job imports is loaded as it starts, which is part of its cost."""

    audit: WholeAudit

    def __call__(self, report: Progress) -> Callable[[AuditAsk], Audited]:
        """Return what answers for an audit."""

        def work(ask: AuditAsk) -> Audited:
            notes = ask.folder / "notes"
            notes.mkdir()
            meter = StageMeter(report)
            run = partial(run_audit, extract=WarmExtract(notes, extract_row), load=TimedLoad(notes, load_model))
            artifacts = self.audit(ask.mirror, ask.folder / "out", ask.workers, meter, run)
            stages = meter.close()
            once = sum(cpu for name, cpu, _ in stages if name == START) + read_notes(notes, os.getpid())
            return Audited(artifacts, stages, once, peak_memory())

        return work


class StageMeter:
    """A `Progress` that reads the clocks of this process and its workers whenever the stage changes."""

    def __init__(self, report: Progress) -> None:
        self._report = report
        self._stage = START
        self._cpu = 0.0  # so that what was loaded before counts as the start
        self._wall = time.perf_counter()
        self._cpus: defaultdict[str, float] = defaultdict(float)
        self._walls: defaultdict[str, float] = defaultdict(float)

    def __call__(self, done: int, total: int, what: str) -> None:
        """Take note of progress and pass it on."""
        stage = STAGES.get(what, what)
        if stage != self._stage:
            self._change(stage)
        self._report(done, total, what)

    def close(self) -> tuple[tuple[str, float, float], ...]:
        """End the last stage and return (stage, processor seconds, wall seconds) in the order of their beginning."""
        self._change("")
        return tuple((name, cpu, self._walls[name]) for name, cpu in self._cpus.items())

    def _change(self, stage: str) -> None:
        # A worker that ends between two readings passes from the living to the dead of which the kernel told us.
        cpu, wall = max(self._cpu, _processor_seconds()), time.perf_counter()
        self._cpus[self._stage] += cpu - self._cpu
        self._walls[self._stage] += wall - self._wall
        self._cpu, self._wall, self._stage = cpu, wall, stage


def _processor_seconds() -> float:
    """Return what this process and all that it started have used, whether they still run or have ended."""
    dead = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.process_time() + dead.ru_utime + dead.ru_stime
    for child in psutil.Process().children(recursive=True):
        try:
            seconds += sum(child.cpu_times()[:4])
        except psutil.Error:
            continue  # ended since: the kernel counts it with the dead the next time
    return seconds


class PeakWatch:
    """Looks at what the workers of an audit hold; `peak` is the most that one of them held at once, in bytes."""

    def __init__(self) -> None:
        self.peak = 0

    def __call__(self, pid: int) -> None:
        """Look at all that a process has started."""
        try:
            children = psutil.Process(pid).children(recursive=True)
        except psutil.Error:
            return  # it has just ended
        self.peak = max([self.peak, *(peak_of(child.pid) for child in children)])
