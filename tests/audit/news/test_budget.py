"""Tests the arithmetic of a reading budget, and its words."""

import math
from dataclasses import replace

import pytest

from audit.contract import BudgetPoint
from audit.news.budget import budget_points, describe_budget
from model.contract import OperatingPoint, Verdict
from model.saved import load_card
from model.thresholds import clopper_pearson

CARD = load_card()


def point(verdict, alarms, rows):
    return OperatingPoint(verdict, 0.5, 0.01, alarms, rows, 0.0, 0.0, extrapolated=False)


def test_the_alarms_of_both_scores_are_added_with_bounds_that_hold_together():
    assert CARD.change is not None
    card = replace(
        CARD,
        points=(point(Verdict.REVIEW, 20, 2_000),),
        change=replace(CARD.change, points=(point(Verdict.REVIEW, 5, 1_000),)),
    )
    (found,) = budget_points(card, 10_000)
    upper = clopper_pearson(20, 2_000, 0.975)[1] + clopper_pearson(5, 1_000, 0.975)[1]
    assert pytest.approx(150) == found.alarms
    assert math.ceil(upper * 10_000) == found.most_alarms
    assert 260 < found.most_alarms < 280


def test_a_model_without_changes_has_the_alarms_of_one_score():
    (found,) = budget_points(replace(CARD, points=(point(Verdict.REVIEW, 20, 2_000),), change=None), 10_000)
    assert (100.0, math.ceil(clopper_pearson(20, 2_000)[1] * 10_000)) == (found.alarms, found.most_alarms)


def test_none_among_too_few_rows_is_no_promise_of_none():
    few = replace(point(Verdict.REVIEW, 0, 50), extrapolated=True)
    (found,) = budget_points(replace(CARD, points=(few,), change=None), 10_000)
    assert pytest.approx(100) == found.alarms


def test_no_bound_exceeds_the_files():
    assert all(found.most_alarms == 1 for found in budget_points(CARD, 1))


def test_recall_is_that_of_the_card_with_a_lower_bound_over_its_campaigns():
    (result,) = CARD.metrics
    recalls = {fixed.verdict: fixed.campaigns for fixed in result.fixed}
    for found in budget_points(CARD, 100):
        assert recalls[found.verdict] == found.found
        least = clopper_pearson(math.floor(recalls[found.verdict] * result.campaigns), result.campaigns)[0]
        assert least == found.least_found
        assert least < found.found


def test_a_card_without_figures_promises_no_recall():
    assert {None} == {found.found for found in budget_points(replace(CARD, metrics=()), 100)}


POINTS = (
    BudgetPoint(Verdict.MALICIOUS, 0.0, 12, 0.432, 0.311),
    BudgetPoint(Verdict.SUSPICIOUS, 8.04, 28, 0.617, 0.48),
    BudgetPoint(Verdict.REVIEW, 105.0, 160, None, None),
)


def test_the_mildest_verdict_whose_alarms_fit_is_what_the_budget_covers(document):
    run = document(counts={"read": 10_685}, budget=20, budget_points=POINTS)
    covered, beyond = describe_budget(run)
    assert (
        "20 readings a night cover suspicious: of 10,685 files read in this run expect 8 false alarms (at most 28, at "
        "95 %), and find 62 of 100 malware campaigns never seen before (at least 48)."
    ) == covered
    assert "review takes 105 false alarms (at most 160, at 95 %)." == beyond
    assert 1 == len(list(describe_budget(replace(run, budget=200))))


def test_a_budget_below_the_gravest_verdict_covers_none(document):
    run = document(counts={}, budget=1, budget_points=POINTS[1:])
    (words,) = describe_budget(run)
    assert (
        "1 reading a night covers no verdict: of 10,685 new files a night suspicious takes 8 false alarms (at most 28, "
        "at 95 %), and find 62 of 100 malware campaigns never seen before (at least 48)."
    ) == words


def test_a_document_of_an_older_boojum_says_nothing(document):
    assert [] == list(describe_budget(document()))
