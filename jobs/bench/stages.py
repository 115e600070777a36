"""Measures the stages of extraction: opening an artifact, each feature group, and functions within some of them.

A feature group is timed by a wrapper with the same columns in the order of the registry, and a function within a group
by replacing it in the module that calls it, both only in the measuring process. Groups are timed by the processor's
clock. The functions are called for each member, so the cheaper wall clock times them, as a fraction of their stage.
"""

import importlib
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from features.contract import Column, FeatureGroup, GroupRow, Release, Row
from features.extract import extract_row
from features.limits import Limits
from features.registry import GROUPS

OPEN = "open"
"""The stage of reading an artifact's members into memory and classifying them."""
MERGE = "merge"
"""The stage of joining the rows of the groups into the artifact's row."""
WRITE = "write"
"""The stage of everything but the artifacts' rows: crash records, the unit's table and file, and merging the parts."""


@dataclass(frozen=True, slots=True)
class TimedFunction:
    """A function that is timed within a stage: `attribute` of the `module` that calls it."""

    stage: str
    name: str
    module: str
    attribute: str


TIMED_FUNCTIONS = (
    TimedFunction(OPEN, "digests of the file", "features.archive.reader", "identify_file"),
    TimedFunction("code", "indicator pass", "features.code.text_decoding", "scan_text"),
    TimedFunction("code", "syntax pass", "features.code.passes", "analyse_file"),
    TimedFunction("code", "tokens", "features.code.release_summary", "sample_tokens"),
)


class StageClock:
    """An `Extract` that sums the time of each stage.

    `stages` are processor seconds by stage, `walls` wall seconds by stage, and `inner` wall seconds by (stage, name of
    a timed function). Making an instance replaces the timed functions in this process for good.
    """

    def __init__(self, groups: Sequence[FeatureGroup] = GROUPS) -> None:
        self.stages: defaultdict[str, float] = defaultdict(float)
        self.walls: defaultdict[str, float] = defaultdict(float)
        self.inner: defaultdict[tuple[str, str], float] = defaultdict(float)
        self._artifacts: list[float] = []
        self._last = self._last_wall = 0.0
        self._is_open = False
        self._groups = [_TimedGroup(group, self) for group in groups]
        for timed in TIMED_FUNCTIONS:
            module = importlib.import_module(timed.module)
            setattr(module, timed.attribute, self._time(getattr(module, timed.attribute), timed))

    def __call__(self, path: Path, filename: str, limits: Limits) -> Row:
        """Return the row of one file, as `extract_row` does."""
        started = self._last = time.process_time()
        self._last_wall = time.perf_counter()
        self._is_open = False
        row = extract_row(path, filename, limits, self._groups)
        # An artifact that could not be opened reached no group: all its time was the opening.
        self.lap(MERGE if self._is_open else OPEN)
        self._artifacts.append(self._last - started)
        return row

    def reset(self) -> None:
        """Set all sums to zero."""
        self.stages.clear()
        self.walls.clear()
        self.inner.clear()
        self._artifacts.clear()

    def lap(self, stage: str) -> None:
        """Add the time since the last lap to a stage."""
        now, wall = time.process_time(), time.perf_counter()
        self.stages[stage] += now - self._last
        self.walls[stage] += wall - self._last_wall
        self._last, self._last_wall = now, wall

    def enter_group(self) -> None:
        """End the stage of opening before the first group of an artifact."""
        if not self._is_open:
            self._is_open = True
            self.lap(OPEN)

    def artifact_seconds(self) -> tuple[float, ...]:
        """Return the processor seconds of each artifact since the last `reset`."""
        return tuple(self._artifacts)

    def _time(self, function: Callable[..., Any], timed: TimedFunction) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                return function(*args, **named)
            finally:
                self.inner[timed.stage, timed.name] += time.perf_counter() - started

        return call


class _TimedGroup:
    """A feature group that adds its time to a clock."""

    def __init__(self, group: FeatureGroup, clock: StageClock) -> None:
        self._group = group
        self._clock = clock
        self.name = group.name
        self.version = group.version
        self.columns: tuple[Column, ...] = group.columns

    def extract(self, release: Release) -> GroupRow:
        """Return the group's row."""
        self._clock.enter_group()
        try:
            return self._group.extract(release)
        finally:
            self._clock.lap(self.name)
