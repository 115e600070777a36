"""How much of an artifact was examined: what an operator may want a run's exit status to follow from."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from features.archive.anomalies import TRUNCATING_ANOMALIES
from features.contract import Row, Status

STOPPING_LIMITS = frozenset(
    ("artifact_bytes", "inflated_bytes", "kept_bytes", "members", "nesting", "path_chars", "ratio", "seconds")
)
"""Limits of a whole artifact: behind one of them members stand that nobody looked into.

The others bound one long file, or one pass over it: something of every member was examined all the same.
"""
DAMAGE_COLUMNS = tuple(f"files_anomaly_{anomaly}" for anomaly in TRUNCATING_ANOMALIES)
"""Columns that are above 0 where the artifact itself is damaged, so that its reader stopped before its end."""


class Completeness(StrEnum):
    """How far an artifact was read, the worst last."""

    WHOLE = "whole"
    PARTIAL = "partial"
    """A long file, or a member that cannot be opened, was left out in part or whole."""
    STOPPED = "stopped"
    """A limit of the whole artifact, or damage, ended its reading or left members of it unread."""
    UNREADABLE = "unreadable"
    """Nothing of it was examined."""


def completeness_of(status: str, limits: Collection[str], *, damaged: bool) -> Completeness:
    """Return how far an artifact was read, from its row's `status`, `limits` and `DAMAGE_COLUMNS`."""
    if status == Status.UNREADABLE:
        return Completeness.UNREADABLE
    if status == Status.OK:
        return Completeness.WHOLE
    return Completeness.STOPPED if damaged or not STOPPING_LIMITS.isdisjoint(limits) else Completeness.PARTIAL


def completeness_of_row(row: Row) -> Completeness:
    """Return how far the artifact of a row was read."""
    return completeness_of(row.status, row.limits, damaged=is_damaged(row.values))


def is_damaged(values: Mapping[str, Any]) -> bool:
    """Return whether the artifact itself is damaged, from the values of `DAMAGE_COLUMNS`."""
    return any(values.get(name) for name in DAMAGE_COLUMNS)
