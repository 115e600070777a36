"""Extraction as workers do it, in a process of its own and timed."""

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
class Extracted:
    """One unit: seconds of it whole and of each artifact, and what each stage took of the unit.

    `left` is its file, with no name where nothing could be read. `stages` are (stage, seconds), which add up to
    `seconds`; `inner` (stage, name, share of that stage).
    """

    seconds: float
    artifacts: tuple[float, ...]
    left: UnitFile
    stages: tuple[tuple[str, float], ...]
    inner: tuple[tuple[str, str, float], ...]
    peak: int


@dataclass(frozen=True, slots=True)
class Merged:
    """Seconds that it took to make parts of all units, the parts' names, and the most memory that was held."""

    seconds: float
    parts: tuple[str, ...]
    peak: int


@dataclass(frozen=True, slots=True)
class Extraction:
    """Opens the process that extracts: `root` is where the artifacts' paths start, parts go to `folder`."""

    root: Path
    folder: Path
    limits: Limits

    def __call__(self, _: Progress) -> Callable[[WorkUnit], Extracted]:
        """Load everything that the first artifact would load, and return what answers for a unit."""
        clock = StageClock()
        warm_up(clock)
        task = ExtractUnit(self.root, self.folder, fingerprint(), self.limits, clock, owns_worker=True)

        def extract(unit: WorkUnit) -> Extracted:
            clock.take()
            clock.stages.clear()
            clock.walls.clear()
            clock.inner.clear()
            begun = time.process_time()
            result = task(unit)
            seconds = time.process_time() - begun
            artifacts = clock.take()
            clock.stages[WRITE] = max(0.0, seconds - sum(artifacts))
            inner = tuple((stage, name, wall / clock.walls[stage]) for (stage, name), wall in clock.inner.items())
            left = UnitFile(result.project, result.file, result.rows)
            return Extracted(seconds, artifacts, left, tuple(clock.stages.items()), inner, peak_memory())

        return extract


@dataclass(frozen=True, slots=True)
class Merging:
    """Opens the process that makes parts of the units in `folder`."""

    folder: Path

    def __call__(self, _: Progress) -> Callable[[tuple[UnitFile, ...]], Merged]:
        """Return what answers for some units."""
        task = MergeUnits(self.folder)

        def merge(units: tuple[UnitFile, ...]) -> Merged:
            begun = time.process_time()
            parts = tuple(task(batch) for batch in plan_parts(self.folder, units))
            return Merged(time.process_time() - begun, parts, peak_memory())

        return merge
