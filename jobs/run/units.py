"""Plans units of work: all new artifacts of a mirror in groups of about equal cost, a project's together."""

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
"""Most processor seconds of a unit by `estimate_costs`; an artifact that costs more is a unit by itself."""
UNIT_ARTIFACTS = 256
"""Most artifacts of a unit, however little they cost."""
MIN_UNITS = 64
"""Units that a small inventory is split into, so that many workers share it, unless they become too small."""
MIN_UNIT_FRACTION = 1 / 8
"""Smallest unit as a fraction of a full one: every unit has the overhead of a file and a message."""

_FULL = 1 + 1e-9  # sums of fractions are rounded
_SECONDS_PER_ARTIFACT, _SECONDS_PER_ROOT_BYTE, _SECONDS_PER_BYTE = 0.015, 0.15e-3, 4e-9
_NO_VERSION = Version("0")
_KINDS = tuple(Kind)  # source distributions first


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """The units of an inventory's `table`: unit `i` is its rows `starts[i]` to `starts[i + 1]` (int64, length n + 1).

    `order` (int64, length n) are the numbers of the units by descending cost. `run` is that of the ids of the units.
    """

    table: pa.Table
    starts: npt.NDArray[np.int64]
    order: npt.NDArray[np.int64]
    run: str = ""

    def __len__(self) -> int:
        return len(self.order)

    def units(self) -> Iterator[WorkUnit]:
        """Yield the units by descending cost; each is made when it is needed, to save memory."""
        for index in self.order.tolist():
            start = int(self.starts[index])
            yield _unit_of_rows(self.table.slice(start, int(self.starts[index + 1]) - start), self.run)


def estimate_costs(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the estimated processor seconds of artifacts of these sizes in bytes; only their ratios matter.

    The model was fitted to 294 artifacts of a real mirror: a constant for each artifact, a part that grows with the
    square root of its size (a larger artifact has a smaller share of source), and a part for reading and hashing each
    byte. The kind of an artifact added nothing to it.
    """
    whole = np.maximum(sizes, 0).astype(np.float64)
    return np.asarray(_SECONDS_PER_ARTIFACT + _SECONDS_PER_ROOT_BYTE * np.sqrt(whole) + _SECONDS_PER_BYTE * whole)


def plan_units(
    table: pa.Table, seconds: float = UNIT_SECONDS, artifacts: int = UNIT_ARTIFACTS, run: str = ""
) -> UnitPlan:
    """Return a plan in which every row of an inventory's table, sorted by project, is in exactly one unit.

    A project's rows are in one unit unless they exceed it, so that one worker reads its releases one after the other.
    `seconds` and `artifacts` are the most that a unit may cost and hold.
    """
    # A unit is full by its cost or by its length. An artifact takes up the larger fraction of the two.
    costs = estimate_costs(table.column("size").to_numpy())
    fractions = np.maximum(costs / seconds, 1 / artifacts)
    starts = [0] if len(table) else []
    filled = 0.0
    for first, end in _project_ranges(table):
        fraction = float(fractions[first:end].sum())
        if starts[-1] < first and filled + fraction > _FULL:
            starts.append(first)
            filled = 0.0
        if filled + fraction <= _FULL:
            filled += fraction
            continue
        # The project exceeds a unit, so it is split into full units.
        for row in range(first, end):
            if starts[-1] < row and filled + float(fractions[row]) > _FULL:
                starts.append(row)
                filled = 0.0
            filled += float(fractions[row])
    bounds = np.array([*starts, len(table)], dtype=np.int64)
    unit_costs = np.add.reduceat(costs, bounds[:-1]) if starts else np.empty(0)
    return UnitPlan(table, bounds, np.argsort(-unit_costs, kind="stable").astype(np.int64), run)


def unit_size(table: pa.Table) -> tuple[float, int]:
    """Return the most seconds and artifacts of a unit that suit an inventory's table: smaller units for a small one."""
    cost = float(estimate_costs(table.column("size").to_numpy()).sum())
    fraction = min(1.0, max(MIN_UNIT_FRACTION, cost / MIN_UNITS / UNIT_SECONDS))
    return UNIT_SECONDS * fraction, int(UNIT_ARTIFACTS * fraction)


def _project_ranges(table: pa.Table) -> Iterator[tuple[int, int]]:
    """Yield (first row, row after the last) of each project of a sorted table."""
    if not len(table):
        return
    codes = table.column("project").combine_chunks().dictionary_encode()
    array = codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes
    ids = array.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    edges = [0, *(np.flatnonzero(np.diff(ids)) + 1).tolist(), len(ids)]
    yield from pairwise(edges)


def _unit_of_rows(rows: pa.Table, run: str) -> WorkUnit:
    return make_unit(tuple(sorted(map(_artifact, expand(rows).to_pylist()), key=_release_order)), run)


def _release_order(artifact: Artifact) -> tuple[str, bool, Version, str, int, str, str]:
    """Sort a project's files by release, the oldest first, and a release's source distribution before its wheels.

    Files with members in common are then read one after the other, while the caches of extraction still hold them.
    """
    try:
        version, is_version = Version(artifact.version), True
    except InvalidVersion:
        version, is_version = _NO_VERSION, False
    kind = _KINDS.index(artifact.kind)
    return artifact.project, is_version, version, artifact.version, kind, artifact.filename, artifact.path


def _artifact(row: dict[str, object]) -> Artifact:
    values = {name: value for name, value in row.items() if value is not None}
    kind = values.pop("kind", Kind.UNKNOWN)
    return Artifact(kind=Kind(str(kind)), **values)  # type: ignore[arg-type]


def make_unit(artifacts: tuple[Artifact, ...], origin: str = "") -> WorkUnit:
    """Return artifacts as a unit; its id is a digest over the identity of its files in their order, and its origin.

    The identity is path, size, and the digest in the path or else the time. `origin` is the run, or the unit of which
    this is a piece: a file that was replaced in place has the identity of the one that was read, and the parts of both
    must not have one name.
    """
    digest = hashlib.blake2b(origin.encode(), digest_size=16)
    for artifact in artifacts:
        identity = artifact.blake2b_256 or artifact.upload_time
        digest.update(f"{artifact.path}\0{artifact.size}\0{identity}\n".encode("utf-8", "surrogatepass"))
    return WorkUnit(digest.hexdigest(), artifacts, sum(artifact.size for artifact in artifacts))


def halve_unit(unit: WorkUnit, without: int | None = None) -> tuple[WorkUnit, ...]:
    """Return the non-empty halves of a unit, without the artifact of the number `without`."""
    rest = [artifact for number, artifact in enumerate(unit.artifacts) if number != without]
    middle = len(rest) // 2
    return tuple(make_unit(tuple(half), unit.id) for half in (rest[:middle], rest[middle:]) if half)
