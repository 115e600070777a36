"""Which artifacts are measured: as many as asked for, spread over kinds and sizes like the mirror's own."""

import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.bench.contract import NothingToMeasureError
from jobs.contract import StoreFullError
from jobs.mirror import Layout, Mirror
from jobs.store import unwritable

NATIVE = "native wheel"


def kinds_of(table: pa.Table) -> pa.Array:
    """Return the kind of every row of an inventory, with wheels for one platform apart."""
    kind = table.column("kind").combine_chunks()
    for_all = pc.ends_with(table.column("filename").combine_chunks(), "-any.whl", ignore_case=True)
    return pc.if_else(pc.and_(pc.equal(kind, "wheel"), pc.invert(for_all)), NATIVE, kind)


def choose_sample(table: pa.Table, count: int, seed: int) -> pa.Table:
    """Return `count` rows of an inventory (0: all) in its order.

    They are every n-th of the rows sorted by kind and size, from a seeded start: each kind and each size has
    the share that it has on the mirror.
    """
    if not count or count >= len(table):
        return table
    keyed = pa.table({"kind": kinds_of(table), "size": table.column("size"), "path": table.column("path")})
    ordered = pc.sort_indices(keyed, sort_keys=[(name, "ascending") for name in keyed.column_names]).to_numpy()
    start = np.random.default_rng(seed).random()
    chosen = ordered[((np.arange(count) + start) * len(table) / count).astype(np.int64)]
    return table.take(pa.array(np.sort(chosen)))


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
            raise unwritable(target, error) from error
        copied += 1
    if not copied:
        raise NothingToMeasureError(mirror.root, "none of its distribution files can be read")
    return home
