"""Measures extraction as workers do it, and the merging of its files into parts, each in a process of its own."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from features.contract import Progress
from features.limits import Limits
from features.schema import fingerprint
from jobs.bench.process import peak_memory
from jobs.bench.stages import WRITE, StageClock
from jobs.bench.warm import warm_up
from jobs.contract import WorkUnit
from jobs.run.extraction import ExtractUnit
from jobs.run.merging import MergeUnits, UnitFile, plan_parts


@dataclass(frozen=True, slots=True)
class UnitMeasurement:
    """The extraction of one unit: `seconds` of all of it, and of each of its `artifacts`.

    `file` is the unit's file; its name is "" if nothing could be read. `stages` are (stage, seconds), which add up to
    `seconds`. `inner` are (stage, name of a function, fraction of that stage). `peak` is the most memory that the
    process has held so far.
    """

    seconds: float
    artifacts: tuple[float, ...]
    file: UnitFile
    stages: tuple[tuple[str, float], ...]
    inner: tuple[tuple[str, str, float], ...]
    peak: int


@dataclass(frozen=True, slots=True)
class MergeMeasurement:
    """The merging of all units: its seconds, the names of the parts, and the most memory that the process held."""

    seconds: float
    parts: tuple[str, ...]
    peak: int


@dataclass(frozen=True, slots=True)
class PrepareExtraction:
    """Prepares a process for extraction: artifact paths start at `root`, and files are written to `folder`."""

    root: Path
    folder: Path
    limits: Limits

    def __call__(self, _: Progress) -> Callable[[WorkUnit], UnitMeasurement]:
        """Load everything that the first artifact needs, and return the function that measures a unit."""
        clock = StageClock()
        warm_up(clock)
        task = ExtractUnit(self.root, self.folder, fingerprint(), self.limits, clock, owns_worker=True)

        def measure(unit: WorkUnit) -> UnitMeasurement:
            clock.reset()
            started = time.process_time()
            result = task(unit)
            seconds = time.process_time() - started
            artifacts = clock.artifact_seconds()
            clock.stages[WRITE] = max(0.0, seconds - sum(artifacts))
            inner = tuple((stage, name, wall / clock.walls[stage]) for (stage, name), wall in clock.inner.items())
            file = UnitFile(result.project, result.file, result.rows)
            return UnitMeasurement(seconds, artifacts, file, tuple(clock.stages.items()), inner, peak_memory())

        return measure


@dataclass(frozen=True, slots=True)
class PrepareMerging:
    """Prepares a process for merging the unit files in `folder`."""

    folder: Path

    def __call__(self, _: Progress) -> Callable[[tuple[UnitFile, ...]], MergeMeasurement]:
        """Return the function that measures the merging of some units."""
        task = MergeUnits(self.folder)

        def measure(units: tuple[UnitFile, ...]) -> MergeMeasurement:
            started = time.process_time()
            parts = tuple(task(batch) for batch in plan_parts(self.folder, units))
            return MergeMeasurement(time.process_time() - started, parts, peak_memory())

        return measure
