"""Counts the cost of reading one artifact against its limits, and records limits and anomalies."""

from collections import Counter
from dataclasses import dataclass, field

from features.limits import Limits
from features.runtime.deadline import Deadline

BOMB_BYTES = 10 * 2**20
"""Inflated bytes up to which a member is never a bomb, even at a high ratio."""
ALL_NAMES_BYTES = 32 * 2**20
"""Total bytes of the names of an artifact; members after that are not listed."""
SPARE_BYTES = 32 * 2**20
"""Bytes of binary data that are held until the archive is read, in case that a link or a name makes them code."""

CLOCK_INTERVAL_BYTES = 2**22
"""Bytes that are inflated before the clock is read again."""

_MAX_PLACES = 64
"""Members with an anomaly that are named."""


class LimitExceeded(Exception):  # noqa: N818 - it ends the reading and is no error
    """A limit of the whole artifact was reached; `limit` is its name, and nothing more is inflated."""

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


class DecompressionBomb(Exception):  # noqa: N818 - as above
    """A member inflates to more than the ratio allows; the rest of it is not read."""


class CorruptData(Exception):  # noqa: N818 - as above
    """Compressed data ends early or is damaged; `anomaly` is an id ("truncated", "bad_data", ...)."""

    def __init__(self, anomaly: str) -> None:
        super().__init__(anomaly)
        self.anomaly = anomaly


@dataclass(slots=True)
class Budget:
    """Counts of one artifact against its limits, shared by all archives that are nested in it.

    `deadline` is a `time.process_time()` value. `places` are members with an anomaly of their own, each a path and the
    anomaly's id, up to a bound. `depth` is the number of archives around the one that is being read.
    """

    limits: Limits
    deadline: float
    inflated: int = 0
    members: int = 0
    name_bytes: int = 0
    kept: int = 0
    kept_text: int = 0
    spare: int = 0
    limits_reached: dict[str, None] = field(default_factory=dict)
    anomalies: Counter[str] = field(default_factory=Counter)
    places: dict[tuple[str, str], None] = field(default_factory=dict)
    depth: int = 0
    timer: Deadline = field(init=False)

    def __post_init__(self) -> None:
        self.timer = Deadline(self.deadline, CLOCK_INTERVAL_BYTES)

    def record_limit(self, limit: str) -> None:
        """Record that a limit was reached."""
        self.limits_reached[limit] = None

    def record_anomaly(self, anomaly: str, times: int = 1, place: str = "") -> None:
        """Count an anomaly; any anomaly of a nested container counts as "nested_anomaly".

        `place` is the path of the member that has it, if that is the place to look at.
        """
        self.anomalies[anomaly if self.depth == 0 else "nested_anomaly"] += times
        if place and len(self.places) < _MAX_PLACES:
            self.places[place, anomaly] = None

    def count_inflated(self, size: int) -> None:
        """Count inflated bytes; raises `LimitExceeded` if they exceed their limit or the time is over."""
        self.inflated += size
        if self.inflated > self.limits.inflated_bytes:
            self.stop("inflated_bytes")
        self.check_time(size)

    def count_member(self, name_bytes: int = 0) -> None:
        """Count one member; raises `LimitExceeded` if members or names exceed their limit, or the time is over."""
        self.members += 1
        self.name_bytes += name_bytes
        if self.members > self.limits.members:
            self.stop("members")
        if self.name_bytes > ALL_NAMES_BYTES:
            self.stop("path_chars")
        if not self.members & 63:
            self.check_time(CLOCK_INTERVAL_BYTES)

    def check_time(self, size: int = 0) -> None:
        """Raise `LimitExceeded` if the time is over before `size` more bytes are read; samples the clock rarely."""
        if self.timer.passed(size):
            self.stop("seconds")

    def stop(self, limit: str) -> None:
        """Record a limit and raise `LimitExceeded`."""
        self.record_limit(limit)
        raise LimitExceeded(limit)

    def check_ratio(self, inflated: int, stored: int) -> None:
        """Raise `DecompressionBomb` if a member inflates to more than the ratio allows for its stored bytes."""
        if inflated > BOMB_BYTES and inflated > self.limits.ratio * max(stored, 1):
            self.record_limit("ratio")
            raise DecompressionBomb

    def reserve(self, size: int, *, source: bool) -> bool:
        """Return whether content may be kept in memory, and count it if so.

        Text that is not source gets at most three quarters of the limit, so that it cannot crowd out code.
        """
        limit = self.limits.kept_bytes
        if self.kept + size > limit or (not source and self.kept_text + size > limit * 3 // 4):
            self.record_limit("kept_bytes")
            return False
        self.kept += size
        if not source:
            self.kept_text += size
        return True

    def hold_spare(self, size: int) -> bool:
        """Return whether binary data may be held until the archive is read, and count it if so."""
        if self.spare + size > SPARE_BYTES:
            return False
        self.spare += size
        return True

    def release(self, size: int, *, source: bool = True) -> None:
        """Release bytes that `reserve` counted."""
        self.kept -= size
        if not source:
            self.kept_text -= size
