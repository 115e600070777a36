import contextlib
from pathlib import Path

import pytest

import jobs.run.cluster as cluster_module
from jobs.contract import ClusterSettings, SchedulerSettingsError
from jobs.run.lazy_cluster import check_settings, lazy_cluster


def test_workers_are_opened_and_checked_once_at_the_first_call_and_end_with_the_block(tmp_path, monkeypatch):
    events: list[object] = []

    @contextlib.contextmanager
    def open_cluster(settings):
        events.append(settings)
        yield "cluster"
        events.append("closed")

    monkeypatch.setattr(cluster_module, "open_cluster", open_cluster)
    monkeypatch.setattr(cluster_module, "check_workers", lambda cluster, paths: events.append((cluster, paths)))
    settings, paths = ClusterSettings(tmp_path), (Path("/mirror"),)
    with lazy_cluster(settings, paths, lambda *progress: events.append(progress)) as cluster:
        assert [] == events
        assert cluster() is cluster()
    assert [(0, 0, "starting workers"), settings, ("cluster", paths), "closed"] == events


def test_a_run_that_needs_no_worker_starts_none(tmp_path, monkeypatch):
    monkeypatch.delattr(cluster_module, "open_cluster")
    with lazy_cluster(ClusterSettings(tmp_path), (), lambda *_: None):
        pass


def test_a_scheduler_that_would_never_be_used_is_an_error_before_any_work(tmp_path):
    with pytest.raises(SchedulerSettingsError):
        check_settings(ClusterSettings(tmp_path, scheduler="tcp://198.51.100.7:8786"))


@pytest.mark.parametrize("changes", [{}, {"scheduler": "tcp://127.0.0.1:9"}, {"scheduler_file": Path("/absent")}])
def test_one_that_does_not_answer_is_none_until_it_is_needed(tmp_path, changes):
    check_settings(ClusterSettings(tmp_path, **changes))
