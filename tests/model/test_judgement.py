"""Tests how the scores of an artifact are put on one scale, and which verdict is the graver."""

import numpy as np
import pytest

from model.contract import OperatingPoint, Verdict
from model.judgement import graver, on_scale, scale_knots, score_bounds


def points(review: float, suspicious: float, malicious: float) -> tuple[OperatingPoint, ...]:
    thresholds = {Verdict.MALICIOUS: malicious, Verdict.SUSPICIOUS: suspicious, Verdict.REVIEW: review}
    return tuple(OperatingPoint(verdict, value, 0.01, 0, 1, 0, 1, False) for verdict, value in thresholds.items())


ARTIFACT = points(0.5, 0.8, 0.99)
CHANGE = points(0.2, 0.9, 0.95)


def test_a_score_at_a_threshold_lands_on_the_threshold_of_the_same_verdict() -> None:
    moved = on_scale(np.array([0.2, 0.9, 0.95]), scale_knots(CHANGE, ARTIFACT))
    assert moved == pytest.approx([0.5, 0.8, 0.99])


def test_the_order_of_scores_stays() -> None:
    scores = np.linspace(0.001, 0.999, 500)
    assert (np.diff(on_scale(scores, scale_knots(CHANGE, ARTIFACT))) > 0).all()


def test_a_verdict_that_no_score_earns_has_no_knot() -> None:
    assert len(scale_knots(points(0.2, 0.9, 1.000001), ARTIFACT)) == 2
    assert len(scale_knots(CHANGE, points(0.2, 0.9, 1.000001))) == 2


def test_without_a_common_verdict_the_scales_are_the_same() -> None:
    assert on_scale(np.array([0.3, 0.7]), scale_knots((), ARTIFACT)) == pytest.approx([0.3, 0.7])


def test_thresholds_out_of_order_still_give_an_ascending_scale() -> None:
    knots = scale_knots(points(0.2, 0.9, 0.95), points(0.9, 0.5, 0.99))
    assert sorted(knots) == list(knots)
    assert (np.diff([y for _, y in knots]) > 0).all()


def test_each_verdict_has_its_own_range_of_scores() -> None:
    bounds = score_bounds(ARTIFACT)
    assert pytest.approx((0.0, 0.499999)) == bounds[Verdict.CLEAR]
    assert pytest.approx((0.5, 0.799999)) == bounds[Verdict.REVIEW]
    assert bounds[Verdict.MALICIOUS] == (0.99, 1.0)


def test_the_graver_verdict_wins_and_unreadable_is_none() -> None:
    assert graver(Verdict.REVIEW, Verdict.MALICIOUS, Verdict.CLEAR) is Verdict.MALICIOUS
    assert graver(Verdict.UNREADABLE, Verdict.CLEAR) is Verdict.CLEAR
    assert graver(Verdict.UNREADABLE) is Verdict.UNREADABLE
