"""report.html: one self-contained page that works from `file://` and loads nothing."""

import math
from datetime import datetime
from pathlib import Path

from markupsafe import Markup

from audit.context import context_of
from audit.contract import ALERTS, AuditDocument, Change
from audit.operating_points import describe_points
from audit.page import STYLE, page_environment, page_policy
from audit.unread import words_of
from model.contract import Verdict

SHOWN = 1_000
"""Findings in the page; the rest is counted and stands in findings.json."""
UNEXAMINED_SHOWN = 500

_HERE = Path(__file__).parent


class HtmlReport:
    """The document as a page, read top down: what is new, the ranking, what could not be read, how far to trust it.

    A strict content security policy names the page's own script and style by digest and allows nothing else.
    """

    name = "html"
    filename = "report.html"

    def render(self, document: AuditDocument) -> str:
        """Return the page."""
        environment = page_environment()
        environment.filters["day"] = _day
        environment.filters["size"] = _size
        environment.filters["context"] = context_of
        script = (_HERE / "report.js").read_text(encoding="utf-8")
        template = environment.from_string((_HERE / "report.html.j2").read_text(encoding="utf-8"))
        return template.render(
            d=document,
            style=Markup(STYLE),  # noqa: S704  our own file
            script=Markup(script),  # noqa: S704  our own file
            policy=page_policy(STYLE, script),
            alerts=ALERTS,
            verdicts=tuple(Verdict),
            shown=document.findings[:SHOWN],
            fresh=[f for f in document.findings if f.change in {Change.NEW, Change.RAISED} and f.waiver is None],
            unexamined=document.unexamined[:UNEXAMINED_SHOWN],
            words=describe_points(document),
            unread=words_of(document.unread, document.fail_on_unread) if document.unread else "",
            chart=Markup(_chart(document)),  # noqa: S704  numbers only
        )


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""


def _size(number: int) -> str:
    if number < 1024:
        return f"{number} B"
    power = min(int(math.log(number, 1024)), 4)
    return f"{number / 1024**power:.1f} {'BKMGT'[power]}iB"


def _chart(document: AuditDocument) -> str:
    """Return an SVG of artifacts by score in log-odds, counts on a log scale, with the operating points."""
    bins = document.histogram
    if not bins:
        return ""
    low, high = bins[0][0], bins[-1][0] + 1
    top = math.log10(max(count for _, count in bins) + 1) or 1.0
    width, height, base = 640, 130, 100
    scale = width / max(high - low, 1)

    def x(logit: float) -> float:
        return (min(max(logit, low), high) - low) * scale

    parts = [f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="artifacts by score">']
    for edge, count in bins:
        tall = math.log10(count + 1) / top * (base - 12)
        parts.append(
            f'<rect x="{x(edge) + 1:.1f}" y="{base - tall:.1f}" width="{scale - 2:.1f}" height="{tall:.1f}">'
            f"<title>{count:,} artifacts</title></rect>"
        )
    for row, point in enumerate(sorted(document.points, key=lambda point: point.threshold)):
        share = min(max(point.threshold, 1e-9), 1 - 1e-9)
        at = x(math.log(share / (1 - share)))
        parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="8" y2="{base}" class="{point.verdict.value}"/>')
        anchor = "end" if at > width - 80 else "start"
        # Two rows of labels: high thresholds lie close together.
        parts.append(
            f'<text x="{at:.1f}" y="{113 + 13 * (row % 2)}" text-anchor="{anchor}">{point.verdict.value}</text>'
        )
    parts.append(f'<line x1="0" x2="{width}" y1="{base}" y2="{base}" class="axis"/></svg>')
    return "".join(parts)
