"""Results by content and by text, kept within a bound in bytes."""

import hashlib
import sys
from collections.abc import Sequence
from functools import partial

import pytest
from xxhash import xxh3_128_digest

from features.runtime import cache as cache_module
from features.runtime.cache import (
    COMPARED_BYTES,
    ENTRY_BYTES,
    TEXT_ENTRY_BYTES,
    ContentCache,
    TextCache,
    cached,
    cached_batch,
    cached_text,
    cached_texts,
    caches,
    clear_caches,
    composite_key,
    content_key,
    sha256_in_key,
)


class Upper:
    """Returns a key in capitals and notes that it was called."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def compute(self, key: str) -> str:
        self.calls.append(key)
        return key.upper()


@pytest.fixture
def budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the decorators budgets and a table of caches of their own."""
    monkeypatch.setattr(cache_module, "CACHE_BYTES", {"demo": 2**20, "other": 2**20})
    monkeypatch.setattr(cache_module, "_caches", {})


def test_a_result_is_computed_once():
    upper = Upper()
    results: ContentCache[str] = ContentCache(128 * (ENTRY_BYTES + 1), len)
    for key in ("a", "b", "a", "b"):
        assert key.upper() == results.get(key, partial(upper.compute, key))
    assert ["a", "b"] == upper.calls
    assert (4, 2) == (results.lookups, results.hits)


def test_none_is_a_result_too():
    calls: list[None] = []
    results: ContentCache[None] = ContentCache(2**20, lambda _: 0)
    for _ in range(2):
        results.get("a", lambda: calls.append(None))
    assert [None] == calls


def test_the_least_recently_used_is_dropped_first():
    upper = Upper()
    results: ContentCache[str] = ContentCache(64 * (ENTRY_BYTES + 1), len)
    many = [chr(number) for number in range(0x4E00, 0x4E00 + 65)]
    for key in (*many[:64], many[0], many[64], many[0], many[1]):
        results.get(key, partial(upper.compute, key))
    assert [*many, many[1]] == upper.calls
    assert 64 * (ENTRY_BYTES + 1) == results.held


def test_what_would_drive_out_much_of_the_rest_is_not_kept():
    upper = Upper()
    results: ContentCache[str] = ContentCache(64 * (ENTRY_BYTES + 9), len)
    for key in ("a" * 9, "b" * 10, "a" * 9, "b" * 10):
        results.get(key, partial(upper.compute, key))
    assert ["a" * 9, "b" * 10, "b" * 10] == upper.calls
    results.clear()
    assert 0 == results.held


def test_many_results_are_computed_at_once_and_only_those_not_kept():
    computed: list[list[int]] = []

    def compute(positions: list[int]) -> list[str]:
        computed.append(positions)
        return [keys[at].upper() for at in positions]

    results: ContentCache[str] = ContentCache(64 * (ENTRY_BYTES + 1), len)
    for keys in ("ab", "bca", "abc", "dddd", "ab"):
        assert list(keys.upper()) == results.get_all(keys, compute)
    # Equal keys of one call are each computed.
    assert [[0, 1], [1], [0, 1, 2, 3]] == computed
    assert (14, 7) == (results.lookups, results.hits)
    assert 4 * (ENTRY_BYTES + 1) == results.held


def test_more_results_may_be_requested_than_are_kept():
    results: ContentCache[str] = ContentCache(64 * (ENTRY_BYTES + 1), len)
    keys = [chr(number) for number in range(0x4E00, 0x4E00 + 100)]
    for _ in range(2):
        assert keys == results.get_all(keys, lambda positions: [keys[at] for at in positions])
    assert results.held <= results.budget


def test_a_text_is_computed_once_until_the_budget_is_spent():
    upper = Upper()
    size = sys.getsizeof("a") + 1 + TEXT_ENTRY_BYTES
    results: TextCache[str, str] = TextCache(64 * size, len)
    many = [chr(number) for number in range(ord("0"), ord("0") + 64)]
    for text in (*many, many[0], many[63]):
        assert text.upper() == results.get(text, upper.compute)
    assert many == upper.calls
    assert (64 * size, 2) == (results.held, results.hits)
    results.get("~", upper.compute)
    assert size == results.held
    results.get(many[0], upper.compute)
    assert [*many, "~", many[0]] == upper.calls


def test_a_long_text_is_not_kept():
    upper = Upper()
    results: TextCache[str, str] = TextCache(2**16, lambda _: 0)
    for text in ("a" * 2**10, "b" * 800) * 2:
        results.get(text, upper.compute)
    assert ["a" * 2**10, "b" * 800, "a" * 2**10] == upper.calls


def test_many_texts_are_computed_at_once_each_once_and_only_those_not_kept():
    computed: list[Sequence[bytes]] = []

    def lengths(texts: Sequence[bytes]) -> list[int]:
        computed.append(texts)
        return list(map(len, texts))

    results: TextCache[bytes, int] = TextCache(2**20)
    for texts in ([b"a", b"bb", b"a"], [b"bb", b"ccc"], [b"a", b"bb", b"ccc"]):
        assert list(map(len, texts)) == results.get_all(texts, lengths)
    assert [[b"a", b"bb"], [b"ccc"]] == computed


def test_many_texts_are_right_though_the_budget_is_spent_between_them():
    size = sys.getsizeof(b"aaa") + sys.getsizeof(3) + TEXT_ENTRY_BYTES
    results: TextCache[bytes, int] = TextCache(64 * size)
    texts = [b"%03d" % number for number in range(100)]
    results.get(texts[50], len)
    for _ in range(2):
        assert [3] * 100 == results.get_all(texts, lambda some: list(map(len, some)))
        assert results.held <= results.budget


