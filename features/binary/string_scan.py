"""Searches binary members for strings: indicators, tool markers, function and Python names, hosts."""

import re
from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from features.binary.string_markers import MarkerMatches, find_markers
from features.contract import Evidence, Role
from features.runtime.cache import size_of_numbers, size_of_words
from features.text.indicator_file import Category
from features.text.indicator_hits import scan
from features.text.indicators import INDICATORS

SHORTEST = 6
"""Characters of the shortest readable run in which a hit counts."""
SHOWN = 3
"""Weight from which an indicator in a binary is evidence."""
PLACES = 8
"""Number of indicators of one member that are evidence."""

_LAST_NAME = re.compile(r"[A-Za-z_]\w*\Z")
_BEFORE, _AFTER = 120, 80
_READABLE = bytes((9, *range(0x20, 0x7F)))
_HIDING = (Category.OBFUSCATION, Category.ENCODING)
_FACTOR = 0.6
"""Factor on the weight of strings in a binary, which may contain them without using them."""


@dataclass(frozen=True, slots=True)
class BinaryStrings:
    """The strings of one member: hits of each indicator (by position in `INDICATORS`), markers, and evidence.

    `shown` are (position, readable text around the hit) of the indicators that become evidence, the heaviest first.
    """

    counts: Counter[int]
    markers: MarkerMatches
    shown: tuple[tuple[int, str], ...] = ()

    def size_in_memory(self) -> int:
        """Return its approximate size in memory, in bytes."""
        texts = [text for kind in self.markers for text in kind] + [text for _, text in self.shown]
        return size_of_numbers(list(self.counts)) + size_of_words(texts)

    @property
    def weight(self) -> int:
        """Total weight of its distinct indicators."""
        return sum(INDICATORS[position].weight for position in self.counts)

    def evidence(self, path: str, role: Role) -> Iterable[Evidence]:
        """Yield the heaviest indicators, one place each; a binary has no lines, so the line is 1."""
        for position, text in self.shown:
            indicator = INDICATORS[position]
            yield Evidence(path, 1, indicator.id, role, text, round(indicator.weight * _FACTOR, 3))


NO_STRINGS = BinaryStrings(Counter(), MarkerMatches(frozenset(), frozenset(), frozenset(), frozenset()))


def scan_strings(
    pieces: Iterable[bytes], *, wide: bool = False, imported: AbstractSet[str] = frozenset()
) -> BinaryStrings:
    """Return the strings in pieces of one member, including those in UTF-16 if `wide`.

    A hit in the name of an `imported` function does not count, because the headers list that function.
    """
    counts: Counter[int] = Counter()
    matches = [NO_STRINGS.markers]
    texts: dict[int, str] = {}
    for piece in pieces:
        # Every second byte of UTF-16 is a plain letter; also at odd offsets, because .NET puts lengths before strings.
        for data in (piece, piece[::2], piece[1::2]) if wide else (piece,):
            markers, known = find_markers(data)
            matches.append(markers)
            for hit in scan(data, known):
                text = _readable_run(data, hit.end)
                if len(text) >= SHORTEST and not _is_import(text, imported):
                    counts[hit.indicator] += 1
                    texts.setdefault(hit.indicator, text)
    merged = MarkerMatches(*(frozenset().union(*kind) for kind in zip(*matches, strict=True)))
    heavy = [at for at in texts if INDICATORS[at].weight >= SHOWN and INDICATORS[at].category not in _HIDING]
    heavy.sort(key=lambda at: (-INDICATORS[at].weight, at))
    return BinaryStrings(counts, merged, tuple((at, texts[at]) for at in heavy[:PLACES]))


def _is_import(text: str, imported: AbstractSet[str]) -> bool:
    """Return whether a text is the name of an imported function, after at most a few bytes of the name table."""
    last = _LAST_NAME.search(text)
    return last is not None and len(text) - len(last[0]) <= 4 and last[0] in imported


def _readable_run(data: bytes, end: int) -> str:
    """Return the run of readable bytes around the last byte of a hit."""
    before = data[max(0, end - _BEFORE) : end]
    after = data[end : end + _AFTER]
    first = before[len(before.rstrip(_READABLE)) :]
    last = after[: len(after) - len(after.lstrip(_READABLE))]
    return (first + last).decode("ascii", "replace").strip()
