"""Ends the work on an artifact when its processor time is spent; samples the clock rarely, as that is a system call."""

import time

SAMPLE_BYTES = 2**18
"""Bytes of work after which the clock is read again."""
SAMPLE_FILES = 64
"""Files of any size after which the clock is read again."""
PARSING_COST = 64
"""Cost of parsing one byte of source, as the number of bytes that are inflated or searched in the same time."""


class Deadline:
    """A `time.process_time()` value after which no work begins.

    `sample_bytes` are the bytes of work after which the clock is read again: more if a byte takes less time.
    """

    __slots__ = ("_at", "_file_bytes", "_left", "_passed", "_sample_bytes")

    def __init__(self, at: float, sample_bytes: int = SAMPLE_BYTES) -> None:
        self._at = at
        self._sample_bytes = sample_bytes
        self._file_bytes = sample_bytes // SAMPLE_FILES
        self._left = 0
        self._passed = False

    def passed(self, size: int = 0) -> bool:
        """Return whether the deadline had passed at the last reading of the clock, before `size` bytes of work."""
        self._left -= size + self._file_bytes
        if self._left < 0 and not self._passed:
            self._left = self._sample_bytes
            self._passed = time.process_time() > self._at
        return self._passed
