"""Keeps a process that reads hostile artifacts within a gibibyte: drops what its caches hold when memory runs short."""

import ctypes
import os
from collections.abc import Callable
from pathlib import Path

from features.runtime.cache import caches, clear_caches

SHORT_BYTES = 640 * 2**20
"""Resident bytes of the process from which memory is short: what one artifact needs at once is below the rest."""
_WORTH_BYTES = 8 * 2**20
"""Bytes that the caches must hold to be worth dropping."""
_STATM = Path("/proc/self/statm")


def _find_trim() -> Callable[[int], object]:
    """Return glibc's `malloc_trim`, which gives freed memory back to the system; another libc does nothing."""
    try:
        trim: Callable[[int], object] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):
        return lambda _: None
    return trim


_trim = _find_trim()


def resident_bytes() -> int:
    """Return the bytes of memory that this process holds, 0 if the system does not tell."""
    try:
        return int(_STATM.read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def make_room(most: int = SHORT_BYTES) -> bool:
    """Drop the contents of all caches, and return freed memory, if the process holds more than `most` bytes.

    Return whether it does. No result depends on it.
    """
    if resident_bytes() <= most:
        return False
    if sum(cache.held for cache in caches().values()) > _WORTH_BYTES:
        clear_caches()
    _trim(0)
    return True
