"""Sends work to the cluster, a little ahead of what it can do at once, so that any number of units costs no memory."""

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

AHEAD = 2
"""Items sent per worker thread: one in work, one at hand."""
_LOOK = 2.0  # seconds between looks at the cluster while nothing comes back


class BoundedSubmit(Generic[T]):
    """Runs `task(item)` on workers and yields (item, answer) as they end; an exception is an answer.

    `more` is asked for the next item whenever there is room, and again after it said None while work is out, so
    that an answer may lead to new items. The answer of a worker that died over an item is WorkerDiedError. A JobsError
    of a task concerns the whole run and is raised.
    """

    def __init__(self, cluster: "Cluster", task: Callable[[T], Any], more: Callable[[], T | None]) -> None:
        self._cluster = cluster
        self._task = task
        self._more = more
        self._ended: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._sent: dict[str, tuple[Future, T]] = {}

    def __iter__(self) -> Iterator[tuple[T, Any]]:
        try:
            yield from self._answers()
        finally:
            # A message, and no question that a scheduler might leave without an answer: work nobody wants is dropped.
            for future, _ in self._sent.values():
                future.release()
            self._sent.clear()

    def _answers(self) -> Iterator[tuple[T, Any]]:
        looked, room = 0.0, 1
        while True:
            if time.monotonic() - looked > _LOOK:
                looked, room = time.monotonic(), max(1, AHEAD * self._cluster.threads())
            while len(self._sent) < room and (item := self._more()) is not None:
                self._send(item)
            if not self._sent:
                return
            future = self._wait()
            _, item = self._sent.pop(future.key)
            yield item, self._answer(future)

    def _answer(self, future: "Future") -> Any:
        """Return a task's result or its exception, which may come late: a result dies with its worker."""
        # A night that sends nothing loads none of it.
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
        except Exception as error:  # noqa: BLE001  whatever a task raises is an answer, and the caller's to judge
            self._cluster.check()
            return error

    def _send(self, item: T) -> None:
        # A name of its own, so that a scheduler never answers with what it knows from a driver that is gone.
        future = self._cluster.client.submit(self._task, item, key=f"boojum-{secrets.token_hex(12)}", pure=False)
        self._sent[future.key] = (future, item)
        future.add_done_callback(self._ended.put)

    def _wait(self) -> "Future":
        alone = 0.0
        while True:
            try:
                return self._ended.get(timeout=_LOOK)
            except queue.Empty:
                alone = 0.0 if self._cluster.threads() else alone + _LOOK
            if alone > self._cluster.absence:
                raise ClusterLostError(f"the workers of {self._cluster.name} are gone")
