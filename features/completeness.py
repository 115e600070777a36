"""Grades how completely an artifact was examined; the exit status of a run depends on it."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from features.archive.anomalies import TRUNCATING_ANOMALIES
from features.contract import Row, Status

FAILED_GROUP = "failed_group"
"""Limit in a row of which a feature group failed, by a fault of boojum; the reason names the group."""
STOPPING_LIMITS = frozenset(
    (
        FAILED_GROUP,
        "artifact_bytes",
        "inflated_bytes",
        "kept_bytes",
        "members",
        "nesting",
        "path_chars",
        "ratio",
        "seconds",
    )
)
"""Limits of a whole artifact: after one of them, further members may not have been examined at all.

`path_chars` is one, because it also ends a listing whose names are too long together. The others bound a single file or
a single pass over it: a part of every member was examined.
"""
DAMAGE_COLUMNS = tuple(f"files_anomaly_{anomaly}" for anomaly in TRUNCATING_ANOMALIES)
"""Columns that are above 0 if the reader stopped before the end of a damaged artifact."""


class Completeness(StrEnum):
    """Degrees to which an artifact was read, the worst last."""

    WHOLE = "whole"
    PARTIAL = "partial"
    """A long file was examined in part, or a member could not be opened."""
    STOPPED = "stopped"
    """A limit of the whole artifact, or damage, left members unread."""
    UNREADABLE = "unreadable"
    """No part of it was examined."""


def completeness_of(status: str, limits: Collection[str], *, damaged: bool) -> Completeness:
    """Return how completely an artifact was read, from its row's `status`, `limits` and `DAMAGE_COLUMNS`."""
    if status == Status.UNREADABLE:
        return Completeness.UNREADABLE
    if status == Status.OK:
        return Completeness.WHOLE
    return Completeness.STOPPED if damaged or not STOPPING_LIMITS.isdisjoint(limits) else Completeness.PARTIAL


def completeness_of_row(row: Row) -> Completeness:
    """Return how completely the artifact of a row was read."""
    return completeness_of(row.status, row.limits, damaged=is_damaged(row.values))


def is_damaged(values: Mapping[str, Any]) -> bool:
    """Return whether the artifact itself is damaged, from the values of `DAMAGE_COLUMNS`."""
    return any(values.get(name) for name in DAMAGE_COLUMNS)
