"""Tests what decisions cover: time, later files, indicators, and of two decisions the later."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from audit.contract import ReleaseDifference
from audit.decisions.contract import Block, Scope, Waiver
from audit.decisions.matching import Decisions, apply_decisions, describe_expired

DECIDED = datetime(2026, 11, 30, 9, tzinfo=UTC)
TODAY = date(2026, 12, 1)
BEFORE = {"first_seen": date(2026, 11, 1), "upload_time": DECIDED - timedelta(days=30)}
LATER = {"first_seen": TODAY, "upload_time": DECIDED + timedelta(hours=12)}
QUIET = ReleaseDifference("release", "project-1", "0.9", "project_1-0.9.tar.gz", 0.01, "clear")


def waive(scope=Scope.FILE, **more):
    target: dict[str, Any] = {
        Scope.FILE: {"sha256": f"{1:064x}"},
        Scope.RELEASE: {"project": "project-1", "version": "1.0"},
        Scope.PROJECT: {"project": "project-1"},
    }[scope]
    base = Waiver(scope=scope, **target, owner="ops", reason="ours", expires=date(2027, 1, 31), decided=DECIDED)
    return replace(base, **more)


def block(scope=Scope.FILE, decided=DECIDED):
    it = waive(scope)
    return Block(
        scope=scope,
        sha256=it.sha256,
        project=it.project,
        version=it.version,
        owner="sec",
        reason="seen stealing",
        decided=decided,
    )


def covered(finding, *waivers, blocks=()):
    return Decisions(waivers, tuple(blocks)).waiver_of(finding, TODAY) is not None


def note(finding, *waivers, blocks=()):
    return Decisions(waivers, tuple(blocks)).note_of(finding, TODAY)


@pytest.mark.parametrize("scope", list(Scope))
def test_a_waiver_covers_what_it_names_and_nothing_else(finding, scope):
    assert covered(finding(1, **BEFORE), waive(scope))
    assert not covered(finding(2, **BEFORE), waive(scope))
    assert "" == note(finding(2, **BEFORE), waive(scope))


def test_another_spelling_of_the_version_is_the_same_release(finding):
    assert covered(finding(1, **BEFORE, version="1"), waive(Scope.RELEASE))
    assert not covered(finding(1, **BEFORE, version="1.1"), waive(Scope.RELEASE))


def test_a_waiver_ends_after_its_day_and_says_so(finding):
    assert covered(finding(1), waive(expires=TODAY))
    expired = waive(expires=TODAY - timedelta(days=1))
    assert not covered(finding(1), expired)
    assert "expired on 2026-11-30" in note(finding(1), expired)
    assert 1 == len(describe_expired(Decisions((expired,)), TODAY))
    assert () == describe_expired(Decisions((expired, waive())), TODAY)


@pytest.mark.parametrize("scope", [Scope.RELEASE, Scope.PROJECT])
def test_a_file_that_came_after_the_decision_is_not_covered(finding, scope):
    assert not covered(finding(1, **LATER), waive(scope))
    assert "came after the decision of 2026-11-30" in note(finding(1, **LATER), waive(scope))
    assert covered(finding(1, **LATER), waive())


def test_on_the_day_of_the_decision_the_upload_time_tells(finding):
    day = DECIDED.date()
    assert covered(finding(1, first_seen=day, upload_time=DECIDED), waive(Scope.PROJECT))
    assert not covered(finding(1, first_seen=day, upload_time=DECIDED + timedelta(hours=1)), waive(Scope.PROJECT))
    assert covered(finding(1, first_seen=day, upload_time=None), waive(Scope.PROJECT))
    assert not covered(finding(1, first_seen=None, upload_time=None), waive(Scope.PROJECT))


def test_an_upload_time_that_lies_does_not_make_a_file_older_than_its_first_night(finding):
    assert not covered(finding(1, first_seen=TODAY, upload_time=BEFORE["upload_time"]), waive(Scope.PROJECT))


def test_a_file_that_was_put_in_the_place_of_another_is_not_covered(finding):
    replaced = BEFORE | {"upload_time": DECIDED + timedelta(days=1)}
    assert not covered(finding(1, **replaced), waive(Scope.PROJECT))
    assert not covered(finding(1, **BEFORE, digest_matches=False), waive(Scope.PROJECT))
    assert "bytes that are not those" in note(finding(1, **BEFORE, digest_matches=False), waive(Scope.RELEASE))
    assert covered(finding(1, **BEFORE, digest_matches=False), waive())


def test_later_files_are_covered_unless_what_changed_speaks(finding):
    ours = waive(Scope.PROJECT, later_files=True)
    assert covered(finding(1, **LATER, spoke="artifact", difference=QUIET), ours)
    loud = replace(QUIET, verdict="review")
    assert not covered(finding(1, **LATER, spoke="artifact", difference=loud), ours)
    assert not covered(finding(1, **LATER, spoke="change", difference=loud), ours)
    assert not covered(finding(1, **LATER, spoke="campaign", difference=QUIET), ours)
    assert not covered(finding(1, **LATER, spoke="artifact", difference=None), ours)
    assert "no base to compare it with" in note(finding(1, **LATER, spoke="artifact"), ours)


def test_a_waiver_of_an_indicator_covers_only_evidence_of_that_indicator(finding):
    only = waive(indicator="os_system")
    assert covered(finding(1, indicators=("os_system",)), only)
    assert not covered(finding(1, indicators=("discord_webhook", "os_system")), only)
    assert not covered(finding(1, indicators=("discord_webhook",)), only)
    assert not covered(finding(1, indicators=()), only)
    assert "there is also discord_webhook" in note(finding(1, indicators=("discord_webhook", "os_system")), only)


def test_a_waiver_of_an_indicator_covers_nothing_that_was_not_read_or_that_a_campaign_raised(finding):
    only = waive(indicator="os_system")
    for what in ({"status": "partial"}, {"digest_matches": False}, {"spoke": "campaign"}):
        assert not covered(finding(1, indicators=("os_system",), **what), only)


def test_of_a_waiver_and_a_block_the_later_decision_counts(finding):
    later, earlier = DECIDED + timedelta(hours=1), DECIDED - timedelta(hours=1)
    for scope in Scope:
        assert covered(finding(1, **BEFORE), waive(Scope.PROJECT), blocks=[block(scope, earlier)])
        assert not covered(finding(1, **BEFORE), waive(Scope.PROJECT), blocks=[block(scope, later)])
        assert "the block by sec" in note(finding(1, **BEFORE), waive(Scope.PROJECT), blocks=[block(scope, later)])
    assert not covered(finding(1, **BEFORE), waive(), blocks=[block()])
    assert not covered(
        finding(1, indicators=("os_system",)), waive(indicator="os_system"), blocks=[block(decided=earlier)]
    )


def test_a_block_names_a_file_until_a_later_waiver_covers_it():
    earlier = block(Scope.PROJECT, DECIDED - timedelta(hours=1))
    key = (f"{1:064x}", "project-1", "1.0")
    assert date(2026, 11, 30) == earlier.day
    assert earlier == Decisions((), (earlier,)).block_of(*key, BEFORE["first_seen"], TODAY)
    waived = Decisions((waive(Scope.RELEASE),), (earlier,))
    assert waived.block_of(*key, BEFORE["first_seen"], TODAY) is None
    assert earlier == waived.block_of(*key, TODAY, TODAY)
    assert Decisions((), (earlier,)).block_of("", "project-2", "1.0", None, TODAY) is None


def test_an_entry_without_its_evidence_is_covered_by_no_waiver_of_an_indicator():
    key = (f"{1:064x}", "project-1", "1.0", BEFORE["first_seen"], TODAY)
    assert Decisions((waive(Scope.PROJECT),)).waiver_of_entry(*key) is not None
    assert Decisions((waive(Scope.PROJECT, indicator="os_system"),)).waiver_of_entry(*key) is None


def test_decisions_of_today_replace_those_of_the_run(document, finding):
    old = finding(1, waiver=waive())
    after = apply_decisions(document(old, finding(2)), Decisions((waive(sha256=f"{2:064x}"),)), TODAY)
    assert [False, True] == [f.waiver is not None for f in after.findings]
    assert 1 == after.waived
