"""Derives the marks and tokens of single text members from what the passes found in them."""

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from features.code.analysed_file import AnalysedFile
from features.code.evidence import AUXILIARY_FACTOR, KNOWN_FACTOR, ROLE_FACTORS
from features.code.tokens import BITS, ROLE_INDEX
from features.contract import Mark
from features.install.roles import is_auxiliary
from features.marks import AUXILIARY_PATH, KNOWN_CODE, MARK_IDS, heaviest_marks, total_weight
from features.text.indicators import INDICATORS

MOST_TOKENS = 32
"""Tokens of one member that are kept."""
MOST_WITH_TOKENS = 128
"""Members of a release whose tokens are kept, the heaviest."""

_MOST = 2**31 - 1
_TOKEN = (1 << BITS) - 1
_POSITIONS = {mark: position for position, mark in enumerate(MARK_IDS)}
_INDICATOR_IDS = tuple(indicator.id for indicator in INDICATORS)


class MarkedFile(NamedTuple):
    """The marks and tokens of the file at a `position`, packed as 32-bit numbers so that many fit into a cache."""

    position: int
    marks: bytes
    tokens: bytes

    def unpack_marks(self) -> tuple[Mark, ...]:
        """Return its marks, the heaviest first."""
        numbers = struct.unpack(f"<{len(self.marks) // 4}I", self.marks)
        return tuple([Mark(MARK_IDS[at], times) for at, times in zip(numbers[::2], numbers[1::2], strict=True)])

    def unpack_tokens(self) -> tuple[int, ...]:
        """Return its tokens, as in `GroupRow.tokens`."""
        return struct.unpack(f"<{len(self.tokens) // 4}I", self.tokens)

    def size_in_bytes(self) -> int:
        """Return its approximate size in memory, in bytes."""
        return 200 + len(self.marks) + len(self.tokens)


def mark_files(files: Sequence[AnalysedFile]) -> tuple[MarkedFile, ...]:
    """Return the marks of all files that have any, and the tokens of the heaviest of them."""
    marked = [(position, marks) for position, file in enumerate(files) if (marks := heaviest_marks(_counts(file)))]
    weights = {position: _weight(files[position], marks) for position, marks in marked}
    with_tokens = frozenset(sorted(weights, key=lambda at: (-weights[at], at))[:MOST_WITH_TOKENS])
    return tuple(
        [
            MarkedFile(
                position,
                _pack(chain.from_iterable((_POSITIONS[mark.id], mark.times) for mark in marks)),
                _pack(_tokens(files[position])) if position in with_tokens else b"",
            )
            for position, marks in marked
        ]
    )


def marks_by_path(files: Sequence[AnalysedFile], marked: Iterable[MarkedFile]) -> Mapping[str, Sequence[Mark]]:
    """Return the marks of files by the path of their member; those of members of one path stand together."""
    found: dict[str, Sequence[Mark]] = {}
    for file in marked:
        path = files[file.position].member.path
        marks = file.unpack_marks()
        found[path] = (*found[path], *marks) if path in found else marks
    return found


def tokens_by_path(files: Sequence[AnalysedFile], marked: Iterable[MarkedFile]) -> Mapping[str, tuple[int, ...]]:
    """Return the tokens of files by the path of their member, those of the first of one path."""
    found: dict[str, tuple[int, ...]] = {}
    for file in marked:
        if file.tokens:
            found.setdefault(files[file.position].member.path, file.unpack_tokens())
    return found


def _counts(file: AnalysedFile) -> dict[str, int]:
    """Return the count of each mark of a file, {} if the passes found nothing in it."""
    counts = {_INDICATOR_IDS[position]: count for position, count in file.scan.counts}
    if file.analysis is not None:
        counts.update((key, min(count, _MOST)) for key, count in file.analysis.counts.items() if key in _POSITIONS)
    if counts:
        if file.known:
            counts[KNOWN_CODE] = 1
        if is_auxiliary(file.member.path):
            counts[AUXILIARY_PATH] = 1
    return counts


def _weight(file: AnalysedFile, marks: Iterable[Mark]) -> float:
    weight = total_weight(marks) * ROLE_FACTORS[file.member.role]
    return (
        weight * (KNOWN_FACTOR if file.known else 1.0) * (AUXILIARY_FACTOR if is_auxiliary(file.member.path) else 1.0)
    )


def _tokens(file: AnalysedFile) -> Iterator[int]:
    """Yield the first tokens of a file, which are those of calls with a behaviour, as the feature table keeps them."""
    role = ROLE_INDEX[file.member.role] << BITS
    for token in file.tokens[:MOST_TOKENS]:
        yield role | token & _TOKEN


def _pack(numbers: Iterable[int]) -> bytes:
    listed = list(numbers)
    return struct.pack(f"<{len(listed)}I", *listed)
