"""Tests which run news are against: a rerun, a removed run and a damaged one swallow nothing."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from audit.contract import FindingChange
from audit.decisions.contract import Waiver
from audit.news.backlog import READING, render_backlog
from audit.news.baseline import Baseline, find_baseline, named_baseline, read_baseline
from audit.runs import NoSuchRunError
from jobs.run.run_folder import new_run_id
from model.contract import Verdict

TONIGHT = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)


@pytest.fixture
def published(publish, document, finding):
    """Publish a run that started so many hours before tonight's and took ten minutes; return its id."""

    def run(hours, *findings):
        started = TONIGHT - timedelta(hours=hours)
        made = document(
            *(findings or (finding(),)),
            run=new_run_id(started),
            started=started,
            finished=started + timedelta(minutes=10),
        )
        publish(made)
        return made.run

    return run


def test_the_last_run_of_an_earlier_night_is_the_baseline(published, tmp_path):
    published(48)
    night = published(24)
    published(2), published(1)
    assert night == find_baseline(tmp_path, TONIGHT, 12).run


def test_a_run_is_of_an_earlier_night_from_the_hours_on(published, tmp_path):
    run = published(12 + 1 / 6)
    assert run == find_baseline(tmp_path, TONIGHT, 12).run
    assert "" == find_baseline(tmp_path, TONIGHT, 12.01).run


def test_without_hours_the_last_run_is_the_baseline(published, tmp_path):
    published(24)
    last = published(1)
    assert last == find_baseline(tmp_path, TONIGHT, 0).run


def test_without_an_earlier_night_everything_is_new(published, tmp_path):
    published(1)
    baseline = find_baseline(tmp_path, TONIGHT, 12)
    assert Baseline() == baseline == find_baseline(tmp_path / "none", TONIGHT, 12)
    assert FindingChange.NEW is baseline.compare("00", "packages/a", Verdict.REVIEW)


def test_a_removed_run_hands_over_to_the_one_before(published, tmp_path):
    before, removed = published(48), published(24)
    shutil.rmtree(tmp_path / "runs" / removed)
    assert before == find_baseline(tmp_path, TONIGHT, 12).run


@pytest.mark.parametrize("file", ["findings.json", READING, "manifest.json"])
def test_a_damaged_run_is_passed_over_and_named(published, tmp_path, file):
    before, damaged = published(48), published(24)
    (tmp_path / "runs" / damaged / file).write_text("{")
    baseline = find_baseline(tmp_path, TONIGHT, 12)
    assert before == baseline.run
    (sentence,) = baseline.skipped
    assert sentence.startswith(f"run {damaged} was passed over: ")


def test_a_damaged_run_of_the_same_night_is_no_news(published, tmp_path):
    before, damaged = published(24), published(1)
    (tmp_path / "runs" / damaged / "findings.json").write_text("{")
    assert (before, ()) == ((found := find_baseline(tmp_path, TONIGHT, 12)).run, found.skipped)


def test_a_run_that_was_killed_before_it_was_published_is_none(published, tmp_path):
    before = published(48)
    (tmp_path / "runs" / ".staging-20261121T033000Z-abcd").mkdir()
    assert before == find_baseline(tmp_path, TONIGHT, 12).run


def test_a_person_names_the_run(published, tmp_path):
    first, last = published(48), published(1)
    for name in (first, str(tmp_path / "runs" / first), "2026-11-20"):
        assert first == named_baseline(tmp_path, name).run
    assert last == named_baseline(tmp_path, "latest").run == named_baseline(tmp_path, "2026-11-22").run


def test_a_day_before_the_first_run_makes_everything_new(published, tmp_path):
    published(24)
    assert Baseline(skipped=("no run finished on 2026-11-01 or before",)) == named_baseline(tmp_path, "2026-11-01")


def test_a_named_run_that_is_damaged_or_absent_is_an_error(published, tmp_path):
    run = published(24)
    with pytest.raises(NoSuchRunError, match="no finished run 'yesterday'"):
        named_baseline(tmp_path, "yesterday")
    (tmp_path / "runs" / run / "findings.json").write_text("{")
    with pytest.raises(NoSuchRunError, match=r"findings\.json or reading\.json in .* cannot be read"):
        named_baseline(tmp_path, run)


def test_each_change_is_distinguished(published, tmp_path, finding):
    waiver = Waiver(sha256="00", owner="ops", reason="ours", expires=TONIGHT.date())
    reported = [finding(1, verdict=Verdict.SUSPICIOUS), finding(2, waiver=waiver)]
    baseline = read_baseline(tmp_path / "runs" / published(24, *reported))
    key = (reported[0].sha256, reported[0].path)
    changes = [baseline.compare(*key, verdict) for verdict in (Verdict.REVIEW, Verdict.SUSPICIOUS, Verdict.MALICIOUS)]
    assert [FindingChange.LOWERED, FindingChange.SAME, FindingChange.RAISED] == changes
    assert [False, False, True] == [
        baseline.is_unread(*key, verdict) for verdict in (Verdict.REVIEW, Verdict.SUSPICIOUS, Verdict.MALICIOUS)
    ]
    assert FindingChange.NEW is baseline.compare(reported[1].sha256, reported[1].path, Verdict.REVIEW)


def test_what_waits_is_unread_although_it_is_no_news(published, tmp_path, finding):
    waits = finding(1)
    folder = tmp_path / "runs" / published(24, waits)
    (folder / READING).write_text(render_backlog("1", {}, {(waits.sha256, waits.path): TONIGHT.date()}))
    baseline = read_baseline(folder)
    assert FindingChange.SAME is baseline.compare(waits.sha256, waits.path, waits.verdict)
    assert baseline.is_unread(waits.sha256, waits.path, waits.verdict)


def test_the_files_that_waited_for_a_person_are_those_of_the_baseline(published, finding, tmp_path):
    waiting = replace(finding(1), held="popular")
    published(24, waiting, finding(2))
    assert {waiting.sha256} == find_baseline(tmp_path, TONIGHT, 12).held
