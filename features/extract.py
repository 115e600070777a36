"""Extracts the row of one distribution file: opens it, runs every feature group, merges the results."""

import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from features.contract import (
    Evidence,
    FeatureGroup,
    GroupRow,
    Kind,
    Release,
    Row,
    Scalar,
    Status,
    internal_error_reason,
)
from features.evidence_selection import select_diverse_evidence
from features.limits import Limits
from features.opening import OpenedFile, open_release, partial_reason
from features.reference.known_code import source_members
from features.registry import GROUPS
from features.runtime.gc_control import gc_paused

MAX_EVIDENCE = 16
"""Code locations that a row keeps."""
EXCERPT_CHARS = 200
"""Characters of an excerpt, with the sign that it was cut."""
MOST_REQUIRED = 256
"""Names of declared dependencies that a row keeps, the first in alphabetical order."""

_LOG = logging.getLogger(__name__)


def extract_row(path: Path, filename: str, limits: Limits, groups: Sequence[FeatureGroup] = GROUPS) -> Row:
    """Return the row of one distribution file.

    `path` is its location, `filename` its distribution name. Even for a hostile file, and
    if a group fails, this returns a row with a status and a reason; it raises only what ends a process
    (KeyboardInterrupt, SystemExit).
    """
    # Collection would take half of the syntax pass (stage `code` of `boojum bench`).
    with gc_paused():
        return _extract(path, filename, limits, groups)


def _extract(path: Path, filename: str, limits: Limits, groups: Sequence[FeatureGroup]) -> Row:
    deadline = time.process_time() + limits.seconds
    try:
        opened = open_release(path, filename, limits, deadline)
    except Exception as error:  # noqa: BLE001 - our own fault: it is counted and logged, and the run goes on
        _LOG.exception("reading %s failed", filename)
        return _failed("the reader", error, None)
    if opened.release is None:
        return Row(
            opened.status,
            opened.reason,
            opened.kind,
            opened.sha256,
            opened.blake2b_256,
            limits=opened.limits,
        )
    group_rows: list[GroupRow] = []
    for group in groups:
        try:
            group_rows.append(group.extract(opened.release))
        except Exception as error:  # noqa: BLE001 - as above
            _LOG.exception("group %s failed on %s", group.name, filename)
            return _failed(f"group {group.name}", error, opened)
    return _merge(opened, opened.release, group_rows)


def _merge(opened: OpenedFile, release: Release, group_rows: Sequence[GroupRow]) -> Row:
    values: dict[str, Scalar] = {}
    evidence: list[Evidence] = []
    tokens: set[int] = set()
    requires: set[str] = set()
    limits = dict.fromkeys(opened.limits)
    for group_row in group_rows:
        values.update(group_row.values)
        evidence.extend(group_row.evidence)
        tokens.update(group_row.tokens)
        requires.update(group_row.requires)
        limits.update(dict.fromkeys(group_row.limits))
    reason = partial_reason(tuple(limits), opened.omissions)
    return Row(
        Status.PARTIAL if reason else Status.OK,
        reason,
        opened.kind,
        opened.sha256,
        opened.blake2b_256,
        values=values,
        tokens=tuple(sorted(tokens)),
        members=tuple(sorted({member.digest for member in source_members(release)})),
        evidence=choose_evidence(evidence),
        limits=tuple(limits),
        requires=tuple(sorted(requires)[:MOST_REQUIRED]),
    )


def choose_evidence(places: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return the places that a person should see, the most important first, with bounded excerpts."""
    return tuple(
        place
        if len(place.excerpt) <= EXCERPT_CHARS
        else replace(place, excerpt=place.excerpt[: EXCERPT_CHARS - 1] + "…")
        for place in select_diverse_evidence(places, MAX_EVIDENCE)
    )


def _failed(where: str, error: Exception, opened: OpenedFile | None) -> Row:
    """Return the row of an artifact on which boojum failed: without features, with its digests if they are known."""
    reason = internal_error_reason(error, where)
    if opened is None:
        return Row(Status.UNREADABLE, reason, Kind.UNKNOWN, "", "", internal_error=True)
    return Row(
        Status.UNREADABLE,
        reason,
        opened.kind,
        opened.sha256,
        opened.blake2b_256,
        limits=opened.limits,
        internal_error=True,
    )
