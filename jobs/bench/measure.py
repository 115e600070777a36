"""One bench: a sample of the mirror, its floor and its extraction side by side, scoring, and whole audits."""

import importlib.metadata
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from features.contract import Progress
from features.limits import Limits
from features.schema import feature_schema, fingerprint
from jobs.bench.auditing import AuditAsk, Auditing, PeakWatch
from jobs.bench.contract import AuditCost, Benchmark, Machine, NothingToMeasureError, Plan, Sampled, Walked
from jobs.bench.extracting import Extraction, Merging
from jobs.bench.figures import Repeat, audit_cost, cost, floor_seconds, gains, kind_costs, stage_shares
from jobs.bench.floor import Floor, Floored
from jobs.bench.process import open_process
from jobs.bench.sample import choose_sample, copy_sample
from jobs.bench.scoring import Scoring
from jobs.contract import WorkUnit
from jobs.mirror.reading import read_inventory
from jobs.mirror.root import Mirror, open_mirror
from jobs.run.units import plan_units, unit_size
from model.frame import require_schema
from model.saved import load_card

SCHEMA_VERSION = 1
"""Version of the record's layout."""
_PIECE = 2**20


def measure(plan: Plan, limits: Limits, progress: Progress) -> Benchmark:
    """Measure what an audit of a mirror costs, on this machine and now.

    Everything that is written goes to a temporary folder, which is removed whatever happens. Raises MirrorError,
    ModelError, NothingToMeasureError, or MeasuringEndedError where a measured process is killed.
    """
    load = os.getloadavg()[0]
    mirror = open_mirror(plan.mirror.absolute())
    card = load_card(plan.model)
    require_schema(feature_schema(), card.fingerprint, card.groups)
    begun = time.process_time()
    inventory = read_inventory(mirror, progress)
    walked = time.process_time() - begun
    table = inventory.table
    if not len(table):
        raise NothingToMeasureError(mirror.root, "no distribution file was found")
    chosen = choose_sample(table, plan.sample, plan.seed)
    units = tuple(plan_units(chosen, *unit_size(chosen)).units())
    with tempfile.TemporaryDirectory(prefix="boojum-bench-", ignore_cleanup_errors=True) as folder:
        bench = _Bench(plan, limits, mirror, units, Path(folder), progress)
        repeats = [bench.repeat(number) for number in range(plan.repeat)]
        audits = tuple(bench.audits(plan.mirror if len(chosen) == len(table) else None, chosen))
    size = sum(unit.bytes for unit in units)
    stages, inner = stage_shares(repeats)
    return Benchmark(
        schema_version=SCHEMA_VERSION,
        boojum_version=importlib.metadata.version("boojum"),
        fingerprint=fingerprint(),
        model=card.model_id,
        mirror=str(plan.mirror),
        repeat=plan.repeat,
        machine=Machine(os.cpu_count() or 1, load, platform.python_version(), platform.machine()),
        sample=Sampled(
            on_disk=len(table),
            on_disk_bytes=int(inventory.counts["bytes"]),
            artifacts=len(chosen),
            bytes=size,
            inflated=sum(unit.inflated for unit in repeats[0].floored),
            unread=sum(sum(unit.unread) for unit in repeats[0].floored),
            seed=plan.seed,
        ),
        walk=Walked(walked, len(table), int(inventory.counts["pages"]), 1e6 * walked / len(table)),
        floor=cost("floor", repeats, len(chosen), size),
        extraction=cost("extraction", repeats, len(chosen), size),
        scoring=cost("scoring", repeats, len(chosen), size),
        kinds=tuple(kind_costs(chosen, units, repeats)),
        stages=stages,
        inner=inner,
        audits=audits,
        gains=gains(audits),
    )


@dataclass(frozen=True, slots=True)
class _Bench:
    """What the steps of one bench share."""

    plan: Plan
    limits: Limits
    mirror: Mirror
    units: tuple[WorkUnit, ...]
    folder: Path
    progress: Progress

    def repeat(self, number: int) -> Repeat:
        """Measure floor and extraction, unit by unit in turn, so that a noise of the machine meets both; then score."""
        measured = Repeat()
        parts = self.folder / f"parts-{number}"
        parts.mkdir()
        total = self.plan.repeat * len(self.units)
        with (
            open_process("the floor", self._floor()) as floor,
            open_process("extraction", Extraction(self.mirror.root, parts, self.limits)) as extraction,
        ):
            measured.starts |= {"floor": floor.start_up, "extraction": extraction.start_up}
            for index, unit in enumerate(self.units):
                self.progress(number * len(self.units) + index, total, "measuring units, floor and extraction")
                self._fetch(unit)
                if index % 2:
                    measured.extracted.append(extraction.ask(unit))
                    measured.floored.append(floor.ask(unit))
                else:
                    measured.floored.append(floor.ask(unit))
                    measured.extracted.append(extraction.ask(unit))
        if all(all(unit.unread) for unit in measured.floored):
            raise NothingToMeasureError(self.mirror.root, "not one of its distribution files can be read")
        with open_process("writing parts", Merging(parts)) as merging:
            measured.merged = merging.ask(tuple(unit.left for unit in measured.extracted if unit.left.name))
        self.progress(0, 0, "measuring scoring")
        scores = self.folder / f"scores-{number}"
        scores.mkdir()
        with open_process("scoring", Scoring(self.plan.model, scores)) as scoring:
            measured.scored = scoring.ask(tuple(parts / part for part in measured.merged.parts))
            measured.starts["scoring"] = scoring.start_up + measured.scored.first
        return measured

    def audits(self, whole: Path | None, chosen: pa.Table) -> Iterator[AuditCost]:
        """Measure a whole audit for each number of workers, of the mirror or a copy of the sample.

        The floor is measured between them, so that each stands between two.
        """
        if not self.plan.workers:
            return
        given = copy_sample(self.mirror, chosen, self.folder) if whole is None else whole
        size = sum(unit.bytes for unit in self.units)
        before = self._floor_again()
        for workers in self.plan.workers:
            folder = self.folder / f"audit-{workers}"
            folder.mkdir()
            watch = PeakWatch()
            begun = time.perf_counter()
            with open_process(f"an audit with {workers} workers", Auditing(self.plan.audit)) as process:
                said = f"auditing with {workers} workers: " if workers > 1 else "auditing with 1 worker: "
                audited = process.ask(AuditAsk(given.absolute(), folder, workers), self._telling(said), watch)
            wall = time.perf_counter() - begun
            after = self._floor_again()
            yield audit_cost(workers, audited, watch.peak, (before + after) / 2, size, wall)
            before = after

    def _telling(self, said: str) -> Progress:
        return lambda done, total, what: self.progress(done, total, said + what)

    def _floor(self) -> Floor:
        return Floor(self.mirror.root, self.limits.inflated_bytes)

    def _floor_again(self) -> float:
        floored: list[Floored] = []
        with open_process("the floor", self._floor()) as floor:
            for index, unit in enumerate(self.units):
                self.progress(index, len(self.units), "measuring units, floor")
                self._fetch(unit)
                floored.append(floor.ask(unit))
        return floor_seconds(floored)

    def _fetch(self, unit: WorkUnit) -> None:
        """Read a unit's files once, so that none of those measured waits for the disk in the other's stead."""
        for artifact in unit.artifacts:
            try:
                with (self.mirror.root / artifact.path).open("rb") as file:
                    while file.read(_PIECE):
                        pass
            except (OSError, ValueError):
                continue  # it becomes a row with a reason; the floor counts it as unread
