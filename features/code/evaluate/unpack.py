"""Static unpacking: constants that hold something encoded, decoded in memory under limits."""

import base64
import binascii
import re
from collections.abc import Iterable
from itertools import pairwise

from features.code.evaluate.fold import decompress_bz2, decompress_lzma, inflate

MAX_LAYERS = 12
"""Encodings on top of each other that are taken off."""
MIN_CONSTANT = 24
"""Characters; a shorter constant is left alone."""
MAX_CONSTANT = 1 << 20

_BASE64 = re.compile(rb"[A-Za-z0-9+/\r\n]{24,}+={0,2}\s*")
_URLSAFE = re.compile(rb"[A-Za-z0-9_-]{24,}={0,2}")
_BASE32 = re.compile(rb"(?:[A-Z2-7]{8}){4,}(?:[A-Z2-7]{2,7}={1,6})?")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}\s?){12,}")
_CODE = re.compile(
    rb"\b(?:import|exec|eval|lambda|def|class|print|return|subprocess|requests|urllib|socket|base64|marshal)\b"
    rb"|https?://|powershell|cmd\.exe|/bin/(?:ba)?sh|os\.|curl |wget "
)
_PRINTABLE = bytes([9, 10, 13, *range(32, 127)])


def is_text(data: bytes) -> bool:
    """Return whether most bytes are printable."""
    head = data[:4096]
    return bool(head) and len(head.translate(None, _PRINTABLE)) <= len(head) // 20


def reads_like_code(data: bytes) -> bool:
    """Return whether a text says something that only code, commands or addresses say."""
    return is_text(data) and _CODE.search(data[:65_536]) is not None


def is_marshalled(data: bytes) -> bool:
    """Return whether bytes begin as a marshalled code object without arguments does, in Python 3."""
    return len(data) > 64 and data[:1] in (b"\xe3", b"c") and data[1:9] == bytes(8)


def decode_layer(data: bytes) -> bytes | None:
    """Return what lies one encoding below, or None where none is seen."""
    packed = inflate(data)
    if packed is None and data[:6] == b"\xfd7zXZ\x00":
        packed = decompress_lzma(data)
    if packed is None and data[:3] == b"BZh":
        packed = decompress_bz2(data)
    if packed:
        return packed
    if data[-2:-1] == b"\x9c" and data[-1:] == b"\x78":
        return inflate(data[::-1]) or None
    return _unarmour(data)


def _unarmour(data: bytes) -> bytes | None:
    body = data.strip()
    if len(body) < MIN_CONSTANT:
        return None
    if body[:1] == b"=" and _BASE64.fullmatch(body[::-1]):
        body = body[::-1]
    if _BASE32.fullmatch(body) and not _HEX.fullmatch(body):
        try:
            plain = base64.b32decode(body)
        except binascii.Error:
            plain = b""
        if is_text(plain):
            return plain
    for pattern, table in ((_HEX, b""), (_BASE64, b""), (_URLSAFE, b"-_")):
        if pattern.fullmatch(body) is None:
            continue
        try:
            if pattern is _HEX:
                return binascii.unhexlify(re.sub(rb"\s", b"", body))
            if table:
                body = body.replace(b"-", b"+").replace(b"_", b"/")
            return binascii.a2b_base64(body + b"=" * (-len(body.rstrip(b"=")) % 4)) or None
        except binascii.Error:
            continue
    return None


def unpack_layers(constant: bytes) -> list[bytes]:
    """Return what a constant holds, layer by layer, the plain constant not among it.

    Only layers that lead to something count: the last is text that reads like code, or a packed or marshalled
    stream. A hash or a picture in base64 gives [].
    """
    if not MIN_CONSTANT <= len(constant) <= MAX_CONSTANT:
        return []
    layers: list[bytes] = []
    at = constant
    while len(layers) < MAX_LAYERS:
        below = decode_layer(at)
        if below is None or below == at:
            break
        layers.append(below)
        at = below
    if layers and reads_like_code(layers[-1]):
        return layers
    if layers and is_marshalled(layers[-1]):
        return layers
    turned = _turned(layers[-1] if layers else constant)
    if turned is not None:
        return [*layers, turned]
    return []


def crack_byte_cipher(data: bytes) -> bytes | None:
    """Undo an exclusive-or with one byte, or a shift of every character, where what comes out reads like code.

    The difference between neighbours does not depend on the key: it is compared with that of a word which code or
    an address has. Linear in the length.
    """
    if not MIN_CONSTANT <= len(data) <= MAX_CONSTANT:
        return None
    number = int.from_bytes(data[:-1], "big") ^ int.from_bytes(data[1:], "big")
    neighbours = number.to_bytes(len(data) - 1, "big")
    for crib in _CRIBS:
        at = neighbours.find(_xor_neighbours(crib))
        if at >= 0 and data[at] != crib[0]:
            plain = data.translate(_XOR[data[at] ^ crib[0]])
            if reads_like_code(plain):
                return plain
    if len(data) <= _SHIFTED:
        steps = bytes((b - a) & 255 for a, b in pairwise(data))
        for crib in _CRIBS:
            at = steps.find(bytes((b - a) & 255 for a, b in pairwise(crib)))
            if at >= 0 and data[at] != crib[0]:
                by = (crib[0] - data[at]) & 255
                plain = data.translate(bytes((byte + by) & 255 for byte in range(256)))
                if reads_like_code(plain):
                    return plain
    return None


def try_keys(data: bytes, keys: Iterable[bytes]) -> bytes | None:
    """Undo an exclusive-or with one of some repeating keys, where what comes out reads like code."""
    if not MIN_CONSTANT <= len(data) <= MAX_CONSTANT or reads_like_code(data):
        return None
    for key in keys:
        if is_text(xor(data[:256], key)):
            plain = xor(data, key)
            if reads_like_code(plain):
                return plain
    return None


def xor(data: bytes, key: bytes) -> bytes:
    """Return data under a repeating key."""
    repeated = (key * (len(data) // len(key) + 1))[: len(data)]
    number = int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")
    return number.to_bytes(len(data), "big")


def _xor_neighbours(crib: bytes) -> bytes:
    return bytes(a ^ b for a, b in pairwise(crib))


_CRIBS = (b"import ", b"https://", b"http://", b"exec(", b"subprocess", b"powershell")
_XOR = tuple(bytes(byte ^ key for byte in range(256)) for key in range(256))
_SHIFTED = 65_536
"""Bytes of a constant in which a shift is looked for."""


def _turned(data: bytes) -> bytes | None:
    """Undo what leaves no mark of its own: reversal and rot13, where what comes out reads like code."""
    if not is_text(data) or reads_like_code(data):
        return None
    for other in (data[::-1], data.translate(_ROT13)):
        if len(_CODE.findall(other[:65_536])) >= 2:
            return other
    return None


_LOWER = bytes(range(97, 123))
_UPPER = bytes(range(65, 91))
_ROT13 = bytes.maketrans(_LOWER + _UPPER, _LOWER[13:] + _LOWER[:13] + _UPPER[13:] + _UPPER[:13])
