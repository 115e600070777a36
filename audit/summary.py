"""What a command says on stdout: a few lines for a person or a mail, or JSON for a program."""

import csv
import dataclasses
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from audit.contract import ALERTS, Answer, Change, Finding, Night
from audit.escape import as_cell, as_markdown, as_terminal
from audit.reports.json import plain
from audit.scan import Scanned
from audit.unread import named_unread, words_of
from features.contract import Status

TOP = 20
"""Findings named on stdout; the report has the rest."""
ANSWER_STYLES = ("table", "csv", "json", "markdown")
"""Formats of `boojum query`."""


def render_night(night: Night) -> str:
    """Return the summary of a nightly run."""
    return "\n".join(_night(night))


def _night(night: Night) -> Iterator[str]:
    document = night.document
    count = document.counts
    yield (
        f"{count.get('on_disk', 0):,} artifacts on {as_terminal(document.mirror)}: {count.get('read', 0):,} read now, "
        f"{count.get('known', 0):,} known"
        + (f", {count['resumed']:,} taken over from an interrupted run" if count.get("resumed") else "")
    )
    if not count.get("read") and not count.get("resumed"):
        yield "nothing on the mirror is new: no artifact was opened"
    yield ", ".join(f"{document.totals.get(alert.value, 0):,} {alert.value}" for alert in ALERTS) + (
        f", {document.waived:,} of them waived" if document.waived else ""
    )
    fresh = [f for f in document.findings if f.change in {Change.NEW, Change.RAISED} and f.waiver is None]
    since = f"since {document.previous_run}" if document.previous_run else "(first run)"
    yield f"{len(fresh):,} new {since}, {len(document.cleared):,} cleared"
    if unlisted := sum(document.totals.get(alert.value, 0) for alert in ALERTS) - len(document.findings):
        yield f"{unlisted:,} more to review are in scores.parquet only; raise max_findings to list them"
    yield from _ranking(fresh)
    for status, number in sorted(document.unexamined_totals.items()):
        yield f"{number:,} {status}: see `Not examined` in the report"
    if document.unread:
        yield f"INCOMPLETE: {words_of(document.unread, document.fail_on_unread)}"
    for filename, reason in named_unread(document):
        yield f"  {as_terminal(filename, 80)}: {as_terminal(reason, 120)}"
    if document.failed:
        yield f"INCOMPLETE: boojum failed on {document.failed:,} artifacts; the report names them"
    if dropped := count.get("dropped_parts"):
        yield f"{dropped:,} damaged parts of the store were dropped and what they held was worked out anew"
    if night.refused:
        yield f"the blocklist was not renewed: {night.refused}; `boojum export` with --yes writes it all the same"
    else:
        yield f"{night.blocked:,} files on the blocklist"
    yield f"report: {night.folder / 'report.html'}"


def _ranking(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings[:TOP]:
        yield f"  {finding.verdict.value:<10} {finding.score:.4f}  {as_terminal(finding.filename, 80)}"
        if finding.places:
            place = finding.places[0]
            yield f"             {place.meaning} ({as_terminal(place.member, 100)}:{place.line})"
        elif finding.reasons:
            yield f"             {finding.reasons[0].meaning}"
    if len(findings) > TOP:
        yield f"  and {len(findings) - TOP:,} more in the report"


def render_scanned(scanned: Scanned) -> str:
    """Return the judgement of one file with its reasons and places."""
    score = "      " if scanned.score is None else f"{scanned.score:.4f}"
    lines = [f"{scanned.verdict.value:<10} {score}  {as_terminal(scanned.path)}"]
    if scanned.status != Status.OK.value:
        lines.append(f"    {scanned.status}: {as_terminal(scanned.reason)}")
    lines += [f"    because of {reason.meaning} (+{reason.contribution:.2f})" for reason in scanned.reasons[:5]]
    for place in scanned.places[:5]:
        lines.append(f"    {as_terminal(place.member)}:{place.line}: {place.meaning}")
        if place.excerpt:
            lines.append(f"        {as_terminal(place.excerpt, 160)}")
    return "\n".join(lines)


def render_json(value: Any) -> str:
    """Return dataclasses and plain values as JSON; ASCII only, so that hostile text stays inert."""
    return json.dumps(value, default=_as_plain, indent=1)


def _as_plain(value: Any) -> Any:
    return dataclasses.asdict(value) if dataclasses.is_dataclass(type(value)) else plain(value)


def night_facts(night: Night) -> dict[str, Any]:
    """Return the summary of a nightly run as plain values."""
    document = night.document
    return {
        "run": document.run,
        "folder": str(night.folder),
        "status": night.outcome.status.value,
        "counts": dict(document.counts),
        "verdicts": dict(document.totals),
        "unexamined": dict(document.unexamined_totals),
        "new": sum(f.change in {Change.NEW, Change.RAISED} and f.waiver is None for f in document.findings),
        "cleared": len(document.cleared),
        "blocked": night.blocked,
        "blocklist_refused": night.refused,
        "failed": document.failed,
        "unread": dict(document.unread),
    }


def render_answer(answer: Answer, style: str) -> str:
    """Return a query's answer as "table", "csv", "json" or "markdown"."""
    if style == "json":
        rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
        return json.dumps(rows, default=str, indent=1)
    if style == "csv":
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(answer.columns)
        writer.writerows([as_cell(v) if isinstance(v, str) else v for v in row] for row in answer.rows)
        return text.getvalue().rstrip("\r\n")
    if style == "markdown":
        lines = ["| " + " | ".join(as_markdown(name) for name in answer.columns) + " |"]
        lines.append("|" + "---|" * len(answer.columns))
        lines += ["| " + " | ".join(as_markdown(_cell(v), 200) for v in row) + " |" for row in answer.rows]
        return "\n".join(lines)
    return _table(answer)


def _table(answer: Answer) -> str:
    shown = [[as_terminal(_cell(value), 80) for value in row] for row in answer.rows]
    widths = [max([len(name), *(len(row[i]) for row in shown)]) for i, name in enumerate(answer.columns)]
    numeric = [
        all(isinstance(row[i], (int, float)) for row in answer.rows) and bool(answer.rows)
        for i in range(len(answer.columns))
    ]

    def line(cells: Sequence[str]) -> str:
        padded = (c.rjust(w) if n else c.ljust(w) for c, w, n in zip(cells, widths, numeric, strict=True))
        return "  ".join(padded).rstrip()

    count = f"({len(answer.rows):,} row{'s' if len(answer.rows) != 1 else ''})"
    return "\n".join([line(answer.columns), line(["-" * width for width in widths]), *map(line, shown), count])


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return str(value)
