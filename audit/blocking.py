"""From findings to a blocklist: one file an entry, waivers first, and never more than somebody agreed to."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote

from audit.config import BlocklistSettings
from audit.contract import ALERTS, AuditDocument, Block, Blocklist, Finding
from audit.errors import AuditError
from audit.findings import severity

SCHEMA_VERSION = 1
REASONS = 3


class RefusedError(AuditError):
    """A blocklist that is not written; `what` says why."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"the blocklist was not written: {self.what}"


class TooBroadError(RefusedError):
    """A blocklist that would block more than its bound, or a protected project."""

    hint = "look at the findings; then say --yes, or raise the bounds in [blocklist]"


class TruncatedError(RefusedError):
    """A blocklist that would leave out files only because a run's document does not list them."""

    hint = "raise max_findings and run the audit again, or list a higher verdict in [blocklist]"


def build_blocklist(
    document: AuditDocument,
    settings: BlocklistSettings,
    *,
    mirror_serial: str = "",
    yes: bool = False,
    first_seen: dict[str, str] | None = None,
) -> Blocklist:
    """Return the list of a run's findings at or above `settings.verdict`.

    `first_seen` has the day on which each sha256 first stood on a list. Raises TooBroadError unless `yes`, and
    TruncatedError where the document lists too few.
    """
    least = severity(settings.verdict)
    chosen = [finding for finding in document.findings if severity(finding.verdict) >= least]
    listed = sum(document.totals.get(alert.value, 0) for alert in ALERTS if severity(alert) >= least)
    if len(chosen) < listed:
        found = f"{len(chosen):,} of the {listed:,} findings"
        raise TruncatedError(f"the run's document has {found} that it is for")
    blocked = [finding for finding in chosen if finding.waiver is None]
    blocked.sort(key=lambda finding: (finding.project, finding.version, finding.filename, finding.sha256))
    if not yes:
        _check(blocked, document, settings)
    day = f"{document.finished:%Y-%m-%d}"
    expires = f"{document.finished + timedelta(days=settings.days):%Y-%m-%d}"
    entries = tuple(_entry(finding, document, day, expires, first_seen or {}) for finding in blocked)
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


def _check(blocked: Sequence[Finding], document: AuditDocument, settings: BlocklistSettings) -> None:
    protected = sorted({finding.project for finding in blocked} & set(settings.protected))
    if protected:
        raise TooBroadError(f"it names the protected project {protected[0]}")
    bound = max(settings.max_files, int(settings.max_share * document.counts.get("on_disk", 0)))
    if len(blocked) > bound:
        raise TooBroadError(f"it would block {len(blocked):,} files, over the bound of {bound:,}")


def _entry(finding: Finding, document: AuditDocument, day: str, expires: str, first_seen: dict[str, str]) -> Block:
    return Block(
        purl=f"pkg:pypi/{quote(finding.project)}@{quote(finding.version)}?file_name={quote(finding.filename, safe='')}",
        project=finding.project,
        version=finding.version,
        filename=finding.filename,
        sha256=finding.sha256,
        blake2b_256=finding.blake2b_256,
        score=finding.score,
        verdict=finding.verdict.value,
        reasons=tuple(reason.meaning for reason in finding.reasons[:REASONS]),
        first_seen=first_seen.get(finding.sha256, day),
        source_run=document.run,
        expires_at=expires,
    )


def _revision(entries: Sequence[Block]) -> str:
    """Return 12 hex digits over what is blocked and how, so that an unchanged list keeps its revision."""
    said = "\n".join(f"{entry.sha256} {entry.scope} {entry.action}" for entry in entries)
    return hashlib.blake2b(said.encode(), digest_size=6).hexdigest()
