"""Records which artifact a worker is reading, so that another process can find out why the worker died.

A worker keeps one small file per unit in the staging folder: the number of the current artifact at its start, and
behind it what `faulthandler` writes when the process crashes, runs out of time or receives SIGTERM.
"""

import contextlib
import faulthandler
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from jobs.store.writing import disk_error

DIED = "its worker died"
"""The reason of a row begins with this if the artifact ended its worker."""

_NUMBER_BYTES = 12
_NO_ARTIFACT = -1
_CRASH = "Fatal Python error: "
_TIMEOUT = "Timeout ("
_READ_BYTES = 4_096
_TOLERANCE = 0.5


@dataclass(frozen=True, slots=True)
class CrashReport:
    """The end of a worker: the number in its unit of the artifact that it was reading (None: none), and the reason."""

    number: int | None
    reason: str


class CrashRecorder:
    """The crash file of a unit while a worker extracts it; made by `record_crashes`."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path = path
        self._file = file
        self._ends = 0.0  # on the monotonic clock
        self._write_number(_NO_ARTIFACT)
        file.seek(_NUMBER_BYTES)

    @contextlib.contextmanager
    def artifact(self, number: int, seconds: float) -> Iterator[None]:
        """Record the current artifact, and end this process if the block takes longer than `seconds`.

        The process may get up to half as long again: arming the timer starts a thread, which costs as much as the
        smallest artifacts, so a timer that leaves the next artifact enough time is left running. Stage "write" of
        `boojum bench` includes it. Raises StoreUnwritableError.
        """
        self._write_number(number)
        now, longest = time.monotonic(), (1 + _TOLERANCE) * seconds
        if not now + seconds <= self._ends <= now + longest:
            # This is a thread of C, which needs no lock of the interpreter: it ends even a regular expression that
            # never returns.
            faulthandler.dump_traceback_later(longest, exit=True, file=self._file)
            self._ends = now + longest
        yield

    def idle(self) -> None:
        """Record that no artifact is being read; raises StoreUnwritableError."""
        faulthandler.cancel_dump_traceback_later()
        self._ends = 0.0
        self._write_number(_NO_ARTIFACT)

    def _write_number(self, number: int) -> None:
        try:
            os.pwrite(self._file.fileno(), f"{number:>{_NUMBER_BYTES - 1}}\n".encode(), 0)
        except OSError as error:
            raise disk_error(self._path, error) from error


@contextlib.contextmanager
def record_crashes(folder: Path, unit: str) -> Iterator[CrashRecorder]:
    """Keep a crash file for a unit in `folder` while the block runs; only one block may run in a process at a time.

    The file stays if the process dies or the block raises. distributed ends a worker beyond its memory limit by
    SIGTERM, which is recorded too. Raises StoreUnwritableError.
    """
    path = folder / _file_name(unit)
    try:
        opened = path.open("wb", buffering=0)
    except OSError as error:
        raise disk_error(path, error) from error
    with opened as file:
        recorder = CrashRecorder(path, file)
        faulthandler.enable(file, all_threads=False)
        faulthandler.register(signal.SIGTERM, file, all_threads=False, chain=True)
        try:
            yield recorder
        finally:
            faulthandler.cancel_dump_traceback_later()
            faulthandler.unregister(signal.SIGTERM)
            faulthandler.disable()
    path.unlink(missing_ok=True)


def read_crash_report(folder: Path, unit: str) -> CrashReport:
    """Return and remove the crash report of a unit; a unit that no worker began has none, which is a reason too."""
    path = folder / _file_name(unit)
    try:
        with path.open("rb") as file:
            text = file.read(_READ_BYTES).decode("utf-8", "replace")
        path.unlink()
    except FileNotFoundError:
        return CrashReport(None, f"{DIED} before it was begun")
    number = text[:_NUMBER_BYTES].strip()
    return CrashReport(int(number) if number.isdecimal() else None, f"{DIED} {_cause(text[_NUMBER_BYTES:])}")


# These sentences are stored in rows, so they must not change.
def _cause(dump: str) -> str:
    if dump.startswith(_CRASH):
        return f"of a crash ({dump.removeprefix(_CRASH).splitlines()[0][:80]})"
    if dump.startswith(_TIMEOUT):
        return "out of time: it was at it without an end"
    if dump:
        return "out of memory: it was told to end, as a worker is beyond its bound"
    return "at once: it was killed, as the system does when memory is out, or it ended by itself"


def _file_name(unit: str) -> str:
    return f".reading-{unit}"
