"""Words what feeds say, in sentences; texts of records are hostile, unescaped."""

from collections.abc import Iterator

from audit.contract import AuditDocument, Finding
from audit.escape import as_terminal
from audit.feeds.contract import FeedMatch
from audit.mail_lines import wrap_prose

SHOWN = 10
"""Files that the summary of a night names."""
_KINDS = {
    "digest": "this file, by its digest",
    "file": "this file, by its name",
    "version": "this version",
    "name": "its project",
}
_FILENAME = 56


def describe_match(match: FeedMatch) -> str:
    """Return what a record says of a file, as a sentence without its end."""
    day = f" of {match.day}" if match.day else ""
    text = f": {match.text}" if match.text else ""
    note = f" ({match.note})" if match.note else ""
    return f"feed {match.feed}, record {match.record}{day}, names {_KINDS[match.kind]}{note}{text}"


def describe_known_bad(document: AuditDocument) -> str:
    """Return a sentence about the files that feeds name as malware, "" for none."""
    if not (count := len(document.known_bad)):
        return ""
    files = "1 file is" if count == 1 else f"{count:,} files are"
    waived = sum(finding.waiver is not None for finding in document.known_bad)
    return f"{files} known bad by your feeds" + (f", {waived:,} of them waived" if waived else "")


def describe_requiring(finding: Finding) -> str:
    """Return a sentence about the releases that require a known bad file's version, "" for none."""
    if not finding.requiring_total:
        return ""
    projects = "1 project" if finding.requiring_total == 1 else f"{finding.requiring_total:,} projects"
    first = ", ".join(
        f"{each.project} {each.version} ({each.specifier or 'any version'}{'; ' + each.marker if each.marker else ''})"
        for each in finding.requiring[:3]
    )
    return f"{projects} on this mirror allow it by a requirement: {first}"


def describe_feeds(document: AuditDocument) -> Iterator[str]:
    """Yield a sentence about each feed that is stale or has broken records."""
    for feed in document.feeds:
        if feed.stale:
            days = (document.finished.date() - feed.day).days
            yield f"the feed {feed.name} is stale: its content is of {feed.day}, {days:,} days ago"
        if feed.broken:
            yield f"{feed.broken:,} broken records of the feed {feed.name} are not used (`boojum feed list`)"


def describe_notes(document: AuditDocument) -> str:
    """Return a sentence about the files that feeds name without making them known bad, "" for none."""
    if not (count := document.feed_notes_total):
        return ""
    files = "1 file is" if count == 1 else f"{count:,} files are"
    return f"{files} named by a feed that withdrew the record, or bear a name in use again; that is no finding"


def describe_gone(document: AuditDocument) -> str:
    """Return a sentence about the files that are gone upstream and still served here, "" for none."""
    gone = document.gone_upstream
    if not gone.count:
        return ""
    files = "1 file is" if gone.count == 1 else f"{gone.count:,} files are"
    whole = f", {gone.projects:,} whole projects" if gone.projects else ""
    return f"{files} gone upstream, still served here{whole} (snapshot {gone.snapshot} of {gone.day})"


def known_bad_lines(document: AuditDocument) -> Iterator[str]:
    """Yield the lines of a night's summary that stand first: what is known bad."""
    if sentence := describe_known_bad(document):
        yield from wrap_prose(f"KNOWN BAD: {sentence}")
        for finding in document.known_bad[:SHOWN]:
            state = "waived" if finding.waiver else "blocked" if finding.blocked else "NOT BLOCKED"
            yield f"  {as_terminal(finding.filename, _FILENAME)} ({state})"
            for match in finding.feeds[:2]:
                yield from (f"    {line.strip()}" for line in wrap_prose(as_terminal(describe_match(match), 300)))
            if requiring := describe_requiring(finding):
                yield from (f"    {line.strip()}" for line in wrap_prose(as_terminal(requiring, 300)))
        if (more := len(document.known_bad) - SHOWN) > 0:
            yield f"  and {more:,} more in the report"


def feed_lines(document: AuditDocument) -> Iterator[str]:
    """Yield the lines of a night's summary about feeds, notes and what is gone upstream."""
    for sentence in (*describe_feeds(document), describe_notes(document), describe_gone(document)):
        yield from wrap_prose(as_terminal(sentence))
