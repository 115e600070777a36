"""Joins the scores of an artifact into one: the verdict is the graver one, and the score is on the artifact's scale."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.special import expit

from model.contract import OperatingPoint, Verdict
from model.stack import Floats, log_odds
from model.thresholds import SCORE_STEP

SEVERITY: tuple[Verdict, ...] = (Verdict.CLEAR, Verdict.REVIEW, Verdict.SUSPICIOUS, Verdict.MALICIOUS)
"""Verdicts of a scored artifact, the mildest first."""

Knots = tuple[tuple[float, float], ...]
"""Points (log-odds on one scale, log-odds on the other), both ascending; the scales run parallel beyond the ends."""


def scale_knots(source: Sequence[OperatingPoint], target: Sequence[OperatingPoint]) -> Knots:
    """Return the knots that put a score with the thresholds `source` on the scale of the thresholds `target`.

    Equal verdicts have equal scores, so that two scores that mean different things can be ranked together. A verdict
    that no score earns (a threshold over 1) has no knot. Without a common verdict the scales are the same.
    """
    there = {point.verdict: point.threshold for point in target}
    pairs = [
        (float(log_odds(np.array(point.threshold))), float(log_odds(np.array(there[point.verdict]))))
        for point in source
        if point.verdict in there and point.threshold <= 1 and there[point.verdict] <= 1
    ]
    knots: list[tuple[float, float]] = []
    for x, y in sorted(pairs):
        if not knots or (x > knots[-1][0] and y > knots[-1][1]):
            knots.append((x, y))
    return tuple(knots) or ((0.0, 0.0),)


def on_scale(scores: Floats, knots: Knots) -> Floats:
    """Return scores (n,) on the other scale: linear in log-odds between the knots, parallel beyond them."""
    odds = log_odds(scores)
    first, last = knots[0], knots[-1]
    moved = np.where(odds < first[0], odds + first[1] - first[0], odds + last[1] - last[0])
    for (x0, y0), (x1, y1) in pairwise(knots):
        inside = (odds >= x0) & (odds < x1)
        moved[inside] = y0 + (odds[inside] - x0) * (y1 - y0) / (x1 - x0)
    return np.asarray(expit(moved), dtype=np.float64)


def score_bounds(points: Sequence[OperatingPoint]) -> dict[Verdict, tuple[float, float]]:
    """Return the lowest and the highest score of each verdict that these thresholds give to a scored artifact."""
    thresholds = {point.verdict: point.threshold for point in points}
    bounds: dict[Verdict, tuple[float, float]] = {}
    upper = 1.0
    for verdict in reversed(SEVERITY):
        lower = thresholds.get(verdict, 0.0) if verdict is not Verdict.CLEAR else 0.0
        bounds[verdict] = (min(lower, 1.0), upper)
        upper = min(upper, lower - SCORE_STEP)
    return bounds


def graver(*verdicts: Verdict) -> Verdict:
    """Return the gravest of verdicts; `unreadable` counts as none, and alone stays what it is."""
    scored = [verdict for verdict in verdicts if verdict in SEVERITY]
    return max(scored, key=SEVERITY.index) if scored else Verdict.UNREADABLE
