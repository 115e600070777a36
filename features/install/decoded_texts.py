"""Decodes texts in the ways that code may use before it executes them."""

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

MAX_BYTES = 256 * 2**10
"""Bytes of the longest text that is parsed or decoded, and of the longest result."""
_STRING = r"""\s{0,9}([bruBRU]?(?:"[^"\n]{0,99}"|'[^'\n]{0,99}'))\s{0,9}"""
_REPLACEMENT = re.compile(
    rf"\b(?:replace\s{{0,9}}\({_STRING},{_STRING}|split\s{{0,9}}\({_STRING}\)|maketrans\s{{0,9}}\({_STRING},{_STRING})"
)
"""Calls of `replace`, `split` and `maketrans`, with their string literals as groups 1 and 2, 3, and 4 and 5."""
_STRIDE = re.compile(r"\[[^\S\n]*:[^\S\n]*:[^\S\n]*(-?[1-9])[^\S\n]*\]")
_UUENCODED = re.compile(rb"^begin [0-7]{3,4} [^\n]{0,200}\n((?:[ -`]{1,62}\r?\n)+)", re.MULTILINE)
_MAX_REPLACEMENTS = 60
_MAX_JSON_STRINGS = 4
"""Number of the longest strings of a JSON document that are decoded one by one, after all of them together."""


def decode_candidates(data: bytes, call_context: str) -> Iterator[bytes]:
    """Yield the possible decodings of a text; `call_context` is the code around the call that executes it."""
    for text in (data, *_replaced(data, call_context)):
        if text is not data:
            yield text
        yield from _json_strings(text)
        for direction in (text, text[::-1]):
            yield from (layer for layer in unpack_layers(direction)[-1:] if len(layer) <= MAX_BYTES)
        yield text[::-1]
        for decode in _DECODERS:
            yield _decode_or_empty(text, decode)


def is_json(data: bytes) -> bool:
    """Return whether a text begins like a JSON document that can hold strings."""
    return data.lstrip()[:1] in {b"{", b"[", b'"'}


def _decode_or_empty(data: bytes, decode: Callable[[bytes], bytes]) -> bytes:
    with warnings.catch_warnings():
        # Unknown escape sequences make Python warn.
        warnings.simplefilter("ignore")
        try:
            return decode(data)
        except ValueError:
            return b""


def _replaced(data: bytes, call_context: str) -> Iterator[bytes]:
    """Yield a text with the replacements in the code around the call, unless it grows beyond `MAX_BYTES`."""
    text = data.decode("latin-1")
    for match in islice(_REPLACEMENT.finditer(call_context), _MAX_REPLACEMENTS):
        old, new, separator, letters, others = map(_evaluate_string, match.groups())
        if letters and len(letters) == len(others):
            text = text.translate(str.maketrans(letters, others))
        elif removed := old or separator:
            if len(text) + text.count(removed) * (len(new) - len(removed)) > MAX_BYTES:
                return
            text = text.replace(removed, new)
    for stride in _STRIDE.findall(call_context)[:1]:
        text = text[:: int(stride)]
    if (replaced := text.encode("latin-1", "replace")) != data:
        yield replaced


def _evaluate_string(literal: str | None) -> str:
    """Return the bytes of a string literal as Latin-1 characters; "" if it is not a literal."""
    try:
        value = ast.literal_eval(literal or "''")
    except (ValueError, SyntaxError):
        return ""
    return value.decode("latin-1") if isinstance(value, bytes) else value.encode().decode("latin-1")


def _json_strings(data: bytes) -> Iterator[bytes]:
    """Yield the strings of a JSON document that read like code: first all of them joined, then the longest."""
    if not is_json(data):
        return
    try:
        pending = [json.loads(data)]
    except (ValueError, RecursionError):
        return
    found: list[bytes] = []
    left = MAX_BYTES
    while pending and left > 0:
        value = pending.pop()
        if isinstance(value, str):
            text = value.encode("utf-8", "replace")
            found += [text] if reads_like_code(text) else unpack_layers(text)[-1:]
            left -= max(len(text), len(found[-1]) if found else 0)
        elif isinstance(value, list | dict):
            pending += reversed(value.values() if isinstance(value, dict) else value)
    yield b"\n".join(found)
    if len(found) > 1:
        yield from sorted(found, key=len, reverse=True)[:_MAX_JSON_STRINGS]


def _uudecode(data: bytes) -> bytes:
    match = _UUENCODED.search(data)
    return b"".join(map(binascii.a2b_uu, match[1].splitlines())) if match else b""


_DECODERS: tuple[Callable[[bytes], bytes], ...] = (
    lambda data: codecs.encode(data.decode("latin-1"), "rot13").encode("latin-1"),
    _uudecode,
    lambda data: quopri.decodestring(data) if b"=" in data else b"",
    lambda data: unquote_to_bytes(data) if b"%" in data else b"",
    lambda data: html.unescape(data.decode("latin-1")).encode("utf-8") if b"&" in data else b"",
    lambda data: data.decode("unicode_escape").encode("utf-8") if b"\\" in data else b"",
    lambda data: data.decode("utf-7").encode("utf-8") if b"+" in data else b"",
    lambda data: base64.b85decode(data.strip()),
    lambda data: base64.a85decode(data, adobe=data.startswith(b"<~")),
)
