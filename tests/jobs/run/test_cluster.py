import json
import os
from pathlib import Path

import psutil
import pytest

from features.schema import fingerprint
from jobs.contract import ClusterSettings, SchedulerUnreachableError, WorkerSchemaMismatchError, WorkerUnfitError
from jobs.run import cluster as cluster_module
from jobs.run.cluster import Cluster, WorkerReport, check_workers, open_cluster

NOBODY = "tcp://127.0.0.1:9"  # the discard port, where nothing listens


def opened(settings: ClusterSettings) -> None:
    with open_cluster(settings):
        pass


def test_an_address_where_no_scheduler_listens_is_an_error_with_a_hint(tmp_path):
    with pytest.raises(SchedulerUnreachableError, match=r"127\.0\.0\.1:9") as caught:
        opened(ClusterSettings(tmp_path, scheduler=NOBODY, patience=1))
    assert "dask scheduler" in caught.value.hint


@pytest.mark.parametrize("text", [None, "", "{}", "[]", "\0"])
def test_a_scheduler_file_without_an_address_is_an_error(tmp_path, text):
    file = tmp_path / "scheduler.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SchedulerUnreachableError, match=r"scheduler\.json"):
        opened(ClusterSettings(tmp_path, scheduler_file=file, patience=1))


def test_a_scheduler_without_workers_is_an_error(tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=0, dashboard_address=":0", processes=False) as empty:
        file = tmp_path / "scheduler.json"
        file.write_text(json.dumps({"address": empty.scheduler_address}))
        with pytest.raises(SchedulerUnreachableError, match="no workers"):
            opened(ClusterSettings(tmp_path, scheduler_file=file, patience=1))


def test_workers_with_the_same_schema_that_see_the_paths_pass(cluster: Cluster, tmp_path):
    check_workers(cluster, (tmp_path,))
    assert 2 == cluster.threads()


def test_a_worker_that_does_not_see_the_mirror_is_named(cluster: Cluster, tmp_path):
    with pytest.raises(WorkerUnfitError, match=r"tcp://127.0.0.1:\d+ does not see .*absent"):
        check_workers(cluster, (tmp_path, tmp_path / "absent"))


def test_a_worker_with_another_schema_is_named_with_both_fingerprints(cluster: Cluster, monkeypatch):
    monkeypatch.setattr(cluster_module, "fingerprint", lambda: "0123456789abcdef")
    with pytest.raises(WorkerSchemaMismatchError) as caught:
        check_workers(cluster, ())
    assert (fingerprint(), "0123456789abcdef") == (caught.value.theirs, caught.value.ours)


def test_a_worker_reports_the_first_path_that_it_does_not_see():
    assert WorkerReport(fingerprint(), "/absent") == cluster_module.examine_worker((Path("/"), Path("/absent")))


def test_nothing_listens_beyond_this_machine(cluster: Cluster):
    assert cluster.local is not None
    own = {os.getpid(), *cluster.client.run(os.getpid).values()}
    listening = [c for pid in own for c in psutil.Process(pid).net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert {"127.0.0.1"} == {connection.laddr.ip for connection in listening}
