"""Draws recall against false positives as inline SVG with a logarithmic axis; the style sheet has the colours."""

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from markupsafe import Markup, escape

from model.evaluation.contract import RecallCurve

Weight = Literal["artifacts", "campaigns"]

WIDTH, HEIGHT = 560, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 548, 12, 286
_LOWEST = -4
"""Power of ten of the smallest false positive rate."""

_TICKS = ((-4, "0.01 %"), (-3, "0.1 %"), (-2, "1 %"), (-1, "10 %"), (0, "all"))
SERIES = 8
"""Number of colours in the style sheet."""


def draw_curves(curves: Sequence[tuple[str, RecallCurve]], weight: Weight, title: str) -> Markup:
    """Return a chart of (label, curve) pairs.

    A curve is drawn thin at false positive rates below 3 / n, which its n benign rows do not support.
    """
    return Markup("").join(Markup(element) for element in _elements(curves, weight, title))  # noqa: S704  numbers and escaped


def _elements(curves: Sequence[tuple[str, RecallCurve]], weight: Weight, title: str) -> Iterator[str]:
    yield f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" class="curves" role="img" aria-label="{escape(title)}">'
    for power, name in _TICKS:
        x = _x(10.0**power)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_BOTTOM}"/>'
        yield f'<text x="{x:.1f}" y="{_BOTTOM + 16}" text-anchor="{"end" if not power else "middle"}">{name}</text>'
    for tenths in range(0, 11, 2):
        y = _y(tenths / 10)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tenths * 10} %</text>'
    middle = (_LEFT + _RIGHT) / 2
    yield f'<text x="{middle:.0f}" y="{HEIGHT - 8}" text-anchor="middle">harmless files called malicious (log)</text>'
    for number, (label, curve) in enumerate(curves):
        shares = curve.artifacts if weight == "artifacts" else curve.campaigns
        points = list(zip(curve.false_positives, shares, strict=True))
        supported = 3 / curve.benign
        first = next((n for n, (rate, _) in enumerate(points) if rate >= supported), len(points))
        # The two segments share a point, so that the line has no gap.
        for segment, thin in ((points[: first + 1], " thin"), (points[first:], "")):
            if len(segment) > 1:
                path = " ".join(f"{_x(rate):.1f},{_y(share):.1f}" for rate, share in segment)
                yield f'<polyline class="s{number % SERIES}{thin}" points="{path}">'
                yield f"<title>{escape(label)}</title></polyline>"
    yield "</svg>"


def _x(rate: float) -> float:
    return _LEFT + (math.log10(max(rate, 10.0**_LOWEST)) - _LOWEST) / -_LOWEST * (_RIGHT - _LEFT)


def _y(share: float) -> float:
    return _BOTTOM - share * (_BOTTOM - _TOP)