def test_texts_that_take_more_than_the_budget_together_are_not_kept():
    results: TextCache[bytes, int] = TextCache(2**14)
    texts = [bytes([number]) * 200 for number in range(64)]
    assert [200] * 64 == results.get_all(texts, lambda some: list(map(len, some)))
    assert 0 == results.held


def test_contents_differ_by_their_last_byte():
    assert content_key(b"x" * 10_000) != content_key(b"x" * 9_999 + b"y")
    assert content_key(b"x" * 10_000) == content_key(memoryview(b"x" * 10_000))


@pytest.mark.parametrize("size", [1, COMPARED_BYTES, COMPARED_BYTES + 1])
def test_equal_contents_have_one_key_and_others_another(size):
    assert content_key(b"x" * size) == content_key(bytearray(b"x" * size))
    assert content_key(b"x" * size) != content_key(b"y" * size)
    assert content_key(b"x" * size) != content_key(b"x" * (size - 1))


def test_only_the_key_of_a_large_content_is_its_sha256():
    large = b"x" * (COMPARED_BYTES + 1)
    assert hashlib.sha256(large).digest() == sha256_in_key(content_key(large))
    assert sha256_in_key(content_key(b"small")) is None


def test_a_forged_digest_lets_no_content_stand_for_another():
    honest = content_key(b"honest", b"same digest")
    forged = content_key(b"forged", b"same digest")
    assert honest != forged
    assert [forged, honest] == [content_key(data, b"same digest") for data in (b"forged", b"honest")]


def test_contents_are_kept_within_their_budget_the_ones_used_last_longest():
    clear_caches()
    contents = caches()["contents"]
    first, second = (content_key(number.to_bytes(2) * (COMPARED_BYTES // 2)) for number in range(2))
    for number in range(2, contents.budget // COMPARED_BYTES):
        content_key(number.to_bytes(2) * (COMPARED_BYTES // 2))
        assert first == content_key(bytes(COMPARED_BYTES))
    assert contents.held <= contents.budget
    assert second != content_key(b"\0\1" * (COMPARED_BYTES // 2))
    clear_caches()
    assert 0 == contents.held


def test_a_number_is_never_used_again():
    clear_caches()
    before = content_key(b"content")
    clear_caches()
    assert before not in {content_key(b"other"), content_key(b"content")}


def test_the_digest_that_is_known_already_gives_the_same_key():
    clear_caches()
    assert content_key(b"content") == content_key(b"content", xxh3_128_digest(b"content"))


def test_a_composite_key_follows_its_parts_alone():
    name, same = bytes(3).decode(), bytes(3).decode()
    assert composite_key((name, name, (1, b"x"))) == composite_key((name, same, (1, b"x")))
    assert composite_key(("a", "b")) != composite_key(("b", "a"))
    assert composite_key(("ab",)) != composite_key(("a", "b"))


@pytest.mark.usefixtures("budgets")
def test_a_decorated_function_is_called_once_for_each_key():
    calls: list[tuple[bytes, str]] = []

    @cached("demo", key=lambda data, role: (content_key(data), role), size_of=len)
    def describe(data: bytes, role: str) -> str:
        """Describe."""
        calls.append((data, role))
        return f"{len(data)} {role}"

    assert ["1 a", "1 b", "1 a"] == [describe(b"x", role) for role in "aba"]
    assert [(b"x", "a"), (b"x", "b")] == calls
    assert ("describe", "Describe.") == (describe.__name__, describe.__doc__)
    assert 1 == caches()["demo"].hits
    clear_caches()
    assert 0 == caches()["demo"].held


@pytest.mark.usefixtures("budgets")
def test_a_decorated_function_of_many_is_given_those_not_kept():
    calls: list[Sequence[str]] = []

    @cached_batch("demo", key=str.lower, size_of=len)
    def upper(items: Sequence[str]) -> list[str]:
        calls.append(items)
        return [item.upper() for item in items]

    assert ["A", "B"] == upper("ab")
    assert ["A", "C"] == upper("Ac")
    assert [["a", "b"], ["c"]] == calls
    assert [] == upper([])


@pytest.mark.usefixtures("budgets")
def test_decorated_functions_of_texts_are_called_once_for_each_text():
    calls: list[str] = []

    @cached_text("demo")
    def length(text: str) -> int:
        calls.append(text)
        return len(text)

    @cached_texts("other")
    def lengths(texts: Sequence[str]) -> list[int]:
        return list(map(length, texts))

    assert [1, 2, 1] == [length("a"), length("bb"), length("a")]
    assert [1, 2, 3] == lengths(["a", "bb", "ccc"])
    assert [3, 1] == lengths(["ccc", "a"])
    assert ["a", "bb", "ccc"] == calls


@pytest.mark.usefixtures("budgets")
def test_a_cache_needs_a_budget_and_a_name_of_its_own():
    cached_text("demo")
    with pytest.raises(ValueError, match="two caches are named 'demo'"):
        cached_texts("demo")
    with pytest.raises(KeyError, match="nowhere"):
        cached_text("nowhere")


@pytest.mark.usefixtures("budgets")
def test_a_call_without_a_key_is_not_kept():
    calls: list[bytes] = []

    @cached("demo", key=lambda data: data or None, size_of=len)
    def read(data: bytes) -> bytes:
        calls.append(data)
        return data

    assert [b"", b"", b"x", b"x"] == [read(data) for data in (b"", b"", b"x", b"x")]
    assert [b"", b"", b"x"] == calls
