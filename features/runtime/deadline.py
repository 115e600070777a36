"""The end of the time that an artifact has, asked for as seldom as may be: asking is a system call."""

import time

UNASKED_BYTES = 2**18
"""Looked at before the time is asked again."""
UNASKED_TIMES = 64
"""Files, however small, after which it is asked again."""
PARSING = 64
"""What a tree of a source costs, in bytes that are inflated or searched in its time for each of its own."""


class Deadline:
    """A `time.process_time()` value after which nothing more is begun.

    `unasked` are the bytes after which the time is asked again: more of them where looking at one takes less.
    """

    __slots__ = ("_asks_after", "_at", "_each", "_left", "_passed")

    def __init__(self, at: float, unasked: int = UNASKED_BYTES) -> None:
        self._at = at
        self._asks_after = unasked
        self._each = unasked // UNASKED_TIMES
        self._left = 0
        self._passed = False

    def passed(self, size: int = 0) -> bool:
        """Return whether it has passed, before `size` bytes are looked at; asks at first, and then now and then."""
        self._left -= size + self._each
        if self._left < 0 and not self._passed:
            self._left = self._asks_after
            self._passed = time.process_time() > self._at
        return self._passed
