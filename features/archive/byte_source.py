"""Gives access to the bytes of an archive, in a file or in memory, and computes a file's digests."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Protocol

IN_MEMORY_BYTES = 24 * 2**20
"""A file up to this size is held in memory; a larger one is read in parts."""

_COPY_BYTES = 2**15
"""Bytes up to which `MemorySource.view` copies instead of making a view."""

_CHUNK_BYTES = 256 * 2**10
"""Bytes of a piece of the file, which each digest is updated with in turn."""

MAX_NAME_BYTES = 4096
"""Bytes of the longest path on the systems that packages are installed on."""


class ByteSource(Protocol):
    """Bytes that can be read at any offset."""

    @property
    def size(self) -> int:
        """Return the number of bytes."""

    def read(self, at: int, size: int) -> bytes:
        """Return up to `size` bytes from `at`; fewer at the end."""

    def view(self, at: int, size: int) -> bytes | memoryview:
        """Return the same bytes as `read`, as a view if they are in memory and exceed a few KiB."""


@dataclass(frozen=True, slots=True)
class MemorySource:
    """Bytes in memory."""

    data: bytes

    @property
    def size(self) -> int:
        """Return the number of bytes."""
        return len(self.data)

    def read(self, at: int, size: int) -> bytes:
        """Return up to `size` bytes from `at`; fewer at the end."""
        return self.data[at : at + size] if at >= 0 else b""

    def view(self, at: int, size: int) -> bytes | memoryview:
        """Return the same bytes as `read`, as a view if they exceed `_COPY_BYTES`."""
        return memoryview(self.data)[at : at + size] if size > _COPY_BYTES and at >= 0 else self.read(at, size)


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file that is open for reading; the caller owns its descriptor."""

    descriptor: int
    size: int

    def read(self, at: int, size: int) -> bytes:
        """Return up to `size` bytes from `at`; fewer at the end; raises OSError."""
        if at < 0 or size <= 0:
            return b""
        # The file is not mapped into memory: a mapped file that shrinks kills the process.
        pieces = []
        while size > 0:
            piece = os.pread(self.descriptor, min(size, 2**30), at)
            if not piece:
                break
            pieces.append(piece)
            at += len(piece)
            size -= len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def view(self, at: int, size: int) -> bytes | memoryview:
        """Return the same bytes as `read`."""
        return self.read(at, size)


@dataclass(frozen=True, slots=True)
class IdentifiedFile:
    """Digests of a file, 64 hex digits each, and access to its bytes."""

    sha256: str
    blake2b_256: str
    source: ByteSource


def open_regular_file(path: Path) -> int:
    """Return a descriptor of a regular file; raises OSError, also for a folder or a pipe."""
    # Without O_NONBLOCK, opening a pipe would block for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise IsADirectoryError(0, "not a regular file", str(path))
    return descriptor


def identify_file(descriptor: int, check_time: Callable[[int], None] = lambda _: None) -> IdentifiedFile:
    """Read a file once, compute its digests and hold a small one in memory; raises OSError.

    `check_time` is called with the bytes that were read, and may raise: a sparse file may have any size.
    """
    sha, blake = sha256(), blake2b(digest_size=32)
    # A small file is read in one piece, because joining pieces copies them. A file that grows is read to its end.
    expected = os.fstat(descriptor).st_size
    held = [os.pread(descriptor, expected, 0)] if expected <= IN_MEMORY_BYTES else []
    size = sum(map(len, held))
    for piece in held:
        for at in range(0, size, _CHUNK_BYTES):
            chunk = memoryview(piece)[at : at + _CHUNK_BYTES]
            sha.update(chunk)
            blake.update(chunk)
    buffer = bytearray(_CHUNK_BYTES)
    while count := os.preadv(descriptor, [buffer], size):
        chunk = memoryview(buffer)[:count]
        sha.update(chunk)
        blake.update(chunk)
        size += count
        check_time(count)
        if size <= IN_MEMORY_BYTES:
            held.append(bytes(chunk))
        else:
            held.clear()
    source: ByteSource = FileSource(descriptor, size)
    if size <= IN_MEMORY_BYTES:
        source = MemorySource(held[0] if len(held) == 1 else b"".join(held))
    return IdentifiedFile(sha.hexdigest(), blake.hexdigest(), source)


def truncate_name(raw: bytes) -> bytes:
    """Return a stored name, cut to its two ends if it is too long for any system (pax headers may be megabytes)."""
    return raw if len(raw) <= MAX_NAME_BYTES else raw[: MAX_NAME_BYTES // 2] + raw[-MAX_NAME_BYTES // 2 :]
