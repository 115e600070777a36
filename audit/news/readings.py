"""Chooses what a person reads tonight: findings that nobody was shown yet, in groups, by their worth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from audit.contract import AuditDocument, Finding, Reading
from audit.news.backlog import Backlog, FileKey
from audit.news.baseline import Baseline
from audit.news.budget import budget_points
from audit.operating_points import judged_files
from audit.outcome import severity
from model.contract import ModelCard
from model.reasons import FLOOR_COLUMN

OTHERS_LISTED = 12
"""File names of a reading that are listed beside its first."""


@dataclass(frozen=True, slots=True)
class ReadingList:
    """The readings of tonight's budget, and those that wait, as findings by (sha256, path) and as a number."""

    tonight: tuple[Reading, ...]
    shown: Backlog
    waiting: Backlog
    left: int

    def unshown(self) -> "ReadingList":
        """Return the list for a night that tells nobody: all of it waits."""
        return replace(self, shown={}, waiting={**self.shown, **self.waiting})


def add_readings(document: AuditDocument, readings: ReadingList, card: ModelCard, budget: int) -> AuditDocument:
    """Return a document with its readings, and with what a budget buys by the card of its model."""
    files, _ = judged_files(document.counts)
    return replace(
        document,
        reading=readings.tonight,
        backlog=readings.left,
        budget=budget,
        budget_points=budget_points(card, files),
    )


def choose_readings(findings: Sequence[Finding], baseline: Baseline, budget: int, today: date) -> ReadingList:
    """Return the `budget` readings of the greatest worth among the findings that no person was shown yet.

    Waived findings are none to read, and those that are held for a person have a place of their own in the reports.
    `today` is the day of this run.
    """
    due = [
        finding
        for finding in findings
        if finding.waiver is None
        and not finding.held
        and baseline.is_unread(finding.sha256, finding.path, finding.verdict)
    ]
    groups = sorted((sorted(group, key=worth) for group in _group(due)), key=lambda group: worth(group[0]))
    since = {key_of(finding): baseline.backlog.get(key_of(finding), today) for finding in due}
    shown = {key_of(finding): since[key_of(finding)] for group in groups[:budget] for finding in group}
    return ReadingList(
        tonight=tuple(_as_reading(group, since) for group in groups[:budget]),
        shown=shown,
        waiting={key: day for key, day in since.items() if key not in shown},
        left=len(groups[budget:]),
    )


def worth(finding: Finding) -> tuple[bool, int, bool, bool, int, float, int]:
    """Return the order in which findings are read, the least first.

    A project that was taken over comes first, then the graver verdict. Then comes what an act or the change earned,
    because it shows where to look, before a score of the whole artifact; then what is new tonight; then what most
    projects on the mirror depend on.
    """
    acted = any(reason.column.startswith(FLOOR_COLUMN) for reason in finding.verdict_reasons)
    return (
        not finding.takeover,
        -severity(finding.verdict),
        not (acted or finding.spoke == "change"),
        not finding.is_new,
        -finding.dependents,
        -finding.score,
        finding.rank,
    )


def key_of(finding: Finding | Reading) -> FileKey:
    """Return the key of a finding in a backlog."""
    return finding.sha256, finding.path


def _group(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Return the findings in groups: those of one release, and of all releases of one campaign."""
    parents: dict[object, object] = {}

    def root(name: object) -> object:
        while (parent := parents.setdefault(name, name)) != name:
            parents[name] = name = parents[parent]
        return name

    groups: dict[object, list[Finding]] = {}
    listed = list(findings)
    for finding in listed:
        if finding.campaign is not None:
            parents[root(_release(finding))] = root(finding.campaign.number)
    for finding in listed:
        groups.setdefault(root(_release(finding)), []).append(finding)
    return list(groups.values())


def _release(finding: Finding) -> tuple[str, str]:
    return finding.project, finding.version


def _as_reading(group: Sequence[Finding], since: Backlog) -> Reading:
    first, *others = group
    return Reading(
        sha256=first.sha256,
        path=first.path,
        project=first.project,
        version=first.version,
        filename=first.filename,
        verdict=first.verdict,
        change=first.change,
        files=len(group),
        projects=len({finding.project for finding in group}),
        others=tuple(finding.filename for finding in others[:OTHERS_LISTED]),
        since=min((day for finding in group if (day := since[key_of(finding)]) is not None), default=None),
    )


def describe_group(reading: Reading) -> str:
    """Return what is read together with a reading's first file: "+3 files", "+9 files of 5 projects", or ""."""
    more = reading.files - 1
    if not more:
        return ""
    projects = f" of {reading.projects:,} projects" if reading.projects > 1 else ""
    return f"+{more:,} file{'' if more == 1 else 's'}{projects}"
