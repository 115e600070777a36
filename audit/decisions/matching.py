"""Decides which findings and blocklist entries the decisions of people cover.

A decision names a file, a release or a project. Of two people who decided differently about a file, the later wins.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TypeVar

from packaging.utils import canonicalize_version
from packaging.version import Version

from audit.contract import FINDING_VERDICTS, AuditDocument, Finding
from audit.decisions.contract import Block, Label, Scope, Waiver
from features.contract import Status

_Decision = TypeVar("_Decision", Waiver, Block)
_NARROWEST = (Scope.FILE, Scope.RELEASE, Scope.PROJECT)
_UNDATED = datetime.min.replace(tzinfo=UTC)
_NAMED = 3


def subjects_of(sha256: str, project: str, version: str) -> tuple[tuple[str, ...], ...]:
    """Return the keys under which decisions about an artifact stand: its file, its release, its project."""
    try:
        release = canonicalize_version(Version(version))
    except ValueError:  # InvalidVersion, or a number with more digits than the interpreter converts
        release = version
    return ((sha256,), (project, release), (project, ""))


def subject_of(decision: Waiver | Block | Label) -> tuple[str, ...]:
    """Return the key of a decision, one of `subjects_of` for each artifact that it names."""
    if isinstance(decision, Label):
        return (decision.sha256,)
    file, release, project = subjects_of(decision.sha256, decision.project, decision.version)
    return {Scope.FILE: file, Scope.RELEASE: release, Scope.PROJECT: project}[decision.scope]


def _by_subject(decisions: Iterable[_Decision]) -> dict[tuple[str, ...], list[_Decision]]:
    found: dict[tuple[str, ...], list[_Decision]] = {}
    for decision in decisions:
        found.setdefault(subject_of(decision), []).append(decision)
    return found


@dataclass(frozen=True, slots=True)
class JudgedArtifact:
    """The facts of an artifact by which a waiver covers it or not.

    `indicators` are those of all its evidence. `is_whole` is False where it was not read completely, and `is_original`
    where it is not the file that its path names. `spoke` is as in a finding. `change_verdict` is None where it has no
    base.
    """

    sha256: str
    project: str
    version: str
    first_seen: date | None = None
    upload_time: datetime | None = None
    indicators: tuple[str, ...] = ()
    is_whole: bool = True
    is_original: bool = True
    spoke: str = "artifact"
    change_verdict: str | None = None

    @classmethod
    def of(cls, finding: Finding) -> "JudgedArtifact":
        """Return the facts of a finding."""
        return cls(
            sha256=finding.sha256,
            project=finding.project,
            version=finding.version,
            first_seen=finding.first_seen,
            upload_time=finding.upload_time,
            indicators=finding.indicators,
            is_whole=finding.status == Status.OK,
            is_original=finding.digest_matches is not False,
            spoke=finding.spoke,
            change_verdict=finding.difference.verdict if finding.difference is not None else None,
        )


@dataclass(frozen=True, slots=True)
class Decisions:
    """All decisions of a file, also the expired ones, in its order."""

    waivers: tuple[Waiver, ...] = ()
    blocks: tuple[Block, ...] = ()
    labels: tuple[Label, ...] = ()
    _waivers: dict[tuple[str, ...], list[Waiver]] = field(init=False, repr=False, compare=False)
    _blocks: dict[tuple[str, ...], list[Block]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_waivers", _by_subject(self.waivers))
        object.__setattr__(self, "_blocks", _by_subject(self.blocks))

    def waiver_of(self, finding: Finding, today: date) -> Waiver | None:
        """Return the waiver that covers a finding, the narrowest first, or None."""
        return self.judge(JudgedArtifact.of(finding), today)[0]

    def note_of(self, finding: Finding, today: date) -> str:
        """Return why waivers that name a finding do not cover it, "" if one covers it or none names it."""
        return self.judge(JudgedArtifact.of(finding), today)[1]

    def judge(self, artifact: JudgedArtifact, today: date) -> tuple[Waiver | None, str]:
        """Return the waiver that covers an artifact and "", or None and why those that name it do not cover it."""
        objections = []
        for waiver in self._waivers_of(artifact.sha256, artifact.project, artifact.version):
            objection = self._objection(waiver, artifact, today)
            if not objection:
                return waiver, ""
            objections.append(f"{describe_waiver(waiver)} {objection}")
        return None, "; ".join(objections)

    def waiver_of_entry(
        self, sha256: str, project: str, version: str, first_seen: date | None, today: date
    ) -> Waiver | None:
        """Return the waiver that covers a file of which only its first day on the mirror is known, or None.

        A waiver for one indicator covers no such file, because its evidence is not at hand.
        """
        for waiver in self._waivers_of(sha256, project, version):
            if not waiver.indicator and waiver.expires >= today and was_there(waiver, first_seen, None):
                block = self._newest_block(sha256, project, version)
                if block is None or _moment(waiver) > block.decided:
                    return waiver
        return None

    def waiver_of_file(self, sha256: str, today: date) -> Waiver | None:
        """Return the waiver of exactly this file, whatever its evidence, or None."""
        waivers = self._waivers.get((sha256,), ())
        return next((waiver for waiver in waivers if not waiver.indicator and waiver.expires >= today), None)

    def block_of(self, sha256: str, project: str, version: str, first_seen: date | None, today: date) -> Block | None:
        """Return a person's block of a file, the newest, or None where there is none or a later waiver covers it."""
        if self.waiver_of_entry(sha256, project, version, first_seen, today) is not None:
            return None
        return self._newest_block(sha256, project, version)

    def _waivers_of(self, sha256: str, project: str, version: str) -> Iterator[Waiver]:
        for subject in subjects_of(sha256, project, version):
            yield from sorted(self._waivers.get(subject, ()), key=lambda waiver: waiver.expires, reverse=True)

    def _newest_block(self, sha256: str, project: str, version: str) -> Block | None:
        named = [block for key in subjects_of(sha256, project, version) for block in self._blocks.get(key, ())]
        return max(named, key=lambda block: block.decided, default=None)

    def _objection(self, waiver: Waiver, artifact: JudgedArtifact, today: date) -> str:
        """Return why a waiver that names an artifact does not cover it, as a clause, or ""."""
        if waiver.expires < today:
            return f"expired on {waiver.expires}"
        block = self._newest_block(artifact.sha256, artifact.project, artifact.version)
        if block is not None and (waiver.indicator or block.decided >= _moment(waiver)):
            return f"does not count against the block by {block.owner} of {block.day}"
        return _objection_of_time(waiver, artifact) or _objection_of_evidence(waiver, artifact)


