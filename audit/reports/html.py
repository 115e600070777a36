"""Renders report.html: one self-contained page that loads nothing and works from a disk or a mail."""

import math
import shlex
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from markupsafe import Markup

from audit.blocklist_summary import (
    decision_commands,
    describe_held,
    describe_takeovers,
    describe_unconfirmed,
    describe_withheld,
    project_commands,
)
from audit.context import describe_context
from audit.contract import FINDING_VERDICTS, AuditDocument, Finding
from audit.difference import describe_difference, place_diff
from audit.faults import describe_faults
from audit.feeds.wording import (
    describe_feeds,
    describe_gone,
    describe_known_bad,
    describe_match,
    describe_notes,
    describe_requiring,
)
from audit.html_page import STYLE, page_environment, page_policy
from audit.news.budget import describe_budget
from audit.news.readings import describe_group
from audit.operating_points import describe_points
from audit.score_chart import draw_score_chart
from audit.unread import describe_unread

NEW_SHOWN = 100
"""New findings in the page beside those to read tonight."""
FINDINGS_SHOWN = 1_000
"""Findings in the page; it counts the rest, which findings.json lists."""
UNEXAMINED_SHOWN = 500
"""Unexamined artifacts in the page."""
CASES_SHOWN = 100
"""Files of each kind in the page that a person has to decide about."""

_HERE = Path(__file__).parent
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


class HtmlReport:
    """The document as a page: what to read tonight, what is new, the ranking, and how far to trust all of it.

    A content security policy allows the page's own script and style by digest, and nothing else.
    """

    name = "html"
    filename = "report.html"
    summary = "a person: one page that loads nothing"
    nightly = True

    def render(self, document: AuditDocument) -> str:
        """Return the page."""
        environment = page_environment()
        environment.filters["day"] = _render_day
        environment.filters["size"] = _render_size
        environment.filters["context"] = describe_context
        environment.filters["difference"] = describe_difference
        environment.filters["diff"] = place_diff
        environment.filters["commands"] = lambda case: decision_commands(case, document.finished.date())
        environment.filters["do"] = partial(_next_steps, document)
        environment.filters["anchor"] = _anchor
        environment.filters["group"] = describe_group
        environment.filters["match"] = describe_match
        environment.filters["requiring"] = describe_requiring
        first = {(reading.sha256, reading.path) for reading in document.reading}
        new = document.new_findings
        unshown = [finding for finding in new if (finding.sha256, finding.path) not in first]
        above = [finding for _, finding in document.readings] + unshown[:NEW_SHOWN]
        script = (_HERE / "report.js").read_text(encoding="utf-8")
        template = environment.from_string((_HERE / "report.html.j2").read_text(encoding="utf-8"))
        return template.render(
            document=document,
            style=Markup(STYLE),  # noqa: S704  our own file
            script=Markup(script),  # noqa: S704  our own file
            policy=page_policy(STYLE, script),
            finding_verdicts=FINDING_VERDICTS,
            new=new,
            new_unshown=unshown,
            new_shown=NEW_SHOWN,
            above={_anchor(finding) for finding in above},
            budget=list(describe_budget(document)),
            findings=document.findings[:FINDINGS_SHOWN],
            unexamined=document.unexamined[:UNEXAMINED_SHOWN],
            points=describe_points(document),
            faults=tuple(describe_faults(document)),
            unread=describe_unread(document.unread, document.fail_on_unread) if document.unread else "",
            takeovers=describe_takeovers(document),
            known_bad=describe_known_bad(document),
            feeds=list(describe_feeds(document)),
            gone=describe_gone(document),
            notes=describe_notes(document),
            withheld=describe_withheld(document),
            held=describe_held(document),
            unconfirmed=describe_unconfirmed(document),
            cases_shown=CASES_SHOWN,
            project_commands=project_commands(document),
            chart=Markup(draw_score_chart(document.histogram, document.points)),  # noqa: S704  numbers only
        )


def _anchor(finding: Finding) -> str:
    """Return the name of a finding in the page: its digest, and its rank, since two files may have the same bytes."""
    return f"f-{finding.sha256[:16]}-{finding.rank}"


def _next_steps(document: AuditDocument, finding: Finding) -> Iterator[str]:
    """Yield the commands that look closer at a finding or decide about it."""
    yield f"boojum explain {finding.sha256}"
    base = finding.difference
    if base is not None and base.base_kind == "release" and finding.project:
        releases = (f"{finding.project}=={version}" for version in (base.base_version, finding.version))
        yield f"boojum diff {' '.join(map(shlex.quote, releases))}"
    block, waive = decision_commands(finding, document.finished.date())
    if not finding.blocked:
        yield block
    if finding.waiver is None:
        yield waive


def _render_day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""


def _render_size(number: int) -> str:
    power = min(int(math.log(number, 1024)), len(_UNITS) - 1) if number else 0
    return f"{number / 1024**power:.1f} {_UNITS[power]}" if power else f"{number} B"
