"""Measures the lines of source files, and the text hidden in or between them, for all files in one pass.

Source is decoded as Python would decode it and measured as UTF-8, so that an encoding hides nothing.
"""

import re
from bisect import bisect_right
from codecs import BOM_UTF8
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from features.text.decode import decode_source

LONG_LINE = 1_000
"""Bytes from which a line is long; files with one are measured before others."""
WIDE_LINE = 200
"""Bytes from which a line is wide."""

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
_SPACES = re.compile("[\u2000-\u200a\u00a0\u3000\u2800]{20,}")


class LineMetrics(NamedTuple):
    """The metrics of the lines of one file, whose text is given an end to its last line.

    `is_plain` says that its bytes are its text. `long_at` is the offset of its longest line (the last of several) if
    that exceeds `LONG_LINE`. `blank_run` is the longest run of blank lines in this file; see `has_blank_run`.
    """

    is_plain: bool
    size: int
    lines: int
    longest_line: int
    long_lines: int
    wide_lines: int
    long_at: int
    control_bytes: int
    offscreen: int
    indented: int
    blank_run: int
    bidi: int
    invisible: int


def to_utf8(data: bytes) -> bytes:
    """Return source as UTF-8 with lines that end in line feeds, as Python reads it."""
    if b"\0" in data or _names_encoding(data) or not (data.isascii() or _is_utf8(data)):
        return decode_source(data).text.encode()
    # In UTF-8 no byte of a character beyond ASCII is a carriage return.
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def _to_decode(files: Sequence[bytes], data: bytes) -> list[int]:
    """Return the positions of files whose text may differ from their bytes; `data` is all files joined."""
    found = [at for at, file in enumerate(files) if _names_encoding(file)]
    if not data.isascii():
        found += [at for at, file in enumerate(files) if not (file.isascii() or _is_utf8(file))]
    found += [at for sign in (b"\0", b"\r") if sign in data for at, file in enumerate(files) if sign in file]
    return found


def _names_encoding(data: bytes) -> bool:
    """Return whether source may name its encoding, which is possible in its first two lines only (PEP 263)."""
    return b"coding" in data[: data.find(b"\n", data.find(b"\n") + 1)]


def _is_utf8(data: bytes) -> bool:
    """Return whether the bytes are UTF-8 without a byte-order mark."""
    if data.startswith(BOM_UTF8):
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def with_line_end(text: bytes) -> bytes:
    """Return a text with an end to its last line."""
    return text if text.endswith(b"\n") else text + b"\n"


def measure_lines(files: Sequence[bytes]) -> list[LineMetrics]:
    """Return the metrics of each file, computed for all files together to avoid small arrays."""
    texts = list(map(with_line_end, files))
    data = b"".join(texts)
    is_plain = [True] * len(files)
    if decoded := {at: to_utf8(files[at]) for at in _to_decode(files, data)}:
        for at, text in decoded.items():
            texts[at] = with_line_end(text)
            is_plain[at] = text == files[at]
        data = b"".join(texts)
    sizes = list(map(len, texts))
    array = np.frombuffer(data, np.uint8)
    low = (array < 32).nonzero()[0]
    controls = array[low]
    ends = low[controls == 10]
    odd = low[(controls < 9) | (controls > 13)]
    del low  # it takes eight bytes for each byte of a source of line ends alone
    lines = _lengths(ends)
    stops = np.cumsum(sizes)
    bounds = [0, *np.searchsorted(ends, stops).tolist()]
    longest = np.maximum.reduceat(lines, bounds[:-1])
    none = [0] * len(files)
    most = int(longest.max())
    wide = np.add.reduceat(lines > WIDE_LINE, bounds[:-1], dtype=np.int64).tolist() if most > WIDE_LINE else none
    long, long_at, offscreen, indented, blanks = none, none[:], none[:], none[:], none[:]
    if most > LONG_LINE:
        long = np.add.reduceat(lines > LONG_LINE, bounds[:-1], dtype=np.int64).tolist()
        for index, line in _longest(lines, bounds, long):
            long_at[index] = int(ends[line] - lines[line]) - (int(stops[index]) - sizes[index])
    for line in _far(array, ends):
        text = data[ends[line] - lines[line] : ends[line]]
        if _RUN in text.replace(b"\t", b" "):
            index = bisect_right(bounds, line) - 1
            offscreen[index] += len(_OFFSCREEN.findall(text))
            indented[index] += _INDENTED.match(text) is not None
    seeming = _seem_blank(array, lines, ends)
    for index in {bisect_right(bounds, line) - 1 for line in seeming}:
        blanks[index] = _blank_run(texts[index])
    control = (
        np.bincount(np.searchsorted(stops, odd, side="right"), minlength=len(files)).tolist() if len(odd) else none
    )
    if b"\x7f" in data:
        control = [count + text.count(b"\x7f") for count, text in zip(control, texts, strict=True)]
    bidi, invisible = none[:], none[:]
    for index, text in enumerate([] if data.isascii() else texts):
        # No byte of a character beyond ASCII is ASCII: removing ASCII leaves whole characters.
        if not text.isascii():
            foreign = text.translate(None, _ASCII).decode()
            bidi[index] = len(_BIDI.findall(foreign))
            invisible[index] = len(_INVISIBLE.findall(foreign))
            if _SPACES.search(foreign) is not None:
                offscreen[index] += len(_SPACES.findall(text.decode()))
    return list(
        map(
            LineMetrics,
            is_plain,
            sizes,
            [last - first for first, last in pairwise(bounds)],
            longest.tolist(),
            long,
            wide,
            long_at,
            control,
            offscreen,
            indented,
            blanks,
            bidi,
            invisible,
        )
    )


