"""Computes the figures of a benchmark from its measurements: sums, fractions and ratios."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

import pyarrow as pa

from jobs.bench.auditing import EXTRACTION, AuditMeasurement
from jobs.bench.contract import AuditCost, Cost, FunctionShare, KindCost, Speedup, Spread, StageShare
from jobs.bench.extracting import MergeMeasurement, UnitMeasurement
from jobs.bench.floor import FloorMeasurement
from jobs.bench.sample import kinds_of
from jobs.bench.scoring import ScoreMeasurement
from jobs.bench.stages import WRITE
from jobs.contract import WorkUnit

MEGABYTE = 1_000_000
_MIN_SECONDS = 1e-9  # a divisor where the clock measured nothing


class Work(Enum):
    """The kinds of work whose cost is measured for the sample."""

    FLOOR = "floor"
    EXTRACTION = "extraction"
    SCORING = "scoring"


@dataclass(slots=True)
class Repeat:
    """The measurements of one repeat, for each unit in the order of units; `start_ups` are seconds by kind of work."""

    floors: list[FloorMeasurement] = field(default_factory=list)
    units: list[UnitMeasurement] = field(default_factory=list)
    merge: MergeMeasurement | None = None
    score: ScoreMeasurement | None = None
    start_ups: dict[Work, float] = field(default_factory=dict)

    def seconds(self, work: Work) -> float:
        """Return the seconds of a kind of work without its start-up; extraction includes merging."""
        match work:
            case Work.FLOOR:
                return max(_MIN_SECONDS, floor_seconds(self.floors))
            case Work.EXTRACTION:
                return sum(unit.seconds for unit in self.units) + self.merge_seconds
            case Work.SCORING:
                return self.score.seconds if self.score else 0.0

    @property
    def merge_seconds(self) -> float:
        """The seconds of merging the units into parts."""
        return self.merge.seconds if self.merge else 0.0

    def peak(self, work: Work) -> int:
        """Return the most memory in bytes that a process of a kind of work held."""
        match work:
            case Work.FLOOR:
                return max(unit.peak for unit in self.floors)
            case Work.EXTRACTION:
                return max(self.merge.peak if self.merge else 0, *(unit.peak for unit in self.units))
            case Work.SCORING:
                return self.score.peak if self.score else 0


def floor_seconds(floors: Iterable[FloorMeasurement]) -> float:
    """Return the floor of some units together."""
    return sum(sum(unit.seconds) for unit in floors)


def spread(values: Sequence[float]) -> Spread:
    """Return the mean, the minimum and the maximum of at least one value."""
    return Spread(sum(values) / len(values), min(values), max(values))


def stage_shares(seconds: Mapping[str, float]) -> tuple[StageShare, ...]:
    """Return each stage's fraction of the sum, in the order given."""
    whole = max(_MIN_SECONDS, sum(seconds.values()))
    return tuple(StageShare(name, each, each / whole) for name, each in seconds.items())


def cost(work: Work, repeats: Sequence[Repeat], artifacts: int, size: int) -> Cost:
    """Return the cost of a kind of work for a sample of `artifacts` artifacts with `size` bytes together."""
    seconds = spread([repeat.seconds(work) for repeat in repeats])
    return Cost(
        seconds=seconds,
        ratio=spread([repeat.seconds(work) / repeat.seconds(Work.FLOOR) for repeat in repeats]),
        start_up=spread([repeat.start_ups[work] for repeat in repeats]),
        artifacts_a_second=artifacts / max(_MIN_SECONDS, seconds.mean),
        megabytes_a_second=size / MEGABYTE / max(_MIN_SECONDS, seconds.mean),
        peak=max(repeat.peak(work) for repeat in repeats),
    )


def kind_costs(sample: pa.Table, units: Sequence[WorkUnit], repeats: Sequence[Repeat]) -> Iterator[KindCost]:
    """Yield the floor and extraction of each kind of artifact, by descending seconds of extraction.

    Extraction is that of the artifacts alone, without the stage "write" of their units.
    """
    kind_of = dict(zip(sample.column("path").to_pylist(), kinds_of(sample).to_pylist(), strict=True))
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    floor: defaultdict[str, float] = defaultdict(float)
    extraction: defaultdict[str, float] = defaultdict(float)
    for number, unit in enumerate(units):
        for index, artifact in enumerate(unit.artifacts):
            kind = kind_of[artifact.path]
            counts[kind] += 1
            sizes[kind] += artifact.size
            floor[kind] += sum(repeat.floors[number].seconds[index] for repeat in repeats) / len(repeats)
            extraction[kind] += sum(repeat.units[number].artifacts[index] for repeat in repeats) / len(repeats)
    for kind, seconds in sorted(extraction.items(), key=lambda item: -item[1]):
        ratio = seconds / max(_MIN_SECONDS, floor[kind])
        yield KindCost(kind, counts[kind], sizes[kind], floor[kind], seconds, ratio)


def extraction_stages(repeats: Sequence[Repeat]) -> tuple[tuple[StageShare, ...], tuple[FunctionShare, ...]]:
    """Return the shares of extraction's stages, and of the timed functions within them; seconds are means."""
    stages: defaultdict[str, float] = defaultdict(float)
    functions: defaultdict[tuple[str, str], float] = defaultdict(float)
    for repeat in repeats:
        for unit in repeat.units:
            seconds_of = dict(unit.stages)
            for stage, seconds in unit.stages:
                stages[stage] += seconds / len(repeats)
            for stage, name, share in unit.inner:
                functions[stage, name] += share * seconds_of[stage] / len(repeats)
        stages[WRITE] += repeat.merge_seconds / len(repeats)
    whole = max(_MIN_SECONDS, sum(stages.values()))
    inner = tuple(FunctionShare(stage, name, seconds / whole) for (stage, name), seconds in functions.items())
    return stage_shares(stages), inner


def audit_cost(
    workers: int, audit: AuditMeasurement, peak_worker: int, floor: float, size: int, wall: float
) -> AuditCost:
    """Return the cost of a whole audit of `size` bytes that took `wall` seconds, relative to the floor around it."""
    seconds = sum(cpu for _, cpu, _ in audit.stages)
    floor = max(_MIN_SECONDS, floor)
    # The start-up is measured by another clock than the whole, of which it is a part.
    start_up = min(audit.start_up, seconds)
    return AuditCost(
        workers=workers,
        artifacts=audit.artifacts,
        seconds=seconds,
        start_up=start_up,
        floor=floor,
        ratio=seconds / floor,
        ratio_running=(seconds - start_up) / floor,
        wall=wall,
        reading_wall=sum(wall for name, _, wall in audit.stages if name == EXTRACTION),
        artifacts_a_second=audit.artifacts / max(_MIN_SECONDS, seconds),
        megabytes_a_second=size / MEGABYTE / max(_MIN_SECONDS, seconds),
        peak_worker=peak_worker,
        peak_driver=audit.peak,
        stages=stage_shares({name: cpu for name, cpu, _ in audit.stages}),
    )


def speedups(audits: Sequence[AuditCost]) -> tuple[Speedup, ...]:
    """Return how many times faster by the clock each audit was than the first."""
    return tuple(
        Speedup(
            start=audits[0].workers,
            to=audit.workers,
            reading=audits[0].reading_wall / max(_MIN_SECONDS, audit.reading_wall),
            whole=audits[0].wall / max(_MIN_SECONDS, audit.wall),
        )
        for audit in audits[1:]
    )
