"""Caches results computed from file contents and short texts: most files of a release were in the release before.

A domain function is written as if there were no cache and decorated with one of four decorators; the name that it
gives is listed in `features.runtime.cache_budgets` with its bound in bytes:

- `cached`: a function of a file's content, by a key (`content_key` and all else that decides the result);
- `cached_batch`: a function of many files that returns a result for each;
- `cached_text`: a function of one short text;
- `cached_texts`: a function of many short texts that returns a result for each.

All results must be immutable, or treated so by every caller.

Equal keys must mean equal contents. Packages are hostile: an attacker who makes two contents that share a key hides the
second behind the first. XXH3 is fast, but no secret seed makes it resist a forger: fixed pairs of short messages
collide under one of 2^27 seeds (and under far more for its 64-bit form), see
https://github.com/Cyan4973/xxHash/issues/1127. BLAKE2b and SHA-256 resist, but take 8 and 4 microseconds for a file of
5 kB where XXH3 takes half a microsecond, and every member is hashed. So a content of up to `COMPARED_BYTES` is found by
its XXH3 digest, compared byte by byte with the content that was kept, and identified by a number of its own, in about
one microsecond. Larger contents are identified by their SHA-256. The stage `open` of `boojum bench` shows this cost.
"""

import hashlib
import marshal
import os
import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import wraps
from itertools import count
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

from xxhash import xxh3_128_digest

from features.runtime.cache_budgets import CACHE_BYTES

P = ParamSpec("P")
Item = TypeVar("Item")
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

ENTRY_BYTES = 256
"""Estimated size of an entry without its value: its key and its slot in the table."""
TEXT_ENTRY_BYTES = 128
"""Estimated size of an entry whose key is a short text, without text and value."""
_SHARE = 64
"""Divisor of a budget: a larger value is not kept, so that one file cannot evict all others."""

COMPARED_BYTES = 2**17
"""Size up to which a content is kept, to be compared with other contents of the same digest."""
_SHA256_BYTES = hashlib.sha256().digest_size
_PROCESS = os.urandom(8)
"""Makes the numbers of this process differ from those of another."""


def content_key(data: bytes | bytearray | memoryview, digest: bytes = b"") -> bytes:
    """Return a key that identifies a content in this process; different contents never share one.

    `digest` is its XXH3-128 if that is known. A content that was evicted meanwhile gets another key than before.
    """
    if len(data) > COMPARED_BYTES:
        return hashlib.sha256(data).digest()
    content = bytes(data)
    kept, key = _contents.find(digest or xxh3_128_digest(content), content)
    return key if kept == content else hashlib.sha256(content).digest()


def sha256_in_key(key: bytes) -> bytes | None:
    """Return the SHA-256 of a content if its `content_key` holds it, else None."""
    return key if len(key) == _SHA256_BYTES else None


def composite_key(parts: tuple[Any, ...]) -> bytes:
    """Return the SHA-256 of nested tuples of plain values, a key that takes less memory than they do."""
    # Version 2 of marshal writes no references among parts, so equal tuples have equal bytes.
    return hashlib.sha256(marshal.dumps(parts, 2)).digest()


def size_of_numbers(numbers: Sequence[int]) -> int:
    """Return about how many bytes a sequence of numbers takes."""
    return 40 * len(numbers)


def size_of_words(words: Iterable[str | bytes]) -> int:
    """Return about how many bytes some words take."""
    return sum([64 + len(word) for word in words])


class Cache(Protocol):
    """A table of results that takes at most `budget` bytes, of which `held` are used."""

    budget: int
    held: int
    hits: int

    def clear(self) -> None:
        """Drop all results."""


