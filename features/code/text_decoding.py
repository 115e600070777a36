"""A text member as the code group sees it: what Python or a shell would read there, after the indicator pass."""

import re
import sys
import unicodedata
from enum import IntEnum
from typing import NamedTuple

from features.contract import FileType, Member, Role
from features.install.pth import is_start_file, pth_code, start_code
from features.runtime.cache import cached
from features.text.decode import decode_source, decode_text, is_plain
from features.text.import_lines import STATEMENT_START
from features.text.indicator_scan import TextScan, scan_text

TEXT_TYPES = frozenset((FileType.PYTHON, FileType.PTH, FileType.TEXT, FileType.METADATA))

_ASCII = bytes(range(128))
_FEW = 16
"""Letters that are replaced faster one by one than all at once."""
_SEEMS_PYTHON = re.compile(rf"(?m)^[ \t]*{STATEMENT_START}[ \t]+\w|\bexec[ \t]*\(|__import__")


class _As(IntEnum):
    """What a text is read as."""

    PYTHON = 1
    PTH = 2
    SCRIPT = 3
    """Other text in the place of code, which may be Python under another name."""
    TEXT = 4
    START = 5


# Bound once: to look a member of an enumeration up takes eight times as long as a name, for every file.
_REST, _TEXT, _SCRIPT, _PTH = Role.REST, _As.TEXT, _As.SCRIPT, _As.PTH
_TAKEN = {FileType.PYTHON: _As.PYTHON, FileType.PTH: _As.PTH}
_EXECUTED = {_As.PTH: pth_code, _As.START: start_code}
MOST_HELD = 32 * 2**10
"""Bytes of code of a text that is kept in the cache."""


class ReadText(NamedTuple):
    """A text that was read; a function of its bytes and of what it is read as.

    `python` is what the syntax pass would read, b"" where that is nothing, None where it is the content as it is.
    `problems` are those of `features.text.decode.Decoded`.
    """

    scan: TextScan
    python: bytes | None
    problems: tuple[str, ...]


def _weigh(read: ReadText) -> int:
    if len(read.python or b"") > MOST_HELD:
        return sys.maxsize
    scan = read.scan
    held = 160 * len(scan.counts) + 36 * len(scan.lines) + sum([150 + len(place.excerpt) for place in scan.places])
    return held + len(read.python or b"")


def read_text(member: Member) -> ReadText:
    """Return what a member of `TEXT_TYPES` says; raises nothing."""
    taken = _TAKEN.get(member.file_type) or (_TEXT if member.role is _REST else _SCRIPT)
    if taken is _PTH and is_start_file(member.path):
        taken = _As.START
    return _read(member, taken)


@cached("decoded_texts", key=lambda member, taken: (member.key, taken), size_of=_weigh)
def _read(member: Member, taken: _As) -> ReadText:
    data = member.content
    if taken is _As.PYTHON and is_plain(data):
        return ReadText(scan_text(_joined(data)), None, ())
    if taken is _As.TEXT and is_plain(data):
        return ReadText(scan_text(data), b"", ())
    executed = _EXECUTED.get(taken)
    decoded = decode_source(data) if executed or taken is _As.PYTHON else decode_text(data)
    text = decoded.text
    utf8 = text.encode() if taken is _As.TEXT else _plain(text)
    if decoded.also:
        utf8 = b"\n".join((utf8, decoded.also.encode()))
    python: bytes | None = b""
    if taken is _As.PYTHON:
        python = None
        utf8 = _joined(utf8)
    elif executed:
        python = executed(text).encode()
    elif taken is _As.SCRIPT and _SEEMS_PYTHON.search(text):
        python = utf8
    return ReadText(scan_text(utf8), python, decoded.problems)


def _joined(data: bytes) -> bytes:
    """Return source without the backslashes at the ends of lines: to Python what follows is the same line."""
    return data.replace(b"\\\n", b" \n") if b"\\" in data else data


def _plain(text: str) -> bytes:
    """Return text as UTF-8, letters that Python reads as ASCII ones in names (PEP 3131, NFKC) written as these."""
    data = text.encode()
    foreign = data.translate(None, _ASCII).decode()
    if unicodedata.is_normalized("NFKC", foreign):
        return data
    said = {letter: unicodedata.normalize("NFKC", letter) for letter in set(foreign)}
    odd = {letter: plain for letter, plain in said.items() if plain.isascii() and plain.isalnum()}
    if len(odd) > _FEW:
        return text.translate({ord(letter): plain for letter, plain in odd.items()}).encode()
    for one, plain in odd.items():
        # Nearly always the sign of a trade mark or a square.
        data = data.replace(one.encode(), plain.encode())
    return data
