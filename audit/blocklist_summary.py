"""Words what the blocklist needs of a person: takeovers, files held or withheld, and entries that nothing confirms."""

import shlex
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from audit.contract import AuditDocument, FileCase, Finding
from audit.escape import as_terminal
from audit.mail_lines import wrap_prose

SHOWN = 5
"""Files of each kind that the summary names; the report names all."""
WITHHELD_WORDS = {"protected": "of protected projects", "bound": "over the bound"}
"""Words for each reason to withhold a file."""
WAIVED_FOR = timedelta(days=365)
"""Time for which the proposed waiver holds."""
_FILENAME = 56


def describe_takeovers(document: AuditDocument) -> str:
    """Return a sentence about the young releases of popular projects that were blocked at once, "" for none."""
    if not (count := len(document.takeovers)):
        return ""
    releases = "1 young file of a popular project" if count == 1 else f"{count:,} young files of popular projects"
    return f"{releases} blocked at once: perhaps taken over; tell its users, and look at it first"


def describe_held(document: AuditDocument) -> str:
    """Return a sentence about the files that are held, "" for none."""
    if not (count := len(document.held)):
        return ""
    files = "1 file of a popular project is" if count == 1 else f"{count:,} files of popular projects are"
    return f"{files} not blocked until you decide"


def describe_withheld(document: AuditDocument) -> str:
    """Return a sentence about the files that were kept from the blocklist by a setting, "" for none."""
    reasons = Counter(case.why for case in document.withheld)
    if not reasons:
        return document.blocklist_refused
    count = reasons.total()
    files = "1 file is" if count == 1 else f"{count:,} files are"
    listed = ", ".join(f"{number:,} {WITHHELD_WORDS[why]}" for why, number in sorted(reasons.items()))
    more = f" ({document.blocklist_refused})" if document.blocklist_refused else ""
    return f"{files} not on the blocklist: {listed}{more}"


def describe_unconfirmed(document: AuditDocument) -> str:
    """Return a sentence about blocked files that tonight's verdicts would not block, "" for none."""
    if not (count := len(document.unconfirmed)):
        return ""
    files = "1 blocked file is" if count == 1 else f"{count:,} blocked files are"
    return f"{files} not confirmed by the verdict of tonight, and blocked all the same until waived"


def decision_commands(case: FileCase | Finding, day: date, out: Path | None = None) -> tuple[str, str]:
    """Return the shell commands that block and that waive a file, as of a day; `out` is named if it is given."""
    where = f" --out {shlex.quote(str(out))}" if out is not None else ""
    said = f'{case.sha256} --owner "$USER" --reason "read it"'
    expires = day + WAIVED_FOR
    return f"boojum block {said}{where}", f"boojum waive {said} --expires {expires}{where}"


def project_commands(document: AuditDocument, out: Path | None = None) -> tuple[str, ...]:
    """Return a shell command for each project with several held files, which waives those that are there now."""
    projects = Counter(case.project for case in document.held)
    where = f" --out {shlex.quote(str(out))}" if out is not None else ""
    expires = document.finished.date() + WAIVED_FOR
    said = f'--owner "$USER" --reason "read it" --expires {expires}{where}'
    return tuple(
        f"boojum waive {shlex.quote(as_terminal(project))} {said}"
        for project, count in projects.most_common(SHOWN)
        if count > 1
    )


def takeover_lines(document: AuditDocument) -> Iterator[str]:
    """Yield the lines of the summary that stand first: what was perhaps taken over."""
    if sentence := describe_takeovers(document):
        yield from wrap_prose(f"TAKEOVER: {sentence}")
        for finding in document.takeovers[:SHOWN]:
            yield _line(finding)
            if finding.verdict_places:
                place = finding.verdict_places[0]
                yield f"    {place.meaning} ({as_terminal(place.member, _FILENAME)}:{place.line})"
        yield from _more(len(document.takeovers))


def case_lines(document: AuditDocument, out: Path) -> Iterator[str]:
    """Yield the lines of the summary about files that wait for a person, with the commands that decide."""
    if sentence := describe_withheld(document):
        yield from wrap_prose(f"WITHHELD: {sentence}")
        for case in document.withheld[:SHOWN]:
            yield f"{_line(case)} ({case.why})"
        yield from _more(len(document.withheld))
        if document.withheld:
            yield "  `boojum audit --yes` blocks them; `boojum block` or `boojum waive` decide singly"
    if sentence := describe_held(document):
        yield from wrap_prose(f"HELD FOR YOU: {sentence}")
        for held in document.held[:SHOWN]:
            yield _line(held) + (f", {held.age:,} days on this mirror" if held.age is not None else "")
            yield from (f"    {command}" for command in decision_commands(held, document.finished.date(), out))
        yield from _more(len(document.held))
        for command in project_commands(document, out):
            yield "  all files of a project that are here now:"
            yield f"    {command}"
    if sentence := describe_unconfirmed(document):
        yield from wrap_prose(sentence)


def _line(case: FileCase | Finding) -> str:
    score = "" if case.score is None else f"{case.score:.4f}"
    return f"  {case.verdict:<10} {score}  {as_terminal(case.filename, _FILENAME)}"


def _more(count: int) -> Iterator[str]:
    if count > SHOWN:
        yield f"  and {count - SHOWN:,} more in the report"
