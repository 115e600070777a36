"""What the audit room promises: one document that every report and every blocklist is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from audit.exits import Exit
from model.contract import OperatingPoint, Verdict

ALERTS = (Verdict.MALICIOUS, Verdict.SUSPICIOUS, Verdict.REVIEW)
"""Verdicts that make a finding, the gravest first."""


class Change(StrEnum):
    """What became of a finding since the run before."""

    NEW = "new"
    RAISED = "raised"
    LOWERED = "lowered"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Reason:
    """A column that moved the score up, in words; `contribution` is in log-odds."""

    column: str
    meaning: str
    value: float | None
    contribution: float


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the code to look at. `member` and `excerpt` are hostile text, raw."""

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
    """A person's decision that an artifact is not to be reported or blocked, until a day."""

    sha256: str
    owner: str
    reason: str
    expires: date


@dataclass(frozen=True, slots=True)
class Finding:
    """One artifact at or above the review point, with everything a person needs to judge it.

    `score` is the calibrated probability; `learners` are the base learners' own. Names and excerpts are
    hostile text, raw: each report escapes them for its own format.

    What follows `waiver` is context that moved no score. `imitates` is the popular project that its name is near to
    ("" for none). `dependents` and `imitates_dependents` are how many other projects of this mirror depend on it and
    on that one. `own_known_share` is the share of its source files that the operator's own index of known code
    holds (None where there is no such index, or no source), most of them from `own_known_project`.
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
    change: Change
    upload_time: datetime | None
    listed: bool | None
    yanked: bool | None
    digest_matches: bool | None
    learners: tuple[tuple[str, float], ...] = ()
    reasons: tuple[Reason, ...] = ()
    places: tuple[Place, ...] = ()
    siblings: tuple[Sibling, ...] = ()
    siblings_total: int = 0
    waiver: Waiver | None = None
    imitates: str = ""
    imitates_dependents: int = 0
    dependents: int = 0
    own_known_share: float | None = None
    own_known_project: str = ""


@dataclass(frozen=True, slots=True)
class ResolvedFinding:
    """A finding of the run before that is none any more, and why."""

    project: str
    version: str
    filename: str
    sha256: str
    before: str
    why: str


@dataclass(frozen=True, slots=True)
class Unexamined:
    """An artifact that could not be examined, or only in part.

    `extent` says how far it was read, "" where an earlier report has counted it, or a waiver holds.
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
class WalkNote:
    """Something the walk of the mirror noticed."""

    code: str
    path: str
    detail: str


@dataclass(frozen=True, slots=True)
class AuditDocument:
    """Everything a run has to say. Reports and blocklists read this and nothing else.

    `findings` is ranked; at most a bounded number is kept, `totals` counts all artifacts by verdict.
    `unexamined` likewise, with `unexamined_totals` by status.
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
    """Share of malware campaigns never seen before that reaches each verdict, where it was measured."""
    limits_of_use: tuple[str, ...]
    findings: tuple[Finding, ...]
    cleared: tuple[ResolvedFinding, ...]
    unexamined: tuple[Unexamined, ...]
    walk_counts: Mapping[str, int]
    walk_notes: tuple[WalkNote, ...]
    histogram: tuple[tuple[float, int], ...] = ()
    """Artifacts by score: (lower edge in log-odds, count), one a whole log-odd, ascending."""
    failed: int = 0
    waived: int = 0
    unread: Mapping[str, int] = field(default_factory=dict)
    """What was read since the report before, not whole, and counts by `fail_on_unread`: artifacts by extent."""
    fail_on_unread: str = "never"


class ReportFormat(Protocol):
    """A way to show a document."""

    @property
    def name(self) -> str:
        """Word for `--format`."""

    @property
    def filename(self) -> str:
        """Name of the file in the run's folder."""

    def render(self, document: AuditDocument) -> str:
        """Return the whole report; everything that came from a package is escaped for this format."""


@dataclass(frozen=True, slots=True)
class Block:
    """One artifact that the proxy is to refuse."""

    purl: str
    project: str
    version: str
    filename: str
    sha256: str
    blake2b_256: str
    score: float
    verdict: str
    reasons: tuple[str, ...]
    first_seen: str
    source_run: str
    expires_at: str
    scope: str = "file"
    action: str = "deny"


@dataclass(frozen=True, slots=True)
class Blocklist:
    """What every blocklist format is made from; entries are in the order of project, version, filename."""

    schema_version: int
    revision: str
    generated_at: str
    expires_at: str
    mirror_serial: str
    model_id: str
    source_run: str
    waived: int
    entries: tuple[Block, ...]
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command found, in the three facts that its exit status follows from."""

    alerts: int
    """Findings at or above `--fail-on` that no waiver covers."""
    failed: int = 0
    """Artifacts that boojum itself failed on; an archive that is merely broken is not one."""
    unread: int = 0
    """Artifacts that were not read whole, and count by `--fail-on-unread`."""

    @property
    def status(self) -> Exit:
        """Incomplete outweighs findings: a night that was not examined whole must not look like one that was."""
        if self.failed or self.unread:
            return Exit.INCOMPLETE
        return Exit.FINDINGS if self.alerts else Exit.COMPLETE


@dataclass(frozen=True, slots=True)
class Night:
    """What the nightly job leaves: the document, where it lies, and what its exit status follows from."""

    document: AuditDocument
    folder: Path
    outcome: Outcome
    blocked: int
    refused: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Column names and rows of a statement."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Export:
    """A blocklist in a target's own format: files by name, and what the operator must know of it."""

    files: Mapping[str, str]
    widened: tuple[str, ...]
    instructions: str


class BlocklistFormat(Protocol):
    """A way to hand a blocklist to an artifact proxy or a mirror."""

    @property
    def name(self) -> str:
        """Word for `--to`."""

    def export(self, blocklist: Blocklist) -> Export:
        """Return the target's files; what had to be widened beyond the file is named."""
