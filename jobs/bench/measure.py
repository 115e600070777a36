"""Runs a benchmark: floor, extraction and scoring of a sample of the mirror, and whole audits."""

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
from jobs.bench.auditing import AuditTask, PrepareAudit, WorkerPeak
from jobs.bench.contract import (
    AuditCost,
    Benchmark,
    BenchRequest,
    Machine,
    NothingToMeasureError,
    SampleSize,
    WalkCost,
)
from jobs.bench.extracting import PrepareExtraction, PrepareMerging
from jobs.bench.figures import Repeat, Work, audit_cost, cost, extraction_stages, floor_seconds, kind_costs, speedups
from jobs.bench.floor import FloorMeasurement, PrepareFloor
from jobs.bench.process import open_process
from jobs.bench.sample import choose_sample, copy_sample
from jobs.bench.scoring import PrepareScoring
from jobs.contract import WorkUnit
from jobs.mirror.reading import read_inventory
from jobs.mirror.root import Mirror, open_mirror
from jobs.run.units import plan_units, unit_size
from model.frame import require_schema
from model.saved import load_card

SCHEMA_VERSION = 1
"""Version of the layout of the record."""
_PIECE = 2**20


def measure(request: BenchRequest, limits: Limits, progress: Progress) -> Benchmark:
    """Measure what an audit of a mirror costs on this machine.

    All files are written to a temporary folder, which is removed in any case. Raises MirrorError, ModelError,
    NothingToMeasureError, or MeasuringEndedError if a measured process is killed.
    """
    load = os.getloadavg()[0]
    mirror = open_mirror(request.mirror.absolute())
    card = load_card(request.model)
    require_schema(feature_schema(), card.fingerprint, card.groups)
    started = time.process_time()
    inventory = read_inventory(mirror, progress)
    walk_seconds = time.process_time() - started
    table = inventory.table
    if not len(table):
        raise NothingToMeasureError(mirror.root, "no distribution file was found")
    sample = choose_sample(table, request.sample, request.seed)
    units = tuple(plan_units(sample, *unit_size(sample)).units())
    with tempfile.TemporaryDirectory(prefix="boojum-bench-", ignore_cleanup_errors=True) as folder:
        bench = _Bench(request, limits, mirror, units, Path(folder), progress)
        repeats = [bench.measure_sample(number) for number in range(request.repeat)]
        audits = tuple(bench.measure_audits(request.mirror if len(sample) == len(table) else None, sample))
    size = sum(unit.bytes for unit in units)
    stages, inner = extraction_stages(repeats)
    return Benchmark(
        schema_version=SCHEMA_VERSION,
        boojum_version=importlib.metadata.version("boojum"),
        fingerprint=fingerprint(),
        model=card.model_id,
        mirror=str(request.mirror),
        repeat=request.repeat,
        machine=Machine(os.cpu_count() or 1, load, platform.python_version(), platform.machine()),
        sample=SampleSize(
            on_disk=len(table),
            on_disk_bytes=int(inventory.counts["bytes"]),
            artifacts=len(sample),
            bytes=size,
            inflated=sum(unit.inflated for unit in repeats[0].floors),
            unread=sum(sum(unit.unread) for unit in repeats[0].floors),
            seed=request.seed,
        ),
        walk=WalkCost(walk_seconds, len(table), int(inventory.counts["pages"]), 1e6 * walk_seconds / len(table)),
        floor=cost(Work.FLOOR, repeats, len(sample), size),
        extraction=cost(Work.EXTRACTION, repeats, len(sample), size),
        scoring=cost(Work.SCORING, repeats, len(sample), size),
        kinds=tuple(kind_costs(sample, units, repeats)),
        stages=stages,
        inner=inner,
        audits=audits,
        gains=speedups(audits),
    )


