"""Cuts what is new on the mirror into units of about equal cost."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from packaging.version import InvalidVersion, Version

from features.contract import Artifact, Kind
from jobs.contract import WorkUnit
from jobs.mirror.inventory import expand

UNIT_SECONDS = 16.0
"""A unit's cost by `costs_of`; what costs more by itself is a unit of its own."""
UNIT_ARTIFACTS = 256
"""A unit's length, however little its artifacts cost."""

FEWEST_UNITS = 64
"""Units that a small inventory is cut into, so that many workers share it ..."""
SMALLEST_SHARE = 8
"""... but none smaller than this part of a full one: a unit has a file, a message and a start of its own."""

_FULL = 1 + 1e-9  # sums of shares are rounded
_EACH, _ROOT, _BYTE = 0.015, 0.15e-3, 4e-9
_NO_VERSION = Version("0")
_KINDS = tuple(Kind)  # sources first


@dataclass(frozen=True, slots=True)
class Plan:
    """Units over `table` (rows of an inventory, in its order), none of them built yet.

    Unit `i` is rows `starts[i]` to `starts[i + 1]`; `order` names the units, the costliest first.
    """

    table: pa.Table
    starts: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.order)

    def units(self) -> Iterator[WorkUnit]:
        """Yield the units, the costliest first, each built when it is asked for."""
        for index in self.order.tolist():
            start = int(self.starts[index])
            yield _unit(self.table.slice(start, int(self.starts[index + 1]) - start))


def costs_of(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the processor seconds that artifacts of these sizes cost, of which only the ratios matter.

    Measured on 294 artifacts of a real mirror: an artifact costs something however small it is, then what grows
    with the root of its size (the larger it is, the less of it is source), and every byte is read and hashed. The
    kind adds nothing that the size does not tell: a native wheel is large and has few sources.
    """
    whole = np.maximum(sizes, 0).astype(np.float64)
    return np.asarray(_EACH + _ROOT * np.sqrt(whole) + _BYTE * whole)


def plan_units(table: pa.Table, seconds: float = UNIT_SECONDS, artifacts: int = UNIT_ARTIFACTS) -> Plan:
    """Return a plan in which every row of an inventory's table is in exactly one unit.

    The table's order, which is by project, is kept between units. A project's rows stay together unless they alone
    are more than a unit, so that its releases are read by one worker one after the other.
    """
    # A unit is full by its cost or by its length: the larger share of the two is what an artifact takes of it.
    costs = costs_of(table.column("size").to_numpy())
    shares = np.maximum(costs / seconds, 1 / artifacts)
    starts = [0] if len(table) else []
    spent = 0.0
    for first, last in _projects(table):
        share = float(shares[first:last].sum())
        if starts[-1] < first and spent + share > _FULL:
            starts.append(first)
            spent = 0.0
        if spent + share <= _FULL:
            spent += share
            continue
        # A project beyond a unit of its own is cut where each piece is full.
        for row in range(first, last):
            if starts[-1] < row and spent + float(shares[row]) > _FULL:
                starts.append(row)
                spent = 0.0
            spent += float(shares[row])
    bounds = np.array([*starts, len(table)], dtype=np.int64)
    totals = np.add.reduceat(costs, bounds[:-1]) if starts else np.empty(0)
    return Plan(table, bounds, np.argsort(-totals, kind="stable").astype(np.int64))


def unit_size(table: pa.Table) -> tuple[float, int]:
    """Return the cost and the artifacts of a unit that suit an inventory's table: full ones for a large one."""
    cost = float(costs_of(table.column("size").to_numpy()).sum())
    share = min(1.0, max(1 / SMALLEST_SHARE, cost / FEWEST_UNITS / UNIT_SECONDS))
    return UNIT_SECONDS * share, int(UNIT_ARTIFACTS * share)


def _projects(table: pa.Table) -> Iterator[tuple[int, int]]:
    """Yield (first row, row after the last) of each project of a sorted table."""
    if not len(table):
        return
    codes = table.column("project").combine_chunks().dictionary_encode()
    array = codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes
    ids = array.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    edges = [0, *(np.flatnonzero(np.diff(ids)) + 1).tolist(), len(ids)]
    yield from pairwise(edges)


def _unit(rows: pa.Table) -> WorkUnit:
    return make_unit(tuple(sorted(map(_artifact, expand(rows).to_pylist()), key=_release_order)))


def _release_order(artifact: Artifact) -> tuple[str, bool, Version, str, int, str, str]:
    """Order a project's files by release, the oldest first, a release's source before its wheels.

    What two releases have in common, and what a source has in common with its wheels, is then looked at in a row,
    and what is remembered of one is still there for the next.
    """
    try:
        version, is_version = Version(artifact.version), True
    except InvalidVersion:
        version, is_version = _NO_VERSION, False
    kind = _KINDS.index(artifact.kind)
    return artifact.project, is_version, version, artifact.version, kind, artifact.filename, artifact.path


def _artifact(row: dict[str, object]) -> Artifact:
    """Return an inventory's row as an artifact; the one place that knows both names."""
    values = {name: value for name, value in row.items() if value is not None}
    kind = values.pop("kind", Kind.UNKNOWN)
    return Artifact(kind=Kind(str(kind)), **values)  # type: ignore[arg-type]


def make_unit(artifacts: tuple[Artifact, ...]) -> WorkUnit:
    """Return artifacts as a unit; its id is a digest over which files they are, in their order.

    What tells two files of one path and size apart is in it, so that no part ever has the name of other files' part.
    """
    digest = hashlib.blake2b(digest_size=16)
    for artifact in artifacts:
        told_by = artifact.blake2b_256 or artifact.upload_time
        digest.update(f"{artifact.path}\0{artifact.size}\0{told_by}\n".encode("utf-8", "surrogatepass"))
    return WorkUnit(digest.hexdigest(), artifacts, sum(artifact.size for artifact in artifacts))


def halve_unit(unit: WorkUnit, without: int | None = None) -> tuple[WorkUnit, ...]:
    """Return the halves of a unit, without the artifact of this number; an empty half is left out."""
    rest = [artifact for number, artifact in enumerate(unit.artifacts) if number != without]
    middle = len(rest) // 2
    return tuple(make_unit(tuple(half)) for half in (rest[:middle], rest[middle:]) if half)
