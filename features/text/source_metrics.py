"""Measures source files: their lines, names, strings, comments and bytes, for each role.

Source is measured in two depths. Lines, and the text hidden in or between them (spaces before code, blank lines,
control, bidi and invisible characters), are counted in all of it. Names, strings, comments and the entropy of each file
are measured in a part of it that the caller bounds: files with a line of over `LONG_LINE` bytes first, then in the
order given. The byte histogram is counted in about `HISTOGRAM_BYTES` evenly spread bytes of a role.

All passes are linear in the bytes given and work on all files at once. Source is decoded as Python would decode it
(`features.text.decode`) and measured as UTF-8, so that an encoding hides nothing.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from features.runtime.cache import cached_batch, cached_texts, content_key, size_of_words
from features.text.entropy import entropies
from features.text.lexing import identifiers, lex
from features.text.line_metrics import LONG_LINE, LineMetrics, has_blank_run, measure_lines, to_utf8, with_line_end
from features.text.word_metrics import is_confusing, is_random, may_be_odd

MEASURED_NAMES = 1_000
"""Distinct names of all files that are measured, in order of appearance."""
NAME_BYTES = 128
"""Bytes of a name that are measured."""
MEASURED_STRINGS = 64
"""Distinct strings of a role whose entropy is measured, the longest first."""
STRING_BYTES = 1_024
"""Bytes of a string whose entropy is measured."""
FILE_BYTES = 4_096
"""Bytes of a file whose entropy is measured."""
HISTOGRAM_BYTES = 2**14
"""Bytes of a role's source that are counted in its histogram."""

_LONG_STRING = 12
"""Bytes of the shortest string whose entropy is measured."""
_ENCODED_STRING = 40
"""Bytes of the shortest string that may be base64 or hexadecimal."""
_BASE64 = re.compile(rb"(?=[^\n]*[a-z])(?=[^\n]*[A-Z])(?=[^\n]*[0-9+/])[A-Za-z0-9+/_\s-]++={0,2}\s*")
_HEX = re.compile(rb"(?:(?:0x)?[0-9a-fA-F\s]+|(?:\\x[0-9a-fA-F]{2})+)")
_ESCAPE = re.compile(rb"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{|[0-7]{2,3})")

_RANDOM, _CONFUSING = 1, 2
_SHORTEST_ODD = 5
"""Bytes of the shortest name that can count as random or confusing."""


@dataclass(frozen=True, slots=True)
class StringMetrics:
    """The distinct strings of one role: sizes in bytes, entropies of the `MEASURED_STRINGS` longest from 12 bytes."""

    count: int
    longest: int
    over_100: int
    over_1000: int
    base64: int
    base64_bytes: int
    hex: int
    hex_bytes: int
    escapes: int
    entropies: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RoleMetrics:
    """The source of one role, of `size` bytes.

    `histogram` (float64, 256) counts each byte value, estimated if the source is large. `names` are positions in
    `SourceMetrics.names`. They, `strings`, `comment_bytes`, `docstring_bytes` and `entropies` (one for each file) are
    cover the `measured` bytes that were measured in full depth.
    """

    size: int
    lines: int
    long_lines: int
    longest_line: int
    histogram: npt.NDArray[np.float64]
    measured: int
    names: tuple[int, ...]
    strings: StringMetrics
    entropies: tuple[float, ...]
    comment_bytes: int
    docstring_bytes: int
    offscreen: int


@dataclass(frozen=True, slots=True)
class SourceMetrics:
    """The metrics of the source of several roles, and of all of it together.

    `names` are distinct. Of the first `MEASURED_NAMES` of them there are `name_entropies`; `random_names` and
    `confusing_names` are positions among them.
    """

    roles: tuple[RoleMetrics, ...]
    names: tuple[bytes, ...]
    name_entropies: tuple[float, ...]
    random_names: frozenset[int]
    confusing_names: frozenset[int]
    wide_lines: int
    indented: int
    blank_run: int
    control_bytes: int
    bidi: int
    invisible: int


@dataclass(frozen=True, slots=True)
class SourceFiles:
    """The files of a role, none of them empty; `budget` and `file_budget` are bytes measured in full depth.

    `keys` are the `content_key` of each file, computed if none are given.
    """

    files: Sequence[bytes]
    budget: int = 2**20
    file_budget: int = 2**20
    keys: Sequence[bytes] = ()

    def __post_init__(self) -> None:
        if not self.keys:
            object.__setattr__(self, "keys", [content_key(data) for data in self.files])


class _File(NamedTuple):
    """The content of a file and its `content_key`."""

    key: bytes
    data: bytes


