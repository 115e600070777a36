"""Renders report.md: the run on a page of text, for a ticket or a mail."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from audit.blocklist_summary import (
    decision_commands,
    describe_held,
    describe_takeovers,
    describe_unconfirmed,
    describe_withheld,
)
from audit.context import describe_context
from audit.contract import FINDING_VERDICTS, AuditDocument, FileCase, Finding, Unconfirmed
from audit.difference import describe_difference
from audit.escape import as_markdown
from audit.faults import LENGTH, describe_faults
from audit.feeds.contract import GoneFile, NamedFile
from audit.feeds.wording import (
    describe_feeds,
    describe_gone,
    describe_known_bad,
    describe_match,
    describe_notes,
    describe_requiring,
)
from audit.news.budget import describe_budget
from audit.news.readings import describe_group
from audit.operating_points import describe_points
from audit.unread import describe_unread
from model.contract import Verdict

SHOWN = 50
"""Entries of each list that are written out; the report counts the rest."""
_DETAILS = 3
_PATH = 300
_NAME = 200
_Case = TypeVar("_Case")


class MarkdownReport:
    """The document as Markdown; everything that came from a package is escaped."""

    name = "markdown"
    filename = "report.md"
    summary = "a ticket or a mail"
    nightly = True

    def render(self, document: AuditDocument) -> str:
        """Return the Markdown text."""
        sections = (
            _head(document),
            *_known_bad(document),
            *_feeds(document),
            *_cases(document),
            _readings(document),
            _new_findings(document),
            _not_examined(document),
            *_waivers(document),
            _trust(document),
        )
        return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _head(document: AuditDocument) -> Iterator[str]:
    counts = document.counts
    verdicts = ", ".join(f"{document.totals.get(verdict, 0):,} {verdict.value}" for verdict in Verdict)
    yield f"# boojum: {as_markdown(document.mirror)}"
    yield ""
    for number, sentence in enumerate(describe_faults(document)):
        text = as_markdown(sentence, LENGTH)
        yield f"- {text}" if number else f"**{text}**\n"
    if document.faults:
        yield ""
    yield f"Run `{document.run}`, finished {document.finished:%Y-%m-%d %H:%M} UTC, model `{document.model}`."
    yield (
        f"{counts.get('on_disk', 0):,} artifacts on the mirror, {counts.get('read', 0):,} read in this run. {verdicts}."
    )
    if document.failed:
        yield ""
        yield f"**Incomplete: boojum failed on {document.failed:,} artifacts; they are listed below.**"
    for sentence in document.skipped_runs:
        yield ""
        yield f"**Not compared with the run before: {as_markdown(sentence)}.**"
    if document.unread:
        yield ""
        unread = describe_unread(document.unread, document.fail_on_unread)
        yield f"**Incomplete: {unread}; they are listed first below.**"


def _known_bad(document: AuditDocument) -> Iterator[Iterator[str]]:
    """Yield the section that stands before all: what feeds name as malware."""
    if sentence := describe_known_bad(document):
        yield _section("Known bad", sentence, document.known_bad, _finding)


def _feeds(document: AuditDocument) -> Iterator[Iterator[str]]:
    """Yield the sections about feeds, about files that they only name, and about files gone upstream."""
    if sentences := list(describe_feeds(document)):
        yield iter(["## Feeds", "", *(f"- {as_markdown(sentence)}" for sentence in sentences)])
    if sentence := describe_gone(document):
        yield _section("Gone upstream, still served here", sentence, document.gone_upstream.files, _gone)
    if sentence := describe_notes(document):
        yield _section("Named by a feed, and not known bad", sentence, document.feed_notes, _named)


def _gone(file: GoneFile) -> Iterator[str]:
    what = "all of its project" if file.why == "project" else "this file"
    yield f"- {as_markdown(file.filename, _NAME)}: {what} is gone upstream"


def _named(file: NamedFile) -> Iterator[str]:
    yield f"- {as_markdown(file.filename, _NAME)}: {as_markdown(describe_match(file.match), _PATH)}"


def _cases(document: AuditDocument) -> Iterator[Iterator[str]]:
    """Yield the sections about files that were perhaps taken over, or that a person has to decide about."""
    if sentence := describe_takeovers(document):
        yield _section("Perhaps taken over", sentence, document.takeovers, _finding)
    if sentence := describe_withheld(document):
        yield _section("Withheld from the blocklist", sentence, document.withheld, partial(_case, document))
    if sentence := describe_held(document):
        yield _section("Held for you", sentence, document.held, partial(_case, document))
    if sentence := describe_unconfirmed(document):
        yield _section("Blocked, and not confirmed tonight", sentence, document.unconfirmed, _unconfirmed)


def _section(
    title: str, sentence: str, listed: Sequence[_Case], render: Callable[[_Case], Iterator[str]]
) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield f"{as_markdown(sentence)}."
    yield ""
    for case in listed[:SHOWN]:
        yield from render(case)
    if len(listed) > SHOWN:
        yield f"- and {len(listed) - SHOWN:,} more in findings.json"


def _case(document: AuditDocument, case: FileCase) -> Iterator[str]:
    score = "" if case.score is None else f" {case.score:.4f}"
    yield f"- **{case.verdict}**{score} {as_markdown(case.filename, _NAME)}: {as_markdown(case.why)}"
    for command in decision_commands(case, document.finished.date()):
        yield f"  - `{command}`"


def _unconfirmed(case: Unconfirmed) -> Iterator[str]:
    yield f"- {as_markdown(case.filename, _NAME)}: {as_markdown(case.why)}, last confirmed on {case.since}"


def _readings(document: AuditDocument) -> Iterator[str]:
    yield "## To read tonight"
    yield ""
    for reading, finding in document.readings:
        yield from _finding(finding, describe_group(reading))
        for filename in reading.others:
            yield f"  - read with it: {as_markdown(filename, _NAME)}"
    if not document.reading:
        yield "Nothing."
    waiting = f"{document.backlog:,} more wait for tomorrow." if document.backlog else ""
    if words := " ".join(filter(None, (waiting, *describe_budget(document)))):
        yield ""
        yield words


def _new_findings(document: AuditDocument) -> Iterator[str]:
    yield "## New since the last run" if document.previous_run else "## Findings (first run: all are new)"
    yield ""
    shown = {(reading.sha256, reading.path) for reading in document.reading}
    new = [finding for finding in document.findings if finding.is_new]
    if shown:
        yield f"{len(new):,}, of which these are not the first of a reading above:"
        yield ""
    yield from _findings([finding for finding in new if (finding.sha256, finding.path) not in shown])
    if document.previous_run:
        standing = len(document.findings) - len(new)
        yield ""
        yield f"{standing:,} more remain from earlier runs; {len(document.cleared):,} were cleared."
        for resolved in document.cleared[:SHOWN]:
            yield f"- cleared: {as_markdown(resolved.filename)} ({resolved.before} before): {as_markdown(resolved.why)}"


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    if not findings:
        yield "None."
    for verdict in FINDING_VERDICTS:
        for finding in findings[:SHOWN]:
            if finding.verdict is verdict:
                yield from _finding(finding)
    if len(findings) > SHOWN:
        yield f"- and {len(findings) - SHOWN:,} more in findings.json"


def _finding(finding: Finding, group: str = "") -> Iterator[str]:
    """Yield a finding as an item of a list; `group` says what is read with it."""
    beside = f" ({group})" if group else ""
    waived = f" (waived by {as_markdown(finding.waiver.owner)})" if finding.waiver else ""
    yield f"- **{finding.verdict.value}** {finding.score:.4f} {as_markdown(finding.filename, _NAME)}{beside}{waived}"
    if finding.waiver_note:
        yield f"  - not waived: {as_markdown(finding.waiver_note)}"
    for match in finding.feeds:
        yield f"  - {as_markdown(describe_match(match), LENGTH)}"
    if requiring := describe_requiring(finding):
        yield f"  - {as_markdown(requiring, LENGTH)}"
    for reason in finding.verdict_reasons[:_DETAILS]:
        yield f"  - {as_markdown(reason.meaning)}"
    for sentence in describe_difference(finding):
        yield f"  - {as_markdown(sentence, _PATH)}"
    for sentence in describe_context(finding):
        yield f"  - {as_markdown(sentence, _PATH)}"
    for location in finding.verdict_places[:_DETAILS]:
        excerpt = as_markdown(location.excerpt, _NAME)
        yield f"  - {as_markdown(location.member, _NAME)}, line {location.line}: {excerpt}"


def _not_examined(document: AuditDocument) -> Iterator[str]:
    yield "## Not examined"
    yield ""
    for status, number in sorted(document.unexamined_totals.items()):
        yield f"- {number:,} {status}"
    for artifact in document.unexamined[:SHOWN]:
        counted = " (counted)" if artifact.extent in document.unread else ""
        reason = as_markdown(artifact.reason, _PATH)
        yield f"- {as_markdown(artifact.path, _PATH)}: {artifact.status}{counted}, {reason}"


def _waivers(document: AuditDocument) -> Iterator[Iterator[str]]:
    """Yield the section of waivers that expired or name nothing, if there are any."""
    waivers = (*document.expired_waivers, *document.unmatched_waivers)
    if waivers:
        more = [f"- and {len(waivers) - SHOWN:,} more in findings.json"] if len(waivers) > SHOWN else []
        yield iter(("## Waivers", "", *(f"- {as_markdown(line)}" for line in waivers[:SHOWN]), *more))


def _trust(document: AuditDocument) -> Iterator[str]:
    yield "## How far to trust it"
    yield ""
    for point, sentence in zip(document.points, describe_points(document), strict=True):
        yield f"- {sentence} Score from {point.threshold:.4f}; {point}."
    yield from (f"- {as_markdown(limit)}" for limit in document.limits_of_use)
