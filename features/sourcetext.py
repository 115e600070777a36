"""The shape of source text, measured: the files of all roles at once, then one set of figures for a role or for all.

Two depths. Lines and what hides in or between them (spaces before code, blank runs, control, bidi and invisible
characters) are looked at in all that is given. Names, strings, comments and the entropy of each file are measured in
a part of it, which the caller bounds: files with a line of over `LONG_LINE` bytes first, then in the order given; the
histogram of the letters is counted in evenly spread bytes, about `HISTOGRAM_BYTES` of a role.

All passes are linear in the bytes given, and as few as can be: what is done once for all files is not done for each.
Source is decoded as Python would (features.decode) and looked at again as UTF-8, so that an encoding hides nothing.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice

import numpy as np
import numpy.typing as npt

from features.contract import Scalar
from features.decode import decode_source
from features.lexing import identifiers, lex
from features.wordshape import entropy, is_confusing, is_random, may_be_odd

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
LONG_LINE = 1_000
"""A file with a longer line is measured before others."""

WIDE_LINE = 200

_JUDGED = 12
_CODED = 40
_BASE64 = re.compile(rb"(?=[^\n]*[a-z])(?=[^\n]*[A-Z])(?=[^\n]*[0-9+/])[A-Za-z0-9+/_\s-]++={0,2}\s*")
_HEX = re.compile(rb"(?:(?:0x)?[0-9a-fA-F\s]+|(?:\\x[0-9a-fA-F]{2})+)")
_ESCAPE = re.compile(rb"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{|[0-7]{2,3})")
_APART = 12
_RUN = b" " * 100
_ASCII = bytes(range(128))
_OFFSCREEN = re.compile(rb"(?<=[^\s#])[ \t]{100,}+[^\s#\\]")
_INDENTED = re.compile(rb"[ \t]{150,}+[^\s#]")
_BLANKS = re.compile(rb"\n{31,}+")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_INVISIBLE = re.compile(
    "[\u200b-\u200d\u2060-\u2064\ufeff\u00ad\u180e\u3164\u115f\u1160\ufe00-\ufe0f\U000e0000-\U000e01ef]"
)
_LETTERS = re.compile(r"[^\W\d_]+")
_SPACES = re.compile("[\u2000-\u200a\u00a0\u3000\u2800]{20,}")


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
class Part:
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

    parts: tuple[Part, ...]
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


def measure(roles: Sequence[Wanted]) -> Measured:
    """Measure the source of some roles, of which each must have a file."""
    texts = [[plain(data) for data in role.files] for role in roles]
    ended = [[text if text[-1:] == b"\n" else text + b"\n" for text in of_role] for of_role in texts]
    sizes = [sum(map(len, of_role)) for of_role in ended]
    data = b"".join(chain.from_iterable(ended))
    array = np.frombuffer(data, dtype=np.uint8)
    at = np.flatnonzero(array < 32)
    controls = array[at]
    ends = at[controls == 10]
    del at  # where there are only line ends, eight bytes for each byte of the source
    lines = ends.copy()
    lines[1:] -= ends[:-1] + 1
    stops = np.cumsum(sizes)
    bounds = [0, *np.searchsorted(ends, stops).tolist()]
    far = [(line, data[ends[line] - lines[line] : ends[line]]) for line in _far(array, ends)]
    far = [(line, text) for line, text in far if _RUN in text.replace(b"\t", b" ")]
    # No byte of a character beyond ASCII is ASCII: what is left is whole.
    beyond = [] if data.isascii() else [text for of_role in ended for text in of_role if not text.isascii()]
    foreign = b"\n".join([text.translate(None, _ASCII) for text in beyond]).decode()
    spaces = bool(foreign) and _SPACES.search(foreign) is not None

    looks = [
        _look(_judged(of_role, role, lines[first:last]))
        for of_role, role, first, last in zip(ended, roles, bounds, bounds[1:], strict=False)
    ]
    names = tuple(dict.fromkeys(chain.from_iterable([look.names for look in looks])))
    places = {name: place for place, name in enumerate(names)}
    # Asked for once: each asking costs more than the few kilobytes that it is about.
    each = iter(
        entropies([piece for look in looks for piece in (*look.mixed, *[part[:FILE_BYTES] for part in look.parts])])
    )
    parts: list[Part] = []
    start = 0
    for look, size, first, last in zip(looks, sizes, bounds, bounds[1:], strict=False):
        long_lines, longest_line = _long(lines[first:last])
        spread = array[start : start + size : 1 + size // HISTOGRAM_BYTES]
        offscreen = sum([len(_OFFSCREEN.findall(text)) for line, text in far if first <= line < last])
        if spaces:
            offscreen += len(_SPACES.findall(data[start : start + size].decode()))
        parts.append(
            Part(
                size=size,
                lines=last - first,
                long_lines=long_lines,
                longest_line=longest_line,
                histogram=np.bincount(spread, minlength=256) * np.float64(size / len(spread)),
                judged=sum(map(len, look.parts)),
                names=tuple([places[name] for name in look.names]),
                strings=_measure_strings(look, tuple(islice(each, len(look.mixed)))),
                entropies=tuple(islice(each, len(look.parts))),
                comment_bytes=look.comment_bytes,
                docstring_bytes=look.docstring_bytes,
                offscreen=offscreen,
            )
        )
        start += size
    judged = names[:IDENTIFIERS_JUDGED]
    shapes = {place: _name_shape(judged[place]) for place in may_be_odd(judged)}
    return Measured(
        parts=tuple(parts),
        names=names,
        name_entropies=entropies([name[:NAME_BYTES] for name in judged]),
        random=frozenset([place for place, shape in shapes.items() if shape[0]]),
        confusing=frozenset([place for place, shape in shapes.items() if shape[1]]),
        wide_lines=int(np.count_nonzero(lines > WIDE_LINE)),
        indented=sum(_INDENTED.match(text) is not None for _, text in far),
        blank_run=max(map(_blank_run, chain.from_iterable(ended))) if _may_have_blanks(array, lines, ends) else 0,
        control_bytes=int(np.count_nonzero((controls < 9) | (controls > 13)))
        + (data.count(b"\x7f") if b"\x7f" in data else 0),
        bidi=len(_BIDI.findall(foreign)),
        invisible=len(_INVISIBLE.findall(foreign)),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """What is measured in full depth of one role: the parts of its files, and what stands in them, each once."""

    parts: list[bytes]
    names: tuple[bytes, ...]
    strings: list[bytes]
    long: list[bytes]
    comment_bytes: int
    docstring_bytes: int

    @property
    def mixed(self) -> list[bytes]:
        """The strings whose entropy is measured."""
        return [string[:STRING_BYTES] for string in self.long[:STRINGS_JUDGED]]


def _look(parts: list[bytes]) -> _Look:
    lexed = [lex(part) for part in parts]
    strings = list(dict.fromkeys(chain.from_iterable([one.strings for one in lexed])))
    return _Look(
        parts=parts,
        names=identifiers(b" ".join([one.code for one in lexed])),
        strings=strings,
        long=sorted([string for string in strings if len(string) >= _JUDGED], key=len, reverse=True),
        comment_bytes=sum([one.comment_bytes for one in lexed]),
        docstring_bytes=sum([one.docstring_bytes for one in lexed]),
    )


def _long(lines: npt.NDArray[np.int64]) -> tuple[int, int]:
    """Return how many lines are long, and the length of the longest."""
    longest = int(lines.max())
    return int(np.count_nonzero(lines > LONG_LINE)) if longest > LONG_LINE else 0, longest


def plain(data: bytes) -> bytes:
    """Return source as UTF-8 with its lines ended by line feeds, as Python reads it."""
    # What stands in the third line and later names no encoding.
    begin = data[: data.find(b"\n", data.find(b"\n") + 1)]
    if b"coding" not in begin and data.isascii() and b"\0" not in data:
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data
    return decode_source(data).text.encode()


def _judged(texts: Sequence[bytes], role: Wanted, lines: npt.NDArray[np.int64]) -> list[bytes]:
    """Return what is measured in full depth: the start of a file, or what follows the start of its longest line.

    `lines` are the lengths of the lines of all the texts.
    """
    if sum(map(len, texts)) <= min(role.most, role.most_of_one):
        return list(texts)
    starts = np.cumsum([0, *map(len, texts)])
    begins = np.cumsum(lines + 1) - lines - 1
    long: dict[int, tuple[int, int]] = {}
    for at in np.flatnonzero(lines > LONG_LINE).tolist():
        begin = int(begins[at])
        which = int(np.searchsorted(starts, begin, side="right")) - 1
        long[which] = max(long.get(which, (0, 0)), (int(lines[at]), begin - int(starts[which])))
    left = role.most
    parts = []
    for at in sorted(range(len(texts)), key=lambda at: at not in long):
        size = min(role.most_of_one, left)
        length, begin = long.get(at, (0, 0))
        begin = begin if begin + length > size else 0
        parts.append(texts[at][begin : begin + size])
        left -= len(parts[-1])
        if left <= 0:
            break
    return parts


def _far(array: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> list[int]:
    """Return the lines that may have a run of 100 spaces and tabs, by a fast look that spares slow ones."""
    # So long a run holds 8 bytes in a row of those that stand 12 apart.
    blank = np.ascontiguousarray(array[::_APART]) <= 32
    for step in (1, 2, 4):
        blank = blank[: max(len(blank) - step, 0)] & blank[step:]
    found = np.flatnonzero(blank) * _APART
    return np.unique(np.searchsorted(ends, found)).tolist() if len(found) else []


def _may_have_blanks(array: npt.NDArray[np.uint8], lines: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> bool:
    """Tell whether 30 lines may stand together of which none has anything: a fast look that spares a slow one."""
    # So many lines hold five in a row of those that stand six apart.
    some = _blank(array, lines[::6], ends[::6])
    if len(some) < 5 or not (some[4:] & some[3:-1] & some[2:-2] & some[1:-3] & some[:-4]).any():
        return False
    full = np.flatnonzero(~_blank(array, lines, ends))
    return len(full) > 0 and int(np.diff(full, prepend=-1).max()) > 30


def _blank(
    array: npt.NDArray[np.uint8], lines: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Tell which lines have nothing: they are empty, or begin and end with white space (as others do)."""
    return (lines == 0) | ((array[ends - 1] <= 32) & (array[ends - lines] <= 32))


