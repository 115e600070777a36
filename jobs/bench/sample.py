"""Chooses the artifacts that a benchmark measures: runs of neighbours in the inventory, as an audit reads them."""

import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.bench.contract import NothingToMeasureError
from jobs.contract import StoreFullError
from jobs.mirror.root import Mirror, MirrorLayout
from jobs.store.writing import disk_error

NATIVE_WHEEL = "native wheel"
"""The kind of wheels for one platform."""
RUN_LENGTH = 24
"""Neighbours in the inventory that are chosen together: about as many as a project has artifacts."""


def kinds_of(table: pa.Table) -> pa.Array:
    """Return the kind of every row of an inventory (string), with wheels for one platform as `NATIVE_WHEEL`."""
    kind = table.column("kind").combine_chunks()
    is_portable = pc.ends_with(table.column("filename").combine_chunks(), "-any.whl", ignore_case=True)
    return pc.if_else(pc.and_(pc.equal(kind, "wheel"), pc.invert(is_portable)), NATIVE_WHEEL, kind)


def choose_sample(table: pa.Table, count: int, seed: int) -> pa.Table:
    """Return `count` rows of an inventory (0: all) in its order.

    They are runs of `RUN_LENGTH` neighbours at equal distances, from a start that `seed` decides. An artifact is
    cheaper if the release before it had the same members, so single files of many projects would overestimate the
    cost. With equal distances each project has the share of the sample that it has of the mirror.
    """
    if not count or count >= len(table):
        return table
    runs = -(-count // RUN_LENGTH)
    sizes = np.full(runs, count // runs)
    sizes[: count % runs] += 1
    skipped = (np.arange(runs) + np.random.default_rng(seed).random()) * (len(table) - count) / runs
    starts = np.cumsum(sizes) - sizes + skipped.astype(np.int64)
    return table.take(
        pa.array(np.concatenate([np.arange(at, at + size) for at, size in zip(starts, sizes, strict=True)]))
    )


def copy_sample(mirror: Mirror, table: pa.Table, folder: Path) -> Path:
    """Copy a sample's files into a small mirror below `folder` and return its path; unreadable files are left out.

    Links are no alternative: a hard link changes the status of the file on the mirror, and a walk does not follow a
    symbolic link out of its tree. Raises StoreFullError, StoreUnwritableError or NothingToMeasureError.
    """
    size = pc.sum(table.column("size")).as_py() or 0
    if shutil.disk_usage(folder).free < size + size // 4:
        raise StoreFullError(folder, f"the sample's {size:,} bytes do not fit; TMPDIR names another place")
    home = folder / "mirror"
    root = home
    if mirror.layout is MirrorLayout.BANDERSNATCH:
        root = home / "web"
        (root / "local-stats").mkdir(parents=True)  # by this folder `open_mirror` recognises the layout
    copied = 0
    for path in table.column("path").to_pylist():
        source, target = mirror.root / path, root / path
        if not os.access(source, os.R_OK):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copy2(source, target)
        except OSError as error:
            raise disk_error(target, error) from error
        copied += 1
    if not copied:
        raise NothingToMeasureError(mirror.root, "none of its distribution files can be read")
    return home
