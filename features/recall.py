"""What was found in a file once is not looked for again: most files of a release stood in the one before it."""

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
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

    def get_all(self, keys: Sequence[Hashable], find: Callable[[list[int]], Sequence[Found]]) -> list[Found]:
        """Return the result for each key; `find` is asked once, for the places of all keys that are not known."""
        found = self._found
        results = list(map(found.get, keys))
        places = [at for at, result in enumerate(results) if result is None]
        self.asked += len(keys)
        self.known += len(keys) - len(places)
        if places:
            for at, result in zip(places, find(places), strict=True):
                results[at] = found[keys[at]] = result
        for key in keys:
            found.move_to_end(key)
        while len(found) > self.most:
            found.popitem(last=False)
        return [result for result in results if result is not None]

    def clear(self) -> None:
        """Forget everything."""
        self._found.clear()


class Answers(Generic[Found]):
    """What `find` says of each of many short texts at once; the words of source come again and again.

    At most `most` are kept; then all are forgotten.
    """

    def __init__(self, most: int, find: Callable[[Sequence[bytes]], Sequence[Found]]) -> None:
        self._most = most
        self._find = find
        self._found: dict[bytes, Found] = {}

    def of(self, texts: Sequence[bytes]) -> list[Found]:
        """Return what is said of each text."""
        found = self._found
        results = list(map(found.get, texts))
        if None not in results:
            return [result for result in results if result is not None]
        unknown = list(dict.fromkeys([text for text, result in zip(texts, results, strict=True) if result is None]))
        if len(found) + len(unknown) > self._most:
            found.clear()
            unknown = list(dict.fromkeys(texts))
        found.update(zip(unknown, self._find(unknown), strict=True))
        return [found[text] for text in texts]