def _blank_run(text: bytes) -> int:
    """Return the longest run of at least 30 lines without anything before a line with something, else 0."""
    bare = text.translate(None, b" \t\f").rstrip(b"\n")
    if b"\n" * 31 not in bare:
        return 0
    return max(len(run) for run in _BLANKS.findall(bare)) - 1


def _measure_strings(look: _Look, mixed: tuple[float, ...]) -> Strings:
    long = look.long
    coded = [string for string in long if len(string) >= _CODED]
    base64 = [len(string) for string in coded if _dense(string) and _BASE64.fullmatch(string)]
    hexadecimal = [len(string) for string in coded if _HEX.fullmatch(string)]
    return Strings(
        count=len(look.strings),
        longest=len(long[0]) if long else max(map(len, look.strings), default=0),
        over_100=sum([len(string) for string in coded if len(string) > 100]),
        over_1000=sum([len(string) for string in coded if len(string) > 1000]),
        base64=len(base64),
        base64_bytes=sum(base64),
        hex=len(hexadecimal),
        hex_bytes=sum(hexadecimal),
        escapes=len(_ESCAPE.findall(b" ".join([string for string in look.strings if b"\\" in string]))),
        entropies=mixed,
    )


def entropies(strings: Sequence[bytes]) -> tuple[float, ...]:
    """Return the Shannon entropy of each string, in bits for a byte; no string may be empty."""
    if not strings:
        return ()
    sizes: npt.NDArray[np.int64] = np.fromiter(map(len, strings), dtype=np.int64, count=len(strings))
    owners: npt.NDArray[np.int64] = np.repeat(np.arange(0, len(strings) << 8, 256), sizes)
    cells = owners | np.frombuffer(b"".join(strings), np.uint8)
    if len(cells) >= len(strings) << 5:
        table = np.bincount(cells, minlength=len(strings) << 8)
        used = np.flatnonzero(table)
        counts = table[used]
    else:
        # A table of many short ones would be nearly empty.
        cells.sort()
        firsts = np.flatnonzero(np.diff(cells, prepend=-1))
        used, counts = cells[firsts], np.diff(firsts, append=len(cells))
    sums = np.bincount(used >> 8, weights=counts * np.log2(counts), minlength=len(strings))
    return tuple(np.maximum(np.log2(sizes) - sums / sizes, 0.0).tolist())


