import pytest

from features.runtime import deadline
from features.runtime.deadline import SAMPLE_BYTES, SAMPLE_FILES, Deadline


class Clock:
    """Stands for the processor's clock, and counts how often it was asked."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked = 0

    def process_time(self) -> float:
        self.asked += 1
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(deadline, "time", clock)
    return clock


def test_one_that_has_passed_is_seen_at_once(clock):
    clock.now = 2.0
    assert Deadline(1.0).passed()


def test_it_is_asked_for_once_in_so_many_bytes(clock):
    end = Deadline(1.0)
    one = SAMPLE_BYTES // 8 - SAMPLE_BYTES // SAMPLE_FILES
    assert [False] * 82 == [end.passed(one) for _ in range(82)]
    assert 1 + 81 // 9 == clock.asked


def test_it_is_asked_for_once_in_so_many_files_however_small(clock):
    end = Deadline(1.0)
    assert [False] * 10 * SAMPLE_FILES == [end.passed() for _ in range(10 * SAMPLE_FILES)]
    assert 10 == clock.asked


def test_what_has_passed_is_not_asked_for_again(clock):
    end = Deadline(1.0)
    assert not end.passed()
    clock.now = 2.0
    assert end.passed(SAMPLE_BYTES)
    assert [True] * 1000 == [end.passed(SAMPLE_BYTES) for _ in range(1000)]
    assert 2 == clock.asked
