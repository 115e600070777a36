"""Defines the document of a run, which every report and every blocklist is made from.

Attributes whose names look odd (`places`, `cleared`, `found`) are keys of findings.json, which users rely on.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from audit.decisions.contract import Waiver
from audit.feeds.contract import Dependent, FeedMatch, FeedState, GoneUpstream, NamedFile
from jobs.contract import STANDING_FAULTS, MirrorFault, WalkNote
from model.contract import OperatingPoint, Verdict

FINDING_VERDICTS = (Verdict.KNOWN_BAD, Verdict.MALICIOUS, Verdict.SUSPICIOUS, Verdict.REVIEW)
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
    """A line in a member where an indicator was found. `member`, `excerpt` and `context` are hostile text, unescaped.

    `context` is the line with up to two lines before and after it, "" where it is no line of text; its first line has
    the number `context_line`.
    """

    member: str
    line: int
    indicator: str
    meaning: str
    technique: str
    role: str
    excerpt: str
    context: str = ""
    context_line: int = 0


@dataclass(frozen=True, slots=True)
class ChangedMember:
    """A member that the base has not, or has otherwise; `change` is "new" or "changed". Its path is hostile text."""

    path: str
    change: str
    role: str
    file_type: str
    size: int


@dataclass(frozen=True, slots=True)
class DeclaredChange:
    """A field of the metadata that differs from the base's; both values are hostile text."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ReleaseDifference:
    """The things that an artifact has and its base has not. Texts from the package are hostile, unescaped.

    `base_kind` is "release" (the release before it), "sibling" (the other kind of file of its own release) or
    "relative" (the nearest artifact of another project). `score` is that of the change, `reasons` are what raised it.
    The lists are bounded; `members_total` counts all members that are new or changed.
    """

    base_kind: str
    base_project: str
    base_version: str
    base_filename: str
    score: float | None
    verdict: str
    reasons: tuple[ScoreReason, ...] = ()
    places: tuple[EvidenceLocation, ...] = ()
    members: tuple[ChangedMember, ...] = ()
    members_total: int = 0
    hosts: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    entry_points: tuple[str, ...] = ()
    declared: tuple[DeclaredChange, ...] = ()


@dataclass(frozen=True, slots=True)
class FindingCampaign:
    """The campaign of a finding: how many projects and artifacts share its code, and some of their file names."""

    number: int
    projects: int
    artifacts: int
    score: float
    filenames: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another file of the same project on the mirror."""

    filename: str
    version: str
    verdict: str
    score: float | None


@dataclass(frozen=True, slots=True)
class Finding:
    """An artifact at or above the review threshold, with the facts that a person needs to judge it.

    `score` ranks: it is on the scale of the artifact's own score. `spoke` names what earned the verdict: "artifact",
    "change" (its difference to the base) or "campaign". `artifact_score` is the calibrated probability of the stack,
    `learners` are the scores of its base learners. Names and excerpts are hostile text, unescaped: each report escapes
    them for its own format.

    The attributes after `waiver` are context that did not influence the score. `imitates` is the popular project with
    a similar name ("" for none). `dependents` and `imitates_dependents` count the other projects on this mirror that
    depend on the finding's project and on the imitated one. `own_known_share` is the share of the source files that the
    operator's own index of known code contains (None without an index or without source files), and
    `own_known_project` the project that most of them belong to.

    `listed`, `yanked`, `project_status` (PEP 792, "" if unknown) and `unlisted_since` are what the index pages said in
    this run. `first_seen` is the day on which boojum first saw the file. `seen` is "tonight", or "stands" if the file
    could not be seen in this run, so that what was known of it stands.
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
    spoke: str = ""
    artifact_score: float | None = None
    artifact_verdict: str = ""
    difference: ReleaseDifference | None = None
    campaign: FindingCampaign | None = None
    blocked: bool = False
    """True if the file is on the blocklist."""
    held: str = ""
    """Reason why the file waits for a person instead of being blocked; "" if it does not."""
    takeover: bool = False
    """True if the file is a young release of a popular project that was blocked at once."""
    first_seen: date | None = None
    """First day on which boojum saw the file on this mirror."""
    indicators: tuple[str, ...] = ()
    """Ids of all its evidence, also of places that `places` leaves out, in alphabetical order."""
    waiver_note: str = ""
    """Why waivers that name the finding do not cover it, "" if none does or one covers it. Unescaped."""
    seen: str = "tonight"
    project_status: str = ""
    unlisted_since: date | None = None
    feeds: tuple[FeedMatch, ...] = ()
    """Records of feeds that name it; those that make it known bad come first."""
    requiring: tuple[Dependent, ...] = ()
    """Some of the releases on the mirror whose requirements, without an extra, allow a known bad version."""
    requiring_total: int = 0
    """Projects of which a release requires a known bad version."""

    @property
    def is_new(self) -> bool:
        """True if the previous run had no such finding, or a less severe one."""
        return self.change in {FindingChange.NEW, FindingChange.RAISED}

    @property
    def verdict_reasons(self) -> tuple[ScoreReason, ...]:
        """Return the reasons of the score that earned the verdict, then those of the other one."""
        changed = self.difference.reasons if self.difference is not None else ()
        return (*changed, *self.reasons) if self.spoke == "change" else (*self.reasons, *changed)

    @property
    def verdict_places(self) -> tuple[EvidenceLocation, ...]:
        """Return the places to look at: where the change earned the verdict, those that are new come first."""
        if self.difference is None or self.spoke != "change":
            return self.places
        new = self.difference.places
        known = {(place.member, place.line, place.indicator) for place in new}
        return (*new, *(place for place in self.places if (place.member, place.line, place.indicator) not in known))


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
class Reading:
    """Findings that a person reads as one: files of one release, and releases of one campaign.

    `sha256` and `path` name the finding that is read first, `verdict` and `change` are its own. `files` counts the
    findings of the reading, `projects` their projects, and `others` are some of their file names. `since` is the day of
    the run that first reported one of them (None: unknown). Names are hostile text, unescaped.
    """

    sha256: str
    path: str
    project: str
    version: str
    filename: str
    verdict: Verdict
    change: FindingChange
    files: int = 1
    projects: int = 1
    others: tuple[str, ...] = ()
    since: date | None = None