class _Excerpt(NamedTuple):
    """The part of a file that is measured in full depth: its text from `begin` to `end`; `key` is the file's."""

    key: bytes
    text: bytes
    begin: int
    end: int


class _Words(NamedTuple):
    """The distinct names and strings of an excerpt, and the entropy of its beginning."""

    names: tuple[bytes, ...]
    strings: tuple[bytes, ...]
    comment_bytes: int
    docstring_bytes: int
    entropy: float


def measure_source(roles: Sequence[SourceFiles]) -> SourceMetrics:
    """Measure the source of several roles, each of which must have a file."""
    files = [_File(key, data) for role in roles for key, data in zip(role.keys, role.files, strict=True)]
    lines = _measure_lines(files)
    texts = [
        with_line_end(file.data if metrics.is_plain else to_utf8(file.data))
        for file, metrics in zip(files, lines, strict=True)
    ]
    slices = _slices([len(role.files) for role in roles])
    excerpts = [_choose_excerpts(role, lines[own], texts[own]) for role, own in zip(roles, slices, strict=True)]
    words = _words_of_roles(excerpts)
    names = [_distinct([excerpt.names for excerpt in role_words]) for role_words in words]
    strings = _measure_strings([_distinct([excerpt.strings for excerpt in role_words]) for role_words in words])
    all_names = _distinct(names)
    positions = {name: position for position, name in enumerate(all_names)}
    measured_names = _measure_names([name[:NAME_BYTES] for name in all_names[:MEASURED_NAMES]])
    return SourceMetrics(
        roles=tuple(
            [
                _role_metrics(
                    lines[own],
                    texts[own],
                    excerpts[at],
                    words[at],
                    tuple(map(positions.__getitem__, names[at])),
                    strings[at],
                )
                for at, own in enumerate(slices)
            ]
        ),
        names=all_names,
        name_entropies=tuple([value for value, _ in measured_names]),
        random_names=frozenset([at for at, (_, oddities) in enumerate(measured_names) if oddities & _RANDOM]),
        confusing_names=frozenset([at for at, (_, oddities) in enumerate(measured_names) if oddities & _CONFUSING]),
        wide_lines=sum([metrics.wide_lines for metrics in lines]),
        indented=sum([metrics.indented for metrics in lines]),
        blank_run=_longest_blank_run(lines, texts),
        control_bytes=sum([metrics.control_bytes for metrics in lines]),
        bidi=sum([metrics.bidi for metrics in lines]),
        invisible=sum([metrics.invisible for metrics in lines]),
    )


def _slices(counts: Sequence[int]) -> list[slice]:
    """Return the range of each role's files among all files."""
    ends = list(accumulate(counts))
    return [slice(end - count, end) for count, end in zip(counts, ends, strict=True)]


def _distinct(parts: Iterable[Iterable[bytes]]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(parts)))


@cached_batch("line_shapes", key=lambda file: file.key, size_of=lambda _: 400)
def _measure_lines(files: Sequence[_File]) -> list[LineMetrics]:
    return measure_lines([file.data for file in files])


def _choose_excerpts(role: SourceFiles, lines: Sequence[LineMetrics], texts: Sequence[bytes]) -> list[_Excerpt]:
    """Return the excerpts to measure in full depth: from the start of a file or, if later, of its longest line."""
    files = list(zip(role.keys, texts, lines, strict=True))
    if sum([metrics.size for metrics in lines]) <= min(role.budget, role.file_budget):
        return [_Excerpt(key, text, 0, metrics.size) for key, text, metrics in files]
    left = role.budget
    excerpts = []
    for key, text, metrics in sorted(files, key=lambda file: file[2].longest_line <= LONG_LINE):
        size = min(role.file_budget, left)
        ends_late = metrics.long_at + metrics.longest_line > size
        begin = metrics.long_at if metrics.longest_line > LONG_LINE and ends_late else 0
        excerpts.append(_Excerpt(key, text, begin, min(begin + size, metrics.size)))
        left -= excerpts[-1].end - begin
        if left <= 0:
            break
    return excerpts


def _words_of_roles(excerpts: Sequence[Sequence[_Excerpt]]) -> list[list[_Words]]:
    """Return the words of each excerpt of each role, extracted from all excerpts together."""
    words = iter(_extract_words([excerpt for some in excerpts for excerpt in some]))
    return [list(islice(words, len(some))) for some in excerpts]


@cached_batch(
    "source_words",
    key=lambda excerpt: (excerpt.key, excerpt.begin, excerpt.end),
    size_of=lambda words: size_of_words(words.names) + size_of_words(words.strings),
)
def _extract_words(excerpts: Sequence[_Excerpt]) -> list[_Words]:
    texts = [excerpt.text[excerpt.begin : excerpt.end] for excerpt in excerpts]
    values = entropies([text[:FILE_BYTES] for text in texts])
    return [
        _Words(
            identifiers(lexed.code),
            tuple(dict.fromkeys(lexed.strings)),
            lexed.comment_bytes,
            lexed.docstring_bytes,
            value,
        )
        for lexed, value in zip(map(lex, texts), values, strict=True)
    ]


