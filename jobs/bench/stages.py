"""Where extraction's time goes: its own clock at the borders of the feature groups, and within some of them.

A group is watched by putting a stand-in with the same columns into the registry's order, and what happens within a
group by replacing a function that it calls, in the measuring process alone. Groups are timed by the processor's
clock; what is within them, once a member, by the wall clock and as a share of its group, because asking the
processor's clock that often would itself cost.
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
MERGE = "merge"
WRITE = "write"
"""All beside the artifacts' rows: the guard against hanging, the unit's table and file, the parts made of them all."""


@dataclass(frozen=True, slots=True)
class Within:
    """A function that takes its share of a stage: `attribute` of `module`, from where the stage calls it."""

    stage: str
    name: str
    module: str
    attribute: str


WITHIN = (
    Within(OPEN, "digests of the file", "features.archive.reader", "identify_file"),
    Within("code", "indicator pass", "features.code.text_decoding", "scan_text"),
    Within("code", "syntax pass", "features.code.passes", "analyse_file"),
    Within("code", "tokens", "features.code.release_summary", "sample_tokens"),
)


class StageClock:
    """An `Extract` that adds up what each stage takes; `artifacts` are the seconds of each since `take`.

    Constructing it replaces the functions of `WITHIN` in this process for good.
    """

    def __init__(self, groups: Sequence[FeatureGroup] = GROUPS) -> None:
        self.stages: defaultdict[str, float] = defaultdict(float)
        self.walls: defaultdict[str, float] = defaultdict(float)
        """Wall seconds of each stage, the whole that those of `inner` are parts of."""
        self.inner: defaultdict[tuple[str, str], float] = defaultdict(float)
        self.artifacts: list[float] = []
        self._at = self._wall = 0.0
        self._is_open = False
        self._groups = [_Watched(group, self) for group in groups]
        for within in WITHIN:
            module = importlib.import_module(within.module)
            setattr(module, within.attribute, self._timed(getattr(module, within.attribute), within))

    def __call__(self, path: Path, filename: str, limits: Limits) -> Row:
        """Return the row of one file, as `extract_row` does."""
        begun = self._at = time.process_time()
        self._wall = time.perf_counter()
        self._is_open = False
        row = extract_row(path, filename, limits, self._groups)
        # A file that could not be opened was shown to no group: all of it was the opening.
        self.lap(MERGE if self._is_open else OPEN)
        self.artifacts.append(self._at - begun)
        return row

    def lap(self, stage: str) -> None:
        """Put what passed since the last lap to a stage's account."""
        now, wall = time.process_time(), time.perf_counter()
        self.stages[stage] += now - self._at
        self.walls[stage] += wall - self._wall
        self._at, self._wall = now, wall

    def enter(self) -> None:
        """Note that a release is shown to a group: before the first, it was being opened."""
        if not self._is_open:
            self._is_open = True
            self.lap(OPEN)

    def take(self) -> tuple[float, ...]:
        """Return the seconds of the artifacts since the last call."""
        taken = tuple(self.artifacts)
        self.artifacts.clear()
        return taken

    def _timed(self, function: Callable[..., Any], within: Within) -> Callable[..., Any]:
        def timed(*args: Any, **named: Any) -> Any:
            begun = time.perf_counter()
            try:
                return function(*args, **named)
            finally:
                self.inner[within.stage, within.name] += time.perf_counter() - begun

        return timed


class _Watched:
    """A feature group whose time is told to the clock."""

    def __init__(self, group: FeatureGroup, clock: StageClock) -> None:
        self._group = group
        self._clock = clock
        self.name = group.name
        self.version = group.version
        self.columns: tuple[Column, ...] = group.columns

    def extract(self, release: Release) -> GroupRow:
        """Return the group's row."""
        self._clock.enter()
        try:
            return self._group.extract(release)
        finally:
            self._clock.lap(self.name)
