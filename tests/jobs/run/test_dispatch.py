import os
import signal
import time

import jobs_doubles
import pytest

from jobs.contract import ClusterLostError, WorkerDiedError, WorkerUnfitError
from jobs.run import dispatch
from jobs.run.cluster import Cluster
from jobs.run.dispatch import BoundedSubmit


def test_every_item_comes_back_with_its_answer(cluster: Cluster):
    items = iter(range(50))
    answers = dict(BoundedSubmit(cluster, abs, lambda: next(items, None)))
    assert {n: n for n in range(50)} == answers


def test_an_answer_may_lead_to_new_items_and_an_exception_is_an_answer(cluster: Cluster):
    queue = ["7", "x"]
    answers = []
    for item, answer in BoundedSubmit(cluster, int, lambda: queue.pop() if queue else None):
        answers.append((item, answer if isinstance(answer, int) else type(answer)))
        if item == "x":
            queue.append("8")
    assert {("7", 7), ("8", 8), ("x", ValueError)} == set(answers)


def test_an_error_of_this_room_ends_the_submission(cluster: Cluster):
    items = iter([7])
    with pytest.raises(WorkerUnfitError, match="here 7"):
        list(BoundedSubmit(cluster, jobs_doubles.refuse, lambda: next(items, None)))


def test_a_killed_worker_fails_only_the_items_it_had_in_hand_and_is_replaced(cluster: Cluster):
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


class SlowFuture:
    """A task that has ended; its result is its key."""

    def __init__(self, key):
        self.key = key
        self.released = False

    def add_done_callback(self, callback):
        callback(self)

    def result(self):
        return self.key

    def release(self):
        self.released = True


class FakeCluster:
    """A cluster of some threads that runs nothing."""

    name = "fake"
    absence = 0.0

    def __init__(self, threads):
        self.client = self
        self.futures: list[SlowFuture] = []
        self._threads = threads

    def threads(self):
        return self._threads

    def check(self):
        pass

    def submit(self, task, item, key, pure):
        assert not pure
        self.futures.append(SlowFuture(key))
        return self.futures[-1]


def test_no_more_items_are_submitted_than_two_for_each_thread():
    cluster = FakeCluster(3)
    items = iter(range(100))
    answers = iter(BoundedSubmit(cluster, abs, lambda: next(items, None)))  # type: ignore[arg-type]
    next(answers)
    assert 6 == len(cluster.futures)
    next(answers)
    assert 7 == len(cluster.futures)


def test_what_is_still_submitted_is_released_when_the_caller_stops():
    cluster = FakeCluster(2)
    items = iter(range(100))
    answers = iter(BoundedSubmit(cluster, abs, lambda: next(items, None)))  # type: ignore[arg-type]
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    assert [False, True, True, True] == [future.released for future in cluster.futures]


def test_keys_are_never_used_twice():
    cluster = FakeCluster(2)
    for _ in range(2):
        items = iter(["same", "same"])
        list(BoundedSubmit(cluster, len, lambda items=items: next(items, None)))  # type: ignore[arg-type, misc]
    assert 4 == len({future.key for future in cluster.futures})


def test_workers_that_stay_away_end_the_run(monkeypatch):
    monkeypatch.setattr(dispatch, "_CHECK_SECONDS", 0.01)
    monkeypatch.setattr(SlowFuture, "add_done_callback", lambda self, callback: None)
    items = iter([1])
    with pytest.raises(ClusterLostError, match="the workers of fake are gone"):
        list(BoundedSubmit(FakeCluster(0), abs, lambda: next(items, None)))  # type: ignore[arg-type]
