"""Makes the entries of the record from findings and from files, and renews them with what a night found."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TypeAlias

from audit.blocklists.contract import BlocklistEntry, EntryOrigin, EntryState
from audit.blocklists.holding import HoldRule
from audit.blocklists.mirror_files import MirrorFile, MirrorFiles
from audit.config import BlocklistSettings
from audit.contract import AuditDocument, FileCase, Finding
from audit.decisions.matching import Decisions
from audit.feeds.wording import describe_match
from audit.outcome import severity
from audit.purl import file_purl

REASONS = 3
"""Reasons that an entry carries."""

Key: TypeAlias = tuple[str, str]
"""Digest and name of a file, which identify it on the record."""


def key_of(file: BlocklistEntry | Finding | MirrorFile | FileCase) -> Key:
    """Return the key of a file."""
    return (file.sha256, file.filename)


@dataclass(frozen=True, slots=True)
class Night:
    """The facts of a run from which the record is renewed; the document's findings have the waivers of `rule.today`."""

    document: AuditDocument
    files: MirrorFiles
    rule: HoldRule
    decisions: Decisions = field(default_factory=Decisions)
    mirror_serial: str = ""
    mirror_root: str = ""


def findings_to_block(document: AuditDocument, settings: BlocklistSettings) -> list[Finding]:
    """Return the listed findings at or above the verdict that blocks, waived ones too, the best rank first.

    A file without a digest cannot be blocked by it.
    """
    least = severity(settings.verdict)
    return [finding for finding in document.findings if finding.sha256 and severity(finding.verdict) >= least]


def renew_entry(
    entry: BlocklistEntry, night: Night, confirmed: Mapping[Key, Finding], settings: BlocklistSettings
) -> BlocklistEntry:
    """Return an entry with its place on the mirror of tonight, and confirmed if tonight's verdict blocks its file."""
    file, state = night.files.find(entry), night.files.state_of(entry)
    if file is not None:
        entry = replace(entry, path=file.path)
        if not entry.filename:  # a person blocked it before it was on the mirror
            entry = replace(make_entry(file, night), first_seen=entry.first_seen, reasons=entry.reasons, why=entry.why)
    if file is not None and state is EntryState.ON_MIRROR and severity(file.verdict) >= severity(settings.verdict):
        entry = replace(entry, last_confirmed=f"{night.rule.today}")
        finding = confirmed.get(key_of(entry))
        if finding is not None and entry.why is EntryOrigin.VERDICT:
            entry = replace(
                entry,
                score=finding.score,
                verdict=finding.verdict.value,
                reasons=name_reasons(finding),
                source_run=night.document.run,
            )
    expires = "" if entry.why is EntryOrigin.PERSON else last_day(entry.last_confirmed, settings)
    return replace(entry, state=state, expires_at=expires)


def last_day(day: str, settings: BlocklistSettings) -> str:
    """Return the last day of an entry that was confirmed on a day, "" for never; both are ISO dates."""
    if not day or not settings.days:
        return ""
    try:
        return f"{date.fromisoformat(day) + timedelta(days=settings.days)}"
    except OverflowError:
        return ""


def file_of(finding: Finding) -> MirrorFile:
    """Return the file of a finding, as scores.parquet has it."""
    return MirrorFile(
        finding.project,
        finding.version,
        finding.filename,
        finding.path,
        finding.sha256,
        finding.blake2b_256,
        finding.score,
        finding.verdict.value,
    )


def enter_finding(finding: Finding, night: Night, settings: BlocklistSettings, first_seen: str = "") -> BlocklistEntry:
    """Return the entry of a finding that is new to the record, or was on it since `first_seen` before it expired."""
    today = f"{night.rule.today}"
    entry = replace(make_entry(file_of(finding), night), reasons=name_reasons(finding), last_confirmed=today)
    return replace(
        entry,
        state=night.files.state_of(entry) if night.files.find(entry) else EntryState.ON_MIRROR,
        first_seen=first_seen or today,
        expires_at=last_day(today, settings),
    )


def make_entry(file: MirrorFile, night: Night) -> BlocklistEntry:
    """Return the entry of a file that is blocked from tonight on."""
    return BlocklistEntry(
        purl=file_purl(file.project, file.version, file.filename),
        project=file.project,
        version=file.version,
        filename=file.filename,
        sha256=file.sha256,
        blake2b_256=file.blake2b_256,
        score=file.score,
        verdict=file.verdict,
        reasons=(),
        first_seen=f"{night.rule.today}",
        source_run=night.document.run,
        expires_at="",
        path=file.path,
        state=EntryState.STANDS if file.stands else EntryState.ON_MIRROR,
    )


def name_reasons(finding: Finding) -> tuple[str, ...]:
    """Return the records that name a finding, and the meanings of the first reasons of its verdict."""
    records = [describe_match(match) for match in finding.feeds if not match.note]
    return tuple([*records, *(reason.meaning for reason in finding.verdict_reasons)][:REASONS])


def place_of(entry: BlocklistEntry) -> tuple[str, str, str, str]:
    """Return the key by which entries are ordered."""
    return (entry.project, entry.version, entry.filename, entry.sha256)


def revision_of(entries: Sequence[BlocklistEntry]) -> str:
    """Return 12 hex digits over what is blocked and how, so that an unchanged list keeps its revision."""
    content = "\n".join(f"{entry.sha256} {entry.scope} {entry.action}" for entry in entries)
    return hashlib.blake2b(content.encode(), digest_size=6).hexdigest()
