"""Reads a mirror into an inventory: the artifacts on disk, which of them are served, and the notes of the walk.

The rules were taken from the source of bandersnatch 6.8 and 8.2, and tried with both: the folder
`packages/aa/bb/<60 hex>/` is the BLAKE2b-256 of the file in it, the file's mtime is its upload time, and the files
listed below `simple/` are served.
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.contract import Progress
from features.packaging.names import parse_filename
from jobs.mirror.file_owner import claims_on_page
from jobs.mirror.index_pages import ServedFiles, as_keys, path_key, read_served
from jobs.mirror.inventory import COMPACT, STATUS, Inventory, artifact_paths, package_path_digest, sort_rows
from jobs.mirror.root import Mirror, MirrorLayout
from jobs.mirror.walk import KEPT, FoundFile, WalkLog, is_distribution, walk_files

_BATCH_FILES = 8_192  # files that are Python objects at the same time, half a kilobyte each
_STAT = tuple(pa.field(name, pa.int64()) for name in ("mtime", "ctime", "inode"))
WALKED = pa.schema([*(each for each in COMPACT if each.name not in {"listed", "yanked"}), *_STAT])
"""Columns that a walk knows, before index pages are read; `mtime` and `ctime` in nanoseconds, `inode` as a signed
number. An inventory does not hold these three."""
_YEAR_10000 = 253_402_300_800_000_000  # microseconds; datetime ends before it


@dataclass(slots=True)
class Walk:
    """The files of a mirror before its index pages are read: rows of `WALKED` in no order, and the log of the walk."""

    mirror: Mirror
    rows: pa.Table
    log: WalkLog = field(default_factory=WalkLog)


def read_inventory(
    mirror: Mirror, progress: Progress | None = None, complete: Callable[[Walk], Iterable[FoundFile]] | None = None
) -> Inventory:
    """Return the inventory of a mirror: walk its files, then read its index pages, and join the two.

    `complete` is called after the walk, and returns files that were not seen and stand as they were. No file is opened
    except index pages and, in a plain folder, the head of files with an unknown suffix. The files are walked first
    because bandersnatch writes a project's page after its files; else a running sync would make many of them unlisted.
    Nothing in the tree raises an error: see `Inventory.notes`.
    """
    with _system_memory_pool():
        return _read(mirror, progress, complete)


@contextlib.contextmanager
def _system_memory_pool() -> Iterator[None]:
    """Let Arrow allocate by the system's malloc in the block: its own allocator keeps freed memory from other uses."""
    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)


def _read(
    mirror: Mirror, progress: Progress | None, complete: Callable[[Walk], Iterable[FoundFile]] | None
) -> Inventory:
    log = WalkLog()
    is_tree = mirror.layout is MirrorLayout.BANDERSNATCH
    rows = pa.Table.from_batches(list(_read_batches(mirror, log, progress)), WALKED)
    if complete is not None:
        standing = list(_batches(complete(Walk(mirror, rows, log)), mirror.layout, WalkLog(), stands=True))
        rows = pa.concat_tables([rows, pa.Table.from_batches(standing, WALKED)])
    rows = rows.drop_columns([each.name for each in _STAT])
    listed, yanked, pages, statuses = _nulls(rows), _nulls(rows), 0, None
    if is_tree:
        html_first = mirror.options.simple_format == "HTML"
        served = read_served(mirror.root, log, progress, html_first=html_first)
        listed, yanked = _join(rows, served, log)
        rows = _with_owners(rows, served)
        pages = served.pages
        statuses = served
        del served
    columns = dict(zip([*rows.column_names, "listed", "yanked"], [*rows.columns, listed, yanked], strict=True))
    del rows, listed, yanked
    rows = sort_rows(columns)
    rows = rows.append_column(STATUS, _project_statuses(rows, statuses))
    del statuses
    _add_unlisted(rows, log)
    if not len(rows):
        log.add("nothing_to_audit", "", "No distribution file was found.")
    size = pc.sum(rows["size"]).as_py() or 0
    counts = {**log.counts(), "artifacts": len(rows), "bytes": size, "pages": pages}
    return Inventory(rows, log.notes(), counts, log)


def _read_batches(mirror: Mirror, log: WalkLog, progress: Progress | None) -> Iterator[pa.RecordBatch]:
    yield from _batches(_find_files(mirror, log), mirror.layout, log, progress)


def _batches(
    files: Iterable[FoundFile],
    layout: MirrorLayout,
    log: WalkLog,
    progress: Progress | None = None,
    *,
    stands: bool = False,
) -> Iterator[pa.RecordBatch]:
    found: list[FoundFile] = []
    done = 0
    for file in files:
        found.append(file)
        if progress is not None and len(found) % 4_096 == 0:
            progress(done + len(found), 0, "files found")
        if len(found) == _BATCH_FILES:
            done += len(found)
            yield _batch(found, layout, log, stands=stands)
            found = []
    if found:
        yield _batch(found, layout, log, stands=stands)


