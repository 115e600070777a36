import gzip
from pathlib import Path

import numpy as np
import pytest

from model.words import UNNAMED, parse_words, read_word_list, render_words, telling_words, words_meaning

WORDS = {5: "base64.b64decode", 6: "os.getlogin", 7: "urlopen"}


def test_words_are_named_with_their_place() -> None:
    meaning = words_meaning([5, 1 << 20 | 6, 9, 7], WORDS)
    assert meaning == "the words base64.b64decode, urlopen in its install code and os.getlogin in its import code"


def test_tokens_without_a_text_say_so() -> None:
    assert UNNAMED == words_meaning([1, 2], WORDS) == words_meaning([], {})


def test_the_most_common_text_of_a_hash_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "words.csv.gz"
    path.write_bytes(gzip.compress(b"token,text\n5,open\n5,rare\n6,os.name\n"))
    assert {5: "open", 6: "os.name"} == read_word_list(path)


def test_only_words_that_raise_a_score_are_kept() -> None:
    ids = np.array([5, 2 << 20 | 6, 7, 8], dtype=np.uint32)
    coefficients = np.array([0.5, 0.1, -1.0, 2.0], dtype=np.float32)
    assert {5: WORDS[5], 6: WORDS[6]} == telling_words(ids, coefficients, WORDS)


def test_words_survive_the_disk() -> None:
    assert WORDS == parse_words(render_words(WORDS))
    for broken in (b"[]", b"{", b'{"1": 2}', b'{"x": "y"}'):
        with pytest.raises(ValueError, match=r".*"):
            parse_words(broken)