class ContentCache(Generic[Value]):
    """Results by key within a budget in bytes; the least recently used are dropped first.

    `size_of` estimates the bytes of a result. A result of more than a 64th of the budget is not kept. `lookups` and
    `hits` count the lookups and those that found a result.
    """

    def __init__(self, budget: int, size_of: Callable[[Value], int]) -> None:
        self.budget = budget
        self.held = 0
        self.lookups = 0
        self.hits = 0
        self._size_of = size_of
        self._entries: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """Return the result kept under a key, else the result of `compute`, kept from then on."""
        self.lookups += 1
        entry = self._entries.get(key)
        if entry is not None:
            self.hits += 1
            self._entries.move_to_end(key)
            return entry[0]
        value = compute()
        self._keep(key, value)
        return value

    def get_all(self, keys: Sequence[Hashable], compute: Callable[[list[int]], Sequence[Value]]) -> list[Value]:
        """Return the result for each key; `compute` is called at most once, with the positions of all unknown keys."""
        entries = [self._entries.get(key) for key in keys]
        unknown = [at for at, entry in enumerate(entries) if entry is None]
        self.lookups += len(keys)
        self.hits += len(keys) - len(unknown)
        for key, entry in zip(keys, entries, strict=True):
            if entry is not None:
                self._entries.move_to_end(key)
        computed = iter(compute(unknown) if unknown else ())
        values: list[Value] = []
        for key, entry in zip(keys, entries, strict=True):
            if entry is not None:
                values.append(entry[0])
            else:
                values.append(next(computed))
                self._keep(key, values[-1])
        return values

    def _keep(self, key: Hashable, value: Value) -> None:
        size = self._size_of(value) + ENTRY_BYTES
        if size * _SHARE > self.budget:
            return
        before = self._entries.pop(key, None)
        if before is not None:
            self.held -= before[1]
        self._entries[key] = (value, size)
        self.held += size
        while self.held > self.budget:
            self.held -= self._entries.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Drop all results."""
        self._entries.clear()
        self.held = 0


class TextCache(Generic[Key, Value]):
    """Results by short text within a budget in bytes; when it is full, all results are dropped.

    It keeps no order of use, so that a lookup is one of a dictionary: source has thousands of words.
    """

    def __init__(self, budget: int, size_of: Callable[[Value], int] = sys.getsizeof) -> None:
        self.budget = budget
        self.held = 0
        self.hits = 0
        self._size_of = size_of
        self._values: dict[Key, Value] = {}

    def get(self, text: Key, compute: Callable[[Key], Value]) -> Value:
        """Return the result kept for a text, else the result of `compute`, kept from then on."""
        try:
            value = self._values[text]
        except KeyError:
            value = compute(text)
            self._keep(text, value)
            return value
        self.hits += 1
        return value

    def get_all(self, texts: Sequence[Key], compute: Callable[[Sequence[Key]], Sequence[Value]]) -> list[Value]:
        """Return the result for each text; `compute` is called at most once, with the distinct unknown texts.

        No result may be None, which means that a text is unknown.
        """
        values = list(map(self._values.get, texts))
        if None not in values:
            self.hits += len(values)
            return [value for value in values if value is not None]
        unknown = list(dict.fromkeys([text for text, value in zip(texts, values, strict=True) if value is None]))
        self.hits += len(texts) - len(unknown)
        computed = dict(zip(unknown, compute(unknown), strict=True))
        self._keep_all(computed)
        return [computed[text] if value is None else value for text, value in zip(texts, values, strict=True)]

    def _keep(self, text: Key, value: Value) -> None:
        size = sys.getsizeof(text) + self._size_of(value) + TEXT_ENTRY_BYTES
        if size * _SHARE > self.budget:
            return
        if self.held + size > self.budget:
            self.clear()
        self._values[text] = value
        self.held += size

    def _keep_all(self, values: Mapping[Key, Value]) -> None:
        sizes = sum(map(sys.getsizeof, values)) + sum(map(self._size_of, values.values()))
        size = sizes + TEXT_ENTRY_BYTES * len(values)
        if size > self.budget:
            return
        if self.held + size > self.budget:
            self.clear()
        self._values.update(values)
        self.held += size

    def clear(self) -> None:
        """Drop all results."""
        self._values.clear()
        self.held = 0


class FunctionDecorator(Protocol):
    """Decorates a function of any arguments."""

    def __call__(self, function: Callable[P, Value], /) -> Callable[P, Value]:
        """Return the function with a cache of its results."""


class BatchDecorator(Protocol):
    """Decorates a function of a sequence that returns a result for each of its items."""

    def __call__(
        self, function: Callable[[Sequence[Item]], Sequence[Value]], /
    ) -> Callable[[Sequence[Item]], list[Value]]:
        """Return the function with a cache of its results."""


class TextDecorator(Protocol):
    """Decorates a function of one short text, or of another small hashable value."""

    def __call__(self, function: Callable[[Key], Value], /) -> Callable[[Key], Value]:
        """Return the function with a cache of its results."""


def cached(name: str, *, key: Callable[..., Hashable], size_of: Callable[[Any], int]) -> FunctionDecorator:
    """Keep the results of a function of a file's content under `key` of its arguments; not if that is None."""
    cache: ContentCache[Any] = _registered(name, ContentCache(CACHE_BYTES[name], size_of))

    def decorate(function: Callable[P, Value], /) -> Callable[P, Value]:
        @wraps(function)
        def from_cache(*args: P.args, **kwargs: P.kwargs) -> Value:
            found = key(*args, **kwargs)
            if found is None:
                return function(*args, **kwargs)
            value: Value = cache.get(found, lambda: function(*args, **kwargs))
            return value

        return from_cache

    return decorate


