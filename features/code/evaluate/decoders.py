"""Decodes constants as the decoding functions of Python do, under size limits; calls no code of the package."""

import base64
import binascii
import bz2
import codecs
import html
import lzma
import quopri
import urllib.parse
import zlib
from collections.abc import Callable, Mapping, Sequence

from features.code.evaluate.contract import MAX_CHARS, NO_KEYWORDS, Constant

_TEXT_CODECS = {"utf-8", "utf8", "ascii", "latin-1", "latin1", "utf-16", "utf-16le", "utf-16-le", "utf_8", "utf-32"}
_MAX_BASE58 = 8_192
_MAX_LZMA_MEMORY = 64 * 2**20


def _as_bytes(value: Constant) -> bytes | None:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        try:
            return value.encode("latin-1")
        except UnicodeEncodeError:
            return None
    return None


def _decompress_bounded(decompressor: Callable[[], "zlib._Decompress"], data: bytes) -> bytes | None:
    try:
        return decompressor().decompress(data, MAX_CHARS)
    except zlib.error:
        return None


def inflate(data: bytes) -> bytes | None:
    """Return the content of a zlib or gzip stream, cut to MAX_CHARS; None if data is neither."""
    if data[:2] == b"\x1f\x8b":
        return _decompress_bounded(lambda: zlib.decompressobj(31), data)
    if data[:1] == b"\x78":
        return _decompress_bounded(zlib.decompressobj, data)
    return None


def inflate_with_wbits(data: bytes, wbits: int) -> bytes | None:
    """Return `zlib.decompress(data, wbits)`, cut to MAX_CHARS: with negative `wbits` data is a raw deflate stream."""
    if not (-15 <= wbits <= -8 or 8 <= wbits <= 47):
        return None
    return _decompress_bounded(lambda: zlib.decompressobj(wbits), data)


def decompress_lzma(data: bytes) -> bytes | None:
    """Return the content of an xz or lzma stream, cut to MAX_CHARS; None if data is neither."""
    try:
        return lzma.LZMADecompressor(memlimit=_MAX_LZMA_MEMORY).decompress(data, MAX_CHARS)
    except (lzma.LZMAError, EOFError):
        return None


def decompress_bz2(data: bytes) -> bytes | None:
    """Return the content of a bzip2 stream, cut to MAX_CHARS; None if data is not one."""
    try:
        return bz2.BZ2Decompressor().decompress(data, MAX_CHARS)
    except (OSError, EOFError, ValueError):
        return None


def _decode_uu(data: bytes) -> bytes:
    """Return the content of uuencoded lines, with or without `begin` and `end`."""
    lines = [line for line in data.splitlines() if line.strip() and not line.startswith((b"begin ", b"end"))]
    return b"".join(binascii.a2b_uu(line) for line in lines)


_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def _decode_base58(data: bytes) -> bytes | None:
    text = data.decode("ascii")
    if len(text) > _MAX_BASE58:
        return None
    number = 0
    for char in text:
        number = number * 58 + _BASE58.index(char)
    return b"\0" * (len(text) - len(text.lstrip("1"))) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _decode_base64(data: bytes) -> bytes:
    return binascii.a2b_base64(data + b"=" * (-len(data.strip()) % 4))


