"""Submits work to a cluster a little ahead of its capacity, so that any number of items fits in memory."""

import queue
import secrets
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from jobs.contract import ClusterLostError, JobsError, WorkerDiedError

if TYPE_CHECKING:
    from distributed import Future

    from jobs.run.cluster import Cluster

T = TypeVar("T")

ITEMS_PER_THREAD = 2
"""Items submitted for each worker thread: one that it runs, and one that waits."""
_CHECK_SECONDS = 2.0
"""Time between two checks of the cluster while no task ends."""


class BoundedSubmit(Generic[T]):
    """Runs `task(item)` on workers and yields (item, answer) in the order in which the tasks end.

    The answer is the task's result, or the exception that it raised; WorkerDiedError if the worker died over the item.
    `next_item` returns the next item or None. It is called whenever there is room, also again after it returned None
    while tasks are running, so that an answer can lead to new items.

    Raises ClusterLostError, and any JobsError that a task raises: that concerns the whole run.
    """

    def __init__(self, cluster: "Cluster", task: Callable[[T], Any], next_item: Callable[[], T | None]) -> None:
        self._cluster = cluster
        self._task = task
        self._next_item = next_item
        self._ended: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._submitted: dict[str, tuple[Future, T]] = {}

    def __iter__(self) -> Iterator[tuple[T, Any]]:
        try:
            yield from self._answers()
        finally:
            # Releasing a future sends a message and waits for no reply, which a lost scheduler would never give.
            for future, _ in self._submitted.values():
                future.release()
            self._submitted.clear()

    def _answers(self) -> Iterator[tuple[T, Any]]:
        checked, capacity = 0.0, 1
        while True:
            if time.monotonic() - checked > _CHECK_SECONDS:
                checked, capacity = time.monotonic(), max(1, ITEMS_PER_THREAD * self._cluster.threads())
            while len(self._submitted) < capacity and (item := self._next_item()) is not None:
                self._submit(item)
            if not self._submitted:
                return
            future = self._wait()
            _, item = self._submitted.pop(future.key)
            yield item, self._answer(future)

    def _answer(self, future: "Future") -> Any:
        """Return the result or the exception of a task that has ended; the result may be gone with its worker."""
        # A run that submits nothing must not load distributed.
        from distributed import KilledWorker  # noqa: PLC0415
        from distributed.client import FutureCancelledError  # noqa: PLC0415

        try:
            return future.result()
        except JobsError:
            raise
        except FutureCancelledError as error:
            raise ClusterLostError(f"the Dask scheduler {self._cluster.name} dropped the work") from error
        except KilledWorker:
            self._cluster.check()
            return WorkerDiedError()
        except Exception as error:  # noqa: BLE001  what a task raises is its answer, and the caller decides
            self._cluster.check()
            return error

    def _submit(self, item: T) -> None:
        # A random key, so that the scheduler never answers with a result that it keeps for an earlier driver.
        future = self._cluster.client.submit(self._task, item, key=f"boojum-{secrets.token_hex(12)}", pure=False)
        self._submitted[future.key] = (future, item)
        future.add_done_callback(self._ended.put)

    def _wait(self) -> "Future":
        without_workers = 0.0
        while True:
            try:
                return self._ended.get(timeout=_CHECK_SECONDS)
            except queue.Empty:
                without_workers = 0.0 if self._cluster.threads() else without_workers + _CHECK_SECONDS
            if without_workers > self._cluster.absence:
                raise ClusterLostError(f"the workers of {self._cluster.name} are gone")
