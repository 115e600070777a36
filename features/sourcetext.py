"""The shape of source text, measured: one `Scan` of a file, many scans to one set of figures.

All passes are linear in the bytes given. Source is decoded as Python would (features.decode) and looked at
again as UTF-8, so that an encoding hides nothing.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from features.contract import Scalar
from features.decode import decode_source
from features.lexing import identifiers, lex
from features.wordshape import entropy, is_confusing, is_random

IDENTIFIERS_JUDGED = 4_000
"""Distinct names of a set of files whose letters are looked at, in order of appearance."""
STRINGS_JUDGED = 500
"""Distinct strings of a file whose entropy is measured, the longest first."""
STRING_BYTES = 4_096
"""What is looked at of a string for its entropy."""
PROSE_CHARS = 8_000
"""What is looked at of a description."""

_JUDGED = 12
_CODED = 40
_BASE64 = re.compile(rb"(?=[^\n]*[a-z])(?=[^\n]*[A-Z])(?=[^\n]*[0-9+/])[A-Za-z0-9+/_\s-]+={0,2}\s*")
_HEX = re.compile(rb"(?:(?:0x)?[0-9a-fA-F\s]+|(?:\\x[0-9a-fA-F]{2})+)")
_ESCAPE = re.compile(rb"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{|[0-7]{2,3})")
_FAR = 100
_RUN = b" " * _FAR
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
    """The distinct strings of one file: sizes in bytes, entropies of the `STRINGS_JUDGED` longest from 12 bytes."""

    count: int
    longest: int
    over_100: int
    over_1000: int
    base64: tuple[int, ...]
    hex: tuple[int, ...]
    escapes: int
    entropies: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scan:
    """One file: `lines` are lengths in bytes, `histogram` counts its byte values, `names` are distinct."""

    size: int
    histogram: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]
    names: tuple[bytes, ...]
    strings: Strings
    comment_bytes: int
    docstring_bytes: int
    offscreen: int
    indented: int
    blank_run: int
    bidi: int
    invisible: int


def scan(data: bytes) -> Scan:
    """Measure one source file."""
    text = decode_source(data).text
    data = text.encode()
    array = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(array == 10)
    lines = np.append(ends, len(data))
    lines[1:] -= ends + 1
    lexed = lex(data)
    far = [line for line in data.split(b"\n") if len(line) > _FAR and _has_run(line)] if int(lines.max()) > _FAR else []
    # No byte of a character beyond ASCII is ASCII: what is left is whole.
    foreign = "" if text.isascii() else data.translate(None, _ASCII).decode()
    return Scan(
        size=len(data),
        histogram=np.bincount(array, minlength=256),
        lines=lines[:-1] if len(lines) > 1 and lines[-1] == 0 else lines,
        names=identifiers(lexed.code),
        strings=measure_strings(lexed.strings),
        comment_bytes=lexed.comment_bytes,
        docstring_bytes=lexed.docstring_bytes,
        offscreen=sum(len(_OFFSCREEN.findall(line)) for line in far)
        + (len(_SPACES.findall(text)) if _SPACES.search(foreign) else 0),
        indented=sum(_INDENTED.match(line) is not None for line in far),
        blank_run=_blank_run(data),
        bidi=len(_BIDI.findall(foreign)),
        invisible=len(_INVISIBLE.findall(foreign)),
    )


def _has_run(line: bytes) -> bool:
    """Tell whether a line has a run of 100 spaces and tabs: a fast look that spares two slow ones."""
    return _RUN in (line.replace(b"\t", b" ") if b"\t" in line else line)


def _blank_run(data: bytes) -> int:
    """Return the longest run of at least 30 lines without anything before a line with something, else 0."""
    bare = data.translate(None, b" \t\f").rstrip(b"\n")
    if b"\n" * 31 not in bare:
        return 0
    return max(len(run) for run in _BLANKS.findall(bare)) - 1


def measure_strings(strings: Sequence[bytes]) -> Strings:
    """Measure the strings of one file, each distinct one once."""
    distinct = dict.fromkeys(strings)
    long = sorted([string for string in distinct if len(string) >= _JUDGED], key=len, reverse=True)
    coded = [string for string in long if len(string) >= _CODED]
    return Strings(
        count=len(distinct),
        longest=len(long[0]) if long else max(map(len, distinct), default=0),
        over_100=sum(len(string) for string in coded if len(string) > 100),
        over_1000=sum(len(string) for string in coded if len(string) > 1000),
        base64=tuple(len(string) for string in coded if _dense(string) and _BASE64.fullmatch(string)),
        hex=tuple(len(string) for string in coded if _HEX.fullmatch(string)),
        escapes=len(_ESCAPE.findall(b" ".join([string for string in distinct if b"\\" in string]))),
        entropies=entropies([string[:STRING_BYTES] for string in long[:STRINGS_JUDGED]]),
    )


def entropies(strings: Sequence[bytes]) -> npt.NDArray[np.float64]:
    """Return the Shannon entropy of each string, in bits for a byte; no string may be empty."""
    if not strings:
        return np.zeros(0)
    sizes = np.fromiter(map(len, strings), dtype=np.int64, count=len(strings))
    cells = np.repeat(np.arange(len(strings)) << 8, sizes) + np.frombuffer(b"".join(strings), dtype=np.uint8)
    table = np.bincount(cells, minlength=len(strings) << 8)
    used = np.flatnonzero(table)
    counts = table[used]
    sums = np.bincount(used >> 8, weights=counts * np.log2(counts), minlength=len(strings))
    return np.maximum(np.log2(sizes) - sums / sizes, 0.0)


def core_figures(scans: Sequence[Scan]) -> dict[str, Scalar]:
    """Return the figures that every role has; `scans` must not be empty."""
    size = sum(one.size for one in scans) or 1
    histogram = np.sum([one.histogram for one in scans], axis=0)
    lines = np.concatenate([one.lines for one in scans])
    names = list(dict.fromkeys(chain.from_iterable(one.names for one in scans)))
    return (
        _name_figures(names)
        | _string_figures([one.strings for one in scans], size)
        | {
            "entropy": _histogram_entropy(histogram),
            "longest_line": int(lines.max()),
            "long_lines": float((lines > 1000).mean()),
            "comment_share": sum(one.comment_bytes + one.docstring_bytes for one in scans) / size,
            "space_share": float(histogram[[9, 10, 11, 12, 13, 32]].sum()) / size,
            "brackets": float(histogram[91]) / size,
            "equals": float(histogram[61]) / size,
            "plus": float(histogram[43]) / size,
            "parentheses": float(histogram[40]) / size,
            "digits": float(histogram[48:58].sum()) / size,
            "escapes": sum(one.strings.escapes for one in scans) / size,
            "offscreen": sum(one.offscreen for one in scans),
        }
    )


def whole_figures(scans: Sequence[Scan]) -> dict[str, Scalar]:
    """Return the figures that are told for all source together; `scans` must not be empty."""
    size = sum(one.size for one in scans) or 1
    histogram = np.sum([one.histogram for one in scans], axis=0)
    lines = np.concatenate([one.lines for one in scans])
    each = np.array([_histogram_entropy(one.histogram) for one in scans])
    names = dict.fromkeys(chain.from_iterable(one.names for one in scans))
    foreign = [name.decode("utf-8", "replace") for name in names if not name.isascii()]
    return {
        "lines": len(lines),
        "entropy_max": float(each.max()),
        "entropy_q3": _upper_quartile(each),
        "mean_line": float(lines.mean()),
        "wide_lines": float((lines > 200).mean()),
        "blank_run": max(one.blank_run for one in scans),
        "indented": sum(one.indented for one in scans),
        "docstring_share": sum(one.docstring_bytes for one in scans) / size,
        "upper_share": float(histogram[65:91].sum()) / size,
        "foreign_share": float(histogram[128:].sum()) / size,
        "control_bytes": int(histogram[:9].sum() + histogram[14:32].sum() + histogram[127]),
        "bidi": sum(one.bidi for one in scans),
        "invisible": sum(one.invisible for one in scans),
        "foreign_names": len(foreign),
        "mixed_names": sum(map(is_mixed_script, foreign)),
        "disguised_names": sum(map(is_disguised, foreign)),
    }


def is_mixed_script(name: str) -> bool:
    """Tell whether a name mixes Latin with Cyrillic or Greek letters, which look alike."""
    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in set(name) if letter.isalpha()}
    return "LATIN" in scripts and bool(scripts & {"CYRILLIC", "GREEK", "COPTIC", "ARMENIAN", "CHEROKEE"})


def is_disguised(name: str) -> bool:
    """Tell whether Python reads a name that is not ASCII as one that is (NFKC): mathematical letters, say."""
    return not name.isascii() and unicodedata.normalize("NFKC", name).isascii()


def _name_figures(names: list[bytes]) -> dict[str, Scalar]:
    judged = names[:IDENTIFIERS_JUDGED]
    if not judged:
        return {"names": 0}
    shapes = [_name_shape(name) for name in judged]
    values = np.array([shape[0] for shape in shapes])
    count = len(judged)
    return {
        "names": len(names),
        "name_entropy": float(values.mean()),
        "name_entropy_q3": _upper_quartile(values),
        "name_entropy_max": float(values.max()),
        "name_chars": sum(map(len, judged)) / count,
        "short_names": sum(len(name) == 1 for name in judged) / count,
        "random_names": sum(shape[1] for shape in shapes) / count,
        "confusing_names": sum(shape[2] for shape in shapes),
    }


@lru_cache(maxsize=65_536)
def _name_shape(name: bytes) -> tuple[float, bool, bool]:
    text = name[:128].decode("utf-8", "replace")
    return entropy(text), any(map(is_random, text.split("_"))), is_confusing(text)


def _string_figures(strings: Sequence[Strings], size: int) -> dict[str, Scalar]:
    values = np.concatenate([one.entropies for one in strings])
    figures: dict[str, Scalar] = {
        "strings": sum(one.count for one in strings),
        "longest_string": max(one.longest for one in strings),
        "strings_over_100": sum(one.over_100 for one in strings) / size,
        "strings_over_1000": sum(one.over_1000 for one in strings) / size,
        "base64_strings": sum(len(one.base64) for one in strings),
        "base64_bytes": sum(sum(one.base64) for one in strings),
        "hex_strings": sum(len(one.hex) for one in strings),
        "hex_bytes": sum(sum(one.hex) for one in strings),
    }
    if len(values):
        figures |= {
            "string_entropy": float(values.mean()),
            "string_entropy_q3": _upper_quartile(values),
            "string_entropy_max": float(values.max()),
        }
    return figures


def _dense(string: bytes) -> bool:
    """Tell whether a string has hardly any white space: words of a sentence are base64's letters too."""
    return len(string.split()) * 20 <= len(string)


