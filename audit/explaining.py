"""Explains single artifacts of the mirror: everything that the last run knows of each, also where it is clear."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from audit.blocklist_summary import decision_commands
from audit.blocklists.record import read_last_record
from audit.config import Settings, out_folder
from audit.context import add_dependents, describe_context
from audit.contract import Finding
from audit.decisions.file import load_decisions
from audit.decisions.target import TargetError, find_target
from audit.difference import describe_difference, place_diff
from audit.document import find_siblings, ranking_sql
from audit.escape import as_terminal
from audit.findings import build_findings
from audit.news.baseline import Baseline
from audit.query import connect, iterate_rows
from jobs.store.lock import reading

FILES = 50
"""Files of a release or a project that are explained."""
DEPENDENTS = 12
"""Dependent releases that are named."""
_NAME, _LINE = 100, 200
_OF_PATHS = "SELECT * FROM artifacts WHERE path IN (SELECT unnest(?::VARCHAR[]))"
_DEPENDENTS = """
    SELECT DISTINCT project, version, specifier FROM requires
    WHERE name = ? AND coalesce(extra, '') = '' AND project <> name ORDER BY ALL
"""


@dataclass(frozen=True, slots=True)
class Explanation:
    """An artifact with all facts of the last run.

    `dependents` are releases of this mirror whose requirement admits this version without an extra. `blocked` is the
    reason why it is on the blocklist, "" if it is not; `decisions` are what a person said of it. Names are hostile.
    """

    finding: Finding
    dependents: tuple[str, ...]
    dependents_total: int
    blocked: str
    decisions: tuple[str, ...]
    commands: tuple[str, ...]


def explain(settings: Settings, target: str) -> tuple[Explanation, ...]:
    """Return what is known of a path, a file name, a digest, a release or a project; at most `FILES` artifacts.

    Raises TargetError where the mirror has no such thing, and QueryError without a finished run.
    """
    out = out_folder(settings)
    with reading(out), contextlib.closing(connect(out)) as connection:
        paths = _paths_of(connection, out, target)
        rows = list(iterate_rows(connection, ranking_sql(_OF_PATHS), [paths]))
        siblings = find_siblings(connection, {row["project"] for row in rows})
        today = datetime.now(UTC).date()
        decisions = load_decisions(settings.waivers, out)
        scored = [{**row, "score": row["score"] or 0.0} for row in rows]
        findings = build_findings(scored, siblings, decisions, Baseline(), today)
        record = read_last_record(out)
        reasons = {entry.sha256: f"since {entry.first_seen}" for entry in record.entries} if record else {}
        explained = []
        for finding in add_dependents(connection, tuple(findings)):
            requiring = _requiring(connection, finding)
            waiver = f"waived by {finding.waiver.owner} until {finding.waiver.expires}" if finding.waiver else ""
            block, waive = decision_commands(finding, today, out)
            is_blocked = finding.sha256 in reasons
            explained.append(
                Explanation(
                    finding,
                    tuple(requiring[:DEPENDENTS]),
                    len(requiring),
                    reasons.get(finding.sha256, ""),
                    tuple(filter(None, (waiver, finding.waiver_note))),
                    (waive,) if is_blocked else (block, waive),
                )
            )
        return tuple(explained)


def _paths_of(connection: "duckdb.DuckDBPyConnection", out: Path, target: str) -> list[str]:
    """Return the paths that a target names: a path below the mirror or on this machine, a file name, or a subject."""
    statement = (
        "SELECT path FROM artifacts WHERE path = $1 OR filename = $1 OR ends_with($1, '/' || path) ORDER BY path"
    )
    if found := connection.execute(statement, [target]).fetchall():
        return [path for (path,) in found[:FILES]]
    digests = [file.sha256 for file in find_target(out, target).files]
    statement = "SELECT path FROM artifacts WHERE sha256 IN (SELECT unnest(?::VARCHAR[])) ORDER BY score DESC, path"
    found = connection.execute(statement, [digests]).fetchall() if digests else []
    if not found:
        raise TargetError(
            f"the last run has no artifact {as_terminal(target)!r}",
            "name a path or a file name of the mirror, a digest, PROJECT or PROJECT==VERSION",
        )
    return [path for (path,) in found[:FILES]]


def _requiring(connection: "duckdb.DuckDBPyConnection", finding: Finding) -> list[str]:
    """Return the releases that require the finding's project so that this version will do; in doubt it will."""
    found: dict[str, None] = {}
    for project, version, specifier in connection.execute(_DEPENDENTS, [finding.project]).fetchall():
        if _admits(specifier or "", finding.version):
            found[f"{project} {version}"] = None
    return list(found)


