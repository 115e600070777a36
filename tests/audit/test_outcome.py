"""Tests the outcome of a command, and the severity of verdicts."""

import pytest

from audit.contract import FINDING_VERDICTS, FindingChange
from audit.decisions.contract import Waiver
from audit.exits import Exit
from audit.outcome import Outcome, fail_on_severity, run_outcome, severity
from model.contract import Verdict


@pytest.mark.parametrize(
    ("expected", "outcome"),
    [
        (Exit.COMPLETE, Outcome(0)),
        (Exit.FINDINGS, Outcome(2)),
        (Exit.INCOMPLETE, Outcome(2, failed=1)),
        (Exit.INCOMPLETE, Outcome(0, failed=1)),
        (Exit.INCOMPLETE, Outcome(2, unread=1)),
    ],
)
def test_the_outcome_owns_the_status(expected, outcome):
    assert expected == outcome.status


def test_every_verdict_has_a_severity():
    graver = [Verdict.REVIEW, Verdict.SUSPICIOUS, Verdict.MALICIOUS, Verdict.KNOWN_BAD]
    assert graver == sorted(Verdict, key=severity)[-4:]
    assert [4, 3, 2, 1] == [severity(verdict) for verdict in FINDING_VERDICTS]
    assert [0, 0] == [severity("clear"), severity("unreadable")]


def test_fail_on_never_is_above_every_verdict():
    assert all(severity(verdict) < fail_on_severity("never") for verdict in Verdict)
    assert severity(Verdict.REVIEW) == fail_on_severity("review")


@pytest.mark.parametrize(("alerts", "fail_on"), [(1, "malicious"), (2, "suspicious"), (3, "review"), (0, "never")])
def test_a_run_counts_findings_at_or_above_fail_on(alerts, fail_on, document, finding):
    run = document(
        finding(1),
        finding(2, verdict=Verdict.SUSPICIOUS),
        finding(3, verdict=Verdict.REVIEW),
        failed=2,
        unread={"a": 3},
    )
    assert Outcome(alerts, failed=2, unread=3) == run_outcome(run, fail_on)


def test_a_waived_finding_is_no_alert(document, finding):
    waiver = Waiver(sha256=f"{1:064x}", owner="ops", reason="ours", expires=document().finished.date())
    assert 0 == run_outcome(document(finding(1, waiver=waiver)), "review").alerts


def test_only_new_counts_findings_that_are_new_or_graver(document, finding):
    run = document(
        finding(1, change=FindingChange.SAME),
        finding(2, change=FindingChange.LOWERED),
        finding(3, change=FindingChange.NEW),
        finding(4, change=FindingChange.RAISED, verdict=Verdict.SUSPICIOUS),
        finding(5, change=FindingChange.NEW, verdict=Verdict.REVIEW),
    )
    assert 4 == run_outcome(run, "suspicious").alerts
    assert 2 == run_outcome(run, "suspicious", only_new=True).alerts
