"""From what was measured to what is said: sums, shares and ratios; nothing is measured here."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from jobs.bench.auditing import READ, Audited
from jobs.bench.contract import AuditCost, Cost, Gain, Inner, KindCost, Share, Spread
from jobs.bench.extracting import Extracted, Merged
from jobs.bench.floor import Floored
from jobs.bench.sample import kinds_of
from jobs.bench.scoring import Scored
from jobs.bench.stages import WRITE
from jobs.contract import WorkUnit

MEGABYTE = 1_000_000
_LEAST = 1e-9  # seconds; what the clock could not see took no less than this


@dataclass(slots=True)
class Repeat:
    """One repeat: what each unit took, in the order of the units, and the start-up seconds of each process."""

    floored: list[Floored] = field(default_factory=list)
    extracted: list[Extracted] = field(default_factory=list)
    merged: Merged | None = None
    scored: Scored | None = None
    starts: dict[str, float] = field(default_factory=dict)

    def seconds(self, what: str) -> float:
        """Return what "floor", "extraction" or "scoring" took without its start-up."""
        match what:
            case "floor":
                return max(_LEAST, floor_seconds(self.floored))
            case "extraction":
                return sum(unit.seconds for unit in self.extracted) + self.merging
            case _:
                return self.scored.seconds if self.scored else 0.0

    @property
    def merging(self) -> float:
        """The seconds that making parts of the units took."""
        return self.merged.seconds if self.merged else 0.0

    def peak(self, what: str) -> int:
        """Return the most memory, in bytes, that the process of some work held."""
        match what:
            case "floor":
                return max(unit.peak for unit in self.floored)
            case "extraction":
                return max(self.merged.peak if self.merged else 0, *(unit.peak for unit in self.extracted))
            case _:
                return self.scored.peak if self.scored else 0


def floor_seconds(floored: Iterable[Floored]) -> float:
    """Return the floor of some units."""
    return sum(sum(unit.seconds) for unit in floored)


def spread(figures: Sequence[float]) -> Spread:
    """Return the mean, the least and the greatest of at least one figure."""
    return Spread(sum(figures) / len(figures), min(figures), max(figures))


def shares(seconds: Mapping[str, float]) -> tuple[Share, ...]:
    """Return each stage's share of all, in the order given; the shares add up to 1."""
    whole = max(_LEAST, sum(seconds.values()))
    return tuple(Share(name, each, each / whole) for name, each in seconds.items())


def cost(what: str, repeats: Sequence[Repeat], artifacts: int, size: int) -> Cost:
    """Return what "floor", "extraction" or "scoring" costs for so many artifacts of `size` bytes together."""
    seconds = spread([repeat.seconds(what) for repeat in repeats])
    return Cost(
        seconds=seconds,
        ratio=spread([repeat.seconds(what) / repeat.seconds("floor") for repeat in repeats]),
        start_up=spread([repeat.starts[what] for repeat in repeats]),
        artifacts_a_second=artifacts / max(_LEAST, seconds.mean),
        megabytes_a_second=size / MEGABYTE / max(_LEAST, seconds.mean),
        peak=max(repeat.peak(what) for repeat in repeats),
    )


def kind_costs(sample: pa.Table, units: Sequence[WorkUnit], repeats: Sequence[Repeat]) -> Iterator[KindCost]:
    """Yield the floor and extraction of each kind of artifact, the most seconds first.

    Extraction is of the artifacts alone, without what a unit as a whole takes.
    """
    kind_of = dict(zip(sample.column("path").to_pylist(), kinds_of(sample).to_pylist(), strict=True))
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    floor: defaultdict[str, float] = defaultdict(float)
    extraction: defaultdict[str, float] = defaultdict(float)
    for number, unit in enumerate(units):
        for place, artifact in enumerate(unit.artifacts):
            kind = kind_of[artifact.path]
            counts[kind] += 1
            sizes[kind] += artifact.size
            floor[kind] += sum(repeat.floored[number].seconds[place] for repeat in repeats) / len(repeats)
            extraction[kind] += sum(repeat.extracted[number].artifacts[place] for repeat in repeats) / len(repeats)
    for kind, seconds in sorted(extraction.items(), key=lambda item: -item[1]):
        ratio = seconds / max(_LEAST, floor[kind])
        yield KindCost(kind, counts[kind], sizes[kind], floor[kind], seconds, ratio)


def stage_shares(repeats: Sequence[Repeat]) -> tuple[tuple[Share, ...], tuple[Inner, ...]]:
    """Return the shares of extraction's stages, and of what is within them."""
    stages: defaultdict[str, float] = defaultdict(float)
    inner: defaultdict[tuple[str, str], float] = defaultdict(float)
    for repeat in repeats:
        for unit in repeat.extracted:
            of = dict(unit.stages)
            for stage, seconds in unit.stages:
                stages[stage] += seconds / len(repeats)
            for stage, name, share in unit.inner:
                inner[stage, name] += share * of[stage] / len(repeats)
        stages[WRITE] += repeat.merging / len(repeats)
    whole = max(_LEAST, sum(stages.values()))
    within = tuple(Inner(stage, name, seconds / whole) for (stage, name), seconds in inner.items())
    return shares(stages), within


def audit_cost(workers: int, audited: Audited, peak_worker: int, floor: float, size: int, wall: float) -> AuditCost:
    """Return what a whole audit cost, beside the floor that was measured around it."""
    seconds = sum(cpu for _, cpu, _ in audited.stages)
    floor = max(_LEAST, floor)
    # What is paid once is measured by another clock than the whole; it cannot be more than that.
    once = min(audited.once, seconds)
    return AuditCost(
        workers=workers,
        artifacts=audited.artifacts,
        seconds=seconds,
        start_up=once,
        floor=floor,
        ratio=seconds / floor,
        ratio_running=(seconds - once) / floor,
        wall=wall,
        reading_wall=sum(wall for name, _, wall in audited.stages if name == READ),
        artifacts_a_second=audited.artifacts / max(_LEAST, seconds),
        megabytes_a_second=size / MEGABYTE / max(_LEAST, seconds),
        peak_worker=peak_worker,
        peak_driver=audited.peak,
        stages=shares({name: cpu for name, cpu, _ in audited.stages}),
    )


def gains(audits: Sequence[AuditCost]) -> tuple[Gain, ...]:
    """Return how many times faster each audit was than the first, by the clock."""
    return tuple(
        Gain(
            start=audits[0].workers,
            to=audit.workers,
            reading=audits[0].reading_wall / max(_LEAST, audit.reading_wall),
            whole=audits[0].wall / max(_LEAST, audit.wall),
        )
        for audit in audits[1:]
    )
