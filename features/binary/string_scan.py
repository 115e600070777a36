"""What stands written in bytes that are no text: indicators, makers' marks, names, addresses."""

import re
from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from features.binary.string_markers import Marks, find_marks
from features.contract import Evidence, Role
from features.runtime.cache import size_of_numbers, size_of_words
from features.text.indicator_file import Category
from features.text.indicator_hits import scan
from features.text.indicators import INDICATORS

SHORTEST = 6
"""A hit must stand in a run of at least so many letters, digits and signs."""
SHOWN = 3
"""From this weight on an indicator in a binary is shown."""
PLACES = 8
"""Indicators of one member that are shown."""

_LAST = re.compile(r"[A-Za-z_]\w*\Z")
_BEFORE, _AFTER = 120, 80
_READABLE = bytes((9, *range(0x20, 0x7F)))
_HIDING = (Category.OBFUSCATION, Category.ENCODING)
_FACTOR = 0.6
"""Words in a binary weigh less than code that a person can read: it may only carry them."""


@dataclass(frozen=True, slots=True)
class Words:
    """What was found in one member: hits of each indicator (by place in `INDICATORS`), marks, places to show."""

    counts: Counter[int]
    marks: Marks
    places: tuple[tuple[int, str], ...] = ()

    def weigh(self) -> int:
        """Return about how many bytes it takes."""
        said = [one for kind in self.marks for one in kind] + [said for _, said in self.places]
        return size_of_numbers(list(self.counts)) + size_of_words(said)

    @property
    def weight(self) -> int:
        """Sum of the weights of its distinct indicators."""
        return sum(INDICATORS[position].weight for position in self.counts)

    def evidence(self, path: str, role: Role) -> Iterable[Evidence]:
        """Yield the heaviest indicators, one place each; a binary has no lines, so the line is 1."""
        for position, said in self.places:
            found = INDICATORS[position]
            yield Evidence(path, 1, found.id, role, said, round(found.weight * _FACTOR, 3))


NOTHING = Words(Counter(), Marks(frozenset(), frozenset(), frozenset(), frozenset()))


def find_words(pieces: Iterable[bytes], *, wide: bool = False, imported: AbstractSet[str] = frozenset()) -> Words:
    """Return what is written in pieces of one member; with `wide` also what is written in UTF-16.

    The names of `imported` functions are no words of a program: its headers say the same.
    """
    counts: Counter[int] = Counter()
    marks = [NOTHING.marks]
    shown: dict[int, str] = {}
    for piece in pieces:
        # Every second byte of UTF-16 is the plain letter; odd offsets too, because .NET puts lengths before strings.
        for data in (piece, piece[::2], piece[1::2]) if wide else (piece,):
            marked, known = find_marks(data)
            marks.append(marked)
            for hit in scan(data, known):
                said = _around(data, hit.end)
                if len(said) >= SHORTEST and not _is_import(said, imported):
                    counts[hit.indicator] += 1
                    shown.setdefault(hit.indicator, said)
    merged = Marks(*(frozenset().union(*kind) for kind in zip(*marks, strict=True)))
    heavy = [at for at in shown if INDICATORS[at].weight >= SHOWN and INDICATORS[at].category not in _HIDING]
    heavy.sort(key=lambda at: (-INDICATORS[at].weight, at))
    return Words(counts, merged, tuple((at, shown[at]) for at in heavy[:PLACES]))


def _is_import(said: str, imported: AbstractSet[str]) -> bool:
    """Tell whether a run is the name of an imported function, with at most a few bytes of its table's before it."""
    last = _LAST.search(said)
    return last is not None and len(said) - len(last[0]) <= 4 and last[0] in imported


def _around(data: bytes, end: int) -> str:
    """Return the run of readable bytes around the last byte of a hit."""
    before = data[max(0, end - _BEFORE) : end]
    after = data[end : end + _AFTER]
    first = before[len(before.rstrip(_READABLE)) :]
    last = after[: len(after) - len(after.lstrip(_READABLE))]
    return (first + last).decode("ascii", "replace").strip()