def core_figures(measured: Measured, roles: slice = slice(None)) -> dict[str, Scalar]:
    """Return the figures that every role has, of some roles together; there must be one."""
    parts = measured.parts[roles]
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


def _histogram(parts: Sequence[Part]) -> npt.NDArray[np.float64]:
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


def _name_figures(measured: Measured, parts: Sequence[Part]) -> dict[str, Scalar]:
    names = parts[0].names if len(parts) == 1 else tuple(set().union(*[one.names for one in parts]))
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


@lru_cache(maxsize=65_536)
def _name_shape(name: bytes) -> tuple[bool, bool]:
    text = name[:NAME_BYTES].decode("utf-8", "replace")
    return any(is_random(part) for part in text.split("_") if len(part) > 5), is_confusing(text)


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


def prose_figures(text: str) -> dict[str, Scalar]:
    """Return what the first `PROSE_CHARS` of a description are like, whatever its language; empty without words."""
    text = text[:PROSE_CHARS]
    words = Counter(_LETTERS.findall(text))
    if not words:
        return {}
    count = words.total()
    letters = sum([len(word) * times for word, times in words.items()])
    plain_words = [word for word in words if word.isascii()]
    odd = [plain_words[place] for place in may_be_odd([word.encode() for word in plain_words])]
    return {
        "entropy": entropy(text),
        "letter_share": letters / len(text),
        "foreign_share": 1 - len(text.encode("ascii", "ignore")) / len(text),
        "word_chars": letters / count,
        "distinct_words": len(words) / count,
        "random_words": sum([words[word] for word in odd if is_random(word)]) / count,
        "upper_words": sum([times for word, times in words.items() if len(word) > 1 and word.isupper()]) / count,
        "line_chars": len(text) / (text.count("\n") + 1),
        "top_word_share": max(words.values()) / count,
    }
