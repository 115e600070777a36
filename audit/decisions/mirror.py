"""Looks up on the mirror what decisions name: files by digest, releases and projects."""

import contextlib
from datetime import date
from pathlib import Path

import duckdb

from audit.decisions.contract import Scope
from audit.decisions.matching import Decisions, describe_waiver, subject_of, subjects_of
from audit.runs import NoSuchRunError, find_run, read_document


def trusted_digests(decisions: Decisions, out: Path, today: date) -> frozenset[str]:
    """Return the digests of files that a waiver vouches for, so that other releases are compared with them.

    The files of waived releases and projects are the findings of the last finished run below `out` that a waiver
    covers; a file that is no finding is compared with anyway. A waiver for one indicator vouches for no file.
    """
    waivers = [waiver for waiver in decisions.waivers if waiver.expires >= today and not waiver.indicator]
    digests = {waiver.sha256 for waiver in waivers if waiver.scope is Scope.FILE}
    if any(waiver.scope is not Scope.FILE for waiver in waivers):
        with contextlib.suppress(NoSuchRunError):
            for finding in read_document(find_run(out, "latest")).findings:
                covering = decisions.waiver_of(finding, today)
                if covering is not None and not covering.indicator:
                    digests.add(finding.sha256)
    return frozenset(digests)


def find_unmatched(connection: "duckdb.DuckDBPyConnection", decisions: Decisions, today: date) -> tuple[str, ...]:
    """Return a line for each waiver in force that names nothing among the artifacts of a connection's views."""
    waivers = [waiver for waiver in decisions.waivers if waiver.expires >= today]
    digests = sorted({waiver.sha256 for waiver in waivers} - {""})
    projects = sorted({waiver.project for waiver in waivers} - {""})
    there: set[tuple[str, ...]] = set()
    if waivers:
        named = connection.execute(
            """SELECT DISTINCT sha256, project, version FROM artifacts
            WHERE sha256 IN (SELECT unnest(?::VARCHAR[])) OR project IN (SELECT unnest(?::VARCHAR[]))""",
            [digests, projects],
        )
        for row in named.fetchall():
            there.update(subjects_of(*row))
    return tuple(
        f"{describe_waiver(waiver)} names nothing on this mirror"
        for waiver in waivers
        if subject_of(waiver) not in there
    )
