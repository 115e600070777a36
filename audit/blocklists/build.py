"""Builds the blocklist of a run: one file an entry, without waived findings, within the operator's bounds."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from urllib.parse import quote

from audit.blocklists.contract import Blocklist, BlocklistEntry
from audit.config import BlocklistSettings
from audit.contract import FINDING_VERDICTS, AuditDocument, Finding
from audit.errors import AuditError
from audit.outcome import severity

SCHEMA_VERSION = 1
REASONS = 3
"""Reasons that an entry carries."""


class RefusedError(AuditError):
    """A blocklist that is not written; `what` is the reason."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"the blocklist was not written: {self.what}"


class TooBroadError(RefusedError):
    """A blocklist that exceeds its bounds or names a protected project."""

    hint = "check the findings, then use --yes, or raise the bounds in [blocklist]"


class TruncatedError(RefusedError):
    """A blocklist that would lack files because the run's document does not list all findings."""

    hint = "raise max_findings and run the audit again, or set a higher verdict in [blocklist]"


def build_blocklist(
    document: AuditDocument,
    settings: BlocklistSettings,
    *,
    mirror_serial: str = "",
    yes: bool = False,
    first_seen: Mapping[str, str] | None = None,
) -> Blocklist:
    """Return the blocklist of a run's findings at or above `settings.verdict`.

    `first_seen` is the day on which each sha256 was first blocked. Raises TooBroadError unless `yes`, and
    TruncatedError where the document lists too few findings.
    """
    least = severity(settings.verdict)
    chosen = [finding for finding in document.findings if severity(finding.verdict) >= least]
    total = sum(document.totals.get(verdict.value, 0) for verdict in FINDING_VERDICTS if severity(verdict) >= least)
    if len(chosen) < total:
        raise TruncatedError(f"the run's document lists {len(chosen):,} of the {total:,} findings to block")
    blocked = [finding for finding in chosen if finding.waiver is None]
    blocked.sort(key=lambda finding: (finding.project, finding.version, finding.filename, finding.sha256))
    if not yes:
        _check_bounds(blocked, document, settings)
    day = f"{document.finished:%Y-%m-%d}"
    expires = f"{document.finished + timedelta(days=settings.days):%Y-%m-%d}" if settings.days else ""
    days = first_seen or {}
    entries = tuple(_make_entry(finding, document, days.get(finding.sha256, day), expires) for finding in blocked)
    return Blocklist(
        schema_version=SCHEMA_VERSION,
        revision=_revision(entries),
        generated_at=document.finished.isoformat(),
        expires_at=expires,
        mirror_serial=mirror_serial,
        model_id=document.model,
        source_run=document.run,
        waived=len(chosen) - len(blocked),
        entries=entries,
    )


def _check_bounds(blocked: Sequence[Finding], document: AuditDocument, settings: BlocklistSettings) -> None:
    protected = sorted({finding.project for finding in blocked} & set(settings.protected))
    if protected:
        raise TooBroadError(f"it names the protected project {protected[0]}")
    bound = max(settings.max_files, int(settings.max_share * document.counts.get("on_disk", 0)))
    if len(blocked) > bound:
        raise TooBroadError(f"it would block {len(blocked):,} files, over the bound of {bound:,}")


def _make_entry(finding: Finding, document: AuditDocument, first_seen: str, expires: str) -> BlocklistEntry:
    return BlocklistEntry(
        purl=f"pkg:pypi/{quote(finding.project)}@{quote(finding.version)}?file_name={quote(finding.filename, safe='')}",
        project=finding.project,
        version=finding.version,
        filename=finding.filename,
        sha256=finding.sha256,
        blake2b_256=finding.blake2b_256,
        score=finding.score,
        verdict=finding.verdict.value,
        reasons=tuple(reason.meaning for reason in finding.verdict_reasons[:REASONS]),
        first_seen=first_seen,
        source_run=document.run,
        expires_at=expires,
    )


def _revision(entries: Sequence[BlocklistEntry]) -> str:
    """Return 12 hex digits over what is blocked and how, so that an unchanged list keeps its revision."""
    content = "\n".join(f"{entry.sha256} {entry.scope} {entry.action}" for entry in entries)
    return hashlib.blake2b(content.encode(), digest_size=6).hexdigest()
