"""Cyclic garbage collection is paused during extraction and exempts what the caches hold."""

import gc
import weakref

import pytest

from features.runtime.gc_control import freeze_heap, gc_paused


class Knot:
    """An object that refers to itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed():
    yield
    gc.unfreeze()


def test_no_collection_runs_within():
    with gc_paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_settles_loses_its_cycles_and_is_left_alone_from_then_on():
    knot = weakref.ref(Knot())
    kept = Knot()
    freeze_heap()
    assert knot() is None
    assert not any(thing is kept for thing in gc.get_objects())
    assert gc.get_freeze_count() > 0
