from typing import Any

import pytest

from features.wordshape import entropy, is_confusing, is_random


@pytest.mark.parametrize(("data", "bits"), [(b"", 0.0), (b"a", 0.0), (b"aaaa", 0.0), (b"abab", 1.0), ("abcd", 2.0)])
def test_entropy_is_bits_for_each_symbol(data: Any, bits: Any) -> None:
    assert entropy(data) == bits


@pytest.mark.parametrize(
    "word",
    [
        "xkqzvjw",
        "a8f3e92bc1d0",
        "O0O0OO0O",
        "IlIlI1lI",
        "_0x3fa21b",
        "q8w7e6r5t4",
        "bdfghjkl",
        "aBcXyZqRtU",
        "esqjdgvfx",
    ],
)
def test_words_nobody_thought_of(word: Any) -> None:
    assert is_random(word) is True


@pytest.mark.parametrize(
    "word",
    ["requests", "beautifulsoup4", "matplotlib", "BaseException", "HTTPResponse", "psycopg2", "urllib3", "rhythms", "kwargs",
     "getattr", "sqlalchemy", "numpy", "XMLHttpRequest", "test_utils2", "strength", "Fahrvergnuegen", "deadline", "short", ""],
)  # fmt: skip
def test_words_somebody_thought_of(word: Any) -> None:
    assert is_random(word) is False


def test_letters_that_are_hard_to_tell_apart() -> None:
    assert [is_confusing(word) for word in ("OO00OO", "lllIIl1", "_____x", "_0xabc", "loop", "Ill", "__init__")] == [
        True, True, True, True, False, False, False,
    ]  # fmt: skip
