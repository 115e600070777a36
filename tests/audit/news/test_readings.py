"""Tests what a person reads tonight: the order, the groups, and that nothing that waits is forgotten."""

from datetime import date

import pytest

from audit.contract import FindingCampaign, FindingChange, ResolvedFinding, ScoreReason
from audit.decisions.contract import Waiver
from audit.news.baseline import Baseline
from audit.news.budget import budget_points
from audit.news.readings import add_readings, choose_readings, describe_group
from model.contract import Verdict
from model.saved import load_card

TODAY = date(2026, 11, 22)
YESTERDAY = date(2026, 11, 21)


def key(finding):
    return finding.sha256, finding.path


def standing(*findings, backlog=()):
    """Return the baseline that reported these findings as they are, some of which it showed nobody."""
    before = {
        key(finding): ResolvedFinding(finding.project, "1", finding.filename, finding.sha256, finding.verdict.value, "")
        for finding in findings
    }
    return Baseline("1", findings=before, backlog={key(finding): YESTERDAY for finding in backlog})


def names(readings):
    return [reading.project.removeprefix("project-") for reading in readings.tonight]


def test_the_worth_of_a_finding_orders_the_readings(finding):
    act = (ScoreReason("floor_stolen", "it sends passwords", None, 1.0),)
    review = {"verdict": Verdict.REVIEW}
    findings = [
        finding(1, **review, score=0.5),
        finding(2, **review, score=0.4, dependents=3),
        finding(3, **review, score=0.9, change=FindingChange.SAME, dependents=9),
        finding(4, **review, score=0.3, spoke="change"),
        finding(5, **review, score=0.2, reasons=act, change=FindingChange.SAME),
        finding(6, verdict=Verdict.SUSPICIOUS),
        finding(7, score=0.99),
        finding(8, **review, score=0.1, takeover=True),
    ]
    assert ["8", "7", "6", "4", "5", "2", "1", "3"] == names(choose_readings(findings, Baseline(), 20, TODAY))


def test_files_of_a_release_and_of_a_campaign_are_one_reading(finding):
    campaign = FindingCampaign(4, 3, 3, 0.9)
    findings = [
        finding(1, project="a", version="1", campaign=campaign),
        finding(2, project="a", version="1"),
        finding(3, project="b", version="7", campaign=campaign),
        finding(4, project="b", version="8"),
        finding(5, project="c", version="1"),
    ]
    chosen = choose_readings(findings, Baseline(), 20, TODAY)
    assert [("a", 3, 2), ("b", 1, 1), ("c", 1, 1)] == [(r.project, r.files, r.projects) for r in chosen.tonight]
    assert ["+2 files of 2 projects", "", ""] == [describe_group(reading) for reading in chosen.tonight]
    assert ("project_2-1.0.tar.gz", "project_3-1.0.tar.gz") == chosen.tonight[0].others
    assert {key(finding) for finding in findings} == set(chosen.shown)


def test_what_is_over_the_budget_waits_and_is_read_on_the_next_nights(finding):
    findings = [finding(number, score=1 - number / 100) for number in range(1, 6)]
    first = choose_readings(findings, Baseline(), 2, TODAY)
    assert (["1", "2"], 3) == (names(first), first.left)
    then = [finding(number, score=1 - number / 100, change=FindingChange.SAME) for number in range(1, 6)]
    fresh = finding(9, score=0.1)
    before = Baseline("1", findings=standing(*then).findings, backlog=first.waiting)
    second = choose_readings([*then, fresh], before, 2, TODAY)
    assert (["9", "3"], 2) == (names(second), second.left)
    assert {key(then[3]), key(then[4])} == set(second.waiting)


def test_the_day_of_the_first_report_is_kept(finding):
    old, new = finding(1, change=FindingChange.SAME), finding(2)
    chosen = choose_readings([old, new], standing(old, backlog=[old]), 1, TODAY)
    assert [TODAY] == [reading.since for reading in chosen.tonight]
    assert {key(old): YESTERDAY} == chosen.waiting


def test_what_was_shown_is_not_shown_again_until_it_is_graver(finding):
    shown = finding(1, verdict=Verdict.REVIEW)
    assert () == choose_readings([shown], standing(shown), 20, TODAY).tonight
    graver = finding(1, verdict=Verdict.SUSPICIOUS, change=FindingChange.RAISED)
    assert ["1"] == names(choose_readings([graver], standing(shown), 20, TODAY))


def test_a_waiver_or_a_hold_takes_a_finding_off_the_backlog(finding):
    waiver = Waiver(sha256="00", owner="ops", reason="ours", expires=TODAY)
    findings = [finding(1, waiver=waiver), finding(2, held="held for you")]
    chosen = choose_readings(findings, standing(*findings, backlog=findings), 1, TODAY)
    assert ((), {}, 0) == (chosen.tonight, chosen.waiting, chosen.left)


def test_a_night_that_tells_nobody_keeps_all_of_it(finding):
    findings = [finding(number) for number in range(3)]
    silent = choose_readings(findings, Baseline(), 2, TODAY).unshown()
    assert ({}, 3) == (silent.shown, len(silent.waiting))


@pytest.mark.parametrize(("shown", "budget"), [(0, 0), (1, 1), (3, 9)])
def test_the_budget_bounds_the_readings(finding, shown, budget):
    chosen = choose_readings([finding(number) for number in range(3)], Baseline(), budget, TODAY)
    assert (shown, 3 - shown) == (len(chosen.tonight), chosen.left)


def test_a_document_has_its_readings_with_their_findings(document, finding):
    run, card = document(finding(1), finding(2)), load_card()
    read = add_readings(run, choose_readings(run.findings, Baseline(), 1, TODAY), card, 1)
    assert [run.findings[0]] == [first for _, first in read.readings]
    assert (1, 1, budget_points(card, 10)) == (read.backlog, read.budget, read.budget_points)
