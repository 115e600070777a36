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
STRINGS_JUDGED = 1_000
"""Distinct strings of a set of files whose entropy is measured, the longest first."""

_LONG = 40
_BASE64 = re.compile(rb"(?=[^\n]*[a-z])(?=[^\n]*[A-Z])(?=[^\n]*[0-9+/])[A-Za-z0-9+/_\s-]+={0,2}\s*")
_HEX = re.compile(rb"(?:(?:0x)?[0-9a-fA-F\s]+|(?:\\x[0-9a-fA-F]{2})+)")
_ESCAPE = re.compile(rb"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{|[0-7]{2,3})")
_OFFSCREEN = re.compile(rb"[^\s#][ \t]{100,}+[^\s#\\]")
_INDENTED = re.compile(rb"(?<![^\n])[ \t]{150,}+[^\s#]")
_BLANKS = re.compile(rb"\n(?:[ \t]*+\n){30,}+")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_INVISIBLE = re.compile(
    "[\u200b-\u200d\u2060-\u2064\ufeff\u00ad\u180e\u3164\u115f\u1160\ufe00-\ufe0f\U000e0000-\U000e01ef]"
)
_SPACES = re.compile("[\u2000-\u200a\u00a0\u3000\u2800]{20,}")


@dataclass(frozen=True, slots=True)
class Scan:
    """One file: `lines` are lengths in bytes, `histogram` counts its byte values."""

    size: int
    histogram: npt.NDArray[np.int64]
    lines: npt.NDArray[np.int64]
    names: tuple[bytes, ...]
    strings: tuple[bytes, ...]
    comment_bytes: int
    docstring_bytes: int
    offscreen: int
    indented: int
    blank_run: int
    escapes: int
    bidi: int
    invisible: int


def scan(data: bytes) -> Scan:
    """Measure one source file."""
    text = decode_source(data).text
    data = text.encode()
    array = np.frombuffer(data, dtype=np.uint8)
    histogram = np.bincount(array, minlength=256)
    ends = np.flatnonzero(array == 10)
    lines = np.diff(np.concatenate(([-1], ends, [len(data)]))) - 1
    lexed = lex(data)
    escapes = sum(len(_ESCAPE.findall(string)) for string in lexed.strings if b"\\" in string)
    wide = bool(len(lines)) and int(lines.max()) >= 100
    plain = text.isascii()
    return Scan(
        size=len(data),
        histogram=histogram,
        lines=lines[:-1] if len(lines) > 1 and lines[-1] == 0 else lines,
        names=tuple(dict.fromkeys(identifiers(lexed.code))),
        strings=lexed.strings,
        comment_bytes=lexed.comment_bytes,
        docstring_bytes=lexed.docstring_bytes,
        offscreen=(len(_OFFSCREEN.findall(data)) if wide else 0) + (0 if plain else len(_SPACES.findall(text))),
        indented=len(_INDENTED.findall(data)) if wide else 0,
        blank_run=max((found.count(b"\n") - 1 for found in _BLANKS.findall(data.rstrip())), default=0),
        escapes=escapes,
        bidi=0 if plain else len(_BIDI.findall(text)),
        invisible=0 if plain else len(_INVISIBLE.findall(text)),
    )


def core_figures(scans: Sequence[Scan]) -> dict[str, Scalar]:
    """Return the figures that every role has; `scans` must not be empty."""
    size = sum(one.size for one in scans) or 1
    histogram = np.sum([one.histogram for one in scans], axis=0)
    lines = np.concatenate([one.lines for one in scans])
    names = list(dict.fromkeys(chain.from_iterable(one.names for one in scans)))
    strings = list(dict.fromkeys(chain.from_iterable(one.strings for one in scans)))
    return (
        _name_figures(names)
        | _string_figures(strings, size)
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
            "escapes": sum(one.escapes for one in scans) / size,
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
        "entropy_q3": float(np.quantile(each, 0.75)),
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
        "name_entropy_q3": float(np.quantile(values, 0.75)),
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


def _string_figures(strings: list[bytes], size: int) -> dict[str, Scalar]:
    if not strings:
        return {"strings": 0, "longest_string": 0}
    long = sorted((string for string in strings if len(string) >= 12), key=lambda s: (-len(s), s))
    values = np.array([_entropy(string) for string in long[:STRINGS_JUDGED]])
    coded = [string for string in long if len(string) >= _LONG]
    base64 = [string for string in coded if _BASE64.fullmatch(string) and _dense(string)]
    hexed = [string for string in coded if _HEX.fullmatch(string)]
    figures: dict[str, Scalar] = {
        "strings": len(strings),
        "longest_string": max(map(len, strings)),
        "strings_over_100": sum(len(string) for string in coded if len(string) > 100) / size,
        "strings_over_1000": sum(len(string) for string in coded if len(string) > 1000) / size,
        "base64_strings": len(base64),
        "base64_bytes": sum(map(len, base64)),
        "hex_strings": len(hexed),
        "hex_bytes": sum(map(len, hexed)),
    }
    if len(values):
        figures |= {
            "string_entropy": float(values.mean()),
            "string_entropy_q3": float(np.quantile(values, 0.75)),
            "string_entropy_max": float(values.max()),
        }
    return figures


def _dense(string: bytes) -> bool:
    """Tell whether a string has hardly any white space: words of a sentence are base64's letters too."""
    return len(string.split()) * 20 <= len(string)


def _entropy(string: bytes) -> float:
    if len(string) < 400:
        return entropy(string)
    return _histogram_entropy(np.bincount(np.frombuffer(string, dtype=np.uint8), minlength=256))


def _histogram_entropy(histogram: npt.NDArray[np.int64]) -> float:
    counts = histogram[histogram > 0]
    if not len(counts):
        return 0.0
    shares = counts / counts.sum()
    return max(0.0, float(-(shares * np.log2(shares)).sum()))


def prose_figures(text: str) -> dict[str, Scalar]:
    """Return what the letters of a description are like, whatever its language; empty for an empty one."""
    text = text[:50_000]
    words = re.findall(r"[^\W\d_]+", text)
    if not words:
        return {}
    count = len(text)
    return {
        "entropy": entropy(text),
        "letter_share": sum(map(len, words)) / count,
        "foreign_share": sum(not letter.isascii() for letter in text) / count,
        "word_chars": sum(map(len, words)) / len(words),
        "distinct_words": len(set(words[:1_000])) / len(words[:1_000]),
        "random_words": sum(map(is_random, words[:1_000])) / len(words[:1_000]),
        "upper_words": sum(word.isupper() and len(word) > 1 for word in words) / len(words),
        "line_chars": count / (text.count("\n") + 1),
        "top_word_share": Counter(words[:1_000]).most_common(1)[0][1] / len(words[:1_000]),
    }
