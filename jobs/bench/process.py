"""Starts fresh processes to measure in: each does one kind of work, answers requests, and ends with its context."""

import contextlib
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

from features.contract import Progress
from jobs.bench.contract import MeasuringEndedError

Request = TypeVar("Request")
Answer = TypeVar("Answer")
Prepare: TypeAlias = Callable[[Progress], Callable[[Request], Answer]]
"""Loads what a kind of work needs, in the new process, and returns the function that answers its requests.

It is importable, because it is sent to the process. The function may report its progress to the argument."""

_POLL_SECONDS = 0.25
_PATIENCE_SECONDS = 15.0  # for cleaning up after an interrupt


@dataclass(slots=True)
class MeasuredProcess(Generic[Request, Answer]):
    """A process at work; `start_up` are its processor seconds from the first instruction until it was ready."""

    what: str
    start_up: float
    _process: BaseProcess
    _connection: "Connection[Any, Any]"

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid or 0

    def send(
        self, request: Request, progress: Progress | None = None, watch: Callable[[int], None] | None = None
    ) -> Answer:
        """Send a request and return the answer, or raise the exception that the work raised.

        Meanwhile progress of the process goes to `progress`, and `watch` is called with its id four times a second.
        Raises MeasuringEndedError if the process ends without an answer.
        """
        try:
            self._connection.send(request)
        except OSError as error:
            raise self._ended() from error
        answer: Answer = self.receive(progress, watch)
        return answer

    def receive(self, progress: Progress | None = None, watch: Callable[[int], None] | None = None) -> Any:
        """Wait for the next answer; see `send`."""
        while True:
            try:
                if not self._connection.poll(_POLL_SECONDS):
                    if watch is not None:
                        watch(self.pid)
                    continue
                kind, value = self._connection.recv()
            except (EOFError, ConnectionError) as error:
                raise self._ended() from error
            match kind:
                case "progress":
                    if progress is not None:
                        progress(*value)
                    if watch is not None:
                        watch(self.pid)
                case "error":
                    raise value
                case _:
                    return value

    def _ended(self) -> MeasuringEndedError:
        self._process.join(1.0)
        return MeasuringEndedError(self.what, self._process.exitcode)


@contextlib.contextmanager
def open_process(what: str, prepare: Prepare[Request, Answer]) -> Iterator[MeasuredProcess[Request, Answer]]:
    """Start a process for some work and yield it when it is ready; it and its children end with the block.

    `what` names the work in messages. An interrupt in the block reaches the process once, so that it can clean up.
    Raises what `prepare` raises, or MeasuringEndedError.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, prepare), name=f"boojum bench: {what}")
    process.start()
    theirs.close()
    measured: MeasuredProcess[Request, Answer] = MeasuredProcess(what, 0.0, process, ours)
    try:
        measured.start_up = measured.receive()
        yield measured
    except BaseException:
        _end(process)
        raise
    finally:
        ours.close()
        process.join(_PATIENCE_SECONDS)
        if process.is_alive():
            _end(process)
        process.close()


def _end(process: BaseProcess) -> None:
    """Interrupt a process; kill it and its children if it does not end in time."""
    if not process.is_alive() or process.pid is None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGINT)
        process.join(_PATIENCE_SECONDS)
        if process.is_alive():
            os.killpg(process.pid, signal.SIGKILL)


def serve(connection: "Connection[Any, Any]", prepare: Prepare[Any, Any]) -> None:
    """Answer requests in the new process until the other end closes; an exception of the work is sent and ends it."""
    # In a session of its own, the process is interrupted only by its parent, and not by the terminal as well.
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def report(done: int, total: int, what: str) -> None:
        connection.send(("progress", (done, total, what)))

    try:
        answer = prepare(report)
        connection.send(("ready", time.process_time()))
        while True:
            try:
                request = connection.recv()
            except EOFError:
                return
            connection.send(("answer", answer(request)))
    except (BrokenPipeError, KeyboardInterrupt):
        return
    except Exception as error:  # noqa: BLE001  it is raised again at the other end
        with contextlib.suppress(OSError):
            connection.send(("error", error))


def peak_memory() -> int:
    """Return the most memory in bytes that this process held at once since its program began."""
    return peak_of(os.getpid()) or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def peak_of(pid: int) -> int:
    """Return the most memory in bytes that a process held at once, 0 if it is unknown.

    It is the kernel's VmHWM. `getrusage` of a child process starts with the peak of its parent.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0)
