"""Writes files atomically: a reader finds the old content or all of the new, never a part of it.

A file is written under a temporary name in the same folder and then renamed to its own, which POSIX does atomically.
"""

import contextlib
import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path


@contextlib.contextmanager
def open_temporary(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path`, to be written in the block and renamed to `path` at its end.

    An error in the block leaves `path` as it was and removes the temporary file. The temporary name is
    `.boojum.` and 16 hex digits: short enough for every `path`, and ignored by the walk of a mirror.
    """
    temporary = path.parent / f".boojum.{secrets.token_hex(8)}"
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_atomically(
    path: Path,
    content: bytes | memoryview,
    *,
    durable: bool = False,
    parents: bool = False,
    mode: int = 0o666,
    mtime: datetime | None = None,
) -> None:
    """Write a file by renaming a temporary one to `path`; raises OSError.

    `durable` flushes the content to the disk before the rename, so that it survives a loss of power. `parents` makes
    the folders above that are missing. `mode` is reduced by the process's umask. `mtime` is the file's modification
    time, by default now.
    """
    if parents:
        path.parent.mkdir(parents=True, exist_ok=True)
    with open_temporary(path) as temporary:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if mtime is not None:
            os.utime(temporary, (mtime.timestamp(), mtime.timestamp()))


def sync_to_disk(path: Path) -> None:
    """Flush a file's content, or the names in a folder, to the disk; raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
