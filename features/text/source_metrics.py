"""The shape of source text, measured: the files of all roles at once, then one set of figures for a role or for all.

Two depths. Lines and what hides in or between them (spaces before code, blank runs, control, bidi and invisible
characters) are looked at in all that is given. Names, strings, comments and the entropy of each file are measured in
a part of it, which the caller bounds: files with a line of over `LONG_LINE` bytes first, then in the order given; the
histogram of the letters is counted in evenly spread bytes, about `HISTOGRAM_BYTES` of a role.

All passes are linear in the bytes given, and as few as can be: what is done once for all files is not done for each.
Source is decoded as Python would (features.text.decode) and looked at again as UTF-8, so that encodings hide nothing.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from features.contract import Scalar
from features.runtime.cache import cached_batch, cached_text, cached_texts, content_key, size_of_words
from features.text.lexing import identifiers, lex
from features.text.line_metrics import LONG_LINE, Shape, ended, has_blanks, plain, shapes_of
from features.text.word_metrics import entropy, is_confusing, is_random, may_be_odd

IDENTIFIERS_JUDGED = 1_000
"""Distinct names of a set of files whose letters are looked at, in order of appearance."""
NAME_BYTES = 128
"""What is looked at of one of them."""
STRINGS_JUDGED = 64
"""Distinct strings of a role whose entropy is measured, the longest first."""
STRING_BYTES = 1_024
"""What is looked at of a string for its entropy."""
FILE_BYTES = 4_096
"""What is looked at of a file for its entropy."""
PROSE_CHARS = 2_000
"""What is looked at of a description."""
HISTOGRAM_BYTES = 2**14
"""Bytes of a role's source whose values are counted."""

_JUDGED = 12
_CODED = 40
_BASE64 = re.compile(rb"(?=[^\n]*[a-z])(?=[^\n]*[A-Z])(?=[^\n]*[0-9+/])[A-Za-z0-9+/_\s-]++={0,2}\s*")
_HEX = re.compile(rb"(?:(?:0x)?[0-9a-fA-F\s]+|(?:\\x[0-9a-fA-F]{2})+)")
_ESCAPE = re.compile(rb"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{|[0-7]{2,3})")
_LETTERS = re.compile(r"[^\W\d_]+")
_BLANKED = "".join(sign if sign.isalpha() else " " for sign in map(chr, range(128)))
"""What is no letter of ASCII, as a blank."""