def has_blank_run(data: bytes) -> bool:
    """Return whether source, which ends with a line end, has more than 30 blank lines in a row before one with content.

    A line that begins and ends with white space counts as blank here.
    """
    array = np.frombuffer(data, np.uint8)
    ends = (array == 10).nonzero()[0]
    full = (~_blank(array, _lengths(ends), ends)).nonzero()[0]
    return len(full) > 0 and int(np.diff(full, prepend=-1).max()) > 30


def _lengths(ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the lengths of lines from the offsets of their ends."""
    lines = ends.copy()
    lines[1:] -= ends[:-1] + 1
    return lines


def _longest(lines: npt.NDArray[np.int64], bounds: Sequence[int], long: Sequence[int]) -> list[tuple[int, int]]:
    """Return the files with a long line, each with the number of its longest line (the last of several)."""
    found = []
    for index, (first, last) in enumerate(pairwise(bounds)):
        if long[index]:
            found.append((index, last - 1 - int(lines[first:last][::-1].argmax())))
    return found


def _far(array: npt.NDArray[np.uint8], ends: npt.NDArray[np.int64]) -> list[int]:
    """Return the lines that may contain a run of 100 spaces and tabs, by sampling every twelfth byte."""
    # A run of 100 bytes contains 8 of the sampled bytes in a row.
    blank = array[::_APART] <= 32
    for step in (1, 2, 4):
        blank = blank[: max(len(blank) - step, 0)] & blank[step:]
    if not blank.any():
        return []
    return np.unique(np.searchsorted(ends, blank.nonzero()[0] * _APART)).tolist()


def _seem_blank(array: npt.NDArray[np.uint8], lines: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> list[int]:
    """Return lines at which 30 blank lines may begin, at least one for each such run, by sampling every sixth line."""
    # A run of 30 lines contains five of the sampled lines in a row.
    some = _blank(array, lines[::6], ends[::6])
    if len(some) < 5:
        return []
    five = some[4:] & some[3:-1] & some[2:-2] & some[1:-3] & some[:-4]
    return (five.nonzero()[0] * 6).tolist() if five.any() else []


def _blank(
    array: npt.NDArray[np.uint8], lines: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Return a mask of the lines that seem blank: they are empty, or begin and end with white space."""
    return (lines == 0) | ((array[ends - 1] <= 32) & (array[ends - lines] <= 32))


def _blank_run(text: bytes) -> int:
    """Return the longest run of at least 30 blank lines before one with content, else 0."""
    bare = text.translate(None, b" \t\f").rstrip(b"\n")
    if b"\n" * 31 not in bare:
        return 0
    return max(len(run) for run in _BLANKS.findall(bare)) - 1