@dataclass(frozen=True, slots=True)
class BudgetPoint:
    """The harmless files that a number of files brings to a verdict or a graver one, and the malware that it finds.

    `alarms` are expected, and at most `most_alarms` at 95 % confidence. `found` is the share of malware campaigns never
    seen before that reaches the verdict, at least `least_found` at 95 % (None: not measured).
    """

    verdict: Verdict
    alarms: float
    most_alarms: int
    found: float | None = None
    least_found: float | None = None


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
class FileCase:
    """A file that waits for a person's decision, and `why`. Project, version and filename are hostile, unescaped."""

    project: str
    version: str
    filename: str
    sha256: str
    verdict: str
    score: float | None
    why: str


@dataclass(frozen=True, slots=True)
class Withheld(FileCase):
    """A file that was left out of the blocklist; `why` is "protected" (its project is) or "bound" (of one night)."""


@dataclass(frozen=True, slots=True)
class Held(FileCase):
    """A file of a popular project that is held for a person; `age` is its days on this mirror, None if unknown."""

    age: int | None = None


@dataclass(frozen=True, slots=True)
class Unconfirmed(FileCase):
    """A file on the blocklist whose verdict of tonight would not block it; `since` is the day of its last that would.

    `verdict` and `score` are those of tonight.
    """

    since: str = ""


@dataclass(frozen=True, slots=True)
class AuditDocument:
    """All results of a run. Reports and blocklists read nothing else.

    `findings` is ranked and bounded; `totals` counts all artifacts by verdict. `unexamined` is bounded likewise;
    `unexamined_totals` counts by status. `found` is the measured recall of unseen malware campaigns by verdict.
    """

    schema_version: int
    run: str
    previous_run: str
    faults: tuple[MirrorFault, ...] = field(default=(), kw_only=True)
    """Ways in which the mirror is not what it was; the gravest come first."""
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
    expired_waivers: tuple[str, ...] = ()
    """A line for each waiver that has expired; text of a person, unescaped."""
    unmatched_waivers: tuple[str, ...] = ()
    """A line for each waiver that names nothing on this mirror."""
    skipped_runs: tuple[str, ...] = ()
    """Sentences about earlier runs that could not be compared with because they are damaged."""
    reading: tuple[Reading, ...] = ()
    """The readings of tonight's budget, those of the greatest worth first."""
    backlog: int = 0
    """Readings that were within no night's budget yet."""
    budget: int = 0
    """Readings that a person does a night."""
    budget_points: tuple[BudgetPoint, ...] = ()
    """Alarms and recall of each verdict, the gravest first, for the files that a run read or for those of a night."""
    withheld: tuple[Withheld, ...] = ()
    held: tuple[Held, ...] = ()
    unconfirmed: tuple[Unconfirmed, ...] = ()
    feeds: tuple[FeedState, ...] = ()
    """Feeds that the mirror was compared with."""
    feed_notes: tuple[NamedFile, ...] = ()
    """Files that a feed names without making them known bad, bounded; `feed_notes_total` counts all."""
    feed_notes_total: int = 0
    gone_upstream: GoneUpstream = field(default_factory=GoneUpstream)
    blocklist_refused: str = ""
    """Reason why files of this run are not on the blocklist although no person decided so, "" if there is none."""

    @property
    def known_bad(self) -> tuple[Finding, ...]:
        """Files that a feed names as malware, waived ones too, the best rank first."""
        return tuple(finding for finding in self.findings if finding.verdict is Verdict.KNOWN_BAD)

    @property
    def takeovers(self) -> tuple[Finding, ...]:
        """Young releases of popular projects that were blocked at once, the best rank first."""
        return tuple(finding for finding in self.findings if finding.takeover and finding.waiver is None)

    @property
    def new_findings(self) -> tuple[Finding, ...]:
        """Findings that are new or more severe than in the previous run, and not waived."""
        return tuple(finding for finding in self.findings if finding.is_new and finding.waiver is None)

    @property
    def standing_faults(self) -> tuple[MirrorFault, ...]:
        """Faults under which what was known stands, so that the run is incomplete."""
        return tuple(fault for fault in self.faults if fault.code in STANDING_FAULTS)

    @property
    def readings(self) -> tuple[tuple[Reading, Finding], ...]:
        """Tonight's readings, each with the finding that is read first."""
        listed = {(finding.sha256, finding.path): finding for finding in self.findings}
        return tuple((reading, listed[reading.sha256, reading.path]) for reading in self.reading)

    @property
    def findings_total(self) -> int:
        """Number of findings on the mirror, also of those that `findings` leaves out."""
        return sum(self.totals.get(verdict.value, 0) for verdict in FINDING_VERDICTS)
