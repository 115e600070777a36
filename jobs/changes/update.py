"""Brings the change store up to date with the feature store: plan pairs, compare them, make the run visible."""

import contextlib
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from features.contract import Progress
from jobs.changes.compared_unit import CompareUnit, WrittenPart, write_projects
from jobs.changes.current import NOTES, NOTES_PREFIX, notes_of
from jobs.changes.member_index import INDEX, IndexMembers, index_file, unindexed_parts
from jobs.changes.plan import KEYS, KNOWN, ChangeUnit, Plan, make_plan
from jobs.changes.schema import change_schema
from jobs.contract import JobsError
from jobs.run.dispatch import BoundedSubmit
from jobs.store.database import open_database
from jobs.store.part_files import part_name, write_part
from jobs.store.part_store import PartStore
from jobs.store.quarantine import quarantine_on_error
from jobs.store.staging import Staging, open_staging

if TYPE_CHECKING:
    from jobs.run.cluster import Cluster

UNIT_PAIRS = 1_024
"""Most pairs of a unit. A part of the feature store that holds one base is read as a whole, so units are large."""
UNIT_MEMBERS = 400_000
"""Most members of the rows and bases of a unit, unless one artifact has more: they are what takes memory."""
LOCAL_PAIRS = 2_048
"""Most pairs that are compared in this process; more are worth the start-up of workers."""
INDEX_PARTS = 8
"""Feature parts that one task indexes."""
LOCAL_PARTS = 8
"""Most feature parts that are indexed in this process."""


@dataclass(frozen=True, slots=True)
class ChangeCounts:
    """The result of an update of the change store.

    `projects` were considered, with so many `artifacts`; of these `compared` have rows anew, together `rows`, of which
    a killed run had written `resumed`. `baseless` have no base, `superseded` had other rows before. `relatives` are
    bases of other projects. `failed` artifacts could not be compared and are tried again in the next run.
    """

    projects: int = 0
    artifacts: int = 0
    compared: int = 0
    rows: int = 0
    resumed: int = 0
    baseless: int = 0
    superseded: int = 0
    relatives: int = 0
    failed: int = 0


def update_change_store(
    features: PartStore,
    changes: PartStore,
    run: str,
    inventory: pa.Table,
    flagged: Collection[str],
    open_cluster: Callable[[], "Cluster"],
    progress: Progress,
) -> ChangeCounts:
    """Compare what is new on a mirror with its bases, and make the rows visible under `run`.

    Compared are artifacts that have no row, and those whose bases are others than when they were compared. `flagged`
    are digests (sha256) of artifacts that are no base. The cluster is opened only for more than `LOCAL_PAIRS` pairs.
    What was compared before an error or an interrupt is adopted by the next run. Raises JobsError.
    """
    staging = open_staging(changes, run)
    _index(features, changes, open_cluster, progress)
    adopted = list(staging.adopted_files())
    progress(0, 0, "choosing bases")
    while True:
        with contextlib.ExitStack() as stack:
            plan = _plan(stack, features, changes, inventory, adopted, flagged)
            outdated = plan.outdated(adopted)
            if not outdated:
                return _carry_out(plan, staging, adopted, open_cluster, progress)
        # A killed run compared them with other bases than those of today.
        for part in outdated:
            part.unlink()
            adopted.remove(part)


def _plan(
    stack: contextlib.ExitStack,
    features: PartStore,
    changes: PartStore,
    inventory: pa.Table,
    adopted: Sequence[Path],
    flagged: Collection[str],
) -> Plan:
    parts = features.parts()
    index_files = [index_file(changes, part) for part in parts]
    change_parts, note_files = changes.parts(), notes_of(changes)
    known = pa.schema([change_schema().field(name) for name in KNOWN])
    stack.enter_context(quarantine_on_error(parts, KEYS))
    stack.enter_context(quarantine_on_error(index_files, INDEX))
    stack.enter_context(quarantine_on_error([*change_parts, *adopted], known))
    stack.enter_context(quarantine_on_error(note_files, NOTES))
    connection = stack.enter_context(open_database(changes.root / ".sort"))
    places = pa.schema([*KEYS, pa.field("part", pa.int32()), pa.field("row", pa.int32())])
    keys = features.scan_places(parts, KEYS) if parts else places.empty_table()
    return make_plan(connection, inventory, keys, parts, index_files, change_parts, note_files, adopted, flagged)


