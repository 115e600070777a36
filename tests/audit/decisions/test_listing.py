"""Tests the list of decisions: their order, their state and the number of files that they name."""

from datetime import UTC, datetime, timedelta

import pytest

from audit.config import Settings
from audit.decisions.appending import append_decision
from audit.decisions.contract import Block, Label, Scope, Waiver
from audit.decisions.file import FILENAME
from audit.decisions.listing import list_decisions

TODAY = datetime.now(UTC).date()
MOMENT = datetime(2026, 11, 30, 9, tzinfo=UTC)


def waive(project, expires):
    return Waiver(scope=Scope.PROJECT, project=project, owner="ops", reason="ours", expires=expires, decided=MOMENT)


@pytest.fixture
def settings(store_folder):
    for decision in (
        waive("sheep", TODAY + timedelta(days=90)),
        waive("goats", TODAY + timedelta(days=3)),
        waive("goats", TODAY - timedelta(days=1)),
        waive("shepe", TODAY + timedelta(days=30)),
        Block(scope=Scope.RELEASE, project="sheep", version="1.0", owner="sec", reason="\x1b[31m", decided=MOMENT),
        Label(sha256="a" * 64, label="benign", why="read it", owner="ops", decided=MOMENT),
    ):
        append_decision(store_folder / FILENAME, decision)
    return Settings(out=str(store_folder))


def test_waivers_are_listed_by_their_end_with_their_state(settings):
    listed = list_decisions(settings, Waiver)
    day = timedelta(days=1)
    assert [
        (f"expired on {TODAY - day}", 1),
        (f"until {TODAY + 3 * day}, in 3 days", 1),
        (f"until {TODAY + 30 * day}, names nothing on this mirror", 0),
        (f"until {TODAY + 90 * day}", 2),
    ] == [(item.state, item.files) for item in listed.decisions]
    assert "project goats  expired on" in listed.render()


def test_blocks_and_labels_have_lists_of_their_own(settings):
    assert "release sheep==1.0  since 2026-11-30  1 files  sec: " in list_decisions(settings, Block).render()
    assert "\\u{1b}" in list_decisions(settings, Block).render()
    assert (
        f"{'a' * 64}  benign  since 2026-11-30, names nothing on this mirror  ops: read it"
        == list_decisions(settings, Label).render()
    )


def test_a_folder_without_decisions_or_runs_has_an_empty_list(tmp_path):
    assert f"none in {tmp_path / FILENAME}" == list_decisions(Settings(out=str(tmp_path)), Waiver).render()
