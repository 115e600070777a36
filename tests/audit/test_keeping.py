"""Tests pruning as an operator asks for it, and the end of a night."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from audit.config import KeepSettings, Settings
from audit.contract import AuditDocument
from audit.keeping import NothingToPruneError, keep_rules, prune, render_prune, runs_of_news, tend_store
from jobs.contract import OutputLockedError
from jobs.run.manifest import FILENAME, parse_manifest
from jobs.run.pruning import KeepRules
from jobs.store.lock import OutputLock, reading

NOW = datetime.now(UTC)
Publish = Callable[[AuditDocument], Path]
Document = Callable[..., AuditDocument]


@pytest.fixture
def add_run(publish: Publish, document: Document, tmp_path: Path) -> Callable[..., str]:
    """Return `add_run(hours_ago, previous_run) -> id` of a run that ended then and is the last one."""

    def add(hours_ago: float, previous: str = "") -> str:
        moment = NOW - timedelta(hours=hours_ago)
        run = f"{moment:%Y%m%dT%H%M%SZ}-abcd"
        (tmp_path / "runs" / "latest").unlink(missing_ok=True)
        publish(document(run=run, previous_run=previous))
        file = tmp_path / "runs" / run / FILENAME
        changed = replace(parse_manifest(file.read_text()), started=moment, finished=moment)
        file.write_text(changed.to_json(), encoding="utf-8")
        return run

    return add


def settings(out: Path, **keep: int) -> Settings:
    return Settings(out=str(out), keep=KeepSettings(**keep))


def runs(out: Path) -> list[str]:
    return sorted(name for name in os.listdir(out / "runs") if name != "latest")  # noqa: PTH208


def test_flags_come_before_settings_and_settings_before_defaults():
    assert KeepRules() == keep_rules(KeepSettings())
    assert KeepRules(5, KeepRules().days) == keep_rules(KeepSettings(runs=5))
    assert KeepRules(0, 3) == keep_rules(KeepSettings(runs=5, days=7), 0, 3)


def test_the_runs_that_news_is_compared_with_stay(add_run, tmp_path):
    """The next night compares with the newest run of an earlier night; the last one compared with its previous run."""
    oldest, older, before, latest = add_run(96), add_run(72), add_run(40), add_run(1)
    latest = add_run(0.5, previous=older)
    assert {latest: "a run of this night", before: "the next night's news is compared with it"}.items() <= (
        runs_of_news(tmp_path, NOW, 12.0).items()
    )
    result = prune(settings(tmp_path), 1, 0, dry_run=False)
    assert [f"runs/{oldest}"] == [item.path for item in result.removed]
    assert [older, before] == runs(tmp_path)[:2]
    assert 4 == len(runs(tmp_path))


def test_a_dry_run_removes_nothing_and_says_what_it_would(add_run, tmp_path):
    there = [add_run(days * 24) for days in (200, 100, 50, 2)]
    result = prune(settings(tmp_path), 1, 60, dry_run=True)
    assert there == runs(tmp_path)
    text = render_prune(result)
    assert f"would remove runs/{there[0]}" in text
    assert "(200 days old and not among the newest 1)" in text
    assert f"kept runs/{there[3]}" in text
    assert f"2 things, {result.bytes / 1024:,.1f} KiB, would be removed from {tmp_path}" in text
    done = prune(settings(tmp_path), 1, 60, dry_run=False)
    assert result.removed == done.removed
    assert f"removed runs/{there[0]}" in render_prune(done)
    assert there[2:] == runs(tmp_path)


def test_a_folder_without_runs_is_an_error_and_is_left_as_it_is(tmp_path):
    with pytest.raises(NothingToPruneError, match="no runs in"):
        prune(settings(tmp_path / "typo"), None, None, dry_run=False)
    assert not (tmp_path / "typo").exists()


def test_a_run_in_progress_is_not_disturbed(add_run, tmp_path):
    add_run(24)
    lock = OutputLock(tmp_path)
    with pytest.raises(OutputLockedError):
        prune(settings(tmp_path), None, None, dry_run=True)
    assert "the store was not tidied" in tend_store(settings(tmp_path))
    lock.release()


def test_a_night_prunes_only_where_the_settings_ask_for_it(add_run, tmp_path):
    there = [add_run(days * 24) for days in (200, 100, 50, 2)]
    assert "" == tend_store(settings(tmp_path))
    assert there == runs(tmp_path)
    assert "" == tend_store(settings(tmp_path, days=60, runs=1))
    assert there[2:] == runs(tmp_path)


def test_a_night_does_not_wait_for_readers(add_run, tmp_path):
    there = [add_run(days * 24) for days in (200, 100, 2)]
    with reading(tmp_path):
        assert "in use by another command" in tend_store(settings(tmp_path, days=60, runs=1))
    assert there == runs(tmp_path)