def _carry_out(
    plan: Plan, staging: Staging, adopted: Sequence[Path], open_cluster: Callable[[], "Cluster"], progress: Progress
) -> ChangeCounts:
    counts = plan.counts
    written: list[str] = []
    failed: set[int] = set()
    rows = 0
    if counts.pairs:
        progress(0, counts.pairs, "comparing with bases")
        task = CompareUnit(staging.folder, staging.run, write_projects(staging.folder, plan.projects()))
        cluster = open_cluster() if counts.pairs > LOCAL_PAIRS else None
        for unit, answer in _compare(plan, task, cluster):
            if isinstance(answer, WrittenPart):
                written.append(answer.name)
                rows += answer.rows
            else:
                failed |= set(unit.artifacts.to_pylist())
            progress(rows, counts.pairs, "comparing with bases")
    notes = plan.notes()
    notes = notes.filter(pc.invert(pc.is_in(notes.column("id"), value_set=pa.array(sorted(failed), pa.int64()))))
    notes = notes.drop_columns(["id"]).cast(NOTES)
    if len(notes):
        written.append(write_part(staging.folder, f"{NOTES_PREFIX}{staging.run}.parquet", notes).name)
    if not (written or adopted or staging.store.parts()):
        # An empty part, so that a query finds the columns even if nothing has a base.
        written.append(write_part(staging.folder, part_name("none"), change_schema().empty_table()).name)
    staging.commit(written)
    baseless, superseded = (pc.sum(notes.column(name)).as_py() or 0 for name in ("baseless", "superseded"))
    return ChangeCounts(
        projects=counts.projects,
        artifacts=counts.artifacts,
        compared=counts.changed - len(failed),
        rows=rows,
        resumed=staging.adopted_rows if adopted else 0,
        baseless=baseless,
        superseded=superseded,
        relatives=counts.relatives,
        failed=len(failed),
    )


def _compare(plan: Plan, task: CompareUnit, cluster: "Cluster | None") -> Iterator[tuple[ChangeUnit, Any]]:
    """Yield (unit, part), or (unit of one artifact, error) where it cannot be compared; other units are halved."""
    units = plan.units(UNIT_PAIRS, UNIT_MEMBERS)
    halves: deque[ChangeUnit] = deque()

    def next_unit() -> ChangeUnit | None:
        return halves.popleft() if halves else next(units, None)

    answers = _locally(task, next_unit) if cluster is None else BoundedSubmit(cluster, task, next_unit)
    for unit, answer in answers:
        if not isinstance(answer, WrittenPart) and (smaller := unit.halves()):
            halves.extend(smaller)
        else:
            yield unit, answer


def _locally(task: CompareUnit, next_unit: Callable[[], ChangeUnit | None]) -> Iterator[tuple[ChangeUnit, Any]]:
    while (unit := next_unit()) is not None:
        try:
            yield unit, task(unit)
        except JobsError:
            raise
        except Exception as error:  # noqa: BLE001  as on a worker, where it is the answer
            yield unit, error


def _index(features: PartStore, changes: PartStore, open_cluster: Callable[[], "Cluster"], progress: Progress) -> None:
    """Index the members of the feature parts that are not indexed yet."""
    parts = unindexed_parts(features, changes)
    if not parts:
        return
    folder = index_file(changes, parts[0]).parent
    folder.mkdir(parents=True, exist_ok=True)
    task = IndexMembers(folder)
    if len(parts) <= LOCAL_PARTS:
        task(parts)
        return
    batches = deque(tuple(parts[at : at + INDEX_PARTS]) for at in range(0, len(parts), INDEX_PARTS))
    done = 0
    progress(0, len(parts), "indexing members")
    for batch, answer in BoundedSubmit(open_cluster(), task, lambda: batches.popleft() if batches else None):
        if isinstance(answer, int):
            done += answer
            progress(done, len(parts), "indexing members")
        elif len(batch) > 1:
            batches.extend((part,) for part in batch)
        else:
            raise answer
