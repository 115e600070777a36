"""What a text says to code that decodes it before it executes it."""

import ast
import base64
import binascii
import codecs
import html
import json
import quopri
import re
import warnings
from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import unquote_to_bytes

from features.code.evaluate.unpack import reads_like_code, unpack_layers

LARGEST = 256 * 2**10
"""Bytes of a text that is parsed or decoded, and of what comes out."""
_TEXT = r"""\s{0,9}([bruBRU]?(?:"[^"\n]{0,99}"|'[^'\n]{0,99}'))\s{0,9}"""
_EXCHANGE = re.compile(
    rf"\b(?:replace\s{{0,9}}\({_TEXT},{_TEXT}|split\s{{0,9}}\({_TEXT}\)|maketrans\s{{0,9}}\({_TEXT},{_TEXT})"
)
_STRIDE = re.compile(r"\[[^\S\n]*:[^\S\n]*:[^\S\n]*(-?[1-9])[^\S\n]*\]")
_UU = re.compile(rb"^begin [0-7]{3,4} [^\n]{0,200}\n((?:[ -`]{1,62}\r?\n)+)", re.MULTILINE)
_MOST_EXCHANGES = 60
_LONGEST_TEXTS = 4
"""Strings of a JSON document that are each looked at; all of them together are too."""


def readings(data: bytes, near: str) -> Iterator[bytes]:
    """Yield what a text that is executed may say to code that decodes it first; `near` is the code around the call."""
    for text in (data, *_exchanged(data, near)):
        if text is not data:
            yield text
        yield from _strings(text)
        for way in (text, text[::-1]):
            yield from (layer for layer in unpack_layers(way)[-1:] if len(layer) <= LARGEST)
        yield text[::-1]
        for decode in _DECODINGS:
            yield _decoded(text, decode)


def is_json(data: bytes) -> bool:
    """Return whether a text begins as a JSON document that holds texts does."""
    return data.lstrip()[:1] in {b"{", b"[", b'"'}


def _decoded(data: bytes, decode: Callable[[bytes], bytes]) -> bytes:
    with warnings.catch_warnings():
        # An escape that Python does not know is one.
        warnings.simplefilter("ignore")
        try:
            return decode(data)
        except ValueError:
            return b""


def _exchanged(data: bytes, near: str) -> Iterator[bytes]:
    """Yield a text with the exchanges of letters that the code beside it makes, unless it grows beyond `LARGEST`."""
    text = data.decode("latin-1")
    for match in islice(_EXCHANGE.finditer(near), _MOST_EXCHANGES):
        old, new, apart, letters, others = (_said(each) for each in match.groups())
        if letters and len(letters) == len(others):
            text = text.translate(str.maketrans(letters, others))
        elif gone := old or apart:
            if len(text) + text.count(gone) * (len(new) - len(gone)) > LARGEST:
                return
            text = text.replace(gone, new)
    for stride in _STRIDE.findall(near)[:1]:
        text = text[:: int(stride)]
    if (plain := text.encode("latin-1", "replace")) != data:
        yield plain


def _said(literal: str | None) -> str:
    """Return the text of a literal, as the letters that its bytes are in Latin-1; "" for what is none."""
    try:
        value = ast.literal_eval(literal or "''")
    except (ValueError, SyntaxError):
        return ""
    return value.decode("latin-1") if isinstance(value, bytes) else value.encode().decode("latin-1")


def _strings(data: bytes) -> Iterator[bytes]:
    """Yield the texts of a JSON document that read like code: all in one, then the longest."""
    if not is_json(data):
        return
    try:
        todo = [json.loads(data)]
    except (ValueError, RecursionError):
        return
    found: list[bytes] = []
    left = LARGEST
    while todo and left > 0:
        value = todo.pop()
        if isinstance(value, str):
            text = value.encode("utf-8", "replace")
            found += [text] if reads_like_code(text) else unpack_layers(text)[-1:]
            left -= max(len(text), len(found[-1]) if found else 0)
        elif isinstance(value, list | dict):
            todo += reversed(value.values() if isinstance(value, dict) else value)
    yield b"\n".join(found)
    if len(found) > 1:
        yield from sorted(found, key=len, reverse=True)[:_LONGEST_TEXTS]


def _of_uu(data: bytes) -> bytes:
    found = _UU.search(data)
    return b"".join(map(binascii.a2b_uu, found[1].splitlines())) if found else b""


_DECODINGS: tuple[Callable[[bytes], bytes], ...] = (
    lambda data: codecs.encode(data.decode("latin-1"), "rot13").encode("latin-1"),
    _of_uu,
    lambda data: quopri.decodestring(data) if b"=" in data else b"",
    lambda data: unquote_to_bytes(data) if b"%" in data else b"",
    lambda data: html.unescape(data.decode("latin-1")).encode("utf-8") if b"&" in data else b"",
    lambda data: data.decode("unicode_escape").encode("utf-8") if b"\\" in data else b"",
    lambda data: data.decode("utf-7").encode("utf-8") if b"+" in data else b"",
    lambda data: base64.b85decode(data.strip()),
    lambda data: base64.a85decode(data, adobe=data.startswith(b"<~")),
)
