"""When memory runs short the caches are dropped, which changes no result."""

from features.runtime import memory
from features.runtime.cache import caches, clear_caches, content_key


def test_the_caches_are_dropped_when_the_process_holds_more_than_it_may() -> None:
    contents = caches()["contents"]
    for number in range(100):
        content_key(bytes([number]) * 2**17)
    assert contents.held > 8 * 2**20
    assert memory.make_room(0)
    assert 0 == contents.held


def test_the_caches_stay_while_there_is_room() -> None:
    clear_caches()
    content_key(b"kept")
    assert not memory.make_room(2**50)
    assert caches()["contents"].held > 0


def test_a_process_holds_some_memory() -> None:
    assert 2**20 < memory.resident_bytes() < 2**40
