"""Decides which findings of popular projects are held for a person instead of being blocked.

Blocking an old release of a popular project by mistake breaks many builds, and its users have had it for long. A young
release is what an attacker who takes a project over publishes, and an older one is there to fall back on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from audit.context import rank_by_dependents
from audit.contract import Finding
from audit.outcome import severity
from features.packaging.names import normalise
from features.reference.popular_names import popular_names
from model.contract import ModelCard, Verdict
from model.reasons import FLOOR_COLUMN

if TYPE_CHECKING:
    import duckdb

MOST_DEPENDED_ON = 100
"""Projects of a mirror, those with the most dependents, that are popular there."""
LEAST_DEPENDENTS = 10
"""Other projects that must depend on one of them: fewer are easily made by whoever wants to be held, not blocked."""


def find_popular(connection: "duckdb.DuckDBPyConnection", findings: Iterable[Finding]) -> dict[str, str]:
    """Return the popular ones among the projects of findings, each with a clause that says why.

    A project is popular if it is in the shipped list, or among those of this mirror that most others depend on.
    """
    ranks = popular_names().ranks
    found, others = {}, {}
    for finding in findings:
        if normalise(finding.project) in ranks:
            found[finding.project] = f"it is one of the {len(ranks):,} projects that most others depend on"
        elif finding.dependents >= LEAST_DEPENDENTS:
            others[finding.project] = finding.dependents
    if others:
        ranked = {normalise(name) for name, _ in rank_by_dependents(connection, MOST_DEPENDED_ON)}
        for project, dependents in others.items():
            if normalise(project) in ranked:
                found[project] = f"{dependents:,} projects of this mirror depend on it"
    return found


def find_telling_acts(card: ModelCard, least: Verdict | str) -> frozenset[str]:
    """Return the columns of an artifact's reasons whose acts alone give at least a verdict (`model.floors`)."""
    return frozenset(f"{FLOOR_COLUMN}{floor.id}" for floor in card.floors if severity(floor.verdict) >= severity(least))


@dataclass(frozen=True, slots=True)
class HoldRule:
    """The rule of one run.

    `popular` maps popular projects to the reason why they are. `hold_after` is in days, `least` the verdict that
    blocks. `acts` are those of `find_telling_acts`. `since` is the first day on which boojum saw this mirror (None:
    unknown).
    """

    today: date
    hold_after: int
    least: str
    popular: Mapping[str, str] = field(default_factory=dict)
    acts: frozenset[str] = frozenset()
    since: date | None = None

    def days_on_mirror(self, finding: Finding) -> int | None:
        """Return for how many days this mirror has served a file, None if unknown.

        A file that was there when boojum first saw the mirror counts from its upload.
        """
        day = finding.first_seen
        if (day is None or self.since is None or day <= self.since) and finding.upload_time is not None:
            day = finding.upload_time.date()
        return None if day is None else (self.today - day).days

    def is_old(self, finding: Finding) -> bool:
        """Return whether a file was served for `hold_after` days."""
        days = self.days_on_mirror(finding)
        return days is not None and days >= self.hold_after

    def reason_to_hold(self, finding: Finding) -> str:
        """Return why a finding is held, as a clause, or "" if it is to be blocked."""
        popular = self.popular.get(finding.project)
        if popular is None or finding.verdict is Verdict.KNOWN_BAD:
            return ""
        if self.is_old(finding):
            return f"{popular}, and this mirror has served the file for {self.days_on_mirror(finding):,} days"
        if self._is_accused(finding):
            return ""
        return f"{popular}, and neither a change nor a single act speaks against the file"

    def is_takeover(self, finding: Finding) -> bool:
        """Return whether a finding is a young release of a popular project that its change or an act accuses."""
        return finding.project in self.popular and not self.is_old(finding) and self._is_accused(finding)

    def _is_accused(self, finding: Finding) -> bool:
        changed = finding.difference
        if finding.spoke == "change" or (
            changed is not None and changed.verdict and severity(changed.verdict) >= severity(self.least)
        ):
            return True
        return any(reason.column in self.acts for reason in finding.reasons)
