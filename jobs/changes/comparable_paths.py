"""Writes the paths of members so that those of two releases, or of an sdist and a wheel, can be compared.

What a new version, another build or another kind of file changes in a path by itself is taken out of it: an sdist's top
folder, `src/`, the version of `.dist-info`, the tags of extension modules, digests and versions in file names.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.changes.ragged import Bools, Ints, share_codes, to_ints

_ROOT = r"^[^/]*/"
_VERSIONED_ROOT = r"^[^/!]+-v?[0-9][^/!]*/"
_REPLACED = (
    (r"^src/", ""),
    (r"^[^/]+?(?:-[^/]*)?\.(dist-info|egg-info|data)/", r".\1/"),
    (r"^\.data/(?:purelib|platlib)/", ""),
    (r"\.(?:cpython|cp|pypy|pp|abi)-?[0-9][^/]*\.(so|pyd)$", r".\1"),
    (r"\.(?:cpython|pypy)-?[0-9]+(?:\.opt-[0-9])?\.pyc$", ".pyc"),
    (r"([._-])[0-9a-f]{8,64}([._-])", r"\1#\2"),
    (r"-[0-9]+(?:\.[0-9]+)+", "-#"),
)


def strip_roots(paths: pa.Array, rows: Ints, is_wheel: Bools) -> pa.Array:
    """Return paths without the top folder of an sdist; `rows` ascend and name the artifact of each path.

    A member that stands outside of the common top folder does not keep the others from losing it, if it has a version.
    """
    if not len(paths):
        return paths
    sdist = ~is_wheel[rows]
    starts = np.flatnonzero(np.append(True, rows[1:] != rows[:-1]))
    top, _, _ = share_codes(pc.list_element(pc.split_pattern(paths, "/", max_splits=1), 0), paths.slice(0, 0))
    inside = to_ints(pc.find_substring(paths, "/")) >= 0
    common = (np.minimum.reduceat(top, starts) == np.maximum.reduceat(top, starts)) & np.logical_and.reduceat(
        inside, starts
    )
    shared = np.repeat(common, np.diff(np.append(starts, len(paths))))
    for mask, root in ((sdist & shared, _ROOT), (sdist & ~shared, _VERSIONED_ROOT)):
        if mask.any():
            stripped = pc.replace_substring_regex(paths.filter(pa.array(mask)), root, "", max_replacements=1)
            paths = pc.replace_with_mask(paths, pa.array(mask), stripped)
    return paths


def comparable(paths: pa.Array) -> pa.Array:
    """Return paths without what a version or a build puts into them; `strip_roots` has taken the top folder."""
    for pattern, replacement in _REPLACED:
        paths = pc.replace_substring_regex(paths, pattern, replacement)
    return paths


def without_package(paths: pa.Array) -> pa.Array:
    """Return paths without their first folder, which differs between projects of other names."""
    return pc.replace_substring_regex(paths, _ROOT, "", max_replacements=1)
