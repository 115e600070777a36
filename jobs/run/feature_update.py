"""Brings the feature store up to what is on a mirror now: plan, read, write, make visible."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from features.contract import Progress
from features.limits import Limits
from features.schema import feature_schema, fingerprint
from jobs.contract import Extract
from jobs.run.extraction import Extraction, ExtractUnit
from jobs.run.merging import MergeUnits, UnitFile, find_unit, merge_units
from jobs.run.units import plan_units, unit_size
from jobs.store.part_files import part_name, unread_name, write_part
from jobs.store.part_store import PartStore
from jobs.store.staging import open_staging

if TYPE_CHECKING:
    from jobs.run.cluster import Cluster


@dataclass(frozen=True, slots=True)
class ExtractionReport:
    """What an intake did, in artifacts: `new` had no row when it began, `resumed` of them a killed run had read.

    `read` were opened now, `unread` could not be read, `died` ended their worker. `failed_units` were cut up to
    find an artifact, `dropped` are damaged parts of a killed run (part, why). `bytes` were read in `seconds` of the
    workers' time together. `unread_parts` hold the rows of the unread.
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
    unread_parts: tuple[Path, ...] = ()


def update_feature_store(
    store: PartStore,
    run: str,
    root: Path,
    inventory: pa.Table,
    cluster: Callable[[], "Cluster"],
    limits: Limits,
    extract: Extract,
    progress: Progress,
) -> ExtractionReport:
    """Read what the store has no row of and make the rows visible under `run`; raises JobsError.

    `cluster` is only asked for where something is to be read. What was read before an error or an interrupt stays
    in the run's staging folder, from where the next intake takes it over.
    """
    missing = store.new_rows(inventory)
    staging = open_staging(store, run)
    new = store.new_rows(missing, staging.adopted_files()) if staging.adopted else missing
    resumed = len(missing) - len(new)
    written = {name: find_unit(staging.folder, name) for name in staging.adopted_units()}
    unread_units: list[str] = []
    units = read = unread = size = 0
    seconds = 0.0
    extraction = None
    if len(new):
        workers = cluster()
        task = ExtractUnit(root, staging.folder, fingerprint(), limits, extract, alone=workers.local is not None)
        extraction = Extraction(workers, task, staging)
        progress(0, len(new), "reading artifacts")
        for result in extraction.run(plan_units(new, *unit_size(new)).units()):
            units += 1
            read += result.rows
            unread += result.unread
            size += result.bytes
            seconds += result.seconds
            if result.part:
                written[result.part] = UnitFile(result.project, result.part, result.rows)
            if result.unread:
                unread_units.append(unread_name(result.unit))
            progress(read + unread, len(new), "reading artifacts")
    parts: list[str] = []
    merged = 0
    if written:
        progress(0, len(written), "writing parts")
    for part, count in merge_units(cluster, MergeUnits(staging.folder), written.values()):
        parts.append(part)
        merged += count
        progress(merged, len(written), "writing parts")
    if not (parts or staging.adopted or store.parts()):
        # An empty table, so that a reader of the store finds its columns even where there is nothing to read.
        parts.append(write_part(staging.folder, part_name("none"), feature_schema().empty_table()).name)
    staging.commit([*parts, *unread_units])
    return ExtractionReport(
        new=len(missing),
        resumed=resumed,
        read=read,
        unread=unread,
        died=extraction.died if extraction else 0,
        units=units,
        failed_units=extraction.failed_units if extraction else 0,
        bytes=size,
        seconds=seconds,
        dropped=staging.dropped,
        unread_parts=tuple(store.unread_tables(run)),
    )
