"""Provides the step from the base's version to the artifact's, and when it was made."""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from packaging.version import InvalidVersion, Version

from jobs.changes.contract import BaseKind, Values, dense
from jobs.changes.pairs import Pairs
from jobs.changes.ragged import Floats, whole

STEPS = {
    "major": "a step of the first number of its version",
    "minor": "a step of the second number of its version",
    "patch": "a step of a later number of its version",
    "post": "a post release of its base",
    "local": "a local version of its base",
    "final": "the final release after a pre-release",
    "pre": "a pre-release or development release",
    "same": "the same version as its base",
    "down": "a version below its base's",
    "unparsable": "a version that cannot be read",
}
"""Steps between two versions, with their meanings; a pair may show several."""
_DAY = 86_400e6  # microseconds


class VersionsPart:
    """The step between the two versions; the times are known to the mirror alone, so a model does not see them."""

    name = "versions"
    version = "1"
    fields = (
        *(dense(f"change_step_{step}", pa.bool_(), meaning) for step, meaning in STEPS.items()),
        pa.field("context_base_days", pa.float32()),
        pa.field("context_usual_days", pa.float32()),
        pa.field("context_rhythm", pa.float32()),
        pa.field("context_earlier_releases", pa.int32()),
    )

    def compute(self, pairs: Pairs) -> Mapping[str, Values]:
        """Return the values of the columns."""
        versions, bases = pairs.text("version")
        relative = pairs.is_base(BaseKind.RELATIVE)
        steps = [
            frozenset() if other_project else version_steps(base, version)
            for base, version, other_project in zip(bases.to_pylist(), versions.to_pylist(), relative, strict=True)
        ]
        days = _days(pairs)
        usual = _floats(pairs.usual_days, len(pairs))
        rhythm = np.divide(days, usual, out=np.full(len(pairs), np.nan), where=usual > 0)
        return {
            **{f"change_step_{step}": np.array([step in each for each in steps], bool) for step in STEPS},
            "context_base_days": _nullable(days),
            "context_usual_days": _nullable(usual),
            "context_rhythm": _nullable(rhythm),
            "context_earlier_releases": pa.nulls(len(pairs), pa.int32())
            if pairs.earlier_releases is None
            else pairs.earlier_releases,
        }


@lru_cache(maxsize=16_384)
def version_steps(base: str, version: str) -> frozenset[str]:
    """Return the steps (keys of STEPS) from one version to another; a step of the epoch is one of the first number."""
    try:
        before, after = Version(base), Version(version)
    except InvalidVersion:
        return frozenset({"unparsable"} | ({"same"} if base == version else set()))
    steps = {"pre"} if after.is_prerelease else set()
    if after == before:
        return frozenset(steps | {"same"})
    if after < before:
        steps.add("down")
    if before.is_prerelease and not after.is_prerelease:
        steps.add("final")
    length = max(len(before.release), len(after.release))
    old, new = (each.release + (0,) * (length - len(each.release)) for each in (before, after))
    if before.epoch != after.epoch or old[0] != new[0]:
        steps.add("major")
    elif old[1:2] != new[1:2]:
        steps.add("minor")
    elif old != new:
        steps.add("patch")
    elif before.post != after.post and after.post is not None:
        steps.add("post")
    elif before.local != after.local and after.local is not None:
        steps.add("local")
    return frozenset(steps)


def _days(pairs: Pairs) -> Floats:
    times = [pc.cast(whole(side.column("context_upload_time")), pa.int64()) for side in (pairs.rows, pairs.bases)]
    return _floats(pc.divide(pc.cast(pc.subtract(*times), pa.float64()), _DAY), len(pairs))


def _floats(array: pa.Array | None, number: int) -> Floats:
    """Return numbers as doubles; a null is not a number."""
    if array is None:
        return np.full(number, np.nan)
    return np.asarray(pc.fill_null(array.cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False), np.float64)


def _nullable(values: Floats) -> pa.Array:
    """Return doubles as an array in which what is not a number is null."""
    return pa.array(values, mask=np.isnan(values))
