"""Computes the figures of a description in any language, by the noun of their column."""

import re
from collections import Counter
from collections.abc import Mapping

from features.contract import Scalar
from features.runtime.cache import cached_text
from features.text.entropy import entropy
from features.text.word_metrics import is_random

PROSE_CHARS = 2_000
"""Characters of a description that are measured."""

_WORD = re.compile(r"[^\W\d_]+")
_ASCII_LETTERS = "".join(char if char.isalpha() else " " for char in map(chr, range(128)))
"""Translation of ASCII text that keeps letters and blanks all other characters."""


def prose_figures(text: str) -> Mapping[str, Scalar]:
    """Return the figures of the first `PROSE_CHARS` of a description; empty if it has no words."""
    return _prose_figures(text[:PROSE_CHARS])


@cached_text("prose_figures", size_of=lambda figures: 100 * len(figures))
def _prose_figures(text: str) -> Mapping[str, Scalar]:
    words = Counter(text.translate(_ASCII_LETTERS).split() if text.isascii() else _WORD.findall(text))
    if not words:
        return {}
    count = words.total()
    letters = sum([len(word) * times for word, times in words.items()])
    return {
        "entropy": entropy(text),
        "letter_share": letters / len(text),
        "foreign_share": 1 - len(text.encode("ascii", "ignore")) / len(text),
        "word_chars": letters / count,
        "distinct_words": len(words) / count,
        "random_words": sum([times for word, times in words.items() if len(word) > 5 and is_random(word)]) / count,
        "upper_words": sum([times for word, times in words.items() if len(word) > 1 and word.isupper()]) / count,
        "line_chars": len(text) / (text.count("\n") + 1),
        "top_word_share": max(words.values()) / count,
    }
