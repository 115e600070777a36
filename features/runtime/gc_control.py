"""The collector of cycles, which looks through everything that grows again and again while it grows."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_LEFT = 100_000
"""Objects made and not freed while no collection runs, after which the youngest are looked through."""


@contextmanager
def gc_paused() -> Iterator[None]:
    """Keep the collector off; what has no cycle is freed all the same."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def collect_young() -> None:
    """Look for cycles where many objects are left since the last look."""
    if gc.get_count()[0] > _LEFT:
        gc.collect(0)


def freeze_heap() -> None:
    """Look for cycles among what was made since the last time, and never again among what is left of it.

    What a worker remembers of files would be gone through again and again, and once more when it ends.
    """
    gc.collect()
    gc.freeze()
