"""Locks an output folder: two runs never write into it at the same time, and nothing is removed that is being read."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from jobs.contract import OutputLockedError, OutputReadError, OutputUnusableError, StoreFullError
from jobs.store.writing import disk_error

LOCK_FILE = ".lock"
"""Name of the lock in the output folder; it holds the process id of its last holder."""
READERS_FILE = ".readers"
"""Name of the lock that readers share, and that whoever removes files holds alone."""
READER_PATIENCE = 60.0
"""Seconds that a reader waits while files are being removed, which takes far less."""

_POLL = 0.05  # seconds


class OutputLock:
    """The lock on an output folder, which this process holds until `release` or its end, even by SIGKILL.

    The folder is made if it is missing. Raises OutputLockedError if another process holds the lock, StoreFullError
    if the disk is full, and OutputUnusableError if the folder cannot be made or written.
    """

    def __init__(self, out: Path) -> None:
        self._handle = -1
        try:
            out.mkdir(parents=True, exist_ok=True)
            # Handles that Python opens are not inherited, so no orphaned worker keeps the lock.
            self._handle = os.open(out / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o644)
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError as error:
            holder = os.pread(self._handle, 32, 0).decode("ascii", "replace").strip()
            self.release()
            raise OutputLockedError(out, holder) from error
        except OSError as error:
            self.release()
            reason = disk_error(out, error)
            raise (reason if isinstance(reason, StoreFullError) else OutputUnusableError(out, reason.reason)) from error

    def release(self) -> None:
        """Release the lock; a second call does nothing."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


@contextlib.contextmanager
def reading(out: Path) -> Iterator[Path]:
    """Keep what an output folder holds from being removed while the block reads it; yield the folder.

    A reader that may not open the lock, or a folder without runs, is let in without one. Raises OutputReadError if
    files are being removed for longer than `READER_PATIENCE` seconds.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            # Elsewhere than in an output folder, a reader leaves nothing.
            create = os.O_CREAT if (out / "runs").is_dir() else 0
            handle = os.open(out / READERS_FILE, os.O_RDONLY | create, 0o644)
            stack.callback(os.close, handle)
            _lock(handle, fcntl.LOCK_SH, out, READER_PATIENCE)
        yield out


@contextlib.contextmanager
def without_readers(out: Path, patience: float) -> Iterator[None]:
    """Hold off the readers of an output folder in the block, which may remove files.

    The block should take no longer than some renames. Raises OutputReadError if somebody still reads after `patience`
    seconds, and OutputUnusableError if the lock cannot be opened.
    """
    try:
        handle = os.open(out / READERS_FILE, os.O_RDONLY | os.O_CREAT, 0o644)
    except OSError as error:
        raise OutputUnusableError(out, disk_error(out, error).reason) from error
    try:
        _lock(handle, fcntl.LOCK_EX, out, patience)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, kind: int, out: Path, patience: float) -> None:
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= end:
                raise OutputReadError(out) from error
            time.sleep(_POLL)
        else:
            return
