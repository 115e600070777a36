"""The collector of cycles, kept off what only grows."""

import gc
import weakref

import pytest

from features.runtime.gc_control import settle, uncollected


class Knot:
    """What holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed():
    yield
    gc.unfreeze()


def test_no_collection_runs_within():
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_what_settles_loses_its_cycles_and_is_left_alone_from_then_on():
    knot = weakref.ref(Knot())
    kept = Knot()
    settle()
    assert knot() is None
    assert not any(thing is kept for thing in gc.get_objects())
    assert gc.get_freeze_count() > 0