@dataclass(frozen=True, slots=True)
class Strings:
    """The distinct strings of one role: sizes in bytes, entropies of the `STRINGS_JUDGED` longest from 12 bytes."""

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
class SourceSummary:
    """The files of one role, of `size` bytes.

    `histogram` counts each byte value, estimated where the source is large. `names` are places in `Measured.names`;
    they, `strings`, `comment_bytes`, `docstring_bytes` and `entropies` (one for each file) are of `judged` bytes.
    """

    size: int
    lines: int
    long_lines: int
    longest_line: int
    histogram: npt.NDArray[np.float64]
    judged: int
    names: tuple[int, ...]
    strings: Strings
    entropies: tuple[float, ...]
    comment_bytes: int
    docstring_bytes: int
    offscreen: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Source of several roles: a part for each, and what is told of all of it only.

    `names` are distinct; of the first `IDENTIFIERS_JUDGED` of them `name_entropies`, and which of them look `random`
    and are `confusing`, by their places.
    """

    parts: tuple[SourceSummary, ...]
    names: tuple[bytes, ...]
    name_entropies: tuple[float, ...]
    random: frozenset[int]
    confusing: frozenset[int]
    wide_lines: int
    indented: int
    blank_run: int
    control_bytes: int
    bidi: int
    invisible: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """The files of a role, none of them empty, and how much of them, and of one, is measured in full depth."""

    files: Sequence[bytes]
    most: int = 2**20
    most_of_one: int = 2**20
    keys: Sequence[bytes] = ()
    """What `content_key` says of each file; worked out where none are given."""

    def __post_init__(self) -> None:
        if not self.keys:
            object.__setattr__(self, "keys", [content_key(data) for data in self.files])


class _Look(NamedTuple):
    """What stands in a piece of a file: its distinct names and strings, and the entropy of its beginning."""

    names: tuple[bytes, ...]
    strings: tuple[bytes, ...]
    comment_bytes: int
    docstring_bytes: int
    entropy: float


class _Piece(NamedTuple):
    """What is measured in full depth of a file: its text from `begin` to `end`; `key` is that of the file."""

    key: bytes
    text: bytes
    begin: int
    end: int


class _KeyedFile(NamedTuple):
    """A file and what `content_key` says of it."""

    key: bytes
    data: bytes


def measure(roles: Sequence[Wanted]) -> Measured:
    """Measure the source of some roles, of which each must have a file."""
    files = [data for role in roles for data in role.files]
    keys = [key for role in roles for key in role.keys]
    shapes = _shapes(list(map(_KeyedFile, keys, files)))
    texts = [ended(data if one.is_plain else plain(data)) for data, one in zip(files, shapes, strict=True)]
    counts = [len(role.files) for role in roles]
    firsts = [sum(counts[:at]) for at in range(len(counts))]
    pieces = [_judged(shapes, keys, texts, first, role) for first, role in zip(firsts, roles, strict=True)]
    looked = iter(_look([piece for of_role in pieces for piece in of_role]))
    looks = [list(islice(looked, len(of_role))) for of_role in pieces]
    of_role = [tuple(dict.fromkeys(chain.from_iterable([one.names for one in some]))) for some in looks]
    names = tuple(dict.fromkeys(chain.from_iterable(of_role)))
    places = {name: place for place, name in enumerate(names)}
    strings = [list(dict.fromkeys(chain.from_iterable([one.strings for one in some]))) for some in looks]
    long = [_long(of_role) for of_role in strings]
    # Asked for once: each asking costs more than the few kilobytes that it is about.
    mixed = iter(_string_entropies([string[:STRING_BYTES] for some in long for string in some[:STRINGS_JUDGED]]))
    parts: list[SourceSummary] = []
    for at, some in enumerate(looks):
        of_files = slice(firsts[at], firsts[at] + counts[at])
        own = shapes[of_files]
        size = sum([one.size for one in own])
        parts.append(
            SourceSummary(
                size=size,
                lines=sum([one.lines for one in own]),
                long_lines=sum([one.long_lines for one in own]),
                longest_line=max([one.longest_line for one in own]),
                histogram=_count_letters(texts[of_files], size),
                judged=sum([piece.end - piece.begin for piece in pieces[at]]),
                names=tuple([places[name] for name in of_role[at]]),
                strings=_measure_strings(strings[at], long[at], mixed),
                entropies=tuple([one.entropy for one in some]),
                comment_bytes=sum([one.comment_bytes for one in some]),
                docstring_bytes=sum([one.docstring_bytes for one in some]),
                offscreen=sum([one.offscreen for one in own]),
            )
        )
    judged = _name_shapes([name[:NAME_BYTES] for name in names[:IDENTIFIERS_JUDGED]])
    blank_run = max([one.blank_run for one in shapes])
    return Measured(
        parts=tuple(parts),
        names=names,
        name_entropies=tuple([value for value, _ in judged]),
        random=frozenset([place for place, (_, odd) in enumerate(judged) if odd & _RANDOM]),
        confusing=frozenset([place for place, (_, odd) in enumerate(judged) if odd & _CONFUSING]),
        wide_lines=sum([one.wide_lines for one in shapes]),
        indented=sum([one.indented for one in shapes]),
        blank_run=blank_run if blank_run and has_blanks(b"".join(texts)) else 0,
        control_bytes=sum([one.control_bytes for one in shapes]),
        bidi=sum([one.bidi for one in shapes]),
        invisible=sum([one.invisible for one in shapes]),
    )


def _count_letters(texts: Sequence[bytes], size: int) -> npt.NDArray[np.float64]:
    """Return how often each byte value stands in texts of `size` bytes, told from evenly spread ones."""
    step = 1 + size // HISTOGRAM_BYTES
    begin = 0
    spread = []
    for text in texts:
        spread.append(text[begin::step])
        begin = (begin - len(text)) % step
    data = b"".join(spread)
    return np.bincount(np.frombuffer(data, np.uint8), minlength=256) * np.float64(size / len(data))


def _judged(
    shapes: Sequence[Shape], keys: Sequence[bytes], texts: Sequence[bytes], first: int, role: Wanted
) -> list[_Piece]:
    """Return what is measured in full depth: the start of a file, or what follows the start of its longest line."""
    places = range(first, first + len(role.files))
    if sum([shapes[at].size for at in places]) <= min(role.most, role.most_of_one):
        return [_Piece(keys[at], texts[at], 0, shapes[at].size) for at in places]
    left = role.most
    pieces = []
    for at in sorted(places, key=lambda at: shapes[at].longest_line <= LONG_LINE):
        shape, size = shapes[at], min(role.most_of_one, left)
        begin = shape.long_at if shape.longest_line > LONG_LINE and shape.long_at + shape.longest_line > size else 0
        pieces.append(_Piece(keys[at], texts[at], begin, min(begin + size, shape.size)))
        left -= pieces[-1].end - begin
        if left <= 0:
            break
    return pieces


@cached_batch("line_shapes", key=lambda file: file.key, size_of=lambda _: 400)
def _shapes(files: Sequence[_KeyedFile]) -> list[Shape]:
    return shapes_of([file.data for file in files])


@cached_batch(
    "source_words",
    key=lambda piece: (piece.key, piece.begin, piece.end),
    size_of=lambda look: size_of_words(look.names) + size_of_words(look.strings),
)
def _look(pieces: Sequence[_Piece]) -> list[_Look]:
    """Return what stands in each piece."""
    texts = [piece.text[piece.begin : piece.end] for piece in pieces]
    lexed = map(lex, texts)
    # Asked for once: each asking costs more than the few kilobytes that it is about.
    mixed = entropies([text[:FILE_BYTES] for text in texts])
    return [
        _Look(
            identifiers(one.code),
            tuple(dict.fromkeys(one.strings)),
            one.comment_bytes,
            one.docstring_bytes,
            value,
        )
        for one, value in zip(lexed, mixed, strict=True)
    ]


def _long(strings: Sequence[bytes]) -> list[bytes]:
    return sorted([string for string in strings if len(string) >= _JUDGED], key=len, reverse=True)


def _measure_strings(strings: Sequence[bytes], long: Sequence[bytes], mixed: Iterator[float]) -> Strings:
    """Return the figures of the distinct strings of a role; `mixed` yields the entropies of the longest."""
    coded = [string for string in long if len(string) >= _CODED]
    base64 = [len(string) for string in coded if _dense(string) and _BASE64.fullmatch(string)]
    hexadecimal = [len(string) for string in coded if _HEX.fullmatch(string)]
    return Strings(
        count=len(strings),
        longest=len(long[0]) if long else max(map(len, strings), default=0),
        over_100=sum([len(string) for string in coded if len(string) > 100]),
        over_1000=sum([len(string) for string in coded if len(string) > 1000]),
        base64=len(base64),
        base64_bytes=sum(base64),
        hex=len(hexadecimal),
        hex_bytes=sum(hexadecimal),
        escapes=len(_ESCAPE.findall(b" ".join([string for string in strings if b"\\" in string]))),
        entropies=tuple(islice(mixed, min(len(long), STRINGS_JUDGED))),
    )


def entropies(strings: Sequence[bytes]) -> tuple[float, ...]:
    """Return the Shannon entropy of each string, in bits for a byte; no string may be empty."""
    if not strings:
        return ()
    sizes: npt.NDArray[np.int64] = np.fromiter(map(len, strings), dtype=np.int64, count=len(strings))
    owners: npt.NDArray[np.int32] = np.repeat(np.arange(0, len(strings) << 8, 256, dtype=np.int32), sizes)
    cells = owners | np.frombuffer(b"".join(strings), np.uint8)
    if len(cells) >= len(strings) << 5:
        table = np.bincount(cells, minlength=len(strings) << 8)
        used = table.nonzero()[0]
        counts = table[used]
    else:
        # A table of many short ones would be nearly empty.
        cells.sort()
        firsts = np.concatenate([[True], cells[1:] != cells[:-1]]).nonzero()[0]
        used, counts = cells[firsts], np.concatenate([firsts[1:], [len(cells)]]) - firsts
    sums = np.bincount(used >> 8, weights=counts * np.log2(counts), minlength=len(strings))
    return tuple(np.maximum(np.log2(sizes) - sums / sizes, 0.0).tolist())


@cached_texts("string_entropies")
def _string_entropies(strings: Sequence[bytes]) -> Sequence[float]:
    return entropies(strings)


def core_figures(measured: Measured, role: int | None = None) -> dict[str, Scalar]:
    """Return the figures that every role has, of one role by its place, or of all together."""
    parts = measured.parts if role is None else measured.parts[role : role + 1]
    judged = sum([one.judged for one in parts]) or 1
    size = sum([one.size for one in parts])
    histogram = _histogram(parts)
    counts = histogram.tolist()
    return (
        _name_figures(measured, parts)
        | _string_figures([one.strings for one in parts], judged)
        | {
            "entropy": _histogram_entropy(histogram, size),
            "longest_line": max([one.longest_line for one in parts]),
            "long_lines": sum([one.long_lines for one in parts]) / sum([one.lines for one in parts]),
            "comment_share": sum([one.comment_bytes + one.docstring_bytes for one in parts]) / judged,
            "space_share": (sum(counts[9:14]) + counts[32]) / size,
            "brackets": counts[91] / size,
            "equals": counts[61] / size,
            "plus": counts[43] / size,
            "parentheses": counts[40] / size,
            "digits": sum(counts[48:58]) / size,
            "escapes": sum([one.strings.escapes for one in parts]) / judged,
            "offscreen": sum([one.offscreen for one in parts]),
        }
    )


def whole_figures(measured: Measured) -> dict[str, Scalar]:
    """Return the figures that are told for all source together."""
    parts = measured.parts
    judged = sum([one.judged for one in parts]) or 1
    size = sum([one.size for one in parts])
    lines = sum([one.lines for one in parts])
    counts = _histogram(parts).tolist()
    each = [value for one in parts for value in one.entropies]
    foreign = [name.decode("utf-8", "replace") for name in measured.names if not name.isascii()]
    return {
        "lines": lines,
        "entropy_max": max(each),
        "entropy_q3": _upper_quartile(each),
        "mean_line": (size - lines) / lines,
        "wide_lines": measured.wide_lines / lines,
        "blank_run": measured.blank_run,
        "indented": measured.indented,
        "docstring_share": sum([one.docstring_bytes for one in parts]) / judged,
        "upper_share": sum(counts[65:91]) / size,
        "foreign_share": sum(counts[128:]) / size,
        "control_bytes": measured.control_bytes,
        "bidi": measured.bidi,
        "invisible": measured.invisible,
        "foreign_names": len(foreign),
        "mixed_names": sum(map(is_mixed_script, foreign)),
        "disguised_names": sum(map(is_disguised, foreign)),
    }


def _histogram(parts: Sequence[SourceSummary]) -> npt.NDArray[np.float64]:
    total = parts[0].histogram
    for one in parts[1:]:
        total = total + one.histogram
    return total


def is_mixed_script(name: str) -> bool:
    """Tell whether a name mixes Latin with Cyrillic or Greek letters, which look alike."""
    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in set(name) if letter.isalpha()}
    return "LATIN" in scripts and bool(scripts & {"CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE"})


def is_disguised(name: str) -> bool:
    """Tell whether Python reads a name that is not ASCII as one that is (NFKC): mathematical letters, say."""
    return not name.isascii() and unicodedata.normalize("NFKC", name).isascii()


def _name_figures(measured: Measured, parts: Sequence[SourceSummary]) -> dict[str, Scalar]:
    names: Sequence[int] = parts[0].names if len(parts) == 1 else range(len(measured.names))
    judged = [place for place in names if place < IDENTIFIERS_JUDGED]
    if not judged:
        return {"names": len(names)}
    values = [measured.name_entropies[place] for place in judged]
    sizes = [len(measured.names[place]) for place in judged]
    count = len(judged)
    return {
        "names": len(names),
        "name_entropy": sum(values) / count,
        "name_entropy_q3": _upper_quartile(values),
        "name_entropy_max": max(values),
        "name_chars": sum(sizes) / count,
        "short_names": sizes.count(1) / count,
        "random_names": len(measured.random.intersection(judged)) / count,
        "confusing_names": len(measured.confusing.intersection(judged)),
    }


@cached_texts("name_shapes")
def _name_shapes(names: Sequence[bytes]) -> list[tuple[float, int]]:
    """Return the entropy of each name, and what is odd about it."""
    odd = [0] * len(names)
    for place in may_be_odd(names):
        if len(names[place]) >= _LEAST_ODD:
            text = names[place].decode("utf-8", "replace")
            random = any(is_random(part) for part in text.split("_") if len(part) > 5)
            odd[place] = _RANDOM * random | _CONFUSING * is_confusing(text)
    return list(zip(entropies(names), odd, strict=True))


_RANDOM, _CONFUSING = 1, 2
_LEAST_ODD = 5
"""No shorter name is random or confusing."""


def _string_figures(strings: Sequence[Strings], size: int) -> dict[str, Scalar]:
    values = [value for one in strings for value in one.entropies]
    figures: dict[str, Scalar] = {
        "strings": sum([one.count for one in strings]),
        "longest_string": max([one.longest for one in strings]),
        "strings_over_100": sum([one.over_100 for one in strings]) / size,
        "strings_over_1000": sum([one.over_1000 for one in strings]) / size,
        "base64_strings": sum([one.base64 for one in strings]),
        "base64_bytes": sum([one.base64_bytes for one in strings]),
        "hex_strings": sum([one.hex for one in strings]),
        "hex_bytes": sum([one.hex_bytes for one in strings]),
    }
    if values:
        figures |= {
            "string_entropy": sum(values) / len(values),
            "string_entropy_q3": _upper_quartile(values),
            "string_entropy_max": max(values),
        }
    return figures


def _dense(string: bytes) -> bool:
    """Tell whether a string has hardly any white space: words of a sentence are base64's letters too."""
    return len(string.split()) * 20 <= len(string)


def _upper_quartile(values: Sequence[float]) -> float:
    """Return the value that a quarter of the others reach."""
    return sorted(values)[(3 * len(values)) // 4]


def _histogram_entropy(histogram: npt.NDArray[np.float64], size: float) -> float:
    shares = histogram[histogram > 0] / size
    return max(0.0, -float(shares @ np.log2(shares)))


def prose_figures(text: str) -> Mapping[str, Scalar]:
    """Return what the first `PROSE_CHARS` of a description are like, whatever its language; empty without words."""
    return _prose_figures(text[:PROSE_CHARS])


@cached_text("prose_figures", size_of=lambda figures: 100 * len(figures))
def _prose_figures(text: str) -> Mapping[str, Scalar]:
    words = Counter(text.translate(_BLANKED).split() if text.isascii() else _LETTERS.findall(text))
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
