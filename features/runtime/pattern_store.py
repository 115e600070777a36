"""Stores compiled Hyperscan databases on disk, because compiling the indicators takes seconds.

The store is in the user's cache folder (`XDG_CACHE_HOME`, else `~/.cache`), below `boojum`. A folder that cannot be
written, a damaged file or a file that another user might have written only costs the time of compiling.
"""

import contextlib
import hashlib
import os
import platform
import stat
import threading
from collections.abc import Callable, Hashable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import hyperscan

from features.runtime.atomic_write import write_atomically

_DIGEST_BYTES = 32
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def stored_database(identity: str, compile_it: Callable[[], Any]) -> Any:
    """Return the block-mode database stored under `identity`, else the result of `compile_it`, stored from then on.

    `identity` must change whenever the patterns change. Hyperscan's version and the processor are added
    to it, because a database runs on no other.
    """
    file = _file(identity)
    if file is None:
        return compile_it()
    content = _read(file)
    if content is not None:
        with contextlib.suppress(hyperscan.error):
            return hyperscan.loadb(content, hyperscan.HS_MODE_BLOCK)
    database = compile_it()
    # On a full or read-only disk nothing is stored, and the next process compiles again.
    with contextlib.suppress(OSError):
        _write(file, hyperscan.dumpb(database))
    return database


def compiled_database(patterns: Sequence[tuple[int, str, int]]) -> Any:
    """Return the database of some patterns, each an id that its matches report, an expression and Hyperscan flags.

    It is loaded from the store, or else compiled and stored.
    """
    return stored_database(_identity(patterns), lambda: _compile(patterns))


def store_database(patterns: Sequence[tuple[int, str, int]]) -> None:
    """Compile and store the database of some patterns, unless it is stored."""
    file = _file(_identity(patterns))
    if file is not None and _read(file) is None:
        compiled_database(patterns)


def _identity(patterns: Sequence[tuple[int, str, int]]) -> str:
    return f"patterns {patterns!r}"


def _compile(patterns: Sequence[tuple[int, str, int]]) -> Any:
    ids, expressions, flags = zip(*patterns, strict=True)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[pattern.encode("ascii") for pattern in expressions],
        ids=list(ids),
        elements=len(ids),
        flags=list(flags),
    )
    return database


class Scanners(threading.local):
    """Scanners of the databases that `find_database` returns for a key.

    Each thread has scanners of its own: Hyperscan's scratch space must not be shared by two scans.
    """

    def __init__(self, find_database: Callable[[Any], Any]) -> None:
        self._find = find_database
        self._scanners: dict[Hashable, Callable[..., None]] = {}

    def of(self, key: Hashable) -> Callable[..., None]:
        """Return the scanner of the database of a key."""
        scanner = self._scanners.get(key)
        if scanner is None:
            database = self._find(key)
            scanner = self._scanners[key] = partial(database.scan, scratch=hyperscan.Scratch(database))
        return scanner


def _file(identity: str) -> Path | None:
    """Return the file of a database, None if the user has no home folder."""
    folder = _folder()
    if folder is None:
        return None
    version = hyperscan.__version__  # type: ignore[attr-defined]  # its stubs leave it out
    name = hashlib.blake2b(repr((identity, version, _processor())).encode(), digest_size=16).hexdigest()
    return folder / f"patterns-{name}.hsdb"


def _folder() -> Path | None:
    """Return the folder of the store, None if the user has no home folder."""
    # The XDG specification ignores relative paths.
    for cached in (os.environ.get("XDG_CACHE_HOME", ""), os.path.expanduser("~/.cache")):  # noqa: PTH111  Path raises
        if os.path.isabs(cached):  # noqa: PTH117  as above
            return Path(cached) / "boojum"
    return None


@cache
def _processor() -> str:
    """Return a text that identifies the instruction set of this processor."""
    features = {platform.machine(), platform.processor()}
    with contextlib.suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            if name.strip() in {"flags", "Features"}:
                features.add(value.strip())
                break
    return "\n".join(sorted(features))


def _read(file: Path) -> bytes | None:
    """Return the content of a file, None if the file is missing, damaged or may be another user's."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as stream:
        status = os.fstat(handle)
        # Hyperscan trusts its databases: a file that another user wrote could take over this process.
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & _WRITABLE_BY_OTHERS:
            return None
        try:
            digest, content = stream.read(_DIGEST_BYTES), stream.read()
        except OSError:
            return None
    return content if digest == _digest(content) else None


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_atomically(file, _digest(content) + content, mode=0o600)


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()
