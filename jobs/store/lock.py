"""Locks an output folder, so that two runs never write into it at the same time."""

import fcntl
import os
from pathlib import Path

from jobs.contract import OutputLockedError, OutputUnusableError, StoreFullError
from jobs.store.writing import disk_error

LOCK_FILE = ".lock"
"""Name of the lock in the output folder; it holds the process id of its last holder."""


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
