"""Constant folding on values: what harmless pure functions return, under size limits, without calling user code."""

import base64
import binascii
import bz2
import codecs
import html
import lzma
import operator
import quopri
import re
import string
import struct
import urllib.parse
import zlib
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

Constant: TypeAlias = str | bytes | int | tuple["Constant", ...]
"""What a folded expression can be; a list or a tuple of constants is a tuple."""

MAX_CHARS = 4 * 2**20
"""Characters or bytes of one folded value; a longer one is not folded."""

_NO_KEYWORDS: Mapping[str, Constant] = MappingProxyType({})
_LONGEST_INT = 1 << 17
"""Bits of an integer that is made into text."""
_SPEC = re.compile(r"[0#]{0,2}\d{0,3}[bcdosxX]?")
_METHODS_NONE = {"strip", "lstrip", "rstrip", "lower", "upper", "swapcase", "title", "capitalize"}
_STRIPS = {"strip", "lstrip", "rstrip", "removeprefix", "removesuffix"}
_PADS = {"zfill", "ljust", "rjust", "center"}
_FINDS = {"find", "rfind", "count", "startswith", "endswith"}
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


def inflate_with_wbits(data: bytes, wbits: int) -> bytes | None:
    """Return what a stream without a header holds, as `zlib.decompress(data, wbits)` does."""
    if not (-15 <= wbits <= -8 or 8 <= wbits <= 47):
        return None
    return _bounded(lambda: zlib.decompressobj(wbits), data)


def decompress_lzma(data: bytes) -> bytes | None:
    """Return what an xz or lzma stream holds, cut to MAX_CHARS; None where it is neither."""
    try:
        return lzma.LZMADecompressor(memlimit=64 * 2**20).decompress(data, MAX_CHARS)
    except (lzma.LZMAError, EOFError):
        return None


def decompress_bz2(data: bytes) -> bytes | None:
    """Return what a bzip2 stream holds, cut to MAX_CHARS; None where it is none."""
    try:
        return bz2.BZ2Decompressor().decompress(data, MAX_CHARS)
    except (OSError, EOFError, ValueError):
        return None


def _uu(data: bytes) -> bytes:
    """Return what uuencoded lines hold, with or without their begin and end."""
    lines = [line for line in data.splitlines() if line.strip() and not line.startswith((b"begin ", b"end"))]
    return b"".join(binascii.a2b_uu(line) for line in lines)


_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def _base58(data: bytes) -> bytes | None:
    text = data.decode("ascii")
    if len(text) > 8_192:
        return None
    number = 0
    for char in text:
        number = number * 58 + _BASE58.index(char)
    return b"\0" * (len(text) - len(text.lstrip("1"))) + number.to_bytes((number.bit_length() + 7) // 8, "big")


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
    "binascii.a2b_uu": _uu,
    "binascii.a2b_qp": quopri.decodestring,
    "quopri.decodestring": quopri.decodestring,
    "base58.b58decode": _base58,
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
    "base64": _b64,
    "base-64": _b64,
    "base64_codec": _b64,
    "hex": binascii.unhexlify,
    "hex_codec": binascii.unhexlify,
    "zlib": inflate,
    "zip": inflate,
    "bz2": decompress_bz2,
    "uu": _uu,
    "quopri": quopri.decodestring,
    "quoted-printable": quopri.decodestring,
}


def call_decoder(
    name: str, args: Sequence[Constant], keywords: Mapping[str, Constant] = _NO_KEYWORDS
) -> Constant | None:
    """Return what a decoding function (`base64.b64decode`, ...) makes of constants; None where it cannot be said."""
    if name == "codecs.getdecoder" and len(args) == 2 and isinstance(args[0], str):
        value = _codec(args[1], args[0])
        return None if value is None or isinstance(value, int) else (value, len(value))
    if name in ("codecs.decode", "codecs.encode") and len(args) >= 2 and isinstance(args[1], str):
        return _codec(args[0], args[1])
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


_OF_INTEGERS: dict[str, Callable[[int], str | int]] = {"hex": hex, "oct": oct, "bin": bin, "abs": abs}


