"""Pauses cyclic garbage collection during extraction, and exempts the contents of the caches from it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_MAX_YOUNG_OBJECTS = 100_000
"""Objects of the youngest generation from which `collect_young` collects it."""


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause cyclic garbage collection; objects without cycles are still freed by their reference counts."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def collect_young() -> None:
    """Collect the youngest generation if it has grown large."""
    if gc.get_count()[0] > _MAX_YOUNG_OBJECTS:
        gc.collect(0)


def freeze_heap() -> None:
    """Collect all garbage, and exempt the remaining objects from later collections.

    Otherwise every collection, and the end of the process, would traverse the caches.
    """
    gc.collect()
    gc.freeze()
