"""A mirror as a table of artifacts: what is on disk, what of it is served, and what the walk noticed.

Source of the rules: bandersnatch 6.8 and 8.2, read and run. `packages/aa/bb/<60 hex>/` is the BLAKE2b-256 of the
file below it, its mtime is the upload time, and what is served is what `simple/` lists.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.contract import Artifact, Kind, Progress
from features.names import parse_filename
from jobs.bandersnatch_conf import MirrorError, MirrorOptions
from jobs.contract import WalkFinding
from jobs.index_pages import ServedFiles, as_keys, path_key, read_served
from jobs.mirror_root import Layout, Mirror, TodoState, open_mirror
from jobs.walk import KEPT, FindingLog, FoundFile, is_distribution, walk_files

__all__ = [
    "SCHEMA",
    "Inventory",
    "Layout",
    "Mirror",
    "MirrorError",
    "MirrorOptions",
    "TodoState",
    "open_mirror",
    "read_inventory",
]

SCHEMA = pa.schema(
    [
        pa.field("path", pa.string()),
        pa.field("filename", pa.string()),
        pa.field("size", pa.int64()),
        pa.field("project", pa.string()),
        pa.field("version", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("blake2b_256", pa.string()),
        pa.field("upload_time", pa.timestamp("us", tz="UTC")),
        pa.field("listed", pa.bool_()),
        pa.field("yanked", pa.bool_()),
    ]
)
"""Columns of `Inventory.table`, by the names and meanings of `features.contract.Artifact`."""

_BATCH = 65_536
_PIECE = 1_048_576
_ORDER = [(name, "ascending") for name in ("project", "version", "filename", "path")]
_BY_DIGEST = re.compile(r"packages/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{60})/[^/]+")
_LAST_TIME = 253_402_300_800_000_000  # microseconds; the year 10000, where datetime ends


@dataclass(frozen=True, slots=True)
class Inventory:
    """Every artifact of a mirror as a table of `SCHEMA`, sorted by project, version, filename and path.

    `listed` is null where there are no index pages, or where the project's page could not be read; `yanked` is null
    where `listed` is not true. `findings` holds at most a thousand of each code, `counts` has all of them, by the
    codes of `jobs.walk.CODES`, with `artifacts`, `bytes` and `pages` (project pages that were read).
    """

    table: pa.Table
    findings: tuple[WalkFinding, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    def artifacts(self) -> Iterator[Artifact]:
        """Yield the rows as artifacts, in the table's order."""
        for batch in self.table.to_batches(max_chunksize=8_192):
            for row in batch.to_pylist():
                yield Artifact(**{**row, "kind": Kind(row["kind"])})


def read_inventory(mirror: Mirror, progress: Progress | None = None) -> Inventory:
    """Walk a mirror's files, then its index pages, and join the two.

    Nothing is opened but index pages (and, in a plain folder, the head of a file without a telling suffix). The walk
    comes first because bandersnatch writes a project's page after its files: a file that is met is then rarely
    called unlisted only because a sync is running. Raises nothing for what the tree holds; `findings` say it.
    """
    log = FindingLog()
    keys = bytearray()
    is_tree = mirror.layout is Layout.BANDERSNATCH
    batches = list(_read_batches(mirror, keys, log, progress))
    table = pa.Table.from_batches(batches, SCHEMA.remove(9).remove(8))
    listed, yanked, pages = _nulls(table), _nulls(table), 0
    if is_tree:
        html_first = mirror.options.simple_format == "HTML"
        served = read_served(mirror.root, log, progress, html_first=html_first)
        listed, yanked = _join(table, as_keys(keys), served, log)
        pages = served.pages
    table = table.append_column("listed", listed).append_column("yanked", yanked)
    table = _sort(table)
    _add_unlisted(table, log)
    if not len(table):
        log.add("nothing_to_audit", "", "No distribution file was found.")
    size = pc.sum(table["size"]).as_py() or 0
    counts = {**log.counts(), "artifacts": len(table), "bytes": size, "pages": pages}
    return Inventory(table, log.findings(), counts)