def was_there(waiver: Waiver, first_seen: date | None, upload_time: datetime | None) -> bool:
    """Return whether a file was on the mirror when a waiver was decided; a waiver of a file asks for no time.

    `first_seen` is the first day on which boojum saw a file at its path. On the day of the decision itself the upload
    time tells; where nothing is known, the file was not there.
    """
    if waiver.scope is Scope.FILE:
        return True
    decided = _moment(waiver)
    if upload_time is not None and upload_time > decided:
        # A file that was put in another's place since then is no older than its upload, whatever its path says.
        return False
    return upload_time is not None if first_seen is None else first_seen <= decided.date()


def _objection_of_time(waiver: Waiver, artifact: JudgedArtifact) -> str:
    if waiver.scope is not Scope.FILE and not artifact.is_original:
        return "does not cover bytes that are not those which their path names"
    if was_there(waiver, artifact.first_seen, artifact.upload_time):
        return ""
    if not waiver.later_files:
        return f"does not cover files that came after the decision of {_moment(waiver):%Y-%m-%d}"
    if artifact.change_verdict is None:
        return "does not cover a later file that has no base to compare it with"
    if artifact.spoke != "artifact" or artifact.change_verdict in FINDING_VERDICTS:
        return f"does not cover what changed after the decision of {_moment(waiver):%Y-%m-%d}"
    return ""


def _objection_of_evidence(waiver: Waiver, artifact: JudgedArtifact) -> str:
    """Return why the verdict would stand without the indicator that a waiver is restricted to, as a clause, or ""."""
    if not waiver.indicator:
        return ""
    if waiver.indicator not in artifact.indicators:
        return f"does not cover it: nothing in it is {waiver.indicator}"
    if others := sorted(set(artifact.indicators) - {waiver.indicator}):
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        return f"does not cover it: there is also {', '.join(others[:_NAMED])}{more}"
    if not artifact.is_whole or not artifact.is_original:
        return "does not cover it: it was not read completely, or is not the file that its path names"
    return "does not cover it: its campaign earned the verdict" if artifact.spoke == "campaign" else ""


def with_waiver(finding: Finding, decisions: Decisions, today: date) -> Finding:
    """Return a finding with the waiver that covers it, or with the reason why one that names it does not."""
    waiver, note = decisions.judge(JudgedArtifact.of(finding), today)
    return replace(finding, waiver=waiver, waiver_note=note)


def apply_decisions(document: AuditDocument, decisions: Decisions, today: date) -> AuditDocument:
    """Return a document with these decisions in place of those of the night it was written."""
    findings = tuple(with_waiver(finding, decisions, today) for finding in document.findings)
    waived = sum(finding.waiver is not None for finding in findings)
    expired = describe_expired(decisions, today)
    return replace(document, findings=findings, waived=waived, expired_waivers=expired)


def _moment(waiver: Waiver) -> datetime:
    return waiver.decided or _UNDATED


def describe_target(decision: Waiver | Block) -> str:
    """Return what a decision names: a digest, `PROJECT==VERSION`, or a project."""
    match decision.scope:
        case Scope.FILE:
            return decision.sha256
        case Scope.RELEASE:
            return f"{decision.project}=={decision.version}"
        case Scope.PROJECT:
            return decision.project


def describe_waiver(waiver: Waiver) -> str:
    """Return a waiver as a noun for a sentence; owner and reason are text of a person, unescaped."""
    target = waiver.sha256[:12] if waiver.scope is Scope.FILE else describe_target(waiver)
    only = f" for {waiver.indicator} only" if waiver.indicator else ""
    return f"the waiver of {waiver.scope} {target}{only} by {waiver.owner} ({waiver.reason})"


def describe_expired(decisions: Decisions, today: date) -> tuple[str, ...]:
    """Return a line for each waiver that has expired, unless another one of the same subject holds."""
    held = {(subject_of(waiver), waiver.indicator) for waiver in decisions.waivers if waiver.expires >= today}
    return tuple(
        f"{describe_waiver(waiver)} expired on {waiver.expires}"
        for waiver in decisions.waivers
        if waiver.expires < today and (subject_of(waiver), waiver.indicator) not in held
    )
