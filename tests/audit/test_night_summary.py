"""The summary of a nightly run, as text and as plain values."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from audit.contract import BudgetPoint, FindingChange, UnexaminedArtifact
from audit.decisions.contract import Waiver
from audit.news.baseline import Baseline
from audit.news.readings import choose_readings
from audit.night_summary import READINGS_EXPLAINED, READINGS_NAMED, WIDTH, night_facts, render_night
from audit.nightly import NightlyResult
from audit.outcome import Outcome
from jobs.contract import MirrorFault
from model.contract import Verdict

TODAY = date(2026, 11, 22)
BROKEN = UnexaminedArtifact(
    "broken", "1.0", "broken-1.0.tar.gz", "packages/b", "", 10, "unreadable", "a truncated gz archive"
)
POINTS = (BudgetPoint(Verdict.MALICIOUS, 0.2, 7, 0.5, 0.38), BudgetPoint(Verdict.SUSPICIOUS, 30.0, 61, 0.7, 0.59))


@pytest.fixture
def summary(document):
    def render(*findings, refused="", blocked=0, budget=20, **changes):
        run = document(*findings, **changes)
        chosen = choose_readings(run.findings, Baseline(), budget, TODAY)
        run = replace(run, reading=chosen.tonight, backlog=chosen.left, budget=budget, budget_points=POINTS)
        return render_night(NightlyResult(run, Path("/out/runs/1"), Outcome(0), blocked, refused))

    return render


def test_a_first_run_with_a_finding(summary, finding):
    assert [
        "to read tonight: 1",
        "  1  malicious  0.9900  project_1-1.0.tar.gz",
        "     setup.py:12: posts data to a webhook",
        "20 readings a night cover malicious: of 10 files read in this run expect less",
        "  than one false alarm (at most 7, at 95 %), and find 50 of 100 malware",
        "  campaigns never seen before (at least 38).",
        "3,000 artifacts on /srv/pypi: 10 read now, 2,990 known",
        "1 malicious, 0 suspicious, 0 review",
        "1 new (first run), 0 cleared",
        "1 unreadable: see `Not examined` in the report",
        "  broken-1.0.tar.gz: a truncated gz archive",
        "1 file on the blocklist",
        "report: /out/runs/1/report.html",
    ] == summary(finding(), blocked=1, unexamined=(BROKEN,)).splitlines()


def test_a_finding_without_a_location_shows_its_first_reason(summary, finding):
    assert "     posts data to a webhook when installed" in summary(finding(places=())).splitlines()


def test_waived_findings_are_counted_and_not_named(summary, finding):
    waiver = Waiver(sha256=f"{1:064x}", owner="ops", reason="ours", expires=TODAY)
    text = summary(finding(1, waiver=waiver), waived=1, previous_run="yesterday")
    assert "1 malicious, 0 suspicious, 0 review, 1 of them waived" in text
    assert "0 new since yesterday, 0 cleared" in text
    assert text.startswith("nothing to read tonight\n")
    assert "project_" not in text


def test_a_night_in_which_nothing_was_opened_says_so(summary):
    text = summary(counts={"on_disk": 5, "known": 5})
    assert "nothing on the mirror is new: no artifact was opened" in text
    assert "nothing on the mirror" not in summary(counts={"on_disk": 5, "resumed": 5})
    assert ", 5 taken over from an interrupted\n  run" in summary(counts={"on_disk": 5, "resumed": 5})


def test_what_is_over_the_budget_waits(summary, finding):
    many = [finding(number, verdict=Verdict.REVIEW) for number in range(7)]
    text = summary(*many, budget=5, totals={"review": 10})
    assert text.startswith("to read tonight: 5; 2 more wait for tomorrow\n  1  review ")
    assert "3 more to review are in scores.parquet only; raise max_findings to list them" in text


def test_many_readings_have_one_line_each(summary, finding):
    many = [finding(number) for number in range(READINGS_NAMED + 2)]
    assert "setup.py:12: " in summary(*many, budget=READINGS_EXPLAINED)
    text = summary(*many, budget=READINGS_NAMED + 2)
    assert "setup.py:12: " not in text
    assert "  and 2 more in the report" in text


def test_an_ordinary_night_fits_a_screen_and_a_mail(summary, finding):
    long = "a_project_with_a_very_long_name" * 5
    text = summary(
        *(
            finding(number, filename=f"{long}-1.0.tar.gz", version=str(number // 3), project="p")
            for number in range(15)
        ),
        finding(20, places=(), change=FindingChange.RAISED),
        budget=6,
        failed=2,
        unread={"unreadable": 1},
        fail_on_unread="stopped",
        skipped_runs=("run 20261121T033000Z-abcd was passed over: " + "a long reason " * 5,),
    )
    lines = text.splitlines()
    assert not [line for line in lines if len(line) > WIDTH]
    assert 5 == sum("… (+2 files)" in line for line in lines)
    assert 30 > len(lines)


def test_problems_stand_first(summary, finding):
    text = summary(
        finding(),
        failed=2,
        unread={"unreadable": 1},
        fail_on_unread="stopped",
        counts={"dropped_parts": 3},
        blocklist_refused="too broad",
    )
    assert "INCOMPLETE: 1 artifact was not read completely: 1 unreadable (--fail-on-unread\n  stopped)" in text
    assert text.startswith("INCOMPLETE: boojum failed on 2 artifacts; the report names them\n")
    assert "3 damaged parts of the store were dropped" in text
    assert text.index("were dropped") < text.index("WITHHELD: too broad")
    assert text.index("WITHHELD") < text.index("to read tonight") < text.index("artifacts on")


def test_a_mirror_that_is_not_what_it_was_is_the_first_line(summary, finding, hostile):
    faults = (MirrorFault("replaced", f"{hostile} has other bytes"), MirrorFault("empty", "nothing is there"))
    lines = summary(finding(), failed=1, faults=faults).splitlines()
    assert ["INCOMPLETE: nothing is there", "CHANGED: "] == [lines[0], lines[1][:9]]
    assert "\u202e" not in "".join(lines)


def test_text_from_a_package_is_escaped(hostile_document):
    chosen = choose_readings(hostile_document.findings, Baseline(), 20, TODAY)
    hostile_document = replace(hostile_document, reading=chosen.tonight)
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


def test_waivers_that_expired_or_name_nothing_are_said(summary, finding):
    text = summary(finding(1), expired_waivers=("it expired",) * 4, unmatched_waivers=("it names \x1b nothing",) * 3)
    assert 4 == text.count("it expired")
    assert "it names \\u{1b} nothing" in text
    assert "2 more waivers have expired or name nothing: `boojum waive --list`" in text


def test_what_the_kernel_could_not_take_from_the_workers_is_said(document):
    night = NightlyResult(
        document(), Path("/out/runs/1"), Outcome(0), 0, "", unconfined=("this kernel has no Landlock",)
    )
    assert "this kernel has no Landlock" in render_night(night).splitlines()
    assert ["this kernel has no Landlock"] == night_facts(night)["unconfined"]
