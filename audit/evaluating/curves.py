"""Recall against false positives, drawn: inline SVG with a log axis, coloured by class alone."""

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from markupsafe import Markup, escape

from model.evaluation.contract import RecallCurve

Weight = Literal["artifacts", "campaigns"]

WIDTH, HEIGHT = 560, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 548, 12, 286
_LOWEST = -4
"""Power of ten of the smallest share of false positives."""

_TICKS = ((-4, "0.01 %"), (-3, "0.1 %"), (-2, "1 %"), (-1, "10 %"), (0, "all"))
SERIES = 8
"""Colours that the style sheet has."""


def draw_curves(curves: Sequence[tuple[str, RecallCurve]], weight: Weight, title: str) -> Markup:
    """Return a chart of labelled curves.

    Where a curve has fewer benign rows than a share of false positives needs (3 in n), it is drawn thin.
    """
    return Markup("").join(Markup(part) for part in _parts(curves, weight, title))  # noqa: S704  numbers and escaped


def _parts(curves: Sequence[tuple[str, RecallCurve]], weight: Weight, title: str) -> Iterator[str]:
    yield f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" class="curves" role="img" aria-label="{escape(title)}">'
    for power, name in _TICKS:
        at = _x(10.0**power)
        yield f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP}" y2="{_BOTTOM}"/>'
        yield f'<text x="{at:.1f}" y="{_BOTTOM + 16}" text-anchor="{"end" if not power else "middle"}">{name}</text>'
    for tenths in range(0, 11, 2):
        at = _y(tenths / 10)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>'
        yield f'<text x="{_LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{tenths * 10} %</text>'
    middle = (_LEFT + _RIGHT) / 2
    yield f'<text x="{middle:.0f}" y="{HEIGHT - 8}" text-anchor="middle">harmless files called malicious (log)</text>'
    for number, (label, curve) in enumerate(curves):
        shares = curve.artifacts if weight == "artifacts" else curve.campaigns
        points = list(zip(curve.false_positives, shares, strict=True))
        least = 3 / curve.benign
        # The two parts share a point, so that the line has no gap.
        first = next((at for at, (rate, _) in enumerate(points) if rate >= least), len(points))
        for part, thin in ((points[: first + 1], " thin"), (points[first:], "")):
            if len(part) > 1:
                path = " ".join(f"{_x(rate):.1f},{_y(share):.1f}" for rate, share in part)
                yield f'<polyline class="s{number % SERIES}{thin}" points="{path}">'
                yield f"<title>{escape(label)}</title></polyline>"
    yield "</svg>"


def _x(rate: float) -> float:
    return _LEFT + (math.log10(max(rate, 10.0**_LOWEST)) - _LOWEST) / -_LOWEST * (_RIGHT - _LEFT)


def _y(share: float) -> float:
    return _BOTTOM - share * (_BOTTOM - _TOP)