def _admits(specifier: str, version: str) -> bool:
    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True


def render_explanations(explained: Sequence[Explanation]) -> str:
    """Return the explanations as text for a terminal, each with its headings."""
    return "\n\n".join("\n".join(_lines(one)) for one in explained)


def _lines(explained: Explanation) -> Iterator[str]:
    finding = explained.finding
    scored = finding.verdict.value != "unreadable"
    yield f"{finding.verdict.value}{f' {finding.score:.4f}' if scored else ''}  {as_terminal(finding.filename, _NAME)}"
    for name, value in _facts(explained):
        yield f"  {name:<9} {value}"
    yield from _block(
        "why", [f"{as_terminal(one.meaning)} ({one.contribution:+.2f})" for one in finding.verdict_reasons]
    )
    yield from _block("changes", map(as_terminal, describe_difference(finding)))
    if finding.difference is not None:
        diff = [f"{sign} {as_terminal(text, _LINE)}" for sign, text in place_diff(finding.difference)]
        yield from _block("new places", diff)
    yield from _block("places", _places(finding))
    yield from _block("context", map(as_terminal, describe_context(finding)))
    more = explained.dependents_total - len(explained.dependents)
    named = [as_terminal(one, _NAME) for one in explained.dependents] + ([f"and {more:,} more"] if more else [])
    yield from _block("releases here that require it", named)
    others = [f"{one.verdict:<10} {as_terminal(one.filename, _NAME)}" for one in finding.siblings]
    if finding.siblings_total > len(finding.siblings):
        others.append(f"and {finding.siblings_total - len(finding.siblings):,} more")
    yield from _block("other files of the project", others)
    yield from _block("decide", explained.commands)


def _block(title: str, lines: "Iterator[str] | Sequence[str] | map[str]") -> Iterator[str]:
    for number, line in enumerate(lines):
        if not number:
            yield f"{title}:"
        yield f"  {line}"


def _facts(explained: Explanation) -> Iterator[tuple[str, str]]:
    finding = explained.finding
    yield (
        "release",
        f"{as_terminal(finding.project)} {as_terminal(finding.version)} ({finding.kind}, {finding.size:,} bytes)",
    )
    yield "path", as_terminal(finding.path)
    yield "sha256", finding.sha256
    yield "blake2b", finding.blake2b_256
    if finding.status != "ok":
        yield "status", f"{finding.status}: {as_terminal(finding.reason)}"
    scores = [
        ("artifact", finding.artifact_score),
        ("change", finding.difference.score if finding.difference else None),
    ]
    shown = [f"{name} {score:.4f}" for name, score in scores if score is not None]
    spoke = f"; the {finding.spoke} earned the verdict" if finding.spoke else ""
    if shown:
        yield "scores", ", ".join(shown) + spoke
    if finding.learners:
        yield "learners", ", ".join(f"{name} {score:.3f}" for name, score in finding.learners)
    page = {True: "listed", False: "NOT listed", None: "not known"}[finding.listed]
    yanked = ", yanked" if finding.yanked else ""
    status = f", project {as_terminal(finding.project_status)}" if finding.project_status else ""
    since = f" since {finding.unlisted_since}" if finding.unlisted_since else ""
    yield "index", f"{page}{since}{yanked}{status}"
    first = f"first seen {finding.first_seen}" if finding.first_seen else "first seen on an unknown day"
    yield "seen", first + (f", uploaded {finding.upload_time:%Y-%m-%d}" if finding.upload_time else "")
    if finding.digest_matches is False:
        yield "digest", "NOT the one that the index says"
    yield "blocked", explained.blocked or "no"
    for said in explained.decisions:
        yield "decision", as_terminal(said)


def _places(finding: Finding) -> Iterator[str]:
    for place in finding.verdict_places:
        technique = f", {place.technique}" if place.technique else ""
        yield f"{as_terminal(place.member, _LINE)}:{place.line}: {place.meaning} ({place.role}{technique})"
        lines = (place.context or place.excerpt).split("\n")
        start = place.context_line if place.context else place.line
        for number, line in enumerate(lines, start=start):
            mark = ">" if number == place.line else " "
            yield f"  {mark} {number:>5}  {as_terminal(line, _LINE)}"
