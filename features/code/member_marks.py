"""Derives the marks and tokens of single text members from what the passes found in them."""

import struct
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from features.code.analysed_file import AnalysedFile
from features.code.evidence import AUXILIARY_FACTOR, KNOWN_FACTOR, ROLE_FACTORS
from features.code.tokens import BITS, ROLE_INDEX
from features.contract import Mark
from features.install.roles import is_auxiliary
from features.marks import AUXILIARY_PATH, KNOWN_CODE, MARK_IDS, MARK_WEIGHTS, MOST_MARKS, heaviest_marks
from features.text.indicators import INDICATORS

MOST_TOKENS = 32
"""Tokens of one member that are kept."""
MOST_WITH_TOKENS = 128
"""Members of a release whose tokens are kept, the heaviest."""

_MOST = 2**31 - 1
_TOKEN = (1 << BITS) - 1
_POSITIONS = {mark: position for position, mark in enumerate(MARK_IDS)}
_WEIGHTS = tuple(MARK_WEIGHTS.values())
_OF_INDICATOR = tuple(_POSITIONS[indicator.id] for indicator in INDICATORS)


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
    marked = [(at, marks) for at, file in enumerate(files) if (marks := _marks(file))]
    weights = {at: _weight(files[at], marks) for at, marks in marked if files[at].tokens}
    with_tokens = frozenset(sorted(weights, key=lambda at: (-weights[at], at))[:MOST_WITH_TOKENS])
    return tuple(
        [
            MarkedFile(
                at,
                _pack([number for pair in marks for number in pair]),
                _pack(_tokens(files[at])) if at in with_tokens else b"",
            )
            for at, marks in marked
        ]
    )


def marks_by_path(files: Sequence[AnalysedFile], marked: Iterable[MarkedFile]) -> Mapping[str, Sequence[Mark]]:
    """Return the marks of files by the path of their member; those of members of one path stand together."""
    found: dict[str, Sequence[Mark]] = {}
    for file in marked:
        path = files[file.position].member.path
        marks = file.unpack_marks()
        found[path] = (
            heaviest_marks(Counter(dict(found[path])) + Counter(dict(marks)), path) if path in found else marks
        )
    return found


def tokens_by_path(files: Sequence[AnalysedFile], marked: Iterable[MarkedFile]) -> Mapping[str, tuple[int, ...]]:
    """Return the tokens of files by the path of their member, those of the first of one path."""
    found: dict[str, tuple[int, ...]] = {}
    for file in marked:
        if file.tokens:
            found.setdefault(files[file.position].member.path, file.unpack_tokens())
    return found


def _marks(file: AnalysedFile) -> list[tuple[int, int]]:
    """Return the heaviest marks of a file as (position in MARK_IDS, times); none if the passes found nothing in it."""
    marks = [(_OF_INDICATOR[position], times) for position, times in file.scan.counts]
    if file.analysis is not None:
        marks += [
            (_POSITIONS[key], min(times, _MOST)) for key, times in file.analysis.counts.items() if key in _POSITIONS
        ]
    if marks:
        if file.known:
            marks.append((_POSITIONS[KNOWN_CODE], 1))
        if is_auxiliary(file.member.path):
            marks.append((_POSITIONS[AUXILIARY_PATH], 1))
        marks.sort()
    return marks[:MOST_MARKS]


def _weight(file: AnalysedFile, marks: Iterable[tuple[int, int]]) -> float:
    weight = sum([_WEIGHTS[position] for position, _ in marks]) * ROLE_FACTORS[file.member.role]
    return (
        weight * (KNOWN_FACTOR if file.known else 1.0) * (AUXILIARY_FACTOR if is_auxiliary(file.member.path) else 1.0)
    )


def _tokens(file: AnalysedFile) -> list[int]:
    """Return the first tokens of a file, which are those of calls with a behaviour, as the feature table keeps them."""
    role = ROLE_INDEX[file.member.role] << BITS
    return [role | token & _TOKEN for token in file.tokens[:MOST_TOKENS]]


def _pack(numbers: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)