@dataclass(frozen=True, slots=True)
class _Bench:
    """The steps of one benchmark, with what they share."""

    request: BenchRequest
    limits: Limits
    mirror: Mirror
    units: tuple[WorkUnit, ...]
    folder: Path
    progress: Progress

    def measure_sample(self, number: int) -> Repeat:
        """Measure one repeat of floor, extraction and scoring.

        Floor and extraction alternate unit by unit, so that other load of the machine affects both.
        """
        repeat = Repeat()
        parts = self.folder / f"parts-{number}"
        parts.mkdir()
        total = self.request.repeat * len(self.units)
        with (
            open_process("the floor", self._prepare_floor()) as floor,
            open_process("extraction", PrepareExtraction(self.mirror.root, parts, self.limits)) as extraction,
        ):
            repeat.start_ups |= {Work.FLOOR: floor.start_up, Work.EXTRACTION: extraction.start_up}
            for index, unit in enumerate(self.units):
                self.progress(number * len(self.units) + index, total, "measuring units, floor and extraction")
                self._fill_page_cache(unit)
                if index % 2:
                    repeat.units.append(extraction.send(unit))
                    repeat.floors.append(floor.send(unit))
                else:
                    repeat.floors.append(floor.send(unit))
                    repeat.units.append(extraction.send(unit))
        if all(all(unit.unread) for unit in repeat.floors):
            raise NothingToMeasureError(self.mirror.root, "not one of its distribution files can be read")
        with open_process("writing parts", PrepareMerging(parts)) as merging:
            repeat.merge = merging.send(tuple(unit.file for unit in repeat.units if unit.file.name))
        self.progress(0, 0, "measuring scoring")
        scores = self.folder / f"scores-{number}"
        scores.mkdir()
        with open_process("scoring", PrepareScoring(self.request.model, scores)) as scoring:
            repeat.score = scoring.send(tuple(parts / part for part in repeat.merge.parts))
            repeat.start_ups[Work.SCORING] = scoring.start_up + repeat.score.first
        return repeat

    def measure_audits(self, whole: Path | None, sample: pa.Table) -> Iterator[AuditCost]:
        """Measure a whole audit for each number of workers, of the mirror `whole` or of a copy of the sample.

        The floor is measured before, between and after the audits; each is compared with the mean of its neighbours.
        """
        if not self.request.worker_counts:
            return
        mirror = copy_sample(self.mirror, sample, self.folder) if whole is None else whole
        size = sum(unit.bytes for unit in self.units)
        before = self._measure_floor()
        for workers in self.request.worker_counts:
            folder = self.folder / f"audit-{workers}"
            folder.mkdir()
            peak = WorkerPeak()
            started = time.perf_counter()
            with open_process(f"an audit with {workers} workers", PrepareAudit(self.request.audit)) as process:
                prefix = f"auditing with {workers} worker{'s' if workers > 1 else ''}: "
                audit = process.send(
                    AuditTask(mirror.absolute(), folder, workers), self._prefixed_progress(prefix), peak
                )
            wall = time.perf_counter() - started
            after = self._measure_floor()
            yield audit_cost(workers, audit, peak.peak, (before + after) / 2, size, wall)
            before = after

    def _prefixed_progress(self, prefix: str) -> Progress:
        return lambda done, total, what: self.progress(done, total, prefix + what)

    def _prepare_floor(self) -> PrepareFloor:
        return PrepareFloor(self.mirror.root, self.limits.inflated_bytes)

    def _measure_floor(self) -> float:
        floors: list[FloorMeasurement] = []
        with open_process("the floor", self._prepare_floor()) as floor:
            for index, unit in enumerate(self.units):
                self.progress(index, len(self.units), "measuring units, floor")
                self._fill_page_cache(unit)
                floors.append(floor.send(unit))
        return floor_seconds(floors)

    def _fill_page_cache(self, unit: WorkUnit) -> None:
        """Read a unit's files once, so that whichever process comes first does not wait for the disk alone."""
        for artifact in unit.artifacts:
            try:
                with (self.mirror.root / artifact.path).open("rb") as file:
                    while file.read(_PIECE):
                        pass
            except (OSError, ValueError):
                continue  # extraction makes a row with the reason, and the floor counts it as unread
