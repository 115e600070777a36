"""Tests that nothing leaves the record but by a person's word or a rule of the configuration."""

from dataclasses import replace

import pytest

from audit.blocklists.contract import EntryOrigin, EntryState
from audit.blocklists.mirror_files import MirrorFiles
from audit.blocklists.renewal import add_withheld, mark_document, renew_record
from audit.config import BlocklistSettings
from model.contract import Verdict
from tests.audit.blocklists.conftest import file_of

SETTINGS = BlocklistSettings()


def names(record):
    return [entry.filename for entry in record.entries]


def test_the_first_night_blocks_files_at_the_verdict_and_none_below(record, finding):
    listed = record(finding(1), finding(2, verdict=Verdict.REVIEW))
    [entry] = listed.entries
    assert ("file", "deny", f"{1:064x}") == (entry.scope, entry.action, entry.sha256)
    assert "pkg:pypi/project-1@1.0?file_name=project_1-1.0.tar.gz" == entry.purl
    assert ("2026-11-22", "2026-11-22", "") == (entry.first_seen, entry.last_confirmed, entry.expires_at)
    assert (EntryState.ON_MIRROR, EntryOrigin.VERDICT, finding(1).path) == (entry.state, entry.why, entry.path)
    assert ("posts data to a webhook when installed",) == entry.reasons
    assert (2, "7", "run-0", "") == (listed.schema_version, listed.mirror_serial, listed.source_run, listed.refused)


def test_a_file_that_left_the_mirror_stays_blocked(record, night, finding):
    [entry] = renew_record(record(finding(1)), night(day=1), SETTINGS).entries
    assert (EntryState.GONE, "2026-11-22", "2026-11-22") == (entry.state, entry.first_seen, entry.last_confirmed)
    assert "posts data to a webhook when installed" in entry.reasons


def test_a_file_whose_place_cannot_be_read_stands_and_does_not_expire(record, night, finding):
    settings = BlocklistSettings(days=1)
    first = record(finding(1), settings=settings)
    stands = night(finding(1), day=9, files=[file_of(finding(1), stands=True)])
    [entry] = renew_record(first, stands, settings).entries
    assert (EntryState.STANDS, "2026-11-22") == (entry.state, entry.last_confirmed)
    unread = replace(night(day=9), files=MirrorFiles(unread_paths=frozenset((finding(1).path,))))
    [entry] = renew_record(first, unread, settings).entries
    assert EntryState.STANDS == entry.state


def test_a_file_that_scores_clear_now_stays_and_a_person_is_told(record, night, finding):
    clear = night(day=1, files=[file_of(finding(1), verdict="clear", score=0.01)])
    renewed = renew_record(record(finding(1)), clear, SETTINGS)
    assert [("2026-11-22", "malicious")] == [(entry.last_confirmed, entry.verdict) for entry in renewed.entries]
    [told] = mark_document(renewed, clear).unconfirmed
    assert ("its verdict is clear now", "2026-11-22", "clear") == (told.why, told.since, told.verdict)
    again = night(finding(1), day=2)
    renewed = renew_record(renewed, again, SETTINGS)
    assert "2026-11-24" == renewed.entries[0].last_confirmed
    assert () == mark_document(renewed, again).unconfirmed


def test_an_entry_expires_only_by_the_rule_of_the_configuration(record, night, finding):
    week = BlocklistSettings(days=7)
    first = record(finding(1), settings=week)
    assert ("2026-11-29", "2026-11-29") == (first.expires_at, first.entries[0].expires_at)
    assert 1 == len(renew_record(first, night(day=7), week).entries)
    expired = renew_record(first, night(day=8), week)
    assert () == expired.entries
    assert [("expired", "2026-11-30")] == [(each.why, each.day) for each in expired.lifted]
    assert 1 == len(renew_record(first, night(day=4_000), SETTINGS).entries)


def test_an_expired_entry_that_is_found_again_keeps_its_first_day(record, night, finding):
    week = BlocklistSettings(days=7)
    expired = renew_record(record(finding(1), settings=week), night(day=8), week)
    back = renew_record(expired, night(finding(1), day=9), week)
    assert ["2026-11-22"] == [entry.first_seen for entry in back.entries]
    assert () == back.lifted


def test_a_bound_withholds_all_that_is_new_and_keeps_the_list_in_force(record, night, finding):
    few = BlocklistSettings(max_files=2, max_share=0)
    first = record(finding(1), settings=few)
    many = night(*(finding(number) for number in range(1, 6)), day=1)
    kept = renew_record(first, many, few)
    assert ["project_1-1.0.tar.gz"] == names(kept)
    assert "4 are new, and the bound of one night is 2" == kept.refused
    assert ["bound"] * 4 == [case.why for case in kept.withheld]
    written = add_withheld(kept, many, few)
    assert (5, (), "") == (len(written.entries), written.withheld, written.refused)
    assert 5 == len(renew_record(kept, many, few, yes=True).entries)


def test_a_list_that_the_document_is_too_short_for_says_so(record, finding):
    cut = record(finding(1), totals={"malicious": 1, "review": 7}, settings=BlocklistSettings(verdict="review"))
    assert 1 == len(cut.entries)
    assert "the run's document lists 1 of the 8 findings to block (raise max_findings)" == cut.refused


def test_the_document_says_of_each_finding_whether_it_is_blocked_or_held(night, finding):
    tonight = night(finding(1), finding(2), popular={"project-2": "it is popular"})
    marked = mark_document(renew_record(None, tonight, SETTINGS), tonight)
    assert [True, False] == [each.blocked for each in marked.findings]
    assert ["", "it is popular, and this mirror has served the file for 996 days"] == [
        each.held for each in marked.findings
    ]
    assert ["project-2"] == [case.project for case in marked.held]


@pytest.mark.parametrize("day", [1, 15, 400])
def test_an_entry_is_not_unblocked_because_its_project_is_popular_or_it_grows_older(record, night, finding, day):
    first = record(finding(1))
    later = night(finding(1), day=day, popular={"project-1": "it is popular"})
    assert ["project_1-1.0.tar.gz"] == names(renew_record(first, later, SETTINGS))
