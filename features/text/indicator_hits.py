"""Finds the hits of all indicators in a text.

Hyperscan matches all patterns of a pass as bytes at the same time, so that a text costs the same whether ten
indicators are searched for or a thousand.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

import hyperscan

from features.runtime.pattern_store import Scanners, compiled_database
from features.text.indicator_file import RUN_BYTES, Flag, Pass
from features.text.indicators import INDICATORS

HITS_PER_INDICATOR = 64
"""Hits of one indicator that are kept in one text."""

MATCHES_PER_PASS = 1 << 16
"""Matches of one pass in one text, after which its remainder is scanned for the first match of each indicator only."""

LINE_REACH = 240
"""Bytes before the end of a hit that are searched for the start of its line."""

BINARY_PASSES = frozenset(Pass) - {Pass.PUNCTUATION}
"""Passes that binary data is searched for together, in one database."""


class Hit(NamedTuple):
    """One match: the indicator's position in `INDICATORS`, and byte offsets into the text.

    `end` is exact, one past the last byte that matched. `start` is where the line of that byte begins, or
    `LINE_REACH` bytes before `end` in a long line: Hyperscan reports no starts at this speed.
    """

    indicator: int
    start: int
    end: int


class _PatternSet(NamedTuple):
    """The patterns of a pass, compiled to report every match or the first of each pattern."""

    scan_pass: Pass
    first_only: bool


_EVERY_MATCH: Mapping[Pass, _PatternSet] = MappingProxyType(
    {scan_pass: _PatternSet(scan_pass, first_only=False) for scan_pass in Pass}
)

_STEP = 8
_BLANKS = tuple((run[: len(run) // _STEP], run) for run in (b" " * 60, b"\t" * 30))
_SAMPLED_RUN = b"x" * (RUN_BYTES // _STEP)
_RUN_LETTERS = bytes(
    ord("x") if chr(byte).isascii() and (chr(byte).isalnum() or chr(byte) in "+/_-") else ord(" ")
    for byte in range(256)
)


def passes_for(data: bytes) -> list[Pass]:
    """Return the passes whose patterns may match in a text, in their order; patterns of the others cannot match."""
    passes = [Pass.WORDS, Pass.PUNCTUATION]
    # A run of RUN_BYTES shows as a run of an eighth of that length in a sample of every eighth byte.
    sample = data[::_STEP]
    if _SAMPLED_RUN in sample.translate(_RUN_LETTERS):
        passes.append(Pass.RUNS)
    if any(sampled in sample and run in data for sampled, run in _BLANKS):
        passes.append(Pass.BLANKS)
    return passes


def patterns_of(passes: Container[Pass], flags: int = 0) -> list[tuple[int, str, int]]:
    """Return the position of each indicator of some passes, its pattern, and its Hyperscan flags with `flags`."""
    return [
        (position, indicator.pattern, flags | (hyperscan.HS_FLAG_CASELESS if Flag.CASELESS in indicator.flags else 0))
        for position, indicator in enumerate(INDICATORS)
        if indicator.scan_pass in passes
    ]


def pattern_lists() -> Iterator[list[tuple[int, str, int]]]:
    """Yield the patterns of every database that `scan` may use."""
    for every_match in _EVERY_MATCH.values():
        yield from map(_patterns, (every_match, every_match._replace(first_only=True)))


def _patterns(patterns: _PatternSet) -> list[tuple[int, str, int]]:
    return patterns_of({patterns.scan_pass}, hyperscan.HS_FLAG_SINGLEMATCH if patterns.first_only else 0)


@cache
def _database(patterns: _PatternSet) -> Any:
    return compiled_database(_patterns(patterns))


_SCANNERS = Scanners(_database)


def scan(data: bytes, known: Sequence[tuple[int, int]] | None = None) -> list[Hit]:
    """Return the hits in one text, by (end, indicator); at most `HITS_PER_INDICATOR` of each indicator.

    Linear in the length of `data`, which may be any bytes. A text with more than `MATCHES_PER_PASS` matches of one
    pass gets the matches found until then and the first match of each indicator of the pass without a match until then.
    `known` are all matches (end, indicator) of `BINARY_PASSES`, if the caller has searched for them already.
    """
    matches = list(known or ())
    most = 0

    def on_match(indicator: int, _start: int, end: int, _flags: int, _context: object) -> bool:
        matches.append((end, indicator))
        return len(matches) >= most

    for scan_pass in passes_for(data) if known is None else (Pass.PUNCTUATION,):
        most = len(matches) + MATCHES_PER_PASS
        try:
            _SCANNERS.of(_EVERY_MATCH[scan_pass])(data, match_event_handler=on_match)
        except hyperscan.ScanTerminated:
            matches += _first_matches(data, scan_pass, {indicator for _, indicator in matches})
    if len(matches) > HITS_PER_INDICATOR:
        matches = _first_of_each(matches)
    return [Hit(indicator, _line_start(data, end), end) for end, indicator in sorted(matches)]


def _first_matches(data: bytes, scan_pass: Pass, known: set[int]) -> list[tuple[int, int]]:
    """Return (end, indicator) of the first match of each indicator of a pass that is not known yet."""
    matches: list[tuple[int, int]] = []

    def on_match(indicator: int, _start: int, end: int, _flags: int, _context: object) -> bool:
        if indicator not in known:
            matches.append((end, indicator))
        return False

    _SCANNERS.of(_PatternSet(scan_pass, first_only=True))(data, match_event_handler=on_match)
    return matches


def _first_of_each(matches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the first `HITS_PER_INDICATOR` matches of each indicator."""
    counts: Counter[int] = Counter()
    kept: list[tuple[int, int]] = []
    for match in matches:
        counts[match[1]] += 1
        if counts[match[1]] <= HITS_PER_INDICATOR:
            kept.append(match)
    return kept


def _line_start(data: bytes, end: int) -> int:
    earliest = max(0, end - LINE_REACH)
    return max(earliest, data.rfind(b"\n", earliest, max(end - 1, earliest)) + 1)


def line_of(data: bytes, offset: int) -> int:
    """Return the number, from 1, of the line that contains the byte at `offset`."""
    return data.count(b"\n", 0, max(offset, 0)) + 1


def lines_of(data: bytes, offsets: Iterable[int]) -> list[int]:
    """Return the line number of each of the ascending `offsets`, as `line_of` does, in one pass over the data."""
    lines: list[int] = []
    line, counted = 1, 0
    for offset in offsets:
        at = max(offset, 0)
        line += data.count(b"\n", counted, at)
        counted = at
        lines.append(line)
    return lines


def excerpt(data: bytes, start: int, end: int, limit: int = 200) -> str:
    """Return at most `limit` characters of the line that a hit ends in, with its end among them.

    The text is raw and must be escaped before it is shown. Bytes that are not UTF-8 become U+FFFD.
    """
    last = max(end - 1, 0)
    head = max(start, last - limit * 3 // 4, 0)
    stop = data.find(b"\n", last, head + limit)
    line = data[head : stop if stop >= 0 else head + limit]
    while line[:1] > b"\x7f" and line[:1] < b"\xc0":
        line = line[1:]
    return line.decode("utf-8", "replace").strip()