def cached_batch(name: str, *, key: Callable[[Any], Hashable], size_of: Callable[[Any], int]) -> BatchDecorator:
    """Keep the result of a function for each of many files under its `key`; the function is given the unknown files."""
    cache: ContentCache[Any] = _registered(name, ContentCache(CACHE_BYTES[name], size_of))

    def decorate(function: Callable[[Sequence[Item]], Sequence[Value]], /) -> Callable[[Sequence[Item]], list[Value]]:
        @wraps(function)
        def from_cache(items: Sequence[Item]) -> list[Value]:
            return cache.get_all(list(map(key, items)), lambda unknown: function([items[at] for at in unknown]))

        return from_cache

    return decorate


def cached_text(name: str, *, size_of: Callable[[Any], int] = sys.getsizeof) -> TextDecorator:
    """Keep the results of a function of one short text, or of another small hashable value."""
    cache: TextCache[Any, Any] = _registered(name, TextCache(CACHE_BYTES[name], size_of))

    def decorate(function: Callable[[Key], Value], /) -> Callable[[Key], Value]:
        @wraps(function)
        def from_cache(text: Key) -> Value:
            value: Value = cache.get(text, function)
            return value

        return from_cache

    return decorate


def cached_texts(name: str, *, size_of: Callable[[Any], int] = sys.getsizeof) -> BatchDecorator:
    """Keep the result, never None, of a function for each of many short texts; it is given the unknown texts."""
    cache: TextCache[Any, Any] = _registered(name, TextCache(CACHE_BYTES[name], size_of))

    def decorate(function: Callable[[Sequence[Item]], Sequence[Value]], /) -> Callable[[Sequence[Item]], list[Value]]:
        @wraps(function)
        def from_cache(texts: Sequence[Item]) -> list[Value]:
            return cache.get_all(texts, function)

        return from_cache

    return decorate


_caches: dict[str, Cache] = {}
AnyCache = TypeVar("AnyCache", bound=Cache)


def _registered(name: str, cache: AnyCache) -> AnyCache:
    if name in _caches:
        message = f"two caches are named {name!r}"
        raise ValueError(message)
    _caches[name] = cache
    return cache


def caches() -> Mapping[str, Cache]:
    """Return the caches of the modules that were imported so far, by name."""
    return _caches


def clear_caches() -> None:
    """Drop all results that this process keeps."""
    for cache in _caches.values():
        cache.clear()


class _Contents:
    """The contents used last and their keys, by XXH3-128, within a budget in bytes."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.held = 0
        self.hits = 0
        self._numbers = count(1)
        self._entries: OrderedDict[bytes, tuple[bytes, bytes]] = OrderedDict()

    def find(self, digest: bytes, content: bytes) -> tuple[bytes, bytes]:
        """Return the content kept under a digest and its key; that is `content` with a new key if there is none."""
        entry = self._entries.get(digest)
        if entry is not None:
            self.hits += 1
            self._entries.move_to_end(digest)
            return entry
        entry = self._entries[digest] = content, _PROCESS + next(self._numbers).to_bytes(8)
        self.held += len(content) + ENTRY_BYTES
        while self.held > self.budget:
            self.held -= len(self._entries.popitem(last=False)[1][0]) + ENTRY_BYTES
        return entry

    def clear(self) -> None:
        """Drop all results."""
        self._entries.clear()
        self.held = 0


_contents = _registered("contents", _Contents(CACHE_BYTES["contents"]))
