"""Results by content, kept within a bound."""

from collections.abc import Sequence
from functools import partial

from features.contract import Role
from features.groups import code
from features.runtime.cache import ENTRY_BYTES, BatchMemo, ContentCache, content_key


class Finder:
    """Finds a key in capitals and notes that it was asked."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def find(self, key: str) -> str:
        self.made.append(key)
        return key.upper()


def test_it_is_found_once():
    finder = Finder()
    recall: ContentCache[str] = ContentCache(128 * (ENTRY_BYTES + 1), len)
    for key in ("a", "b", "a", "b"):
        assert key.upper() == recall.get(key, partial(finder.find, key))
    assert ["a", "b"] == finder.made
    assert (4, 2) == (recall.asked, recall.known)


def test_the_one_asked_for_longest_ago_goes_first():
    finder = Finder()
    recall: ContentCache[str] = ContentCache(64 * (ENTRY_BYTES + 1), len)
    many = [chr(number) for number in range(0x4E00, 0x4E00 + 65)]
    for key in (*many[:64], many[0], many[64], many[0], many[1]):
        recall.get(key, partial(finder.find, key))
    assert [*many, many[1]] == finder.made
    assert recall.held <= recall.most


def test_what_would_drive_out_much_of_the_rest_is_not_kept():
    finder = Finder()
    recall: ContentCache[str] = ContentCache(64 * (ENTRY_BYTES + 9), len)
    for key in ("a" * 9, "b" * 10, "a" * 9, "b" * 10):
        recall.get(key, partial(finder.find, key))
    assert ["a" * 9, "b" * 10, "b" * 10] == finder.made
    recall.clear()
    assert 0 == recall.held


def test_contents_differ_by_their_last_byte():
    assert content_key(b"x" * 10_000) != content_key(b"x" * 9_999 + b"y")


def test_a_file_in_another_role_is_read_again():
    keys = {(content_key(b"import os"), role, None) for role in Role}
    assert len(Role) == len(keys)
    assert code.ANALYSES.most > 0


def test_many_are_asked_for_at_once_and_only_what_is_not_known():
    asked: list[list[int]] = []

    def find(places: list[int]) -> list[str]:
        asked.append(places)
        return [keys[at].upper() for at in places]

    recall: ContentCache[str] = ContentCache(64 * (ENTRY_BYTES + 1), len)
    for keys in ("ab", "bca", "abc", "dddd", "ab"):
        assert list(keys.upper()) == recall.get_all(keys, find)
    # Of the fourth each place is asked for.
    assert [[0, 1], [1], [0, 1, 2, 3]] == asked
    assert (14, 7) == (recall.asked, recall.known)
    assert 4 * (ENTRY_BYTES + 1) == recall.held


def test_more_may_be_asked_for_than_are_kept():
    recall: ContentCache[str] = ContentCache(64 * (ENTRY_BYTES + 1), len)
    keys = [chr(number) for number in range(0x4E00, 0x4E00 + 100)]
    for _ in range(2):
        assert keys == recall.get_all(keys, lambda places: [keys[at] for at in places])
    assert recall.held <= recall.most


def test_answers_are_given_once_until_there_are_too_many():
    asked: list[Sequence[bytes]] = []

    def find(texts: Sequence[bytes]) -> list[int]:
        asked.append(texts)
        return list(map(len, texts))

    answers = BatchMemo(3, find)
    for texts in ([b"a", b"bb", b"a"], [b"bb", b"ccc"], [b"a", b"bb", b"ccc"], [b"dddd", b"a"], [b"bb"]):
        assert list(map(len, texts)) == answers.of(texts)
    assert [[b"a", b"bb"], [b"ccc"], [b"dddd", b"a"], [b"bb"]] == asked
