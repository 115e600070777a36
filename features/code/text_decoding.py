"""Decodes a text member as Python or a shell reads it, and runs the indicator pass over it."""

import re
import sys
import unicodedata
from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import NamedTuple

from features.contract import FileType, Member, Role
from features.install.pth import MOST_CODE_CHARS, is_start_file, pth_code, start_code
from features.runtime.cache import cached
from features.text.decode import decode_source, decode_text, is_plain
from features.text.host_place import HostPlace
from features.text.hosts import find_hosts
from features.text.import_lines import STATEMENT_START
from features.text.indicator_scan import TextScan, scan_text

TEXT_TYPES = frozenset((FileType.PYTHON, FileType.PTH, FileType.TEXT, FileType.METADATA))
"""File types of members that are text."""
KEPT_CODE_BYTES = 32 * 2**10
"""Bytes of code up to which the cache keeps a text whose code differs from its content."""

_ASCII = bytes(range(128))
_FEW_LETTERS = 16
"""Number of distinct letters up to which each is replaced separately."""
_LIKE_PYTHON = re.compile(rf"(?m)^[ \t]*{STATEMENT_START}[ \t]+\w|\bexec[ \t]*\(|__import__")


class _Reading(IntEnum):
    """A way to read a text member."""

    PYTHON = 1
    PTH = 2
    SCRIPT = 3
    """Other text with a role of code, which may be Python under another suffix."""
    TEXT = 4
    START = 5


# Global names: looking up a member of an enum takes as long as a call (stage `code` of `boojum bench`).
_REST, _TEXT, _SCRIPT, _PTH = Role.REST, _Reading.TEXT, _Reading.SCRIPT, _Reading.PTH
_READINGS: Mapping[FileType, _Reading] = {FileType.PYTHON: _Reading.PYTHON, FileType.PTH: _Reading.PTH}
_EXECUTED_CODE: Mapping[_Reading, Callable[[str], str]] = {_Reading.PTH: pth_code, _Reading.START: start_code}


class ReadText(NamedTuple):
    """A text after the indicator pass, which depends only on its bytes and the way of reading.

    `python` is the source for the syntax pass: b"" for none, None if it is the unchanged content of the member.
    `problems` are those of `features.text.decode.Decoded`.
    """

    scan: TextScan
    python: bytes | None
    problems: tuple[str, ...]
    hosts: tuple[HostPlace, ...] = ()

    def size_in_bytes(self) -> int:
        """Return the approximate size in memory, in bytes; a text with too much code is too large to be kept."""
        code = len(self.python or b"")
        if code > KEPT_CODE_BYTES:
            return sys.maxsize
        scan = self.scan
        excerpts = sum([150 + len(place.excerpt) for place in scan.places])
        return 160 * len(scan.counts) + 36 * len(scan.lines) + 250 * len(self.hosts) + excerpts + code


def read_text(member: Member) -> ReadText:
    """Read a member of one of TEXT_TYPES by its file type and role; if its content was not kept, read its head."""
    reading = _READINGS.get(member.file_type) or (_TEXT if member.role is _REST else _SCRIPT)
    if reading is _PTH and is_start_file(member.path):
        reading = _Reading.START
    return _read(member, reading)


@cached("decoded_texts", key=lambda member, reading: (member.key, reading), size_of=ReadText.size_in_bytes)
def _read(member: Member, reading: _Reading) -> ReadText:
    data = member.content
    if reading is _Reading.PYTHON and is_plain(data):
        return _search(_join_lines(data), None, ())
    if reading is _Reading.TEXT and is_plain(data):
        return _search(data, b"", (), is_code=False)
    executed_code = _EXECUTED_CODE.get(reading)
    decoded = decode_source(data) if executed_code or reading is _Reading.PYTHON else decode_text(data)
    text = decoded.text
    utf8 = text.encode() if reading is _Reading.TEXT else _normalise_names(text)
    if decoded.also:
        utf8 = b"\n".join((utf8, decoded.also.encode()))
    python: bytes | None = b""
    if reading is _Reading.PYTHON:
        python = None
        utf8 = _join_lines(utf8)
    elif executed_code:
        python = executed_code(text).encode()
    elif reading is _Reading.SCRIPT and _LIKE_PYTHON.search(text):
        # A second copy of all large scripts would take too much memory; the syntax pass reads less than this of one.
        python = utf8[:MOST_CODE_CHARS]
    return _search(utf8, python, decoded.problems, is_code=reading is not _Reading.TEXT)


def _search(utf8: bytes, python: bytes | None, problems: tuple[str, ...], *, is_code: bool = True) -> ReadText:
    return ReadText(scan_text(utf8), python, problems, find_hosts(utf8, is_code=is_code))


def _join_lines(data: bytes) -> bytes:
    """Return source with a blank for the backslash of each continued line, so that patterns match across lines."""
    return data.replace(b"\\\n", b" \n") if b"\\" in data else data


def _normalise_names(text: str) -> bytes:
    """Return text as UTF-8, with letters that Python reads as ASCII in names (NFKC, PEP 3131) written as ASCII."""
    data = text.encode()
    foreign = data.translate(None, _ASCII).decode()
    if unicodedata.is_normalized("NFKC", foreign):
        return data
    normalised = {letter: unicodedata.normalize("NFKC", letter) for letter in set(foreign)}
    ascii_letters = {letter: plain for letter, plain in normalised.items() if plain.isascii() and plain.isalnum()}
    if len(ascii_letters) > _FEW_LETTERS:
        return text.translate({ord(letter): plain for letter, plain in ascii_letters.items()}).encode()
    for letter, plain in ascii_letters.items():
        data = data.replace(letter.encode(), plain.encode())
    return data
