"""report.md: the night in a page of text, for a ticket or a mail."""

from collections.abc import Iterator

from audit.context import context_of
from audit.contract import ALERTS, AuditDocument, Change, Finding
from audit.escape import as_markdown
from audit.operating_points import describe_points
from audit.unread import words_of
from model.contract import Verdict

SHOWN = 50
"""Findings written out; the rest is counted."""


class MarkdownReport:
    """The document as Markdown; everything that came from a package is escaped."""

    name = "markdown"
    filename = "report.md"

    def render(self, document: AuditDocument) -> str:
        """Return the Markdown text."""
        return "\n".join(_lines(document)) + "\n"


def _lines(document: AuditDocument) -> Iterator[str]:
    count = document.counts
    yield f"# boojum: {as_markdown(document.mirror)}"
    yield ""
    yield f"Run `{document.run}`, finished {document.finished:%Y-%m-%d %H:%M} UTC, model `{document.model}`."
    yield (
        f"{count.get('on_disk', 0):,} artifacts on the mirror, {count.get('read', 0):,} read in this run. "
        + ", ".join(f"{document.totals.get(verdict, 0):,} {verdict.value}" for verdict in Verdict)
        + "."
    )
    if document.failed:
        yield ""
        yield f"**Incomplete: boojum failed on {document.failed:,} artifacts; they are listed below.**"
    if document.unread:
        yield ""
        yield f"**Incomplete: {words_of(document.unread, document.fail_on_unread)}; they are listed first below.**"
    yield ""
    yield "## New since the last run" if document.previous_run else "## Findings (first run: all are new)"
    yield ""
    fresh = [finding for finding in document.findings if finding.change in {Change.NEW, Change.RAISED}]
    yield from _findings(fresh)
    if document.previous_run:
        standing = len(document.findings) - len(fresh)
        yield ""
        yield f"{standing:,} more stand from earlier runs; {len(document.cleared):,} were cleared."
        for cleared in document.cleared[:SHOWN]:
            yield f"- cleared: {as_markdown(cleared.filename)} ({cleared.before} before): {as_markdown(cleared.why)}"
    yield ""
    yield "## Not examined"
    yield ""
    for status, number in sorted(document.unexamined_totals.items()):
        yield f"- {number:,} {status}"
    for item in document.unexamined[:SHOWN]:
        counted = " (counted)" if item.extent in document.unread else ""
        yield f"- {as_markdown(item.path, 300)}: {item.status}{counted}, {as_markdown(item.reason, 300)}"
    yield ""
    yield "## How far to trust it"
    yield ""
    for point, words in zip(document.points, describe_points(document), strict=True):
        yield f"- {words} Score from {point.threshold:.4f}; {point}."
    yield from (f"- {as_markdown(limit)}" for limit in document.limits_of_use)


def _findings(findings: list[Finding]) -> Iterator[str]:
    if not findings:
        yield "None."
    for verdict in ALERTS:
        for finding in [item for item in findings[:SHOWN] if item.verdict is verdict]:
            waived = f" (waived by {as_markdown(finding.waiver.owner)})" if finding.waiver else ""
            yield f"- **{verdict.value}** {finding.score:.4f} {as_markdown(finding.filename, 200)}{waived}"
            for reason in finding.reasons[:3]:
                yield f"  - {as_markdown(reason.meaning)}"
            for sentence in context_of(finding):
                yield f"  - {as_markdown(sentence, 300)}"
            for place in finding.places[:3]:
                yield f"  - {as_markdown(place.member, 200)}, line {place.line}: {as_markdown(place.excerpt, 200)}"
    if len(findings) > SHOWN:
        yield f"- and {len(findings) - SHOWN:,} more in findings.json"