def call_builtin(
    name: str, args: Sequence[Constant], keywords: Mapping[str, Constant] = _NO_KEYWORDS
) -> Constant | None:
    """Return what a builtin (`chr`, `bytes`, `str`, ...) makes of constants."""
    first = args[0] if args else None
    if name == "len" and isinstance(first, str | bytes | tuple):
        return len(first)
    if name in _OF_INTEGERS and isinstance(first, int) and first.bit_length() <= _LONGEST_INT:
        return _OF_INTEGERS[name](first)
    if name in ("str.maketrans", "bytes.maketrans", "string.maketrans"):
        return _table(args)
    if name == "int.from_bytes" and isinstance(first, bytes | tuple) and len(args) + len(keywords) >= 2:
        data = call_builtin("bytes", (first,))
        order = args[1] if len(args) > 1 else keywords.get("byteorder")
        return int.from_bytes(data, order) if isinstance(data, bytes) and order in ("big", "little") else None  # type: ignore[arg-type]
    if name == "struct.pack" and isinstance(first, str):
        return _packed(first, args[1:])
    if name.startswith(("str.", "bytes.", "int.")) and first is not None:
        owner, _, verb = name.partition(".")
        if isinstance(first, {"str": str, "bytes": bytes, "int": int}[owner]) and "." not in verb:
            return call_method(first, verb, args[1:], keywords)
        return None
    if name in ("str", "bytes", "bytearray", "list", "tuple") and not args:
        return () if name in ("list", "tuple") else "" if name == "str" else b""
    if name in ("chr", "unichr") and isinstance(first, int) and 0 <= first < 0x110000:
        return chr(first)
    if name == "ord" and isinstance(first, str) and len(first) == 1:
        return ord(first)
    if name == "int" and isinstance(first, str | int) and len(args) <= 2:
        return _int(first, args[1] if len(args) == 2 else None)
    if name == "str" and len(args) == 1 and isinstance(first, str | int):
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


def _table(args: Sequence[Constant]) -> Constant | None:
    """Return a translation table: pairs for text, 256 bytes for bytes."""
    if len(args) == 1 and isinstance(args[0], tuple):
        return args[0]
    if len(args) < 2:
        return None
    before, after = args[0], args[1]
    if isinstance(before, bytes) and isinstance(after, bytes):
        return bytes.maketrans(before, after) if len(before) == len(after) else None
    if isinstance(before, str) and isinstance(after, str) and len(before) == len(after):
        dropped = tuple((char, "") for char in args[2]) if len(args) > 2 and isinstance(args[2], str) else ()
        return (*zip(before, after, strict=True), *dropped)
    return None


def _translate(value: str | bytes, table: Constant) -> str | bytes | None:
    if isinstance(value, bytes):
        return value.translate(table) if isinstance(table, bytes) and len(table) == 256 else None
    if not isinstance(table, tuple):
        return None
    known: dict[int, str | int] = {}
    for pair in table:
        if not isinstance(pair, tuple) or len(pair) != 2:
            return None
        key, to = pair
        key = ord(key) if isinstance(key, str) and len(key) == 1 else key
        if not isinstance(key, int) or not (isinstance(to, str) or (isinstance(to, int) and 0 <= to < 0x110000)):
            return None
        known[key] = to
    longest = max((len(to) for to in known.values() if isinstance(to, str)), default=1)
    return value.translate(known) if len(value) * longest <= MAX_CHARS else None


def _packed(template: str, values: Sequence[Constant]) -> bytes | None:
    try:
        if len(template) > 4096 or struct.calcsize(template) > MAX_CHARS:
            return None
        return struct.pack(template, *values)
    except (struct.error, OverflowError):
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


def call_method(
    value: Constant, name: str, args: Sequence[Constant], keywords: Mapping[str, Constant] = _NO_KEYWORDS
) -> Constant | None:
    """Return what a string, bytes or integer method makes of constants."""
    if isinstance(value, str | bytes):
        if name in _METHODS_NONE and not args:
            return getattr(value, name)()
        if name in _STRIPS and len(args) == 1 and type(args[0]) is type(value):
            return getattr(value, name)(args[0])
        if name in _PADS and 1 <= len(args) <= 2 and isinstance(args[0], int) and args[0] <= MAX_CHARS:
            return getattr(value, name)(args[0]) if len(args) == 1 else None
        if name in _FINDS and len(args) == 1 and type(args[0]) is type(value):
            return getattr(value, name)(args[0])
        if name == "translate" and len(args) == 1:
            return _translate(value, args[0])
        if name in ("split", "rsplit") and len(args) <= 2:
            return _split(value, name, args)
        if name == "splitlines" and not args:
            return tuple(value.splitlines())
        if name == "partition" and len(args) == 1 and type(args[0]) is type(value) and args[0]:
            return value.partition(args[0])  # type: ignore[arg-type]
        if name == "join" and len(args) == 1:
            return _join(value, args[0])
        if name == "replace" and len(args) >= 2:
            return _replace(value, args[0], args[1])
        if name in ("decode", "encode"):
            codec = args[0] if args and isinstance(args[0], str) else "utf-8"
            return _codec(value, codec)
    if isinstance(value, bytes) and name == "hex" and not args:
        return value.hex()
    if isinstance(value, str) and name == "format":
        return _format(value, args, keywords)
    if isinstance(value, int) and name == "to_bytes":
        return _to_bytes(value, args, keywords)
    if isinstance(value, bytes | tuple) and name in ("tobytes", "copy", "tolist") and not args:
        return value
    if isinstance(value, str | bytes | tuple) and name in ("index", "find", "count") and len(args) == 1:
        items = _items(value)
        return items.index(args[0]) if name == "index" and args[0] in items else None
    return None