def _find_files(mirror: Mirror, log: WalkLog) -> Iterator[FoundFile]:
    if mirror.layout is MirrorLayout.FOLDER:
        for found in walk_files(mirror.root, "", log):
            if is_distribution(mirror.root, found, log):
                yield found
    elif os.path.lexists(mirror.root / "packages"):
        yield from walk_files(mirror.root, "packages", log)


def _batch(found: list[FoundFile], layout: MirrorLayout, log: WalkLog, *, stands: bool) -> pa.RecordBatch:
    split = [file.path.rpartition("/") for file in found]
    names = [parse_filename(filename) for _, _, filename in split]
    digests = [_digest_of_path(file.path, log) if layout is MirrorLayout.BANDERSNATCH else None for file in found]
    words = ([getattr(name, column) for name in names] for column in ("project", "version", "kind"))
    times = [file.mtime // 1000 if 0 <= file.mtime // 1000 < _YEAR_10000 else None for file in found]
    return pa.record_batch(
        [
            pa.array(digests, pa.binary(32)),
            pa.array([None if at else folder for at, (folder, _, _) in zip(digests, split, strict=True)], pa.string()),
            pa.array([filename for _, _, filename in split], pa.string()),
            pa.array([file.size for file in found], pa.int64()),
            *(pa.array(column, pa.string()).dictionary_encode() for column in words),
            pa.array(times, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
            pa.array([stands] * len(found), pa.bool_()),
            *(
                pa.array([_int64(getattr(file, column)) for file in found], pa.int64())
                for column in ("mtime", "ctime", "inode")
            ),
        ],
        schema=WALKED,
    )


def _int64(number: int) -> int:
    """Return a number of the file system as one that fits; times far beyond every calendar wrap around."""
    return (number + 2**63) % 2**64 - 2**63


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
    listed = pa.array(is_listed, mask=(is_unknown | served.is_partial) & ~is_listed)
    if not len(served.keys):
        return listed, _nulls(rows)
    return listed, pa.array(is_yanked, mask=~is_listed)


def _with_owners(rows: pa.Table, served: ServedFiles) -> pa.Table:
    """Return the rows with the project and version of files whose project the page says and the name does not."""
    if not served.owners:
        return rows
    chunks: dict[str, list[pa.Array]] = {"project": [], "version": []}
    for batch in rows.select(["digest", "folder", "filename", *chunks]).to_batches(_BATCH_FILES):
        owners = {
            at: owner for at, path in enumerate(artifact_paths(batch)) if (owner := served.owners.get(path_key(path)))
        }
        claims = {at: claims_on_page(batch["filename"][at].as_py(), owner) for at, owner in owners.items()}
        for name, made in chunks.items():
            column = batch[name]
            if claims:
                values = column.to_pylist()
                for at, claim in claims.items():
                    values[at] = getattr(claim, name)
                column = pa.array(values, pa.string()).dictionary_encode()
            made.append(column)
    for name, made in chunks.items():
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, rows.schema.field(at), pa.chunked_array(made, rows.schema.field(at).type))
    return rows


def _project_statuses(rows: pa.Table, served: ServedFiles | None) -> pa.ChunkedArray:
    """Return the status of each row's project; null where it is not known, because pages are missing or unreadable."""
    if served is None or not (served.pages or served.unknown):
        return pa.chunked_array([pa.nulls(len(rows), STATUS.type)])
    words = ["", *sorted(set(served.statuses.values()))]
    codes = {word: code for code, word in enumerate(words)}
    chunks = []
    of_project: npt.NDArray[np.int32] | None = None
    for chunk in rows.column("project").chunks:
        if of_project is None or len(of_project) != len(chunk.dictionary):
            of_project = np.empty(len(chunk.dictionary), np.int32)
            for at, name in enumerate(chunk.dictionary.to_pylist()):
                status = served.statuses.get(name)
                is_unknown = status is None and (served.is_partial or name in served.unknown)
                of_project[at] = -1 if is_unknown else codes[status or ""]
        found = of_project[chunk.indices.to_numpy(zero_copy_only=False)]
        chunks.append(pa.DictionaryArray.from_arrays(pa.array(found, mask=found < 0), pa.array(words, pa.string())))
    return pa.chunked_array(chunks, STATUS.type)


def _add_unlisted(rows: pa.Table, log: WalkLog) -> None:
    for batch in rows.select(["digest", "folder", "filename", "listed"]).to_batches(_BATCH_FILES):
        unlisted = pa.table(batch.filter(pc.equal(batch["listed"], pa.scalar(False))).columns, names=batch.schema.names)
        log.count("unlisted", len(unlisted))
        for path in sorted(artifact_paths(unlisted))[:KEPT]:
            detail = "It is on disk and can be downloaded, but no index page lists it."
            log.add("unlisted", path, detail, counted=False)
