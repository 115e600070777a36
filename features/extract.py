"""Extracts the row of one distribution file: opens it, runs every feature group, merges the results."""

import logging
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from features import host_list, member_list
from features.completeness import FAILED_GROUP
from features.contract import (
    DeclaredFields,
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
from features.evidence_context import add_context
from features.evidence_selection import select_diverse_evidence
from features.host_list import MOST_HOSTS, merge_hosts
from features.limits import Limits
from features.member_list import list_members
from features.opening import OpenedFile, open_release, partial_reason
from features.place_keys import MOST_KEYS, key_evidence
from features.registry import GROUPS
from features.runtime.gc_control import gc_paused
from features.runtime.memory import make_room

MAX_EVIDENCE = 16
"""Code locations that a row keeps."""
MOST_REQUIRED = 256
"""Requirements that a row keeps, the first in alphabetical order."""
_TRACEBACK_FRAMES = 12

_LOG = logging.getLogger(__name__)


def extract_row(path: Path, filename: str, limits: Limits, groups: Sequence[FeatureGroup] = GROUPS) -> Row:
    """Return the row of one distribution file.

    `path` is its location, `filename` its distribution name. Even for a hostile file, this returns a row with a status
    and a reason; it raises only what ends a process (KeyboardInterrupt, SystemExit). A group that fails costs its own
    columns, which are then null, and makes the row partial.
    """
    # Collection would take half of the syntax pass (stage `code` of `boojum bench`).
    with gc_paused():
        row = _extract(path, filename, limits, groups)
    make_room()
    return row


def _extract(path: Path, filename: str, limits: Limits, groups: Sequence[FeatureGroup]) -> Row:
    deadline = time.process_time() + limits.seconds
    try:
        opened = open_release(path, filename, limits, deadline)
    except Exception as error:  # noqa: BLE001 - our own fault: it is counted and logged, and the run goes on
        _LOG.exception("reading %r failed", filename)
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
    failures: list[str] = []
    for group in groups:
        make_room()
        try:
            group_rows.append(group.extract(opened.release))
        except Exception as error:  # noqa: BLE001 - as above
            # The innermost frames: a parser that calls itself has thousands.
            frames = "".join(traceback.format_exception(error, limit=-_TRACEBACK_FRAMES))
            _LOG.error("group %s failed on %r\n%s", group.name, filename, frames)
            failures.append(internal_error_reason(error, f"group {group.name}"))
            group_rows.append(_unexamined(group))
    try:
        return _merge(opened, opened.release, group_rows, failures)
    except Exception as error:  # noqa: BLE001 - as above
        _LOG.exception("merging the groups failed on %r", filename)
        return _failed("the row", error, opened)


def _unexamined(group: FeatureGroup) -> GroupRow:
    """Return the row of a group that failed: it could not examine anything."""
    return GroupRow(dict.fromkeys(column.name for column in group.columns), limits=(FAILED_GROUP,))


def _merge(opened: OpenedFile, release: Release, group_rows: Sequence[GroupRow], failures: Sequence[str]) -> Row:
    values: dict[str, Scalar] = {}
    evidence: list[Evidence] = []
    limits = dict.fromkeys(opened.limits)
    for group_row in group_rows:
        values.update(group_row.values)
        evidence.extend(group_row.evidence)
        limits.update(dict.fromkeys(group_row.limits))
    hosts = merge_hosts(group_rows)
    members, cut = list_members(release, group_rows)
    reason = partial_reason(tuple(limit for limit in limits if limit != FAILED_GROUP), (*opened.omissions, *failures))
    # These bound the listing alone: everything was examined.
    limits.update(dict.fromkeys([member_list.LIMIT] * cut + [host_list.LIMIT] * (len(hosts) > MOST_HOSTS)))
    return Row(
        Status.PARTIAL if reason else Status.OK,
        reason,
        opened.kind,
        opened.sha256,
        opened.blake2b_256,
        values=values,
        tokens=tuple(sorted({token for group_row in group_rows for token in group_row.tokens})),
        members=members,
        evidence=add_context(release, select_diverse_evidence(evidence, MAX_EVIDENCE)),
        place_keys=_merge_place_keys(group_rows),
        hosts=tuple(hosts[:MOST_HOSTS]),
        limits=tuple(limits),
        requires=tuple(sorted({needed for group_row in group_rows for needed in group_row.requires})[:MOST_REQUIRED]),
        entry_points=tuple(point for group_row in group_rows for point in group_row.entry_points),
        declared=next((row.declared for row in group_rows if row.declared is not None), DeclaredFields()),
    )


def _merge_place_keys(group_rows: Sequence[GroupRow]) -> tuple[int, ...]:
    """Return the distinct keys of all places, the heaviest first; evidence of a group without keys gives them."""
    weighed = [pair for row in group_rows for pair in (row.place_keys or key_evidence(row.evidence))]
    weighed.sort(key=lambda pair: (-pair[0], pair[1]))
    return tuple(dict.fromkeys(key for _, key in weighed))[:MOST_KEYS]


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
