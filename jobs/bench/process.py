"""Fresh processes to measure in: each is started for one kind of work, answers requests, and ends with its context."""

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

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")
Start: TypeAlias = Callable[[Progress], Callable[[Ask], Answer]]
"""Loads in the new process what the work needs, and returns what does it; importable. It may report its progress."""

_LOOK = 0.25  # seconds between looks at what a process holds while it works
_PATIENCE = 15.0  # seconds that a process gets to clean up after an interrupt


@dataclass(slots=True)
class Measured(Generic[Ask, Answer]):
    """A process at work: `start_up` are the processor seconds from its first instruction until it was ready."""

    what: str
    start_up: float
    _process: BaseProcess
    _connection: "Connection[Any, Any]"

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid or 0

    def ask(self, request: Ask, progress: Progress | None = None, watch: Callable[[int], None] | None = None) -> Answer:
        """Return the answer to a request, raising what the work raised.

        What the process reports goes to `progress`; `watch` is called with its id four times a second meanwhile.
        Raises MeasuringEndedError where it ends instead.
        """
        try:
            self._connection.send(request)
        except OSError as error:
            raise self._ended() from error
        answer: Answer = _receive(self, progress, watch)
        return answer

    def _ended(self) -> MeasuringEndedError:
        self._process.join(1.0)
        return MeasuringEndedError(self.what, self._process.exitcode)


@contextlib.contextmanager
def open_process(what: str, start: Start[Ask, Answer]) -> Iterator[Measured[Ask, Answer]]:
    """Start a process for some work, wait until it is ready, and end it and all that it started with the context.

    `what` names the work for a person. An interrupt of ours reaches it as one interrupt, so that it can clean up.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, start), name=f"boojum bench: {what}")
    process.start()
    theirs.close()
    measured: Measured[Ask, Answer] = Measured(what, 0.0, process, ours)
    try:
        measured.start_up = _receive(measured, None, None)
        yield measured
    except BaseException:
        _end(process)
        raise
    finally:
        ours.close()
        process.join(_PATIENCE)
        if process.is_alive():
            _end(process)
        process.close()


def _receive(measured: Measured[Any, Any], progress: Progress | None, watch: Callable[[int], None] | None) -> Any:
    while True:
        try:
            if not measured._connection.poll(_LOOK):  # noqa: SLF001  of this module
                if watch is not None:
                    watch(measured.pid)
                continue
            said, value = measured._connection.recv()  # noqa: SLF001
        except (EOFError, ConnectionError) as error:
            raise measured._ended() from error  # noqa: SLF001
        match said:
            case "progress":
                if progress is not None:
                    progress(*value)
                if watch is not None:
                    watch(measured.pid)
            case "error":
                raise value
            case _:
                return value


def _end(process: BaseProcess) -> None:
    """End a process that may be at work, and its own, with time to clean up first."""
    if not process.is_alive() or process.pid is None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGINT)
        process.join(_PATIENCE)
        if process.is_alive():
            os.killpg(process.pid, signal.SIGKILL)


def serve(connection: "Connection[Any, Any]", start: Start[Any, Any]) -> None:
    """Work in the new process until the other end hangs up; whatever the work raises is sent and ends it."""
    # A session of its own: an interrupt from the terminal reaches us once, through whoever started us.
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def report(done: int, total: int, what: str) -> None:
        connection.send(("progress", (done, total, what)))

    try:
        work = start(report)
        connection.send(("ready", time.process_time()))
        while True:
            try:
                request = connection.recv()
            except EOFError:
                return
            connection.send(("answer", work(request)))
    except (BrokenPipeError, KeyboardInterrupt):
        return
    except Exception as error:  # noqa: BLE001  it is raised again at the other end
        with contextlib.suppress(OSError):
            connection.send(("error", error))


def peak_memory() -> int:
    """Return the most memory that this process held at once since its program began, in bytes."""
    return peak_of(os.getpid()) or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def peak_of(pid: int) -> int:
    """Return the most memory that a process held at once, in bytes; 0 where that cannot be told.

    The resource usage of a process that was started by another begins with what that one held; the kernel's own
    high-water mark does not.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:")), 0)
