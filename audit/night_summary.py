"""Summarises a nightly run: a few lines for a person or a mail, or plain values for JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

from audit.blocklist_summary import case_lines, takeover_lines
from audit.contract import FINDING_VERDICTS, Finding
from audit.escape import as_terminal
from audit.nightly import NightlyResult
from audit.unread import describe_unread, unread_examples

FINDINGS_SHOWN = 20
"""Findings that the summary names; the report has the rest."""
_FILENAME = 80
_MEMBER = 100
_REASON = 120


def render_night(night: NightlyResult) -> str:
    """Return the summary of a nightly run as text."""
    document = night.document
    cases = case_lines(document, night.folder.parent.parent)
    parts = (takeover_lines(document), _counts(night), _ranking(document.new_findings), cases, _problems(night))
    return "\n".join(line for part in (*parts, _files(night)) for line in part)


def _counts(night: NightlyResult) -> Iterator[str]:
    document, counts = night.document, night.document.counts
    resumed = f", {counts['resumed']:,} taken over from an interrupted run" if counts.get("resumed") else ""
    yield (
        f"{counts.get('on_disk', 0):,} artifacts on {as_terminal(document.mirror)}: "
        f"{counts.get('read', 0):,} read now, {counts.get('known', 0):,} known{resumed}"
    )
    if not counts.get("read") and not counts.get("resumed"):
        yield "nothing on the mirror is new: no artifact was opened"
    totals = ", ".join(f"{document.totals.get(verdict.value, 0):,} {verdict.value}" for verdict in FINDING_VERDICTS)
    yield totals + (f", {document.waived:,} of them waived" if document.waived else "")
    since = f"since {document.previous_run}" if document.previous_run else "(first run)"
    yield f"{len(document.new_findings):,} new {since}, {len(document.cleared):,} cleared"
    if unlisted := document.findings_total - len(document.findings):
        yield f"{unlisted:,} more to review are in scores.parquet only; raise max_findings to list them"


def _ranking(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings[:FINDINGS_SHOWN]:
        yield f"  {finding.verdict.value:<10} {finding.score:.4f}  {as_terminal(finding.filename, _FILENAME)}"
        if finding.places:
            location = finding.places[0]
            yield f"             {location.meaning} ({as_terminal(location.member, _MEMBER)}:{location.line})"
        elif finding.reasons:
            yield f"             {finding.reasons[0].meaning}"
    if len(findings) > FINDINGS_SHOWN:
        yield f"  and {len(findings) - FINDINGS_SHOWN:,} more in the report"


def _problems(night: NightlyResult) -> Iterator[str]:
    document = night.document
    for status, number in sorted(document.unexamined_totals.items()):
        yield f"{number:,} {status}: see `Not examined` in the report"
    if document.unread:
        yield f"INCOMPLETE: {describe_unread(document.unread, document.fail_on_unread)}"
    for filename, reason in unread_examples(document):
        yield f"  {as_terminal(filename, _FILENAME)}: {as_terminal(reason, _REASON)}"
    if document.failed:
        yield f"INCOMPLETE: boojum failed on {document.failed:,} artifacts; the report names them"
    if dropped := document.counts.get("dropped_parts"):
        yield f"{dropped:,} damaged parts of the store were dropped and computed again"


def _files(night: NightlyResult) -> Iterator[str]:
    gone = f", {night.gone:,} of them not on the mirror any more" if night.gone else ""
    yield f"{night.blocked:,} files on the blocklist{gone}"
    yield f"report: {night.folder / 'report.html'}"


def night_facts(night: NightlyResult) -> dict[str, Any]:
    """Return the summary of a nightly run as plain values, for JSON."""
    document = night.document
    return {
        "run": document.run,
        "folder": str(night.folder),
        "status": night.outcome.status.value,
        "counts": dict(document.counts),
        "verdicts": dict(document.totals),
        "unexamined": dict(document.unexamined_totals),
        "new": len(document.new_findings),
        "cleared": len(document.cleared),
        "blocked": night.blocked,
        "blocklist_refused": night.refused,
        "blocked_gone": night.gone,
        "takeovers": len(document.takeovers),
        "withheld": len(document.withheld),
        "held": len(document.held),
        "unconfirmed": len(document.unconfirmed),
        "failed": document.failed,
        "unread": dict(document.unread),
    }
