"""Summarises a nightly run: a few lines for a person or a mail, or plain values for JSON.

What the night could not do stands first; then what needs a person's decision, what is to read tonight, and the counts.
No line of prose is longer than a mail shows.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from audit.blocklist_summary import case_lines, takeover_lines
from audit.contract import FINDING_VERDICTS, AuditDocument, Finding, Reading
from audit.escape import as_terminal
from audit.feeds.wording import feed_lines, known_bad_lines
from audit.mail_lines import wrap_prose
from audit.news.budget import describe_budget
from audit.news.readings import describe_group
from audit.nightly import NightlyResult
from audit.serialization import render_json
from audit.unread import describe_unread, unread_examples
from jobs.contract import STANDING_FAULTS
from model.contract import Verdict

WIDTH = 80
"""Columns of a line."""
READINGS_EXPLAINED = 6
"""Up to so many readings have a second line, with what was found and where."""
READINGS_NAMED = 40
"""Readings that the summary names; the report has the rest."""
WAIVERS_NAMED = 5
"""Waivers that the summary names because they have expired or name nothing."""
FAULTS_SHOWN = 10
"""Faults of the mirror that the summary names; the report has the rest."""
_FILENAME = 80
_REASON = 120


def render_night(night: NightlyResult) -> str:
    """Return the summary of a nightly run as text."""
    document = night.document
    sections = (
        known_bad_lines(document),
        _faults(document),
        takeover_lines(document),
        case_lines(document, night.folder.parent.parent),
        feed_lines(document),
        _readings(document),
        _counts(document),
        _files(night),
    )
    return "\n".join(line for section in sections for line in section)


def _faults(document: AuditDocument) -> Iterator[str]:
    """Yield what the night could not do, or found broken: first that the mirror is not what it was."""
    for fault in sorted(document.faults, key=lambda fault: fault.code not in STANDING_FAULTS)[:FAULTS_SHOWN]:
        kind = "INCOMPLETE" if fault.code in STANDING_FAULTS else "CHANGED"
        yield from wrap_prose(f"{kind}: {as_terminal(fault.detail)}")
    if (more := len(document.faults) - FAULTS_SHOWN) > 0:
        yield f"  and {more:,} more in the report"
    if document.failed:
        yield from wrap_prose(f"INCOMPLETE: boojum failed on {document.failed:,} artifacts; the report names them")
    if document.unread:
        yield from wrap_prose(f"INCOMPLETE: {describe_unread(document.unread, document.fail_on_unread)}")
        yield from _unread_examples(document)
    waivers = (*document.expired_waivers, *document.unmatched_waivers)
    for sentence in waivers[:WAIVERS_NAMED]:
        yield from wrap_prose(as_terminal(sentence))
    if (more := len(waivers) - WAIVERS_NAMED) > 0:
        yield f"{more:,} more waivers have expired or name nothing: `boojum waive --list`"
    for sentence in document.skipped_runs:
        yield from wrap_prose(f"not compared with the run before: {as_terminal(sentence)}")
    if dropped := document.counts.get("dropped_parts"):
        yield from wrap_prose(f"{dropped:,} damaged parts of the store were dropped and computed again")


def _readings(document: AuditDocument) -> Iterator[str]:
    """Yield tonight's readings, what waits, and what the budget buys."""
    readings = document.readings
    if not readings and not document.backlog:
        yield "nothing to read tonight"
        return
    waiting = f"; {document.backlog:,} more wait for tomorrow" if document.backlog else ""
    yield f"to read tonight: {len(readings):,}{waiting}"
    for number, (reading, finding) in enumerate(readings[:READINGS_NAMED], start=1):
        yield _name_reading(number, reading, finding)
        if len(readings) <= READINGS_EXPLAINED and (found := _what_was_found(finding)):
            yield _cut(f"     {found}")
    if (more := len(readings) - READINGS_NAMED) > 0:
        yield f"  and {more:,} more in the report"
    yield from wrap_prose(next(iter(describe_budget(document)), ""))


def _name_reading(number: int, reading: Reading, finding: Finding) -> str:
    """Return the line of a reading: the file's name is cut, so that what is read with it stays in sight."""
    start = f"{number:3}  {finding.verdict.value:<10} {finding.score:.4f}  "
    group = describe_group(reading)
    end = f" ({group})" if group else ""
    return start + as_terminal(finding.filename, max(WIDTH - len(start) - len(end) - 1, 8)) + end