def _role_metrics(
    lines: Sequence[LineMetrics],
    texts: Sequence[bytes],
    excerpts: Sequence[_Excerpt],
    words: Sequence[_Words],
    names: tuple[int, ...],
    strings: StringMetrics,
) -> RoleMetrics:
    size = sum([metrics.size for metrics in lines])
    return RoleMetrics(
        size=size,
        lines=sum([metrics.lines for metrics in lines]),
        long_lines=sum([metrics.long_lines for metrics in lines]),
        longest_line=max([metrics.longest_line for metrics in lines]),
        histogram=_byte_histogram(texts, size),
        measured=sum([excerpt.end - excerpt.begin for excerpt in excerpts]),
        names=names,
        strings=strings,
        entropies=tuple([excerpt.entropy for excerpt in words]),
        comment_bytes=sum([excerpt.comment_bytes for excerpt in words]),
        docstring_bytes=sum([excerpt.docstring_bytes for excerpt in words]),
        offscreen=sum([metrics.offscreen for metrics in lines]),
    )


def _byte_histogram(texts: Sequence[bytes], size: int) -> npt.NDArray[np.float64]:
    """Return the count of each byte value in texts of `size` bytes, estimated from evenly spread bytes."""
    step = 1 + size // HISTOGRAM_BYTES
    begin = 0
    samples = []
    for text in texts:
        samples.append(text[begin::step])
        begin = (begin - len(text)) % step
    data = b"".join(samples)
    return np.bincount(np.frombuffer(data, np.uint8), minlength=256) * np.float64(size / len(data))


def _measure_strings(roles: Sequence[Sequence[bytes]]) -> list[StringMetrics]:
    """Return the metrics of the distinct strings of each role."""
    long = [
        sorted([string for string in strings if len(string) >= _LONG_STRING], key=len, reverse=True)
        for strings in roles
    ]
    values = iter(_string_entropies([string[:STRING_BYTES] for some in long for string in some[:MEASURED_STRINGS]]))
    return [_string_metrics(strings, some, values) for strings, some in zip(roles, long, strict=True)]


@cached_texts("string_entropies")
def _string_entropies(strings: Sequence[bytes]) -> Sequence[float]:
    return entropies(strings)


def _string_metrics(strings: Sequence[bytes], long: Sequence[bytes], values: Iterator[float]) -> StringMetrics:
    """Return the metrics of strings; `long` are the long ones by size, `values` yields their entropies."""
    encoded = [string for string in long if len(string) >= _ENCODED_STRING]
    base64 = [len(string) for string in encoded if _is_dense(string) and _BASE64.fullmatch(string)]
    hexadecimal = [len(string) for string in encoded if _HEX.fullmatch(string)]
    return StringMetrics(
        count=len(strings),
        longest=len(long[0]) if long else max(map(len, strings), default=0),
        over_100=sum([len(string) for string in encoded if len(string) > 100]),
        over_1000=sum([len(string) for string in encoded if len(string) > 1000]),
        base64=len(base64),
        base64_bytes=sum(base64),
        hex=len(hexadecimal),
        hex_bytes=sum(hexadecimal),
        escapes=len(_ESCAPE.findall(b" ".join([string for string in strings if b"\\" in string]))),
        entropies=tuple(islice(values, min(len(long), MEASURED_STRINGS))),
    )


def _is_dense(string: bytes) -> bool:
    """Return whether a string has hardly any white space, as words of a sentence consist of base64 letters too."""
    return len(string.split()) * 20 <= len(string)


@cached_texts("name_shapes")
def _measure_names(names: Sequence[bytes]) -> list[tuple[float, int]]:
    """Return the entropy of each name, and whether it is random or confusing, as bits."""
    oddities = [0] * len(names)
    for at in may_be_odd(names):
        if len(names[at]) >= _SHORTEST_ODD:
            text = names[at].decode("utf-8", "replace")
            random = any(is_random(part) for part in text.split("_") if len(part) > 5)
            oddities[at] = _RANDOM * random | _CONFUSING * is_confusing(text)
    return list(zip(entropies(names), oddities, strict=True))


def _longest_blank_run(lines: Sequence[LineMetrics], texts: Sequence[bytes]) -> int:
    longest = max([metrics.blank_run for metrics in lines])
    return longest if longest and has_blank_run(b"".join(texts)) else 0