def _read_batches(
    mirror: Mirror, keys: bytearray, log: FindingLog, progress: Progress | None
) -> Iterator[pa.RecordBatch]:
    found: list[FoundFile] = []
    done = 0
    for one in _find(mirror, log):
        found.append(one)
        keys += path_key(one.path)
        if progress is not None and len(found) % 4_096 == 0:
            progress(done + len(found), 0, "files found")
        if len(found) == _BATCH:
            done += len(found)
            yield _batch(found, mirror.layout, log)
            found = []
    if found:
        yield _batch(found, mirror.layout, log)


def _find(mirror: Mirror, log: FindingLog) -> Iterator[FoundFile]:
    if mirror.layout is Layout.FOLDER:
        for found in walk_files(mirror.root, "", log):
            if is_distribution(mirror.root, found, log):
                yield found
    elif (mirror.root / "packages").is_dir():
        yield from walk_files(mirror.root, "packages", log)


def _batch(found: list[FoundFile], layout: Layout, log: FindingLog) -> pa.RecordBatch:
    paths = [one.path for one in found]
    filenames = [path.rpartition("/")[2] for path in paths]
    names = [parse_filename(filename) for filename in filenames]
    digests = [_claimed(path, log) if layout is Layout.BANDERSNATCH else "" for path in paths]
    return pa.record_batch(
        [
            pa.array(paths, pa.string()),
            pa.array(filenames, pa.string()),
            pa.array([one.size for one in found], pa.int64()),
            pa.array([name.project for name in names], pa.string()),
            pa.array([name.version for name in names], pa.string()),
            pa.array([name.kind.value for name in names], pa.string()),
            pa.array(digests, pa.string()),
            pa.array([t if 0 <= (t := one.mtime) < _LAST_TIME else None for one in found], pa.int64()).cast(
                pa.timestamp("us", tz="UTC")
            ),
        ],
        schema=SCHEMA.remove(9).remove(8),
    )


def _claimed(path: str, log: FindingLog) -> str:
    match = _BY_DIGEST.fullmatch(path)
    if match:
        return match[1] + match[2] + match[3]
    log.add(
        "odd_layout",
        path,
        "It does not stand under its digest, so that its bytes cannot be checked by its path.",
    )
    return ""


def _nulls(table: pa.Table) -> pa.Array:
    return pa.nulls(len(table), pa.bool_())


def _join(
    table: pa.Table, keys: "np.ndarray[Any, np.dtype[np.bytes_]]", served: ServedFiles, log: FindingLog
) -> tuple[pa.Array, pa.Array]:
    """Return the columns `listed` and `yanked` of a table whose rows have these keys."""
    at = served.find(keys)
    log.count("listed_missing", len(served.keys) - len(np.unique(at[at >= 0])))
    if not served.pages and not served.unknown:
        return _nulls(table), _nulls(table)
    is_listed = at >= 0
    unknown = pa.array(sorted(served.unknown), pa.string())
    # Nothing can be said of a project whose page could not be read.
    blind = pc.is_in(table["project"], value_set=unknown).to_numpy() & ~is_listed
    listed = pa.array(is_listed, mask=blind)
    if not len(served.keys):
        return listed, _nulls(table)
    return listed, pa.array(served.yanked[at], mask=~is_listed)


def _sort(table: pa.Table) -> pa.Table:
    """Return the table in its order.

    Column by column, each laid in one piece first: to take rows from a column of many pieces costs all of them, and
    in one piece strings need offsets of 64 bits. The result has pieces of a million rows, so that 32 bits hold again.
    """
    order = pc.sort_indices(table, sort_keys=_ORDER)
    columns = []
    for column in table.schema:
        whole = _lay(table[column.name])
        pieces = [whole.take(order[start : start + _PIECE]).cast(column.type) for start in range(0, len(order), _PIECE)]
        columns.append(pa.chunked_array(pieces, column.type))
    return pa.table(columns, schema=table.schema)


def _lay(column: pa.ChunkedArray) -> pa.Array:
    return (column.cast(pa.large_string()) if column.type == pa.string() else column).combine_chunks()


def _add_unlisted(table: pa.Table, log: FindingLog) -> None:
    unlisted = table.filter(pc.equal(table["listed"], pa.scalar(False)))["path"]
    log.count("unlisted", len(unlisted))
    for path in unlisted.take(pc.sort_indices(unlisted)[:KEPT]).to_pylist():
        detail = "It is on disk and can be fetched, and no index page lists it."
        log.add("unlisted", path, detail, counted=False)