def _upper_quartile(values: npt.NDArray[np.float64]) -> float:
    """Return the value that a quarter of the others reach."""
    at = (3 * len(values)) // 4
    return float(np.partition(values, at)[at])


def _histogram_entropy(histogram: npt.NDArray[np.int64]) -> float:
    counts = histogram[histogram > 0]
    if not len(counts):
        return 0.0
    shares = counts / counts.sum()
    return max(0.0, float(-(shares * np.log2(shares)).sum()))


def prose_figures(text: str) -> dict[str, Scalar]:
    """Return what the first `PROSE_CHARS` of a description are like, whatever its language; empty without words."""
    text = text[:PROSE_CHARS]
    words = _LETTERS.findall(text)
    if not words:
        return {}
    letters = sum(map(len, words))
    return {
        "entropy": entropy(text),
        "letter_share": letters / len(text),
        "foreign_share": 1 - len(text.encode("ascii", "ignore")) / len(text),
        "word_chars": letters / len(words),
        "distinct_words": len(set(words)) / len(words),
        "random_words": sum(map(is_random, words)) / len(words),
        "upper_words": sum(len(word) > 1 and word.isupper() for word in words) / len(words),
        "line_chars": len(text) / (text.count("\n") + 1),
        "top_word_share": Counter(words).most_common(1)[0][1] / len(words),
    }
