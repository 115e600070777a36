"""Where an archive's bytes come from: a file, read once for its digests, or memory."""

import os
import stat
from dataclasses import dataclass
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Protocol

IN_MEMORY_BYTES = 24 * 2**20
"""A file up to this size is held in memory; of a larger one only what is asked for is read."""

_COPY_BYTES = 2**15
"""Bytes that are copied in the time that a view of them takes."""

_CHUNK_BYTES = 256 * 2**10
"""Bytes that stay in the processor's cache between one digest and the other."""

MAX_NAME_BYTES = 4096
"""Bytes of a path on the systems that packages are installed on."""


class ByteSource(Protocol):
    """Bytes that can be read anywhere."""

    @property
    def size(self) -> int:
        """Number of bytes."""

    def read(self, at: int, size: int) -> bytes:
        """Return up to `size` bytes from `at`; fewer at the end."""

    def view(self, at: int, size: int) -> bytes | memoryview:
        """Return the same, not copied where it is held and large."""


@dataclass(frozen=True, slots=True)
class MemorySource:
    """Bytes that are held."""

    data: bytes

    @property
    def size(self) -> int:
        """Number of bytes."""
        return len(self.data)

    def read(self, at: int, size: int) -> bytes:
        """Return up to `size` bytes from `at`; fewer at the end."""
        return self.data[at : at + size] if at >= 0 else b""

    def view(self, at: int, size: int) -> bytes | memoryview:
        """Return the same, not copied where it is large."""
        return memoryview(self.data)[at : at + size] if size > _COPY_BYTES and at >= 0 else self.read(at, size)


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file that is open for reading; its descriptor is owned by whoever made this."""

    descriptor: int
    size: int

    def read(self, at: int, size: int) -> bytes:
        """Return up to `size` bytes from `at`; fewer at the end; raises OSError."""
        if at < 0 or size <= 0:
            return b""
        # Not mapped into memory: a mapped file that shrinks ends the process.
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
        """Return the same."""
        return self.read(at, size)


@dataclass(frozen=True, slots=True)
class IdentifiedFile:
    """A file's identity, 64 hex digits each, and its bytes where it is small enough to hold."""

    sha256: str
    blake2b_256: str
    source: ByteSource


def open_regular_file(path: Path) -> int:
    """Return a descriptor of a regular file; raises OSError, of a folder or a pipe as well."""
    # A pipe would block the opening for ever without O_NONBLOCK.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise IsADirectoryError(0, "not a regular file", str(path))
    return descriptor


def identify_file(descriptor: int) -> IdentifiedFile:
    """Read a file once, from its start; raises OSError."""
    first, second = sha256(), blake2b(digest_size=32)
    # A small one in one piece: what is joined is copied. One that grows meanwhile is read to its end.
    said = os.fstat(descriptor).st_size
    held = [os.pread(descriptor, said, 0)] if said <= IN_MEMORY_BYTES else []
    size = sum(map(len, held))
    for piece in held:
        for at in range(0, size, _CHUNK_BYTES):
            chunk = memoryview(piece)[at : at + _CHUNK_BYTES]
            first.update(chunk)
            second.update(chunk)
    buffer = bytearray(_CHUNK_BYTES)
    while count := os.preadv(descriptor, [buffer], size):
        chunk = memoryview(buffer)[:count]
        first.update(chunk)
        second.update(chunk)
        size += count
        if size <= IN_MEMORY_BYTES:
            held.append(bytes(chunk))
        else:
            held.clear()
    source: ByteSource = FileSource(descriptor, size)
    if size <= IN_MEMORY_BYTES:
        source = MemorySource(held[0] if len(held) == 1 else b"".join(held))
    return IdentifiedFile(first.hexdigest(), second.hexdigest(), source)


def truncate_name(raw: bytes) -> bytes:
    """Return a stored name, of one that no system could hold both ends (a pax header's may have megabytes)."""
    return raw if len(raw) <= MAX_NAME_BYTES else raw[: MAX_NAME_BYTES // 2] + raw[-MAX_NAME_BYTES // 2 :]
