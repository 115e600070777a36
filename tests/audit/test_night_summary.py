"""The summary of a nightly run, as text and as plain values."""

import json
from pathlib import Path

import pytest

from audit.contract import FindingChange
from audit.decisions.contract import Waiver
from audit.night_summary import FINDINGS_SHOWN, night_facts, render_night
from audit.nightly import NightlyResult
from audit.outcome import Outcome
from model.contract import Verdict


@pytest.fixture
def summary(document):
    def render(*findings, refused="", blocked=0, **changes):
        run = document(*findings, **changes)
        return render_night(NightlyResult(run, Path("/out/runs/1"), Outcome(0), blocked, refused))

    return render


def test_a_first_run_with_a_finding(summary, finding):
    lines = summary(finding(), blocked=1).splitlines()
    assert [
        "3,000 artifacts on /srv/pypi: 10 read now, 2,990 known",
        "1 malicious, 0 suspicious, 0 review",
        "1 new (first run), 0 cleared",
        "  malicious  0.9900  project_1-1.0.tar.gz",
        "             posts data to a webhook (setup.py:12)",
        "1 unreadable: see `Not examined` in the report",
    ] == lines[:6]
    assert ["1 files on the blocklist", "report: /out/runs/1/report.html"] == lines[-2:]


def test_a_finding_without_a_location_shows_its_first_reason(summary, finding):
    assert "             posts data to a webhook when installed" in summary(finding(places=())).splitlines()


def test_waived_and_standing_findings_are_counted_and_not_named(summary, finding):
    waiver = Waiver(sha256=f"{1:064x}", owner="ops", reason="ours", expires=date_of(finding))
    text = summary(finding(1, waiver=waiver), finding(2, change=FindingChange.SAME), waived=1, previous_run="yesterday")
    assert "2 malicious, 0 suspicious, 0 review, 1 of them waived" in text
    assert "0 new since yesterday, 0 cleared" in text
    assert "project_" not in text


def date_of(finding):
    return finding().upload_time.date()


def test_a_night_without_news_says_so(summary):
    text = summary(counts={"on_disk": 5, "known": 5})
    assert "nothing on the mirror is new: no artifact was opened" in text
    assert "nothing on the mirror" not in summary(counts={"on_disk": 5, "resumed": 5})
    assert ", 5 taken over from an interrupted run" in summary(counts={"on_disk": 5, "resumed": 5})


def test_findings_over_the_bound_are_counted(summary, finding):
    many = [finding(number, verdict=Verdict.REVIEW) for number in range(FINDINGS_SHOWN + 2)]
    text = summary(*many, totals={"review": FINDINGS_SHOWN + 5})
    assert "  and 2 more in the report" in text
    assert "3 more to review are in scores.parquet only; raise max_findings to list them" in text


def test_problems_are_listed(summary):
    text = summary(failed=2, unread={"unreadable": 1}, fail_on_unread="stopped", counts={"dropped_parts": 3})
    assert "INCOMPLETE: 1 artifact was not read completely: 1 unreadable (--fail-on-unread stopped)" in text
    assert "INCOMPLETE: boojum failed on 2 artifacts; the report names them" in text
    assert "3 damaged parts of the store were dropped" in text


def test_text_from_a_package_is_escaped(hostile_document):
    text = render_night(NightlyResult(hostile_document, Path("/out"), Outcome(0), 0, ""))
    assert "\u202e" not in text
    assert not [line for line in text.splitlines() if line.startswith("=")]


def test_facts_are_plain_values(hostile_document):
    facts = night_facts(NightlyResult(hostile_document, Path("/out"), Outcome(1, unread=1), 4, "too broad"))
    assert facts == json.loads(json.dumps(facts))
    assert (3, 1, 1, 4, "too broad") == (
        facts["status"],
        facts["new"],
        facts["cleared"],
        facts["blocked"],
        facts["blocklist_refused"],
    )