_DECODERS: dict[str, Callable[[bytes], bytes | None]] = {
    "base64.b64decode": _decode_base64,
    "base64.standard_b64decode": _decode_base64,
    "base64.decodebytes": _decode_base64,
    "base64.decodestring": _decode_base64,
    "binascii.a2b_base64": _decode_base64,
    "base64.urlsafe_b64decode": lambda data: _decode_base64(data.replace(b"-", b"+").replace(b"_", b"/")),
    "base64.b32decode": base64.b32decode,
    "base64.b16decode": lambda data: base64.b16decode(data, casefold=True),
    "base64.b85decode": base64.b85decode,
    "base64.a85decode": base64.a85decode,
    "binascii.unhexlify": binascii.unhexlify,
    "binascii.a2b_hex": binascii.unhexlify,
    "binascii.a2b_uu": _decode_uu,
    "binascii.a2b_qp": quopri.decodestring,
    "quopri.decodestring": quopri.decodestring,
    "base58.b58decode": _decode_base58,
    "urllib.parse.unquote_to_bytes": urllib.parse.unquote_to_bytes,
    "bytes.fromhex": lambda data: bytes.fromhex(data.decode("ascii")),
    "bytearray.fromhex": lambda data: bytes.fromhex(data.decode("ascii")),
    "zlib.decompress": inflate,
    "gzip.decompress": inflate,
    "lzma.decompress": decompress_lzma,
    "bz2.decompress": decompress_bz2,
    "zlib.decompressobj.decompress": inflate,
    "lzma.LZMADecompressor.decompress": decompress_lzma,
    "bz2.BZ2Decompressor.decompress": decompress_bz2,
    "memoryview": bytes,
}

_CODECS: dict[str, Callable[[bytes], bytes | None]] = {
    "base64": _decode_base64,
    "base-64": _decode_base64,
    "base64_codec": _decode_base64,
    "hex": binascii.unhexlify,
    "hex_codec": binascii.unhexlify,
    "zlib": inflate,
    "zip": inflate,
    "bz2": decompress_bz2,
    "uu": _decode_uu,
    "quopri": quopri.decodestring,
    "quoted-printable": quopri.decodestring,
}


def call_decoder(
    name: str, args: Sequence[Constant], keywords: Mapping[str, Constant] = NO_KEYWORDS
) -> Constant | None:
    """Return the result of a decoding function (`base64.b64decode`, ...); None if it is unknown or fails."""
    if name == "codecs.getdecoder" and len(args) == 2 and isinstance(args[0], str):
        value = decode_with_codec(args[1], args[0])
        return None if value is None or isinstance(value, int) else (value, len(value))
    if name in ("codecs.decode", "codecs.encode") and len(args) >= 2 and isinstance(args[1], str):
        return decode_with_codec(args[0], args[1])
    if name in ("urllib.parse.unquote", "urllib.unquote", "urllib.parse.unquote_plus") and isinstance(args[0], str):
        return urllib.parse.unquote(args[0])
    if name == "html.unescape" and isinstance(args[0], str):
        return html.unescape(args[0])
    decoder = _DECODERS.get(name)
    data = _as_bytes(args[0]) if args else None
    if decoder is None or data is None or len(data) > MAX_CHARS:
        return None
    wbits = keywords.get("wbits", args[1] if len(args) > 1 and decoder is inflate else None)
    if decoder is inflate and isinstance(wbits, int):
        return inflate_with_wbits(data, wbits)
    try:
        return decoder(data)
    except ValueError:
        return None


def decode_with_codec(value: Constant, codec: str) -> Constant | None:
    """Return `codecs.decode(value, codec)` for codecs of bytes, `value` encoded or decoded for codecs of text."""
    codec = codec.lower().replace("_", "-")
    if codec in ("rot13", "rot-13"):
        return codecs.encode(value, "rot13") if isinstance(value, str) else None
    if codec in ("unicode-escape", "unicode_escape"):
        data = _as_bytes(value)
        try:
            return data.decode("unicode-escape") if data is not None else None
        except UnicodeDecodeError:
            return None
    decoder = _CODECS.get(codec)
    if decoder is not None:
        data = _as_bytes(value)
        try:
            return decoder(data) if data is not None else None
        except ValueError:
            return None
    if codec in _TEXT_CODECS:
        return convert_text(value, codec)
    return None


def convert_text(value: Constant, codec: str) -> Constant | None:
    """Return bytes decoded, or text encoded, by a codec of text; None if that fails."""
    try:
        if isinstance(value, bytes):
            return value.decode(codec)
        if isinstance(value, str):
            return value.encode(codec)
    except (UnicodeError, LookupError):
        return None
    return None
