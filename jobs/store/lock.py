"""Locks an output folder: two runs never write into it at the same time, and nothing is removed that is being read."""

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from jobs.contract import OutputLockedError, OutputReadError, OutputUnusableError, StoreFullError
from jobs.store.exposure import require_unexposed
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
    if the disk is full, OutputExposedError if other users can change the folder, and OutputUnusableError if it cannot
    be made or written.
    """

    def __init__(self, out: Path) -> None:
        self._handle = -1
        try:
            out.mkdir(parents=True, exist_ok=True)
            require_unexposed(out)
            # Handles that Python opens are not inherited, so no orphaned worker keeps the lock.
            self._handle = _open_private(out / LOCK_FILE, os.O_RDWR | os.O_CREAT)
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError as error:
            holder = _holder(self._handle)
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

    A reader of another user, who may not open the lock, is let in without one, and so is one of a folder without runs.
    Raises OutputReadError if files are being removed for longer than `READER_PATIENCE` seconds.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            # Elsewhere than in an output folder, a reader leaves nothing.
            create = os.O_CREAT if (out / "runs").is_dir() else 0
            handle = _open_private(out / READERS_FILE, os.O_RDONLY | create)
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
        handle = _open_private(out / READERS_FILE, os.O_RDONLY | os.O_CREAT)
    except OSError as error:
        raise OutputUnusableError(out, disk_error(out, error).reason) from error
    try:
        _lock(handle, fcntl.LOCK_EX, out, patience)
        yield
    finally:
        os.close(handle)


def _open_private(path: Path, flags: int) -> int:
    """Open a lock of the folder's owner, whom alone it belongs to: whoever can open a lock can hold it for ever.

    A lock that an earlier version left open to all is mended. Raises OSError, also for a link.
    """
    handle = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    lock, folder = os.fstat(handle), path.parent.stat()
    with contextlib.suppress(PermissionError):
        if stat.S_IMODE(lock.st_mode) & 0o077:
            os.fchmod(handle, 0o600)
        if lock.st_uid != folder.st_uid:  # root was here first
            os.fchown(handle, folder.st_uid, folder.st_gid)
    return handle


def _holder(handle: int) -> str:
    """Return the id of the process that holds a lock: by the kernel's table, else by what the last holder wrote."""
    inode = f":{os.fstat(handle).st_ino}"
    with contextlib.suppress(OSError):
        for line in Path("/proc/locks").read_text(encoding="ascii", errors="replace").splitlines():
            # 1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF
            words = line.split()
            if len(words) > 5 and words[1] == "FLOCK" and words[5].endswith(inode) and words[4].strip("-0"):
                return words[4]
    return os.pread(handle, 32, 0).decode("ascii", "replace").strip()


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
