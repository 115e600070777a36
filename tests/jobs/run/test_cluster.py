import json
import os
import signal
import time
from pathlib import Path

import jobs_doubles
import psutil
import pytest

from features.schema import fingerprint
from jobs.contract import SchedulerUnreachableError, WorkerDiedError, WorkerSchemaMismatchError, WorkerUnfitError
from jobs.run import cluster as cluster_module
from jobs.run.cluster import Cluster, ClusterSettings, Fitness, check_workers, open_cluster
from jobs.run.dispatch import BoundedSubmit

NOBODY = "tcp://127.0.0.1:9"  # the discard port, where nothing listens


def opened(settings: ClusterSettings) -> None:
    with open_cluster(settings):
        pass


def test_no_scheduler_there_is_said_within_the_time_given(tmp_path):
    begun = time.monotonic()
    with pytest.raises(SchedulerUnreachableError, match=r"127\.0\.0\.1:9") as caught:
        opened(ClusterSettings(tmp_path, scheduler=NOBODY, patience=1))
    assert time.monotonic() - begun < 15
    assert "dask scheduler" in caught.value.hint


@pytest.mark.parametrize("text", [None, "", "{}", "[]", "\0"])
def test_a_scheduler_file_that_says_nothing_is_an_error_at_once(tmp_path, text):
    file = tmp_path / "scheduler.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SchedulerUnreachableError, match=r"scheduler\.json"):
        opened(ClusterSettings(tmp_path, scheduler_file=file, patience=1))


def test_a_scheduler_without_workers_is_said(tmp_path):
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=0, dashboard_address=":0", processes=False) as empty:
        file = tmp_path / "scheduler.json"
        file.write_text(json.dumps({"address": empty.scheduler_address}))
        with pytest.raises(SchedulerUnreachableError, match="no workers"):
            opened(ClusterSettings(tmp_path, scheduler_file=file, patience=1))


def test_workers_of_the_same_columns_that_see_the_paths_are_fit(cluster: Cluster, tmp_path):
    check_workers(cluster, (tmp_path,))
    assert 2 == cluster.threads()


def test_a_worker_that_does_not_see_the_mirror_is_named(cluster: Cluster, tmp_path):
    with pytest.raises(WorkerUnfitError, match=r"tcp://127.0.0.1:\d+ does not see .*absent"):
        check_workers(cluster, (tmp_path, tmp_path / "absent"))


def test_a_worker_of_other_columns_is_named_with_both_fingerprints(cluster: Cluster, monkeypatch):
    monkeypatch.setattr(cluster_module, "fingerprint", lambda: "0123456789abcdef")
    with pytest.raises(WorkerSchemaMismatchError) as caught:
        check_workers(cluster, ())
    assert (fingerprint(), "0123456789abcdef") == (caught.value.theirs, caught.value.ours)


def test_a_worker_says_what_it_does_not_see():
    assert Fitness(fingerprint(), "/absent") == cluster_module.examine_worker((Path("/"), Path("/absent")))


def test_items_come_back_in_any_number_and_no_more_are_out_than_fit(cluster: Cluster):
    asked = iter(range(50))
    answers = dict(BoundedSubmit(cluster, abs, lambda: next(asked, None)))
    assert {n: n for n in range(50)} == answers


def test_an_answer_may_lead_to_new_items_and_an_exception_is_an_answer(cluster: Cluster):
    queue = ["7", "x"]
    answers = []
    for item, answer in BoundedSubmit(cluster, int, lambda: queue.pop() if queue else None):
        answers.append((item, answer if isinstance(answer, int) else type(answer)))
        if item == "x":
            queue.append("8")
    assert {("7", 7), ("8", 8), ("x", ValueError)} == set(answers)


def test_an_error_of_this_room_ends_it(cluster: Cluster):
    items = iter([7])
    with pytest.raises(WorkerUnfitError, match="here 7"):
        list(BoundedSubmit(cluster, jobs_doubles.refuse, lambda: next(items, None)))


def test_a_worker_killed_from_outside_fails_what_it_had_in_hand_and_is_replaced(cluster: Cluster):
    pids = cluster.client.run(os.getpid)
    items = iter([0.2] * 12)
    answers = []
    for _, answer in BoundedSubmit(cluster, time.sleep, lambda: next(items, None)):
        answers.append(answer)
        if len(answers) == 2:
            os.kill(next(iter(pids.values())), signal.SIGKILL)
    assert 12 == len(answers)
    assert {type(None), WorkerDiedError} == {type(answer) for answer in answers}
    assert 1 <= sum(answer is not None for answer in answers) <= 2


def test_nothing_listens_beyond_this_machine(cluster: Cluster):
    assert cluster.local is not None
    own = {os.getpid(), *cluster.client.run(os.getpid).values()}
    listening = [c for pid in own for c in psutil.Process(pid).net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert {"127.0.0.1"} == {connection.laddr.ip for connection in listening}
