"""What a worker leaves behind of the artifact that it has in hand, so that its death can be told from outside."""

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
"""How the reason of a row begins whose artifact ended its worker."""

_NUMBER = 12  # bytes at the note's start; what faulthandler writes comes behind
_NONE = -1
_FATAL = "Fatal Python error: "
_TIMEOUT = "Timeout ("
_KEPT = 4_096
_SLACK = 0.5


@dataclass(frozen=True, slots=True)
class CrashReport:
    """What a dead worker noted: `number` of the artifact it had in hand (None: none), `reason` how it ended."""

    number: int | None
    reason: str


class Watch:
    """A unit's note while it is worked on; made by `watching`."""

    def __init__(self, path: Path, note: IO[bytes]) -> None:
        self._path = path
        self._note = note
        self._ends = 0.0  # on the monotonic clock
        self._set(_NONE)
        note.seek(_NUMBER)

    def _set(self, number: int) -> None:
        try:
            os.pwrite(self._note.fileno(), f"{number:>{_NUMBER - 1}}\n".encode(), 0)
        except OSError as error:
            raise disk_error(self._path, error) from error

    @contextlib.contextmanager
    def reading(self, number: int, seconds: float) -> Iterator[None]:
        """Note which artifact is in hand, and end this process if it is for longer than `seconds` of the clock.

        It may be up to half as long again: a guard that still has the time for the next artifact is left to stand,
        because setting one up starts a thread, which costs as much as the smallest artifacts do.
        """
        self._set(number)
        now, longest = time.monotonic(), (1 + _SLACK) * seconds
        if not now + seconds <= self._ends <= now + longest:
            # A thread of C that needs no lock of the interpreter: it ends even a pattern that never returns.
            faulthandler.dump_traceback_later(longest, exit=True, file=self._note)
            self._ends = now + longest
        yield

    def rest(self) -> None:
        """Note that nothing is in hand any more."""
        faulthandler.cancel_dump_traceback_later()
        self._ends = 0.0
        self._set(_NONE)


@contextlib.contextmanager
def watching(folder: Path, unit: str) -> Iterator[Watch]:
    """Keep a unit's note in `folder` until the unit is done; one at a time in a process.

    The note stays where the process dies or the unit raises. Into it goes what faulthandler says of a crash, of
    an artifact out of time, and of a SIGTERM, which is how distributed ends a worker beyond its memory. Raises
    StoreUnwritableError.
    """
    path = folder / _name(unit)
    try:
        opened = path.open("wb", buffering=0)
    except OSError as error:
        raise disk_error(path, error) from error
    with opened as note:
        watch = Watch(path, note)
        faulthandler.enable(note, all_threads=False)
        faulthandler.register(signal.SIGTERM, note, all_threads=False, chain=True)
        try:
            yield watch
        finally:
            faulthandler.cancel_dump_traceback_later()
            faulthandler.unregister(signal.SIGTERM)
            faulthandler.disable()
    path.unlink(missing_ok=True)


def read_crash_report(folder: Path, unit: str) -> CrashReport:
    """Return what the worker noted that died over a unit, and forget it; a unit that was never begun has no note."""
    path = folder / _name(unit)
    try:
        with path.open("rb") as note:
            said = note.read(_KEPT).decode("utf-8", "replace")
        path.unlink()
    except FileNotFoundError:
        return CrashReport(None, f"{DIED} before it was begun")
    number = said[:_NUMBER].strip()
    return CrashReport(int(number) if number.isdecimal() else None, f"{DIED} {_how(said[_NUMBER:])}")


def _how(dump: str) -> str:
    if dump.startswith(_FATAL):
        return f"of a crash ({dump.removeprefix(_FATAL).splitlines()[0][:80]})"
    if dump.startswith(_TIMEOUT):
        return "out of time: it was at it without an end"
    if dump:
        return "out of memory: it was told to end, as a worker is beyond its bound"
    return "at once: it was killed, as the system does when memory is out, or it ended by itself"


def _name(unit: str) -> str:
    return f".reading-{unit}"