def _what_was_found(finding: Finding) -> str:
    places, reasons = finding.verdict_places, finding.verdict_reasons
    if places:
        return f"{as_terminal(places[0].member, WIDTH)}:{places[0].line}: {places[0].meaning}"
    return as_terminal(reasons[0].meaning) if reasons else ""


def _counts(document: AuditDocument) -> Iterator[str]:
    counts = document.counts
    resumed = f", {counts['resumed']:,} taken over from an interrupted run" if counts.get("resumed") else ""
    yield from wrap_prose(
        f"{counts.get('on_disk', 0):,} artifacts on {as_terminal(document.mirror)}: "
        f"{counts.get('read', 0):,} read now, {counts.get('known', 0):,} known{resumed}"
    )
    if not counts.get("read") and not counts.get("resumed"):
        yield "nothing on the mirror is new: no artifact was opened"
    if verified := counts.get("verified"):
        yield f"{verified:,} known files compared with their digests, {counts.get('replaced', 0):,} replaced"
    totals = ", ".join(
        f"{document.totals.get(verdict.value, 0):,} {verdict.value}"
        for verdict in FINDING_VERDICTS
        if verdict is not Verdict.KNOWN_BAD or document.totals.get(verdict.value)
    )
    yield totals + (f", {document.waived:,} of them waived" if document.waived else "")
    since = f"since {document.previous_run}" if document.previous_run else "(first run)"
    yield f"{len(document.new_findings):,} new {since}, {len(document.cleared):,} cleared"
    if unlisted := document.findings_total - len(document.findings):
        yield f"{unlisted:,} more to review are in scores.parquet only; raise max_findings to list them"
    for status, number in sorted(document.unexamined_totals.items()):
        yield f"{number:,} {status}: see `Not examined` in the report"
    if not document.unread:
        yield from _unread_examples(document)


def _unread_examples(document: AuditDocument) -> Iterator[str]:
    for filename, reason in unread_examples(document):
        yield _cut(f"  {as_terminal(filename, _FILENAME)}: {as_terminal(reason, _REASON)}")


def _files(night: NightlyResult) -> Iterator[str]:
    for sentence in (*night.unconfined, *([night.untidied] if night.untidied else [])):
        yield from wrap_prose(as_terminal(sentence))
    gone = f", {night.gone:,} of them not on the mirror any more" if night.gone else ""
    yield f"{night.blocked:,} file{'' if night.blocked == 1 else 's'} on the blocklist{gone}"
    yield f"report: {night.folder / 'report.html'}"


def _cut(line: str) -> str:
    return line if len(line) <= WIDTH else line[: WIDTH - 1] + "…"


def _known_bad_facts(finding: Finding) -> dict[str, Any]:
    return {
        "path": finding.path,
        "sha256": finding.sha256,
        "project": finding.project,
        "version": finding.version,
        "blocked": finding.blocked,
        "waived": finding.waiver is not None,
        "feeds": [asdict(match) for match in finding.feeds],
        "requiring": [asdict(each) for each in finding.requiring],
        "requiring_total": finding.requiring_total,
    }


def night_facts(night: NightlyResult) -> dict[str, Any]:
    """Return the summary of a nightly run as plain values, for JSON."""
    document = night.document
    return {
        "run": document.run,
        "previous_run": document.previous_run,
        "folder": str(night.folder),
        "status": night.outcome.status.value,
        "counts": dict(document.counts),
        "verdicts": dict(document.totals),
        "unexamined": dict(document.unexamined_totals),
        "new": len(document.new_findings),
        "cleared": len(document.cleared),
        "reading": [reading.path for reading in document.reading],
        "backlog": document.backlog,
        "blocked": night.blocked,
        "blocklist_refused": night.refused,
        "blocked_gone": night.gone,
        "known_bad": [_known_bad_facts(finding) for finding in document.known_bad],
        "feeds": [asdict(feed) for feed in document.feeds],
        "feed_notes": document.feed_notes_total,
        "gone_upstream": document.gone_upstream.count,
        "takeovers": len(document.takeovers),
        "withheld": len(document.withheld),
        "held": len(document.held),
        "unconfirmed": len(document.unconfirmed),
        "expired_waivers": len(document.expired_waivers),
        "unmatched_waivers": len(document.unmatched_waivers),
        "faults": [{"code": fault.code, "detail": fault.detail} for fault in document.faults],
        "failed": document.failed,
        "unread": dict(document.unread),
        "skipped_runs": list(document.skipped_runs),
        "unconfined": list(night.unconfined),
        "untidied": night.untidied,
        "findings": json.loads(render_json(document.findings)),
    }
