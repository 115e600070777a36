"""A mirror as a table of artifacts: what is on disk, what of it is served, and what the walk noticed.

Source of the rules: bandersnatch 6.8 and 8.2, read and run. `packages/aa/bb/<60 hex>/` is the BLAKE2b-256 of the
file below it, its mtime is the upload time, and what is served is what `simple/` lists.
"""

import contextlib
import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.contract import Progress
from features.packaging.names import parse_filename
from jobs.mirror.bandersnatch_conf import MirrorError, MirrorOptions
from jobs.mirror.index_pages import ServedFiles, as_keys, path_key, read_served
from jobs.mirror.inventory import COMPACT, SCHEMA, Inventory, paths_of, sort_rows
from jobs.mirror.root import Layout, Mirror, TodoState, open_mirror
from jobs.mirror.walk import KEPT, FindingLog, FoundFile, is_distribution, walk_files

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

_BATCH = 8_192  # files that are objects at once, half a kilobyte each
_WALKED = COMPACT.remove(9).remove(8)
_BY_DIGEST = re.compile(r"packages/([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{60})/[^/]+")
_LAST_TIME = 253_402_300_800_000_000  # microseconds; the year 10000, where datetime ends


def read_inventory(mirror: Mirror, progress: Progress | None = None) -> Inventory:
    """Walk a mirror's files, then its index pages, and join the two.

    Nothing is opened but index pages (and, in a plain folder, the head of a file without a telling suffix). The walk
    comes first because bandersnatch writes a project's page after its files: a file that is met is then rarely
    called unlisted only because a sync is running. Raises nothing for what the tree holds; `findings` say it.
    """
    with _giving_memory_back():
        return _read(mirror, progress)


@contextlib.contextmanager
def _giving_memory_back() -> Iterator[None]:
    """Let Arrow take its memory from the system: its own allocator keeps, of a large mirror, what others then lack."""
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


def _read(mirror: Mirror, progress: Progress | None) -> Inventory:
    log = FindingLog()
    is_tree = mirror.layout is Layout.BANDERSNATCH
    rows = pa.Table.from_batches(list(_read_batches(mirror, log, progress)), _WALKED)
    listed, yanked, pages = _nulls(rows), _nulls(rows), 0
    if is_tree:
        html_first = mirror.options.simple_format == "HTML"
        served = read_served(mirror.root, log, progress, html_first=html_first)
        listed, yanked = _join(rows, served, log)
        pages = served.pages
        del served
    columns = dict(zip([*rows.column_names, "listed", "yanked"], [*rows.columns, listed, yanked], strict=True))
    del rows, listed, yanked
    rows = sort_rows(columns)
    _add_unlisted(rows, log)
    if not len(rows):
        log.add("nothing_to_audit", "", "No distribution file was found.")
    size = pc.sum(rows["size"]).as_py() or 0
    counts = {**log.counts(), "artifacts": len(rows), "bytes": size, "pages": pages}
    return Inventory(rows, log.findings(), counts)


def _read_batches(mirror: Mirror, log: FindingLog, progress: Progress | None) -> Iterator[pa.RecordBatch]:
    found: list[FoundFile] = []
    done = 0
    for one in _find(mirror, log):
        found.append(one)
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
    split = [one.path.rpartition("/") for one in found]
    names = [parse_filename(filename) for _, _, filename in split]
    digests = [_claimed(one.path, log) if layout is Layout.BANDERSNATCH else None for one in found]
    words = ([getattr(name, column) for name in names] for column in ("project", "version", "kind"))
    times = [one.mtime if 0 <= one.mtime < _LAST_TIME else None for one in found]
    return pa.record_batch(
        [
            pa.array(digests, pa.binary(32)),
            pa.array([None if at else folder for at, (folder, _, _) in zip(digests, split, strict=True)], pa.string()),
            pa.array([filename for _, _, filename in split], pa.string()),
            pa.array([one.size for one in found], pa.int64()),
            *(pa.array(column, pa.string()).dictionary_encode() for column in words),
            pa.array(times, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
        ],
        schema=_WALKED,
    )


def _claimed(path: str, log: FindingLog) -> bytes | None:
    match = _BY_DIGEST.fullmatch(path)
    if match:
        return bytes.fromhex(match[1] + match[2] + match[3])
    log.add(
        "odd_layout",
        path,
        "It does not stand under its digest, so that its bytes cannot be checked by its path.",
    )
    return None


def _nulls(rows: pa.Table) -> pa.Array:
    return pa.nulls(len(rows), pa.bool_())


def _join(rows: pa.Table, served: ServedFiles, log: FindingLog) -> tuple[pa.Array, pa.Array]:
    """Return the columns `listed` and `yanked` of rows; what of the served files is not there is counted."""
    is_there = np.zeros(len(served.keys), dtype=np.bool_)
    is_listed, is_yanked, is_blind = (np.zeros(len(rows), dtype=np.bool_) for _ in range(3))
    unknown = pa.array(sorted(served.unknown), pa.string())
    start = 0
    for batch in rows.select(["digest", "folder", "filename", "project"]).to_batches(_BATCH):
        some = slice(start, start + len(batch))
        at = served.find(as_keys(b"".join(map(path_key, paths_of(batch)))))
        is_listed[some] = at >= 0
        at = at[at >= 0]
        is_there[at] = True
        is_yanked[some][is_listed[some]] = served.yanked[at]
        is_blind[some] = pc.is_in(batch["project"].cast(pa.string()), value_set=unknown).to_numpy(zero_copy_only=False)
        start += len(batch)
    log.count("listed_missing", len(is_there) - int(is_there.sum()))
    if not served.pages and not served.unknown:
        return _nulls(rows), _nulls(rows)
    # Nothing can be said of a project whose page could not be read.
    listed = pa.array(is_listed, mask=is_blind & ~is_listed)
    if not len(served.keys):
        return listed, _nulls(rows)
    return listed, pa.array(is_yanked, mask=~is_listed)


def _add_unlisted(rows: pa.Table, log: FindingLog) -> None:
    for batch in rows.select(["digest", "folder", "filename", "listed"]).to_batches(_BATCH):
        unlisted = pa.table(batch.filter(pc.equal(batch["listed"], pa.scalar(False))).columns, names=batch.schema.names)
        log.count("unlisted", len(unlisted))
        for path in sorted(paths_of(unlisted))[:KEPT]:
            detail = "It is on disk and can be fetched, and no index page lists it."
            log.add("unlisted", path, detail, counted=False)
