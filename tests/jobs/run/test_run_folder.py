import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from manifest_builder import MANIFEST
from store_builders import names

from jobs.contract import OutputLockedError, StoreUnwritableError
from jobs.run.manifest import FILENAME, ManifestError
from jobs.run.run_folder import (
    RunFolder,
    discard_run,
    new_run_id,
    publish_run,
    read_run,
    remove_leftovers,
    staging_folder,
)
from jobs.store.lock import OutputLock


def stage(out: Path, run: str) -> RunFolder:
    """Return a staged run with a manifest, whose lock is held."""
    folder = staging_folder(out, run)
    folder.mkdir(parents=True)
    manifest = replace(MANIFEST, run=run)
    (folder / FILENAME).write_text(manifest.to_json())
    return RunFolder(run, out, folder, manifest, OutputLock(out))


def test_an_id_sorts_by_time_and_differs_within_a_second():
    now = datetime(2026, 11, 22, 5, 38, 41, tzinfo=UTC)
    assert re.fullmatch(r"20261122T053841Z-[0-9a-f]{4}", new_run_id(now))
    assert new_run_id(now) < new_run_id(now.replace(second=42))
    assert 1 < len({new_run_id(now) for _ in range(20)})


def test_a_published_run_is_visible_latest_and_unlocked(tmp_path):
    publish_run(stage(tmp_path, "1"))
    final = publish_run(stage(tmp_path, "2"))
    assert tmp_path / "runs" / "2" == final.folder
    assert final.lock is None
    assert ["1", "2", "latest"] == names(tmp_path / "runs")
    assert Path("2") == (tmp_path / "runs" / "latest").readlink()
    OutputLock(tmp_path).release()


def test_a_run_is_read_back_by_its_folder_and_by_the_link_to_it(tmp_path):
    final = publish_run(stage(tmp_path, "1"))
    assert final == read_run(tmp_path / "runs" / "1") == read_run(tmp_path / "runs" / "latest")


def test_a_folder_without_a_readable_manifest_is_no_run(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_run(tmp_path)
    (tmp_path / FILENAME).write_text("{}")
    with pytest.raises(ManifestError):
        read_run(tmp_path)


def test_a_discarded_run_leaves_nothing_and_no_lock(tmp_path):
    staged = stage(tmp_path, "1")
    with pytest.raises(OutputLockedError):
        OutputLock(tmp_path)
    discard_run(staged)
    assert [] == names(tmp_path / "runs")
    OutputLock(tmp_path).release()


def test_a_run_that_cannot_be_published_keeps_the_lock(tmp_path):
    staged = stage(tmp_path, "1")
    (tmp_path / "runs" / "1").mkdir()
    (tmp_path / "runs" / "1" / "occupied").touch()
    with pytest.raises(StoreUnwritableError, match="runs/1 cannot be written"):
        publish_run(staged)
    with pytest.raises(OutputLockedError):
        OutputLock(tmp_path)
    discard_run(staged)


def test_leftovers_of_killed_runs_are_removed_and_finished_runs_stay(tmp_path):
    publish_run(stage(tmp_path, "1"))
    killed = stage(tmp_path, "2")
    (tmp_path / "runs" / ".latest-abcd").symlink_to("2")
    remove_leftovers(tmp_path)
    assert ["1", "latest"] == names(tmp_path / "runs")
    assert killed.lock is not None
    killed.lock.release()


def test_an_output_folder_without_runs_has_no_leftovers(tmp_path):
    remove_leftovers(tmp_path)
    assert [] == names(tmp_path)
