"""Constant folding on values: what harmless pure functions return, under size limits, without calling user code."""

import base64
import binascii
import bz2
import codecs
import lzma
import string
import urllib.parse
import zlib
from collections.abc import Callable, Sequence
from typing import TypeAlias

Constant: TypeAlias = str | bytes | int | tuple["Constant", ...]
"""What a folded expression can be; a list or a tuple of constants is a tuple."""

MAX_CHARS = 4 * 2**20
"""Characters or bytes of one folded value; a longer one is not folded."""

_METHODS_NONE = {"strip", "lstrip", "rstrip", "lower", "upper", "swapcase", "title", "capitalize"}
_TEXT_CODECS = {"utf-8", "utf8", "ascii", "latin-1", "latin1", "utf-16", "utf-16le", "utf-16-le", "utf_8", "utf-32"}


def _as_bytes(value: Constant) -> bytes | None:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        try:
            return value.encode("latin-1")
        except UnicodeEncodeError:
            return None
    return None


def _bounded(decompressor: Callable[[], "zlib._Decompress"], data: bytes) -> bytes | None:
    try:
        return decompressor().decompress(data, MAX_CHARS)
    except zlib.error:
        return None


def inflate(data: bytes) -> bytes | None:
    """Return what zlib, gzip or raw deflate data holds, cut to MAX_CHARS; None where it is none of them."""
    if data[:2] == b"\x1f\x8b":
        return _bounded(lambda: zlib.decompressobj(31), data)
    if data[:1] == b"\x78":
        return _bounded(zlib.decompressobj, data)
    return None


def unlzma(data: bytes) -> bytes | None:
    """Return what an xz or lzma stream holds, cut to MAX_CHARS; None where it is neither."""
    try:
        return lzma.LZMADecompressor(memlimit=64 * 2**20).decompress(data, MAX_CHARS)
    except (lzma.LZMAError, EOFError):
        return None


def unbz2(data: bytes) -> bytes | None:
    """Return what a bzip2 stream holds, cut to MAX_CHARS; None where it is none."""
    try:
        return bz2.BZ2Decompressor().decompress(data, MAX_CHARS)
    except (OSError, EOFError, ValueError):
        return None


def _b64(data: bytes) -> bytes:
    return binascii.a2b_base64(data + b"=" * (-len(data.strip()) % 4))


_DECODERS: dict[str, Callable[[bytes], bytes | None]] = {
    "base64.b64decode": _b64,
    "base64.standard_b64decode": _b64,
    "base64.decodebytes": _b64,
    "base64.decodestring": _b64,
    "binascii.a2b_base64": _b64,
    "base64.urlsafe_b64decode": lambda data: _b64(data.replace(b"-", b"+").replace(b"_", b"/")),
    "base64.b32decode": base64.b32decode,
    "base64.b16decode": lambda data: base64.b16decode(data, casefold=True),
    "base64.b85decode": base64.b85decode,
    "base64.a85decode": base64.a85decode,
    "binascii.unhexlify": binascii.unhexlify,
    "binascii.a2b_hex": binascii.unhexlify,
    "bytes.fromhex": lambda data: bytes.fromhex(data.decode("ascii")),
    "bytearray.fromhex": lambda data: bytes.fromhex(data.decode("ascii")),
    "zlib.decompress": inflate,
    "gzip.decompress": inflate,
    "lzma.decompress": unlzma,
    "bz2.decompress": unbz2,
}

_CODECS: dict[str, Callable[[bytes], bytes | None]] = {
    "base64": _b64,
    "base-64": _b64,
    "base64_codec": _b64,
    "hex": binascii.unhexlify,
    "hex_codec": binascii.unhexlify,
    "zlib": inflate,
    "zip": inflate,
    "bz2": unbz2,
}


def decode_call(name: str, args: Sequence[Constant]) -> Constant | None:
    """Return what a decoding function (`base64.b64decode`, ...) makes of constants; None where it cannot be said."""
    if name in ("codecs.decode", "codecs.encode") and len(args) >= 2 and isinstance(args[1], str):
        return _codec(args[0], args[1])
    if name in ("urllib.parse.unquote", "urllib.unquote", "urllib.parse.unquote_plus") and isinstance(args[0], str):
        return urllib.parse.unquote(args[0])
    decoder = _DECODERS.get(name)
    data = _as_bytes(args[0]) if args else None
    if decoder is None or data is None or len(data) > MAX_CHARS:
        return None
    try:
        return decoder(data)
    except ValueError:
        return None


def _codec(value: Constant, codec: str) -> Constant | None:
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
        return _text(value, codec)
    return None


def _text(value: Constant, codec: str) -> Constant | None:
    try:
        if isinstance(value, bytes):
            return value.decode(codec)
        if isinstance(value, str):
            return value.encode(codec)
    except (UnicodeError, LookupError):
        return None
    return None


def plain_call(name: str, args: Sequence[Constant]) -> Constant | None:
    """Return what a builtin (`chr`, `bytes`, `str`, ...) makes of constants."""
    first = args[0] if args else None
    if name in ("chr", "unichr") and isinstance(first, int) and 0 <= first < 0x110000:
        return chr(first)
    if name == "ord" and isinstance(first, str) and len(first) == 1:
        return ord(first)
    if name == "int" and isinstance(first, str | int) and len(args) <= 2:
        return _int(first, args[1] if len(args) == 2 else None)
    if name == "str" and isinstance(first, str | int):
        return str(first) if isinstance(first, str) or first.bit_length() < 4096 else None
    if name in ("str", "bytes") and len(args) == 2 and isinstance(args[1], str):
        return _text(first, args[1].lower()) if isinstance(first, str | bytes) else None
    if name in ("bytes", "bytearray"):
        if isinstance(first, bytes):
            return first
        if isinstance(first, tuple) and all(isinstance(item, int) and 0 <= item < 256 for item in first):
            return bytes(first)  # type: ignore[arg-type]
    if name in ("reversed", "list", "tuple") and first is not None and not isinstance(first, int):
        items = _items(first)
        return items[::-1] if name == "reversed" else items
    return None