def _to_bytes(value: int, args: Sequence[Constant], keywords: Mapping[str, Constant]) -> bytes | None:
    length = args[0] if args else keywords.get("length")
    order = args[1] if len(args) > 1 else keywords.get("byteorder", "big")
    if not isinstance(length, int) or not 0 <= length <= MAX_CHARS or order not in ("big", "little"):
        return None
    try:
        return value.to_bytes(length, order)  # type: ignore[arg-type]
    except OverflowError:
        return None


def _split(value: str | bytes, name: str, args: Sequence[Constant]) -> Constant | None:
    separator = args[0] if args else None
    limit = args[1] if len(args) == 2 else -1
    if not isinstance(limit, int) or not (separator is None or (type(separator) is type(value) and separator)):
        return None
    return tuple(getattr(value, name)(separator, limit))


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


def _format(template: str, args: Sequence[Constant], keywords: Mapping[str, Constant]) -> str | None:
    if len(template) > 65_536:
        return None
    parts: list[str] = []
    position = 0
    try:
        for literal, key, spec, conversion in string.Formatter().parse(template):
            parts.append(literal)
            if key is None:
                continue
            if conversion or not (key == "" or key.isdecimal() or key in keywords):
                return None
            value = keywords[key] if key in keywords else args[int(key) if key else position]
            position += 1
            made = format_value(value, spec or "")
            if made is None:
                return None
            parts.append(made)
    except (ValueError, IndexError):
        return None
    text = "".join(parts)
    return text if len(text) <= MAX_CHARS else None


def format_value(value: Constant, spec: str) -> str | None:
    """Return `format(value, spec)` for the short specifications that text and numbers are put together with."""
    if not isinstance(value, str | int) or (isinstance(value, int) and value.bit_length() > 4096):
        return None
    if not spec:
        return str(value)
    if _SPEC.fullmatch(spec) is None:
        return None
    try:
        return format(value, spec)
    except (ValueError, OverflowError):
        return None


def format_percent(template: str, args: Sequence[Constant]) -> str | None:
    """Return `template % args` for %s, %d, %c and %%, nothing wider."""
    parts = template.split("%")
    made = [parts[0]]
    values = iter(args)
    rest = iter(parts[1:])
    for piece in rest:
        if piece == "":
            made.append("%" + next(rest, ""))
            continue
        value = next(values, None)
        plain = format_value(value, "") if value is not None else None
        if plain is not None and (piece[0] == "s" or (piece[0] == "d" and isinstance(value, int))):
            made.append(plain)
        elif piece[0] in "xX" and isinstance(value, int) and value >= 0 and value.bit_length() <= _LONGEST_INT:
            made.append(format(value, piece[0]))
        elif piece[0] == "c" and isinstance(value, int) and 0 <= value < 0x110000:
            made.append(chr(value))
        else:
            return None
        made.append(piece[1:])
    text = "".join(made)
    return text if len(text) <= MAX_CHARS else None


def add(left: Constant, right: Constant) -> Constant | None:
    """Return the concatenation or sum."""
    if isinstance(left, int) and isinstance(right, int):
        return left + right if max(left.bit_length(), right.bit_length()) < 4096 else None
    if type(left) is not type(right) or isinstance(left, int) or isinstance(right, int):
        return None
    return left + right if len(left) + len(right) <= MAX_CHARS else None  # type: ignore[operator]


_INTEGERS: dict[str, Callable[[int, int], int]] = {
    "-": operator.sub,
    "*": operator.mul,
    "^": operator.xor,
    "%": operator.mod,
    "//": operator.floordiv,
    "&": operator.and_,
    "|": operator.or_,
    "<<": operator.lshift,
    ">>": operator.rshift,
    "**": lambda left, right: int(left**right),
}


def arithmetic(sign: str, left: Constant, right: Constant) -> Constant | None:
    """Return the result of one of `- * ^ % // & | << >> **` on integers, and repetition of text."""
    if isinstance(left, int) and isinstance(right, int):
        if max(left.bit_length(), right.bit_length()) > 4096 or (sign in ("%", "//") and right == 0):
            return None
        if sign in ("<<", ">>", "**") and not 0 <= right <= (16 if sign == "**" else 1024):
            return None
        return _INTEGERS[sign](left, right)
    if sign == "*":
        if isinstance(left, int):
            left, right = right, left
        if isinstance(left, str | bytes | tuple) and isinstance(right, int) and len(left) * max(right, 0) <= MAX_CHARS:
            return left * right
    if sign == "%" and isinstance(left, str):
        return format_percent(left, right if isinstance(right, tuple) else (right,))
    return None


def slice_value(value: Constant, start: int | None, stop: int | None, step: int | None) -> Constant | None:
    """Return `value[start:stop:step]`."""
    if isinstance(value, int) or step == 0:
        return None
    return value[start:stop:step]


def index_value(value: Constant, index: Constant) -> Constant | None:
    """Return `value[index]`."""
    if isinstance(value, int) or not isinstance(index, int) or not -len(value) <= index < len(value):
        return None
    return value[index]
