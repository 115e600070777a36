"""Reads a mirror into an inventory: the artifacts on disk, which of them are served, and the notes of the walk.

The rules were taken from the source of bandersnatch 6.8 and 8.2, and tried with both: the folder
`packages/aa/bb/<60 hex>/` is the BLAKE2b-256 of the file in it, the file's mtime is its upload time, and the files
listed below `simple/` are served.
"""

import contextlib
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.contract import Progress
from features.packaging.names import parse_filename
from jobs.mirror.index_pages import ServedFiles, as_keys, path_key, read_served
from jobs.mirror.inventory import COMPACT, Inventory, artifact_paths, package_path_digest, sort_rows
from jobs.mirror.root import Mirror, MirrorLayout
from jobs.mirror.walk import KEPT, FoundFile, WalkLog, is_distribution, walk_files

_BATCH_FILES = 8_192  # files that are Python objects at the same time, half a kilobyte each
_WALKED = COMPACT.remove(9).remove(8)  # without `listed` and `yanked`
_YEAR_10000 = 253_402_300_800_000_000  # microseconds; datetime ends before it


def read_inventory(mirror: Mirror, progress: Progress | None = None) -> Inventory:
    """Return the inventory of a mirror: walk its files, then read its index pages, and join the two.

    No file is opened except index pages and, in a plain folder, the head of files with an unknown suffix. The files are
    walked first because bandersnatch writes a project's page after its files; else a running sync would make many of
    them unlisted. Nothing in the tree raises an error: see `Inventory.notes`.
    """
    with _system_memory_pool():
        return _read(mirror, progress)


@contextlib.contextmanager
def _system_memory_pool() -> Iterator[None]:
    """Let Arrow allocate by the system's malloc in the block: its own allocator keeps freed memory from other uses."""
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


def _read(mirror: Mirror, progress: Progress | None) -> Inventory:
    log = WalkLog()
    is_tree = mirror.layout is MirrorLayout.BANDERSNATCH
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
    return Inventory(rows, log.notes(), counts)


def _read_batches(mirror: Mirror, log: WalkLog, progress: Progress | None) -> Iterator[pa.RecordBatch]:
    found: list[FoundFile] = []
    done = 0
    for file in _find_files(mirror, log):
        found.append(file)
        if progress is not None and len(found) % 4_096 == 0:
            progress(done + len(found), 0, "files found")
        if len(found) == _BATCH_FILES:
            done += len(found)
            yield _batch(found, mirror.layout, log)
            found = []
    if found:
        yield _batch(found, mirror.layout, log)


def _find_files(mirror: Mirror, log: WalkLog) -> Iterator[FoundFile]:
    if mirror.layout is MirrorLayout.FOLDER:
        for found in walk_files(mirror.root, "", log):
            if is_distribution(mirror.root, found, log):
                yield found
    elif (mirror.root / "packages").is_dir():
        yield from walk_files(mirror.root, "packages", log)


def _batch(found: list[FoundFile], layout: MirrorLayout, log: WalkLog) -> pa.RecordBatch:
    split = [file.path.rpartition("/") for file in found]
    names = [parse_filename(filename) for _, _, filename in split]
    digests = [_digest_of_path(file.path, log) if layout is MirrorLayout.BANDERSNATCH else None for file in found]
    words = ([getattr(name, column) for name in names] for column in ("project", "version", "kind"))
    times = [file.mtime if 0 <= file.mtime < _YEAR_10000 else None for file in found]
    return pa.record_batch(
        [
            pa.array(digests, pa.binary(32)),
            pa.array([None if at else folder for at, (folder, _, _) in zip(digests, split, strict=True)], pa.string()),
            pa.array([filename for _, _, filename in split], pa.string()),
            pa.array([file.size for file in found], pa.int64()),
            *(pa.array(column, pa.string()).dictionary_encode() for column in words),
            pa.array(times, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
        ],
        schema=_WALKED,
    )


def _digest_of_path(path: str, log: WalkLog) -> bytes | None:
    digest = package_path_digest(path)
    if digest is None:
        log.add("odd_layout", path, "Its path contains no digest, so its bytes cannot be verified.")
    return digest


def _nulls(rows: pa.Table) -> pa.Array:
    return pa.nulls(len(rows), pa.bool_())


def _join(rows: pa.Table, served: ServedFiles, log: WalkLog) -> tuple[pa.Array, pa.Array]:
    """Return the columns `listed` and `yanked` of the rows; count the served files that are missing."""
    is_present = np.zeros(len(served.keys), dtype=np.bool_)
    is_listed, is_yanked, is_unknown = (np.zeros(len(rows), dtype=np.bool_) for _ in range(3))
    unknown = pa.array(sorted(served.unknown), pa.string())
    start = 0
    for batch in rows.select(["digest", "folder", "filename", "project"]).to_batches(_BATCH_FILES):
        part = slice(start, start + len(batch))
        at = served.find(as_keys(b"".join(map(path_key, artifact_paths(batch)))))
        is_listed[part] = at >= 0
        at = at[at >= 0]
        is_present[at] = True
        is_yanked[part][is_listed[part]] = served.yanked[at]
        is_unknown[part] = pc.is_in(batch["project"].cast(pa.string()), value_set=unknown).to_numpy(
            zero_copy_only=False
        )
        start += len(batch)
    log.count("listed_missing", len(is_present) - int(is_present.sum()))
    if not served.pages and not served.unknown:
        return _nulls(rows), _nulls(rows)
    # Whether a file is listed is unknown if its project's page could not be read.
    listed = pa.array(is_listed, mask=is_unknown & ~is_listed)
    if not len(served.keys):
        return listed, _nulls(rows)
    return listed, pa.array(is_yanked, mask=~is_listed)


def _add_unlisted(rows: pa.Table, log: WalkLog) -> None:
    for batch in rows.select(["digest", "folder", "filename", "listed"]).to_batches(_BATCH_FILES):
        unlisted = pa.table(batch.filter(pc.equal(batch["listed"], pa.scalar(False))).columns, names=batch.schema.names)
        log.count("unlisted", len(unlisted))
        for path in sorted(artifact_paths(unlisted))[:KEPT]:
            detail = "It is on disk and can be downloaded, but no index page lists it."
            log.add("unlisted", path, detail, counted=False)
