from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.text.word_metrics import is_confusing, is_random, may_be_odd


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


_WORDS = st.one_of(
    *(
        st.text(alphabet, min_size=1, max_size=30)
        for alphabet in (
            "abcdexkqzjvw_",
            "abXKQZ01_",
            "O0oQIl1i|_",
            "S5smnMN",
            "0123456789abcdefx_",
            "aBcDeFgH",
            "_aX0",
        )
    )
)


@given(st.lists(_WORDS, max_size=20))
def test_the_look_at_all_words_overlooks_none(words: Any) -> None:
    seen = may_be_odd([word.encode() for word in words])
    odd = [at for at, word in enumerate(words) if is_confusing(word) or any(map(is_random, [word, *word.split("_")]))]
    assert set(odd) <= set(seen)


def test_the_look_at_all_words_passes_over_plain_ones() -> None:
    assert may_be_odd([b"requests", b"self", b"get_name", b"TestResponse", b"xkqzvjw", b"O0O0OO0O"]) == [4, 5]