def _int(first: str | int, base: Constant | None) -> int | None:
    if isinstance(first, int):
        return first
    if len(first) > 4096:
        return None
    try:
        return int(first, base if isinstance(base, int) else 10)
    except ValueError:
        return None


def _items(value: Constant) -> tuple[Constant, ...]:
    if isinstance(value, str | bytes):
        return tuple(value)
    return value if isinstance(value, tuple) else ()


def method(value: Constant, name: str, args: Sequence[Constant]) -> Constant | None:
    """Return what a string or bytes method makes of constants."""
    if isinstance(value, str | bytes):
        if name in _METHODS_NONE and not args:
            return getattr(value, name)()
        if name == "join" and len(args) == 1:
            return _join(value, args[0])
        if name == "replace" and len(args) >= 2:
            return _replace(value, args[0], args[1])
        if name in ("decode", "encode"):
            codec = args[0] if args and isinstance(args[0], str) else "utf-8"
            return _codec(value, codec)
    if isinstance(value, bytes) and name == "hex" and not args:
        return value.hex()
    if isinstance(value, str) and name == "split" and len(args) <= 1:
        separator = args[0] if args else None
        if separator is None or (isinstance(separator, str) and separator):
            return tuple(value.split(separator))
    if isinstance(value, str) and name == "format":
        return _format(value, args)
    return None


def _join(glue: str | bytes, parts: Constant) -> str | bytes | None:
    items = _items(parts)
    if sum(len(item) for item in items if isinstance(item, str | bytes)) + len(glue) * len(items) > MAX_CHARS:
        return None
    if isinstance(glue, str):
        return glue.join(items) if all(isinstance(item, str) for item in items) else None  # type: ignore[arg-type]
    return glue.join(items) if all(isinstance(item, bytes) for item in items) else None  # type: ignore[arg-type]


def _replace(value: str | bytes, old: Constant, new: Constant) -> str | bytes | None:
    if not isinstance(old, str | bytes) or not isinstance(new, str | bytes):
        return None
    if not type(value) is type(old) is type(new) or len(value) * (len(new) + 1) > MAX_CHARS:
        return None
    return value.replace(old, new)  # type: ignore[arg-type]


def _format(template: str, args: Sequence[Constant]) -> str | None:
    if len(template) > 65_536:
        return None
    parts: list[str] = []
    position = 0
    try:
        for literal, key, spec, conversion in string.Formatter().parse(template):
            parts.append(literal)
            if key is None:
                continue
            if spec or conversion or not (key == "" or key.isdecimal()):
                return None
            value = args[int(key) if key else position]
            position += 1
            if not isinstance(value, str | int):
                return None
            parts.append(str(value))
    except (ValueError, IndexError):
        return None
    text = "".join(parts)
    return text if len(text) <= MAX_CHARS else None


def percent(template: str, args: Sequence[Constant]) -> str | None:
    """Return `template % args` for %s, %d, %c and %%, nothing wider."""
    parts = template.split("%")
    made = [parts[0]]
    values = iter(args)
    rest = iter(parts[1:])
    for part in rest:
        if part == "":
            made.append("%" + next(rest, ""))
            continue
        value = next(values, None)
        if (part[0] == "s" and isinstance(value, str | int)) or (part[0] == "d" and isinstance(value, int)):
            made.append(str(value))
        elif part[0] == "c" and isinstance(value, int) and 0 <= value < 0x110000:
            made.append(chr(value))
        else:
            return None
        made.append(part[1:])
    text = "".join(made)
    return text if len(text) <= MAX_CHARS else None


def add(left: Constant, right: Constant) -> Constant | None:
    """Return the concatenation or sum."""
    if isinstance(left, int) and isinstance(right, int):
        return left + right if max(left.bit_length(), right.bit_length()) < 4096 else None
    if type(left) is not type(right) or isinstance(left, int) or isinstance(right, int):
        return None
    return left + right if len(left) + len(right) <= MAX_CHARS else None  # type: ignore[operator]


def arithmetic(sign: str, left: Constant, right: Constant) -> Constant | None:
    """Return the result of one of `- * ^ % // & |` on small integers, and repetition of text."""
    if isinstance(left, int) and isinstance(right, int):
        if max(abs(left), abs(right)) >= 2**64 or (sign in ("%", "//") and right == 0):
            return None
        return {
            "-": lambda: left - right,
            "*": lambda: left * right,
            "^": lambda: left ^ right,
            "%": lambda: left % right,
            "//": lambda: left // right,
            "&": lambda: left & right,
            "|": lambda: left | right,
        }[sign]()
    if sign == "*":
        if isinstance(left, int):
            left, right = right, left
        if isinstance(left, str | bytes | tuple) and isinstance(right, int) and len(left) * max(right, 0) <= MAX_CHARS:
            return left * right
    if sign == "%" and isinstance(left, str):
        return percent(left, right if isinstance(right, tuple) else (right,))
    return None


def part(value: Constant, start: int | None, stop: int | None, step: int | None) -> Constant | None:
    """Return `value[start:stop:step]`."""
    if isinstance(value, int) or step == 0:
        return None
    return value[start:stop:step]


def item(value: Constant, index: Constant) -> Constant | None:
    """Return `value[index]`."""
    if isinstance(value, int) or not isinstance(index, int) or not -len(value) <= index < len(value):
        return None
    return value[index]
