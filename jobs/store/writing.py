"""Writes files of the output folder, and turns the errors of its disk into errors of this room."""

import errno
from pathlib import Path

from features.runtime.atomic_write import write_atomically
from jobs.contract import StoreFullError, StoreUnwritableError

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Error numbers of a disk, a quota or a file size limit that is exhausted."""


def write_durably(path: Path, content: bytes | memoryview) -> Path:
    """Write a file that appears whole or not at all and survives a loss of power; return its path.

    Raises StoreFullError if the disk or a quota is full, else StoreUnwritableError.
    """
    try:
        write_atomically(path, content, durable=True)
    except OSError as error:
        raise disk_error(path, error) from error
    return path


def disk_error(path: Path, error: OSError) -> StoreUnwritableError:
    """Return the error of this room for an error of the disk: StoreFullError if it is full."""
    reason = error.strerror or str(error)
    return StoreFullError(path, reason) if error.errno in DISK_FULL else StoreUnwritableError(path, reason)


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, at most 200 characters; its type's name if it has no message."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
