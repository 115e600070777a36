import pytest

from features.runtime import deadline
from features.runtime.deadline import SAMPLE_BYTES, SAMPLE_FILES, Deadline


class Clock:
    """Replaces the processor's clock, and counts its readings."""

    def __init__(self) -> None:
        self.now = 0.0
        self.readings = 0

    def process_time(self) -> float:
        self.readings += 1
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(deadline, "time", clock)
    return clock


def test_a_past_deadline_is_seen_at_the_first_call(clock):
    clock.now = 2.0
    assert Deadline(1.0).passed()


def test_the_clock_is_read_once_in_sample_bytes(clock):
    end = Deadline(1.0)
    one = SAMPLE_BYTES // 8 - SAMPLE_BYTES // SAMPLE_FILES
    assert [False] * 82 == [end.passed(one) for _ in range(82)]
    assert 1 + 81 // 9 == clock.readings


def test_the_clock_is_read_once_in_sample_files_of_any_size(clock):
    end = Deadline(1.0)
    assert [False] * 10 * SAMPLE_FILES == [end.passed() for _ in range(10 * SAMPLE_FILES)]
    assert 10 == clock.readings


def test_the_clock_is_not_read_after_the_deadline(clock):
    end = Deadline(1.0)
    assert not end.passed()
    clock.now = 2.0
    assert end.passed(SAMPLE_BYTES)
    assert [True] * 1000 == [end.passed(SAMPLE_BYTES) for _ in range(1000)]
    assert 2 == clock.readings
