"""Unpacks constants statically: removes encodings and simple ciphers, in memory and under limits."""

import base64
import binascii
import re
from collections.abc import Iterable
from itertools import pairwise

from features.code.evaluate.decoders import decompress_bz2, decompress_lzma, inflate

MAX_LAYERS = 12
"""Nested encodings that are removed."""
MIN_CONSTANT = 24
"""Characters or bytes of the shortest constant that is unpacked."""
MAX_CONSTANT = 1 << 20
"""Characters or bytes of the longest constant that is unpacked."""

_BASE64 = re.compile(rb"[A-Za-z0-9+/\r\n]{24,}+={0,2}\s*")
_URLSAFE_BASE64 = re.compile(rb"[A-Za-z0-9_-]{24,}={0,2}")
_BASE32 = re.compile(rb"(?:[A-Z2-7]{8}){4,}(?:[A-Z2-7]{2,7}={1,6})?")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}\s?){12,}")
_CODE_WORDS = re.compile(
    rb"\b(?:import|exec|eval|lambda|def|class|print|return|subprocess|requests|urllib|socket|base64|marshal)\b"
    rb"|https?://|powershell|cmd\.exe|/bin/(?:ba)?sh|os\.|curl |wget "
)
_PRINTABLE = bytes([9, 10, 13, *range(32, 127)])
_KNOWN_TEXTS = (b"import ", b"https://", b"http://", b"exec(", b"subprocess", b"powershell")
"""Texts that most code contains, by which a key is found (a known-plaintext attack)."""
_XOR_TABLES = tuple(bytes(byte ^ key for byte in range(256)) for key in range(256))
_MAX_SHIFTED = 65_536
"""Bytes of the longest constant that is searched for a shift."""
_LOWER = bytes(range(97, 123))
_UPPER = bytes(range(65, 91))
_ROT13 = bytes.maketrans(_LOWER + _UPPER, _LOWER[13:] + _LOWER[:13] + _UPPER[13:] + _UPPER[:13])


def is_text(data: bytes) -> bool:
    """Return whether at least 95 % of the first bytes are printable ASCII."""
    head = data[:4096]
    return bool(head) and len(head.translate(None, _PRINTABLE)) <= len(head) // 20


def reads_like_code(data: bytes) -> bool:
    """Return whether data is text that contains a word of code, a command or an address."""
    return is_text(data) and _CODE_WORDS.search(data[:65_536]) is not None


def is_marshalled(data: bytes) -> bool:
    """Return whether bytes begin like a marshalled code object of Python 3 without arguments."""
    return len(data) > 64 and data[:1] in (b"\xe3", b"c") and data[1:9] == bytes(8)


def decode_layer(data: bytes) -> bytes | None:
    """Return data without its outermost compression or encoding; None if none is recognised."""
    unpacked = inflate(data)
    if unpacked is None and data[:6] == b"\xfd7zXZ\x00":
        unpacked = decompress_lzma(data)
    if unpacked is None and data[:3] == b"BZh":
        unpacked = decompress_bz2(data)
    if unpacked:
        return unpacked
    if data[-2:-1] == b"\x9c" and data[-1:] == b"\x78":
        return inflate(data[::-1]) or None
    return _decode_text(data)


def _decode_text(data: bytes) -> bytes | None:
    """Return data decoded from base32, hexadecimal, base64 or reversed base64."""
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
    for pattern in (_HEX, _BASE64, _URLSAFE_BASE64):
        if pattern.fullmatch(body) is None:
            continue
        try:
            if pattern is _HEX:
                return binascii.unhexlify(re.sub(rb"\s", b"", body))
            if pattern is _URLSAFE_BASE64:
                body = body.replace(b"-", b"+").replace(b"_", b"/")
            return binascii.a2b_base64(body + b"=" * (-len(body.rstrip(b"=")) % 4)) or None
        except binascii.Error:
            continue
    return None


def unpack_layers(constant: bytes) -> list[bytes]:
    """Return the decoded layers of a constant, the outermost first; [] if no layer is code.

    The last layer is text that reads like code, or a marshalled code object. A hash or a picture in base64 gives [].
    """
    if not MIN_CONSTANT <= len(constant) <= MAX_CONSTANT:
        return []
    layers: list[bytes] = []
    data = constant
    while len(layers) < MAX_LAYERS:
        decoded = decode_layer(data)
        if decoded is None or decoded == data:
            break
        layers.append(decoded)
        data = decoded
    if layers and (reads_like_code(layers[-1]) or is_marshalled(layers[-1])):
        return layers
    plain = _undo_reversal_or_rot13(layers[-1] if layers else constant)
    if plain is not None:
        return [*layers, plain]
    return []


def _undo_reversal_or_rot13(data: bytes) -> bytes | None:
    """Return text reversed or rotated by 13 letters, if that reads like code and the text itself does not."""
    if not is_text(data) or reads_like_code(data):
        return None
    for plain in (data[::-1], data.translate(_ROT13)):
        if len(_CODE_WORDS.findall(plain[:65_536])) >= 2:
            return plain
    return None


def crack_byte_cipher(data: bytes) -> bytes | None:
    """Undo an exclusive-or with one byte, or a shift of every byte, if the result reads like code.

    The differences between neighbouring bytes do not depend on the key, so those of a known text reveal its position,
    and thereby the key. Takes linear time.
    """
    if not MIN_CONSTANT <= len(data) <= MAX_CONSTANT:
        return None
    plain = _crack_xor(data)
    if plain is None and len(data) <= _MAX_SHIFTED:
        plain = _crack_shift(data)
    return plain


def _crack_xor(data: bytes) -> bytes | None:
    number = int.from_bytes(data[:-1], "big") ^ int.from_bytes(data[1:], "big")
    differences = number.to_bytes(len(data) - 1, "big")
    for known in _KNOWN_TEXTS:
        at = differences.find(bytes(a ^ b for a, b in pairwise(known)))
        if at >= 0 and data[at] != known[0]:
            plain = data.translate(_XOR_TABLES[data[at] ^ known[0]])
            if reads_like_code(plain):
                return plain
    return None


def _crack_shift(data: bytes) -> bytes | None:
    differences = bytes((b - a) & 255 for a, b in pairwise(data))
    for known in _KNOWN_TEXTS:
        at = differences.find(bytes((b - a) & 255 for a, b in pairwise(known)))
        if at >= 0 and data[at] != known[0]:
            shift = (known[0] - data[at]) & 255
            plain = data.translate(bytes((byte + shift) & 255 for byte in range(256)))
            if reads_like_code(plain):
                return plain
    return None


def try_keys(data: bytes, keys: Iterable[bytes]) -> bytes | None:
    """Undo an exclusive-or with one of the repeating keys, if the result reads like code."""
    if not MIN_CONSTANT <= len(data) <= MAX_CONSTANT or reads_like_code(data):
        return None
    for key in keys:
        if is_text(xor(data[:256], key)):
            plain = xor(data, key)
            if reads_like_code(plain):
                return plain
    return None


def xor(data: bytes, key: bytes) -> bytes:
    """Return the exclusive-or of data with a repeating key."""
    repeated = (key * (len(data) // len(key) + 1))[: len(data)]
    number = int.from_bytes(data, "big") ^ int.from_bytes(repeated, "big")
    return number.to_bytes(len(data), "big")
