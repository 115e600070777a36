"""A budget counts what reading costs, and ends it at a limit."""

import pickle
from dataclasses import replace

import pytest

from features.archive.budget import (
    ALL_NAMES_BYTES,
    BOMB_BYTES,
    SPARE_BYTES,
    Budget,
    CorruptData,
    DecompressionBomb,
    LimitExceeded,
)
from features.limits import Limits

NEVER = float("inf")


def budget(deadline: float = NEVER, **limits: int) -> Budget:
    return Budget(replace(Limits(), **limits), deadline)


def test_the_last_byte_within_the_limit_is_inflated_and_the_next_is_not() -> None:
    counts = budget(inflated_bytes=100)
    counts.count_inflated(100)
    assert {} == counts.limits_reached
    with pytest.raises(LimitExceeded, match="inflated_bytes"):
        counts.count_inflated(1)
    assert ["inflated_bytes"] == list(counts.limits_reached)


def test_one_member_too_many_ends_the_reading() -> None:
    counts = budget(members=2)
    counts.count_member()
    counts.count_member()
    with pytest.raises(LimitExceeded, match="members"):
        counts.count_member()


def test_names_count_together() -> None:
    counts = budget()
    counts.count_member(ALL_NAMES_BYTES)
    with pytest.raises(LimitExceeded, match="path_chars"):
        counts.count_member(1)


def test_time_that_is_over_ends_the_reading() -> None:
    counts = budget(deadline=-1.0)
    with pytest.raises(LimitExceeded, match="seconds"):
        counts.count_inflated(1)
    with pytest.raises(LimitExceeded, match="seconds"):
        counts.check_time()


@pytest.mark.parametrize(
    ("is_bomb", "inflated", "stored"),
    [
        (False, BOMB_BYTES, 0),
        (True, BOMB_BYTES + 1, 0),
        (True, BOMB_BYTES + 1, BOMB_BYTES // 200 - 1),
        (False, BOMB_BYTES + 1, BOMB_BYTES // 200 + 1),
    ],
)
def test_a_bomb_is_large_and_beyond_the_ratio(is_bomb: bool, inflated: int, stored: int) -> None:
    counts = budget(ratio=200)
    if is_bomb:
        with pytest.raises(DecompressionBomb):
            counts.check_ratio(inflated, stored)
    else:
        counts.check_ratio(inflated, stored)
    assert (["ratio"] if is_bomb else []) == list(counts.limits_reached)


def test_text_leaves_a_quarter_of_the_memory_to_code() -> None:
    counts = budget(kept_bytes=100)
    assert counts.reserve(75, source=False)
    assert not counts.reserve(1, source=False)
    assert counts.reserve(25, source=True)
    assert not counts.reserve(1, source=True)
    assert ["kept_bytes"] == list(counts.limits_reached)


def test_released_memory_can_be_reserved_again() -> None:
    counts = budget(kept_bytes=100)
    assert counts.reserve(75, source=False)
    counts.release(75, source=False)
    assert (0, 0) == (counts.kept, counts.kept_text)
    assert counts.reserve(100, source=True)
    counts.release(100)
    assert 0 == counts.kept


def test_binary_data_is_held_up_to_a_bound_of_its_own() -> None:
    counts = budget(kept_bytes=100)
    assert counts.hold_spare(SPARE_BYTES)
    assert not counts.hold_spare(1)
    assert ({}, 0) == (counts.limits_reached, counts.kept)


def test_an_anomaly_of_a_nested_archive_is_counted_as_nested() -> None:
    counts = budget()
    counts.record_anomaly("bad_crc", 2)
    counts.depth = 1
    counts.record_anomaly("bad_crc")
    assert {"bad_crc": 2, "nested_anomaly": 1} == counts.anomalies


def test_an_exception_names_its_cause() -> None:
    assert "members" == LimitExceeded("members").limit
    assert "truncated" == pickle.loads(pickle.dumps(CorruptData("truncated"))).anomaly
