"""Tests that waivers and blocks of people decide over the record."""

from datetime import UTC, date, datetime

from audit.blocklists.canonical import render_blocklist
from audit.blocklists.contract import EntryOrigin, EntryState
from audit.blocklists.record import parse_record
from audit.blocklists.renewal import apply_decisions, renew_record
from audit.config import BlocklistSettings
from audit.decisions.contract import Block, Scope, Waiver
from audit.decisions.matching import Decisions
from tests.audit.blocklists.conftest import file_of

SETTINGS = BlocklistSettings()
DECIDED = datetime(2026, 11, 22, 12, tzinfo=UTC)


def waiver(number, expires=date(2026, 12, 1)):
    return Waiver(sha256=f"{number:064x}", owner="ops", reason="ours", expires=expires, decided=DECIDED)


def names(record):
    return [entry.filename for entry in record.entries]


def test_a_waiver_lifts_an_entry_which_returns_when_it_ends_although_the_file_is_gone(record, night, finding):
    decisions = Decisions(waivers=(waiver(1),))
    lifted = renew_record(record(finding(1), finding(2)), night(day=1, decisions=decisions), SETTINGS)
    assert (["project_2-1.0.tar.gz"], 1) == (names(lifted), lifted.waived)
    [out] = lifted.lifted
    assert ("waived", "2026-11-23", "project_1-1.0.tar.gz") == (out.why, out.day, out.entry.filename)
    assert "by ops (ours), until 2026-12-01" in out.note
    still = renew_record(lifted, night(day=5, decisions=decisions), SETTINGS)
    assert "2026-11-23" == still.lifted[0].day
    over = renew_record(still, night(day=10, decisions=decisions), SETTINGS)
    assert ["project_1-1.0.tar.gz", "project_2-1.0.tar.gz"] == names(over)
    assert () == over.lifted


def test_a_waived_finding_does_not_enter_and_is_counted(record, finding):
    listed = record(finding(1, waiver=waiver(1)), finding(2))
    assert (1, ["project_2-1.0.tar.gz"]) == (listed.waived, names(listed))


def test_a_person_blocks_a_clear_file_and_one_that_is_not_there_yet(record, night, finding):
    blocks = tuple(Block(sha256=f"{number:064x}", owner="sec", reason="advisory", decided=DECIDED) for number in (1, 5))
    clear = file_of(finding(1), verdict="clear", score=0.2)
    first = renew_record(None, night(day=1, files=[clear], decisions=Decisions(blocks=blocks)), SETTINGS)
    unknown, known = first.entries
    assert (f"{5:064x}", "", EntryState.GONE) == (unknown.sha256, unknown.filename, unknown.state)
    assert (EntryOrigin.PERSON, ("blocked by sec: advisory",), "clear") == (known.why, known.reasons, known.verdict)
    assert first == parse_record(render_blocklist(first).encode())
    came = night(day=2, files=[clear, file_of(finding(5))], decisions=Decisions())
    assert ["project_1-1.0.tar.gz", "project_5-1.0.tar.gz"] == names(
        renew_record(first, came, BlocklistSettings(days=1))
    )


def test_a_person_blocks_a_project_with_what_comes_later(night, finding):
    block = Block(scope=Scope.PROJECT, project="project-1", owner="sec", reason="ours alone", decided=DECIDED)
    files = [file_of(finding(1, project="Project_1")), file_of(finding(2))]
    listed = renew_record(None, night(day=1, files=files, decisions=Decisions(blocks=(block,))), SETTINGS)
    assert ["project_1-1.0.tar.gz"] == names(listed)


def test_a_persons_block_overrides_what_is_held_and_withheld(night, finding):
    block = Block(sha256=f"{1:064x}", owner="sec", reason="seen", decided=DECIDED)
    popular = {"project-1": "it is popular"}
    plain = renew_record(None, night(finding(1), popular=popular), SETTINGS)
    assert ([], ["project_1-1.0.tar.gz"]) == (names(plain), [case.filename for case in plain.held])
    decided = night(finding(1), popular=popular, decisions=Decisions(blocks=(block,)))
    listed = renew_record(None, decided, SETTINGS)
    assert (["project_1-1.0.tar.gz"], ()) == (names(listed), listed.held)
    assert ("blocked by sec: seen", "posts data to a webhook when installed") == listed.entries[0].reasons


def test_decisions_of_today_apply_to_the_record_of_a_finished_run(record, night, finding):
    first = record(finding(1), finding(2))
    block = Block(sha256=f"{3:064x}", owner="sec", reason="seen", decided=DECIDED)
    today = night(finding(2), day=3, decisions=Decisions(waivers=(waiver(1),), blocks=(block,)))
    decided = apply_decisions(first, today, SETTINGS)
    assert [f"{3:064x}", f"{2:064x}"] == [entry.sha256 for entry in decided.entries]
    assert ("run-0", 1) == (decided.source_run, decided.waived)
