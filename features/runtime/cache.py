"""What was found in a file once is not looked for again: most files of a release stood in the one before it."""

import os
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from xxhash import xxh3_128_digest

Found = TypeVar("Found")

ENTRY_BYTES = 256
"""What a result takes beside its own bytes: its key and its place."""
_SHARE = 64

_SEED = int.from_bytes(os.urandom(8))
"""Of this process alone, so that nobody can make two contents that share a key and let one answer for the other."""


def content_key(data: bytes | memoryview) -> bytes:
    """Return 16 bytes that stand for a content while this process runs."""
    return xxh3_128_digest(data, seed=_SEED)


def size_of_numbers(numbers: Sequence[int]) -> int:
    """Return what some numbers take."""
    return 40 * len(numbers)


def size_of_words(words: Iterable[str | bytes]) -> int:
    """Return what some words take."""
    return sum([64 + len(word) for word in words])


class ContentCache(Generic[Found]):
    """The latest results of a function of a file's content, by key; the one asked for longest ago goes first.

    They take at most about `most` bytes, as `weigh` tells of each; one that would take a 64th of that is not kept, so
    that no file drives out all others. `asked` and `known` count questions and those that were answered from memory.
    """

    def __init__(self, most: int, weigh: Callable[[Found], int]) -> None:
        self.most = most
        self.held = 0
        self.asked = 0
        self.known = 0
        self._weigh = weigh
        self._found: OrderedDict[Hashable, tuple[Found, int]] = OrderedDict()

    def get(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """Return what `find` returns, or returned for this key."""
        self.asked += 1
        entry = self._found.get(key)
        if entry is not None:
            self.known += 1
            self._found.move_to_end(key)
            return entry[0]
        found = find()
        self._keep(key, found)
        return found

    def get_all(self, keys: Sequence[Hashable], find: Callable[[list[int]], Sequence[Found]]) -> list[Found]:
        """Return the result for each key; `find` is asked once, for the places of all keys that are not known."""
        entries = [self._found.get(key) for key in keys]
        places = [at for at, entry in enumerate(entries) if entry is None]
        self.asked += len(keys)
        self.known += len(keys) - len(places)
        for key, entry in zip(keys, entries, strict=True):
            if entry is not None:
                self._found.move_to_end(key)
        found = iter(find(places) if places else ())
        results: list[Found] = []
        for key, entry in zip(keys, entries, strict=True):
            if entry is not None:
                results.append(entry[0])
            else:
                results.append(next(found))
                self._keep(key, results[-1])
        return results

    def _keep(self, key: Hashable, found: Found) -> None:
        size = self._weigh(found) + ENTRY_BYTES
        if size * _SHARE > self.most:
            return
        before = self._found.pop(key, None)
        if before is not None:
            self.held -= before[1]
        self._found[key] = (found, size)
        self.held += size
        while self.held > self.most:
            self.held -= self._found.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Forget everything."""
        self._found.clear()
        self.held = 0


class BatchMemo(Generic[Found]):
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
