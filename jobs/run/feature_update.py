"""Brings the feature store up to date with a mirror: plan units, extract them, merge them, make the run visible."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from features.contract import Progress
from features.limits import Limits
from features.schema import feature_schema, fingerprint
from jobs.contract import Extract, UnitResult
from jobs.run.extraction import ClusterExtraction, ExtractUnit
from jobs.run.merging import MergeUnits, UnitFile, merge_units, read_unit_file
from jobs.run.units import plan_units, unit_size
from jobs.store.part_files import part_name, unread_name, write_part
from jobs.store.part_store import PartStore
from jobs.store.staging import Staging, open_staging

if TYPE_CHECKING:
    from jobs.run.cluster import Cluster


@dataclass(frozen=True, slots=True)
class ExtractionReport:
    """The result of an update of the feature store; figures count artifacts unless stated otherwise.

    `new` had no row before; of these, a killed run had read `resumed`. `read` were opened now, `unread` could not be
    read, `died` ended their worker. `units` are units of work, `failed_units` those that were split or given up.
    `bytes` were read in `seconds` of all workers together. `dropped` are (file, reason) of damaged files of a killed
    run. `unread_tables` are the files with the rows of the unread.
    """

    new: int
    resumed: int
    read: int = 0
    unread: int = 0
    died: int = 0
    units: int = 0
    failed_units: int = 0
    bytes: int = 0
    seconds: float = 0.0
    dropped: tuple[tuple[str, str], ...] = ()
    unread_tables: tuple[Path, ...] = ()


@dataclass(slots=True)
class _UnitSums:
    """The sums over the results of units, and the files that they left in the staging folder."""

    units: int = 0
    read: int = 0
    unread: int = 0
    died: int = 0
    failed_units: int = 0
    bytes: int = 0
    seconds: float = 0.0
    unit_files: list[UnitFile] = field(default_factory=list)
    unread_tables: list[str] = field(default_factory=list)

    def add(self, result: UnitResult) -> None:
        self.units += 1
        self.read += result.rows
        self.unread += result.unread
        self.bytes += result.bytes
        self.seconds += result.seconds
        if result.file:
            self.unit_files.append(UnitFile(result.project, result.file, result.rows))
        if result.unread:
            self.unread_tables.append(unread_name(result.unit))


def update_feature_store(
    store: PartStore,
    run: str,
    root: Path,
    inventory: pa.Table,
    open_cluster: Callable[[], "Cluster"],
    limits: Limits,
    extract: Extract,
    progress: Progress,
) -> ExtractionReport:
    """Read the artifacts of an inventory that have no row in the store, and make their rows visible under `run`.

    `root` is the folder that artifact paths start from. The cluster is opened only if something is to be read or
    several parts are to be merged. What was read before an error or an interrupt stays in the run's staging folder,
    from which the next run adopts it. Raises JobsError.
    """
    missing = store.new_rows(inventory)
    staging = open_staging(store, run)
    rows_to_read = store.new_rows(missing, staging.adopted_files()) if staging.adopted else missing
    adopted = [read_unit_file(staging.folder, name) for name in staging.adopted_units()]
    extracted = _UnitSums()
    if len(rows_to_read):
        extracted = _extract(open_cluster(), staging, run, root, rows_to_read, limits, extract, progress)
    parts = _merge(open_cluster, staging, [*adopted, *extracted.unit_files], progress)
    if not (parts or staging.adopted or store.parts()):
        # An empty part, so that a query finds the columns even if the mirror is empty.
        parts.append(write_part(staging.folder, part_name("none"), feature_schema().empty_table()).name)
    staging.commit([*parts, *extracted.unread_tables])
    return ExtractionReport(
        new=len(missing),
        resumed=len(missing) - len(rows_to_read),
        read=extracted.read,
        unread=extracted.unread,
        died=extracted.died,
        units=extracted.units,
        failed_units=extracted.failed_units,
        bytes=extracted.bytes,
        seconds=extracted.seconds,
        dropped=staging.dropped,
        unread_tables=tuple(store.unread_tables(run)),
    )


def _extract(
    cluster: "Cluster",
    staging: Staging,
    run: str,
    root: Path,
    rows: pa.Table,
    limits: Limits,
    extract: Extract,
    progress: Progress,
) -> _UnitSums:
    owns_workers = cluster.local is not None
    task = ExtractUnit(root, staging.folder, fingerprint(), limits, extract, owns_worker=owns_workers)
    extraction = ClusterExtraction(cluster, task, staging)
    extracted = _UnitSums()
    progress(0, len(rows), "reading artifacts")
    for result in extraction.run(plan_units(rows, *unit_size(rows), run).units()):
        extracted.add(result)
        progress(extracted.read + extracted.unread, len(rows), "reading artifacts")
    extracted.died, extracted.failed_units = extraction.died, extraction.failed_units
    return extracted


def _merge(
    open_cluster: Callable[[], "Cluster"], staging: Staging, files: Iterable[UnitFile], progress: Progress
) -> list[str]:
    """Merge unit files into parts and return the parts' names; a file that is named twice is merged once."""
    distinct = {file.name: file for file in files}
    parts: list[str] = []
    merged = 0
    if distinct:
        progress(0, len(distinct), "writing parts")
    for part, count in merge_units(open_cluster, MergeUnits(staging.folder), distinct.values()):
        parts.append(part)
        merged += count
        progress(merged, len(distinct), "writing parts")
    return parts
