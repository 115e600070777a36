"""What reading one artifact may still cost, and what was met on the way."""

from collections import Counter
from dataclasses import dataclass, field

from features.limits import Limits
from features.runtime.deadline import Deadline

BOMB_BYTES = 10 * 2**20
"""A member is no bomb below this, whatever its ratio."""
ALL_NAMES_BYTES = 32 * 2**20
"""All names of an artifact together; members whose names come after are not listed."""


CLOCK_INTERVAL_BYTES = 2**22
"""Bytes that are inflated before the time is asked again."""


class LimitExceeded(Exception):  # noqa: N818 - it ends a reading and is no error
    """A limit of the whole artifact is reached: nothing more of it is inflated."""

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


class DecompressionBomb(Exception):  # noqa: N818 - as above
    """One member inflates to more than the ratio allows: the rest of it is not looked at."""


class CorruptData(Exception):  # noqa: N818 - as above
    """Compressed data ends early or is damaged; `anomaly` is "truncated", "bad_data" or another id."""

    def __init__(self, anomaly: str) -> None:
        super().__init__(anomaly)
        self.anomaly = anomaly


@dataclass(slots=True)
class Budget:
    """Counts of one artifact against its limits, shared by everything that is nested in it."""

    limits: Limits
    deadline: float
    inflated: int = 0
    members: int = 0
    name_bytes: int = 0
    kept: int = 0
    kept_text: int = 0
    limits_reached: dict[str, None] = field(default_factory=dict)
    anomalies: Counter[str] = field(default_factory=Counter)
    depth: int = 0
    timer: Deadline = field(init=False)

    def __post_init__(self) -> None:
        self.timer = Deadline(self.deadline, CLOCK_INTERVAL_BYTES)

    def record_limit(self, limit: str) -> None:
        """Record a limit."""
        self.limits_reached[limit] = None

    def record_anomaly(self, anomaly: str, times: int = 1) -> None:
        """Record an anomaly of the outermost container, or that a nested one has any."""
        self.anomalies[anomaly if self.depth == 0 else "nested_anomaly"] += times

    def count_inflated(self, size: int) -> None:
        """Count bytes that were inflated; raises `LimitExceeded` where they or the time are too much."""
        self.inflated += size
        if self.inflated > self.limits.inflated_bytes:
            self.stop("inflated_bytes")
        self.check_time(size)

    def count_member(self, name_bytes: int = 0) -> None:
        """Count one member; raises `LimitExceeded` where it is one too many, too much to name, or too late."""
        self.members += 1
        self.name_bytes += name_bytes
        if self.members > self.limits.members:
            self.stop("members")
        if self.name_bytes > ALL_NAMES_BYTES:
            self.stop("path_chars")
        if not self.members & 63:
            self.check_time(CLOCK_INTERVAL_BYTES)

    def check_time(self, size: int = 0) -> None:
        """Raise `LimitExceeded` where it is too late to look at `size` bytes; the clock is looked at now and then."""
        if self.timer.passed(size):
            self.stop("seconds")

    def stop(self, limit: str) -> None:
        """Record a limit that ends the reading and raise `LimitExceeded`."""
        self.record_limit(limit)
        raise LimitExceeded(limit)

    def check_ratio(self, inflated: int, stored: int) -> None:
        """Raise `DecompressionBomb` where a member's inflated size is out of all proportion to its stored size."""
        if inflated > BOMB_BYTES and inflated > self.limits.ratio * max(stored, 1):
            self.record_limit("ratio")
            raise DecompressionBomb

    def reserve(self, size: int, *, source: bool) -> bool:
        """Return whether content may be kept in memory, and count it.

        Text that is no source takes at most three quarters, so that it cannot crowd out what runs.
        """
        allowed = self.limits.kept_bytes
        if self.kept + size > allowed or (not source and self.kept_text + size > allowed * 3 // 4):
            self.record_limit("kept_bytes")
            return False
        self.kept += size
        if not source:
            self.kept_text += size
        return True

    def release(self, size: int, *, source: bool = True) -> None:
        """Give back what `reserve` took."""
        self.kept -= size
        if not source:
            self.kept_text -= size
