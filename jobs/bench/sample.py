"""Which artifacts are measured: as many as asked for, in runs of neighbours, as an audit meets them."""

import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.bench.contract import NothingToMeasureError
from jobs.contract import StoreFullError
from jobs.mirror.root import Layout, Mirror
from jobs.store.writing import disk_error

NATIVE = "native wheel"

RUN = 24
"""Neighbours in the inventory that are measured together: about what a project has on PyPI."""


def kinds_of(table: pa.Table) -> pa.Array:
    """Return the kind of every row of an inventory, with wheels for one platform apart."""
    kind = table.column("kind").combine_chunks()
    for_all = pc.ends_with(table.column("filename").combine_chunks(), "-any.whl", ignore_case=True)
    return pc.if_else(pc.and_(pc.equal(kind, "wheel"), pc.invert(for_all)), NATIVE, kind)


def choose_sample(table: pa.Table, count: int, seed: int) -> pa.Table:
    """Return `count` rows of an inventory (0: all) in its order.

    They are runs of `RUN` neighbours at equal distances, from a seeded start: what a file costs depends on whether a
    release before it had the same members, so that single files of many projects would say too much, and every n-th
    run gives each project the share that it has on the mirror.
    """
    if not count or count >= len(table):
        return table
    runs = -(-count // RUN)
    sizes = np.full(runs, count // runs)
    sizes[: count % runs] += 1
    skipped = (np.arange(runs) + np.random.default_rng(seed).random()) * (len(table) - count) / runs
    begins = np.cumsum(sizes) - sizes + skipped.astype(np.int64)
    return table.take(
        pa.array(np.concatenate([np.arange(at, at + size) for at, size in zip(begins, sizes, strict=True)]))
    )


def copy_sample(mirror: Mirror, table: pa.Table, folder: Path) -> Path:
    """Copy a sample's files into a small mirror below `folder` and return it; the mirror itself is only read.

    A link would do where the disk is the same, but a hard link changes the file's own status on the mirror, and a
    symbolic one out of the tree is not followed by a walk, for good reason. What cannot be read is left out.
    """
    size = pc.sum(table.column("size")).as_py() or 0
    if shutil.disk_usage(folder).free < size + size // 4:
        raise StoreFullError(folder, f"the sample's {size:,} bytes do not fit; TMPDIR names another place")
    home = folder / "mirror"
    root = home
    if mirror.layout is Layout.BANDERSNATCH:
        root = home / "web"
        (root / "local-stats").mkdir(parents=True)  # by this a walk knows the layout
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
