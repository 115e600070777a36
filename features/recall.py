"""What was found in a file once is not looked for again: most files of a release stood in the one before it."""

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from xxhash import xxh3_128_digest

Found = TypeVar("Found")


_SEED = int.from_bytes(os.urandom(8))
"""Of this process alone, so that nobody can make two contents that share a key and let one answer for the other."""


def content_key(data: bytes) -> bytes:
    """Return 16 bytes that stand for a content while this process runs."""
    return xxh3_128_digest(data, seed=_SEED)


class Recall(Generic[Found]):
    """The latest `most` results of a function of a file's content, by key; the one asked for longest ago goes first.

    `asked` and `known` count questions and those that were answered from memory.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.asked = 0
        self.known = 0
        self._found: OrderedDict[Hashable, Found] = OrderedDict()

    def get(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """Return what `find` returns, or returned for this key."""
        self.asked += 1
        found = self._found.get(key)
        if found is not None:
            self.known += 1
            self._found.move_to_end(key)
            return found
        found = self._found[key] = find()
        if len(self._found) > self.most:
            self._found.popitem(last=False)
        return found

    def clear(self) -> None:
        """Forget everything."""
        self._found.clear()
