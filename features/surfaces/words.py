"""Finds which of some words a file contains, in one Hyperscan pass whatever their number."""

from functools import cache
from typing import Any

import hyperscan

from features.runtime.pattern_store import Scanners, compiled_database


def word_patterns(words: tuple[bytes, ...]) -> list[tuple[int, str, int]]:
    """Return the patterns of the database with which `find_words` searches for some words."""
    flags = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_CASELESS
    return [(at, "".join(f"\\x{byte:02x}" for byte in word), flags) for at, word in enumerate(words)]


@cache
def _database(words: tuple[bytes, ...]) -> Any:
    return compiled_database(word_patterns(words))


_SCANNERS = Scanners(_database)


def find_words(data: bytes, words: tuple[bytes, ...]) -> frozenset[bytes]:
    """Return the words, all ASCII or bytes of UTF-8, that a file contains; the case of letters does not matter."""
    met: set[int] = set()

    def on_match(word: int, _start: int, _end: int, _flags: int, _context: object) -> None:
        met.add(word)

    if data and words:
        _SCANNERS.of(words)(data, match_event_handler=on_match)
    return frozenset(words[at] for at in met)
