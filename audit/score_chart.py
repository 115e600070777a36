"""Draws the distribution of scores as an SVG for the HTML report."""

import math
from collections.abc import Sequence

from model.contract import OperatingPoint

_WIDTH, _HEIGHT, _BASE = 640, 130, 100
_LABEL_TOP, _LABEL_HEIGHT, _LABEL_WIDTH = 113, 13, 80
_HEADROOM = 12
_GAP = 1


def draw_score_chart(histogram: Sequence[tuple[float, int]], points: Sequence[OperatingPoint]) -> str:
    """Return an SVG: artifacts by score in log-odds, counts on a log scale, operating points as vertical lines.

    `histogram` has the lower edge and the count of bins one log-odd wide, ascending; "" is returned for no bins. The
    SVG has numbers and verdicts only, nothing from a package.
    """
    if not histogram:
        return ""
    low, high = histogram[0][0], histogram[-1][0] + 1
    highest = math.log10(max(count for _, count in histogram) + 1) or 1.0
    scale = _WIDTH / max(high - low, 1)

    def x(log_odds: float) -> float:
        return (min(max(log_odds, low), high) - low) * scale

    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="artifacts by score">']
    for edge, count in histogram:
        bar = math.log10(count + 1) / highest * (_BASE - _HEADROOM)
        parts.append(
            f'<rect x="{x(edge) + _GAP:.1f}" y="{_BASE - bar:.1f}" width="{scale - 2 * _GAP:.1f}" height="{bar:.1f}">'
            f"<title>{count:,} artifacts</title></rect>"
        )
    for index, point in enumerate(sorted(points, key=lambda point: point.threshold)):
        position, verdict = x(_log_odds(point.threshold)), point.verdict.value
        anchor = "end" if position > _WIDTH - _LABEL_WIDTH else "start"
        # High thresholds are close together, so their labels alternate between two rows.
        label_y = _LABEL_TOP + _LABEL_HEIGHT * (index % 2)
        parts.append(f'<line x1="{position:.1f}" x2="{position:.1f}" y1="8" y2="{_BASE}" class="{verdict}"/>')
        parts.append(f'<text x="{position:.1f}" y="{label_y}" text-anchor="{anchor}">{verdict}</text>')
    parts.append(f'<line x1="0" x2="{_WIDTH}" y1="{_BASE}" y2="{_BASE}" class="axis"/></svg>')
    return "".join(parts)


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(bounded / (1 - bounded))
