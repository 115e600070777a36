"""Compares the bytes of files with the digests that are known of them, in this process or on workers."""

import errno
import hashlib
import os
import stat
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from features.contract import Progress
from jobs.contract import WorkerUnfitError
from jobs.run.dispatch import BoundedSubmit
from jobs.run.worker_name import worker_name

if TYPE_CHECKING:
    from jobs.run.cluster import Cluster

LOCAL_BYTES = 2**30
"""Most bytes that are read in this process; more are worth the start-up of workers."""
UNIT_BYTES = 256 * 2**20
"""Most bytes of a unit, unless one file has more."""
UNIT_FILES = 1_024
"""Most files of a unit."""

EXPECTED = pa.schema(
    [
        pa.field("row", pa.int64()),
        pa.field("path", pa.string()),
        pa.field("size", pa.int64()),
        pa.field("blake2b", pa.binary()),
        pa.field("sha256", pa.binary()),
    ]
)
"""Files to read. `blake2b` is the digest in the path, null if there is none. `sha256` is the digest known, null if the
file should have the bytes that its path names, or if its bytes are not known."""
COMPARED = pa.schema(
    [
        pa.field("row", pa.int64()),
        pa.field("path", pa.string()),
        pa.field("state", pa.int8()),
        pa.field("sha256", pa.binary()),
        pa.field("error", pa.string()),
    ]
)
"""The result of each. `sha256` is the digest of its bytes, null if they are those that its path names, or if `state` is
neither `SAME` nor `OTHER`; `error` is the reason of `UNREAD`."""

_PIECE = 2**20


class State(IntEnum):
    """Result of a comparison."""

    SAME = 0
    """The bytes have the digest known, or none is known."""
    OTHER = 1
    GONE = 2
    UNREAD = 3


@dataclass(frozen=True, slots=True)
class CompareBytes:
    """The task of a worker over rows of `EXPECTED`: read the files below `root` and return rows of `COMPARED`."""

    root: Path

    def __call__(self, files: pa.Table) -> pa.Table:
        """Return the results; raises WorkerUnfitError if the worker does not see the mirror."""
        results = [self._compare(**row) for row in files.to_pylist()]
        if not any(row["state"] in {State.SAME, State.OTHER} for row in results) and not self.root.is_dir():
            raise WorkerUnfitError(worker_name(), f"does not see the mirror at {self.root}")
        return pa.Table.from_pylist(results, COMPARED)

    def _compare(
        self, row: int, path: str, size: int, blake2b: bytes | None, sha256: bytes | None
    ) -> dict[str, object]:
        del size
        found: bytes | None = None
        error = ""
        try:
            is_named, found = self._read(path, blake2b)
            is_known = is_named == (sha256 is None) and found == sha256
            nothing_known = sha256 is None and blake2b is None
            state = State.SAME if is_known or nothing_known else State.OTHER
        except FileNotFoundError:
            state = State.GONE
        except OSError as reason:
            state, error = State.UNREAD, reason.strerror or str(reason)
        return {"row": row, "path": path, "state": int(state), "sha256": found, "error": error}

    def _read(self, path: str, blake2b: bytes | None) -> tuple[bool, bytes | None]:
        """Return whether a file has the bytes that its path names, and else its sha256."""
        handle = open_file(self.root, path)
        with os.fdopen(handle, "rb") as file:
            # One digest is enough for nearly all files; the other is computed where they differ.
            if blake2b is not None and _digest(file.fileno(), hashlib.blake2b(digest_size=32)) == blake2b:
                return True, None
            return False, _digest(file.fileno(), hashlib.sha256())


def _digest(handle: int, digest: "hashlib._Hash | hashlib.blake2b") -> bytes:
    at = 0
    while piece := os.pread(handle, _PIECE, at):
        digest.update(piece)
        at += len(piece)
    return digest.digest()


def open_file(root: Path, path: str) -> int:
    """Return a descriptor of a regular file; a link is followed only within the mirror. Raises OSError."""
    full = os.path.join(root, path)  # noqa: PTH118  as in the walk
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(full, flags)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        target = os.path.realpath(full)
        if not target.startswith(os.path.realpath(root) + os.sep):
            raise OSError(errno.ELOOP, "it is a link out of the mirror") from error
        handle = os.open(target, flags)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no regular file")
    return handle


def compare_files(
    root: Path, files: pa.Table, open_cluster: Callable[[], "Cluster"], progress: Progress
) -> Iterator[pa.Table]:
    """Yield rows of `COMPARED` for rows of `EXPECTED`, in any order.

    The cluster is opened only for more than `LOCAL_BYTES`. Raises JobsError.
    """
    if not len(files):
        return
    task = CompareBytes(root)
    total, done = len(files), 0
    progress(0, total, "comparing bytes")
    units = deque(_units(files))
    if (pc.sum(files.column("size")).as_py() or 0) <= LOCAL_BYTES:
        answers: Iterator[tuple[pa.Table, object]] = ((unit, task(unit)) for unit in units)
    else:
        answers = iter(BoundedSubmit(open_cluster(), task, lambda: units.popleft() if units else None))
    for unit, answer in answers:
        # What a worker could not finish is read here: nothing of a file is interpreted.
        compared = answer if isinstance(answer, pa.Table) else task(unit)
        done += len(compared)
        progress(done, total, "comparing bytes")
        yield compared


def _units(files: pa.Table) -> Iterator[pa.Table]:
    start = filled = 0
    for at, size in enumerate(files.column("size").to_pylist()):
        if at > start and (filled + size > UNIT_BYTES or at - start == UNIT_FILES):
            yield files.slice(start, at - start).combine_chunks()
            start, filled = at, 0
        filled += size
    yield files.slice(start).combine_chunks()
