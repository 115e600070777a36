"""Looks up on the mirror what decisions name: files by digest, releases and projects."""

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import duckdb

from audit.decisions.contract import Block, Label, Scope, Waiver
from audit.decisions.matching import Decisions, JudgedArtifact, describe_waiver, subject_of, subjects_of
from audit.errors import StatedError
from audit.runs import NoSuchRunError, find_run, read_document
from jobs.run.joined_scores import FILENAME as SCORES_FILE
from jobs.run.run_folder import LATEST
from jobs.store.lock import reading


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


@contextlib.contextmanager
def open_artifacts(out: Path) -> Iterator["duckdb.DuckDBPyConnection | None"]:
    """Yield a connection with the view artifacts of the last finished run below `out`, None where there is none."""
    scores = out / "runs" / LATEST / SCORES_FILE
    with reading(out), contextlib.closing(duckdb.connect(":memory:")) as connection:
        if not scores.is_file():
            yield None
            return
        try:
            scored = connection.from_parquet(str(scores.resolve()))
        except duckdb.Error as error:
            raise StatedError(f"{scores} cannot be read ({error})", "run the audit again") from error
        # An older boojum noted no first day.
        more = "" if "first_seen" in scored.columns else ", CAST(NULL AS DATE) AS first_seen"
        scored.project(f"*{more}").create_view("artifacts")
        yield connection


def count_named(
    connection: "duckdb.DuckDBPyConnection", decisions: Iterable[Waiver | Block | Label]
) -> Counter[tuple[str, ...]]:
    """Return how many artifacts of the view artifacts each decision names, by its subject."""
    subjects = {subject_of(decision) for decision in decisions}
    digests = [subject[0] for subject in subjects if len(subject) == 1]
    projects = sorted({subject[0] for subject in subjects if len(subject) > 1})
    rows = connection.execute(
        """SELECT sha256, project, version, count(*) FROM artifacts
        WHERE sha256 IN (SELECT unnest(?::VARCHAR[])) OR project IN (SELECT unnest(?::VARCHAR[])) GROUP BY ALL""",
        [digests, projects],
    )
    counts: Counter[tuple[str, ...]] = Counter()
    for sha256, project, version, number in rows.fetchall():
        for subject in subjects.intersection(subjects_of(sha256, project, version)):
            counts[subject] += number
    return counts


def find_first_days(out: Path, artifacts: Iterable[JudgedArtifact]) -> dict[tuple[str, str, str], date]:
    """Return the first day on the mirror of those artifacts that are there, by sha256, project and version."""
    digests = [artifact.sha256 for artifact in artifacts]
    with open_artifacts(out) as connection:
        if connection is None:
            return {}
        rows = connection.execute(
            """SELECT sha256, project, version, min(first_seen) FROM artifacts
            WHERE sha256 IN (SELECT unnest(?::VARCHAR[])) GROUP BY ALL""",
            [digests],
        ).fetchall()
    return {(sha256, project, version): day for sha256, project, version, day in rows if day is not None}


def find_unmatched(connection: "duckdb.DuckDBPyConnection", decisions: Decisions, today: date) -> tuple[str, ...]:
    """Return a line for each waiver in force that names nothing among the artifacts of a connection's views."""
    waivers = [waiver for waiver in decisions.waivers if waiver.expires >= today]
    named = count_named(connection, waivers) if waivers else Counter()
    return tuple(
        f"{describe_waiver(waiver)} names nothing on this mirror" for waiver in waivers if not named[subject_of(waiver)]
    )
