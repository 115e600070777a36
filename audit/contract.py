"""Defines the document of a run, which every report and every blocklist is made from.

Attributes whose names look odd (`places`, `cleared`, `found`) are keys of findings.json, which users rely on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from jobs.contract import WalkNote
from model.contract import OperatingPoint, Verdict

FINDING_VERDICTS = (Verdict.MALICIOUS, Verdict.SUSPICIOUS, Verdict.REVIEW)
"""Verdicts that make an artifact a finding, the most severe first."""


class FindingChange(StrEnum):
    """Difference between a finding and the same artifact in the previous run."""

    NEW = "new"
    RAISED = "raised"
    LOWERED = "lowered"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class ScoreReason:
    """A feature column that raised the score; `contribution` is in log-odds."""

    column: str
    meaning: str
    value: float | None
    contribution: float


@dataclass(frozen=True, slots=True)
class EvidenceLocation:
    """A line in a member where an indicator was found. `member` and `excerpt` are hostile text, unescaped."""

    member: str
    line: int
    indicator: str
    meaning: str
    technique: str
    role: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another file of the same project on the mirror."""

    filename: str
    version: str
    verdict: str
    score: float | None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A person's decision not to report or block an artifact; it holds until the end of the day `expires`."""

    sha256: str
    owner: str
    reason: str
    expires: date


@dataclass(frozen=True, slots=True)
class Finding:
    """An artifact at or above the review threshold, with the facts that a person needs to judge it.

    `score` is the calibrated probability of the stack, `learners` are the scores of its base learners. Names and
    excerpts are hostile text, unescaped: each report escapes them for its own format.

    The attributes after `waiver` are context that did not influence the score. `imitates` is the popular project with
    a similar name ("" for none). `dependents` and `imitates_dependents` count the other projects on this mirror that
    depend on the finding's project and on the imitated one. `own_known_share` is the share of the source files that the
    operator's own index of known code contains (None without an index or without source files), and
    `own_known_project` the project that most of them belong to.
    """

    rank: int
    project: str
    version: str
    filename: str
    kind: str
    path: str
    sha256: str
    blake2b_256: str
    size: int
    status: str
    reason: str
    score: float
    verdict: Verdict
    change: FindingChange
    upload_time: datetime | None
    listed: bool | None
    yanked: bool | None
    digest_matches: bool | None
    learners: tuple[tuple[str, float], ...] = ()
    reasons: tuple[ScoreReason, ...] = ()
    places: tuple[EvidenceLocation, ...] = ()
    siblings: tuple[Sibling, ...] = ()
    siblings_total: int = 0
    waiver: Waiver | None = None
    imitates: str = ""
    imitates_dependents: int = 0
    dependents: int = 0
    own_known_share: float | None = None
    own_known_project: str = ""

    @property
    def is_new(self) -> bool:
        """True if the previous run had no such finding, or a less severe one."""
        return self.change in {FindingChange.NEW, FindingChange.RAISED}


@dataclass(frozen=True, slots=True)
class ResolvedFinding:
    """A finding of the previous run that is none in this run; `before` was its verdict, `why` is the change."""

    project: str
    version: str
    filename: str
    sha256: str
    before: str
    why: str


@dataclass(frozen=True, slots=True)
class UnexaminedArtifact:
    """An artifact that could not be examined, or only in part.

    `extent` is its completeness, "" if an earlier report counted it already or a waiver covers it.
    """

    project: str
    version: str
    filename: str
    path: str
    sha256: str
    size: int
    status: str
    reason: str
    extent: str = ""


@dataclass(frozen=True, slots=True)
class AuditDocument:
    """All results of a run. Reports and blocklists read nothing else.

    `findings` is ranked and bounded; `totals` counts all artifacts by verdict. `unexamined` is bounded likewise;
    `unexamined_totals` counts by status. `found` is the measured recall of unseen malware campaigns by verdict.
    """

    schema_version: int
    run: str
    previous_run: str
    started: datetime
    finished: datetime
    boojum_version: str
    mirror: str
    model: str
    fingerprint: str
    counts: Mapping[str, int]
    totals: Mapping[str, int]
    unexamined_totals: Mapping[str, int]
    points: tuple[OperatingPoint, ...]
    found: Mapping[str, float]
    limits_of_use: tuple[str, ...]
    findings: tuple[Finding, ...]
    cleared: tuple[ResolvedFinding, ...]
    unexamined: tuple[UnexaminedArtifact, ...]
    walk_counts: Mapping[str, int]
    walk_notes: tuple[WalkNote, ...]
    histogram: tuple[tuple[float, int], ...] = ()
    """Number of artifacts by score: (lower edge in log-odds, count), bins one log-odd wide, ascending."""
    failed: int = 0
    """Artifacts on which boojum itself failed."""
    waived: int = 0
    unread: Mapping[str, int] = field(default_factory=dict)
    """Artifacts by completeness: those read incompletely since the previous report that `fail_on_unread` counts."""
    fail_on_unread: str = "never"

    @property
    def new_findings(self) -> tuple[Finding, ...]:
        """Findings that are new or more severe than in the previous run, and not waived."""
        return tuple(finding for finding in self.findings if finding.is_new and finding.waiver is None)

    @property
    def findings_total(self) -> int:
        """Number of findings on the mirror, also of those that `findings` leaves out."""
        return sum(self.totals.get(verdict.value, 0) for verdict in FINDING_VERDICTS)
