"""Decodes source as Python does (PEP 263), and other text by its byte-order mark or zero bytes."""

import codecs
import re
import warnings
from dataclasses import dataclass, replace
from encodings.aliases import aliases
from functools import cache

from features.archive.file_type import wide_encoding
from features.limits import ENCODING_BYTES

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_NAME_WORDS = re.compile(r"[a-z0-9]+")
_BLANK_LINE = re.compile(rb"^[ \t\f]*(?:[#\r\n]|$)")
_BOMS = (
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_NOT_TEXT = {
    "base64_codec",
    "bz2_codec",
    "hex_codec",
    "quopri_codec",
    "uu_codec",
    "zlib_codec",
    "mbcs",
    "oem",
}
_NOT_ASCII_BASED = {"utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be"}
_WITHOUT_ALIAS = {
    "utf_8_sig", "cp720", "cp737", "cp856", "cp874", "cp875", "cp1006", "koi8_r", "koi8_t", "koi8_u",
    "mac_arabic", "mac_croatian", "mac_farsi", "mac_romanian", "raw_unicode_escape", "unicode_escape",
    "punycode", "idna",
}  # fmt: skip
_CODECS = frozenset((set(aliases.values()) | _WITHOUT_ALIAS) - _NOT_TEXT)

_UNUSUAL = frozenset({"utf_7", "unicode_escape", "raw_unicode_escape", "rot_13", "punycode", "idna"})
_QUADRATIC = {"punycode", "idna"}
"""Codecs whose decoders take quadratic time: a file longer than ENCODING_BYTES is not decoded with them."""

_SHORTEST_PLAIN_LINE = 8
"""Bytes of the shortest plain line that counts inside UTF-16 text."""
_ASCII = bytes(range(128))
_BEYOND = bytes(range(128, 256))
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    r"""Text of one member, without lone surrogates: `text.encode()` never fails.

    Lines end in "\n" and are Python's lines (a form feed or U+2028 does not end one). `encoding` is the
    codec that was used. `problems` are ids: "bad_bytes" (not valid in that encoding), "unknown_encoding" (the
    cookie names none that Python has), "bom_and_cookie" (they disagree; Python would refuse the file),
    "nul" (zero bytes; CPython before 3.12 ignores a line from there on), "utf16" (no Python source, but a
    script may still read and execute it), "unusual_encoding" (a codec that hides code from a bytes search),
    "too_long" (not decoded in the codec that it names).

    `also` is the text that another reader of the same bytes sees, which ignores the cookie or finds one in plain text;
    "" if it does not differ. Either text may hold code.
    """

    text: str
    encoding: str
    problems: tuple[str, ...] = ()
    also: str = ""


def decode_source(data: bytes) -> Decoded:
    """Return Python source as Python would read it: byte-order mark, then cookie (PEP 263), then UTF-8.

    Never raises; bytes that Python would refuse are read as Latin-1, so that they can still be searched.
    """
    wide = _wide(data)
    if wide is not None:
        return wide
    marked = data.startswith(codecs.BOM_UTF8)
    if marked:
        data = data[3:]
    named = _cookie(data)
    if named is None:
        return _plain(data, ())
    codec = _codec(named)
    if marked:
        return _plain(data, () if codec in {"utf_8", "utf_8_sig"} else ("bom_and_cookie",))
    if codec is None or codec in _NOT_ASCII_BASED:
        return _plain(data, ("unknown_encoding",))
    if codec in {"utf_8", "utf_8_sig"}:
        return _plain(data, ())
    return _named(data, codec)


def is_plain(data: bytes) -> bool:
    """Return whether every reader decodes these bytes unchanged: ASCII without zero bytes, returns or a cookie."""
    return data.isascii() and b"\0" not in data and b"\r" not in data and _cookie(data) is None


def decode_text(data: bytes) -> Decoded:
    """Return text that is not Python: UTF-16 or UTF-32 by its mark or its zero bytes, else UTF-8, else Latin-1."""
    wide = _wide(data)
    if wide is not None:
        return wide
    data = data.removeprefix(codecs.BOM_UTF8)
    plain = _plain(data, ())
    named = _cookie(data)
    codec = _codec(named) if named is not None else None
    if codec is None or codec in _NOT_ASCII_BASED or _keeps_ascii(codec):
        return plain
    # Python may run a script of any suffix that names an encoding.
    return replace(plain, also=_named(data, codec).text)


def _wide(data: bytes) -> Decoded | None:
    """Return UTF-16 or UTF-32 text, with or without its mark, else None."""
    encoding = ""
    for mark, name in _BOMS:
        if data.startswith(mark):
            if name == "utf-8":
                return None
            encoding, data = name, data[len(mark) :]
            break
    else:
        encoding = wide_encoding(data)
    if not encoding:
        return None
    text = data.decode(encoding, errors="replace")
    problems = ("utf16", "bad_bytes") if "�" in text else ("utf16",)
    # Every line of UTF-16 begins or ends with a zero byte: a line without zero bytes is plain text in disguise.
    plain = [
        line for line in (line.partition(b"\0")[0] for line in data.split(b"\n")) if len(line) >= _SHORTEST_PLAIN_LINE
    ]
    also = _lines(b"\n".join(plain).decode("latin-1"))
    return Decoded(_lines(text.replace("\0", "#")), encoding, problems, also)


def _cookie(data: bytes) -> str | None:
    """Return the encoding that the first two lines name (PEP 263), else None."""
    at = 0
    for _ in range(2):
        end = len(data)
        for newline in (b"\n", b"\r"):
            found = data.find(newline, at, end)
            end = found if found >= 0 else end
        line = data[at:end]
        match = _COOKIE.match(line)
        if match:
            return match[1].decode("ascii", "replace")
        if not _BLANK_LINE.match(line):
            return None
        at = end + (2 if data[end : end + 2] == b"\r\n" else 1)
        if at >= len(data):
            return None
    return None


def _codec(named: str) -> str | None:
    """Return the standard library's module name of an encoding that Python accepts, else None.

    It is looked up in a closed set, because `codecs.lookup` imports a module of that name.
    """
    # The same as encodings.normalize_encoding, which accepts "-utf__7-" too.
    name = "_".join(_NAME_WORDS.findall(named.lower()))
    if name.startswith(("utf_8_", "latin_1_", "iso_8859_1_", "iso_latin_1_")) and name != "utf_8_sig":
        # The tokenizer ignores the rest of these names ("utf-8-unix").
        name = "utf_8" if name.startswith("utf_8_") else "latin_1"
    name = aliases.get(name, name)
    return name if name in _CODECS else None


def _plain(data: bytes, problems: tuple[str, ...]) -> Decoded:
    also = ""
    if b"\0" in data:
        # UTF-16 among other text, or text that a script strips of its zero bytes.
        wide = b"\n".join([line.replace(b"\0", b"") for line in data.split(b"\n") if b"\0" in line])
        also = _lines(wide.decode("latin-1"))
        # CPython before 3.12 ignores a line from a NUL on, as it ignores a comment.
        data, problems = data.replace(b"\0", b"#"), (*problems, "nul")
    try:
        return Decoded(_lines(data.decode("utf-8")), "utf-8", problems, also)
    except UnicodeDecodeError:
        return Decoded(_lines(data.decode("latin-1")), "latin-1", (*problems, "bad_bytes"), also)


def _named(data: bytes, codec: str) -> Decoded:
    problems: list[str] = []
    if codec in _QUADRATIC and len(data) > ENCODING_BYTES:
        return _plain(data, ("too_long",))
    if b"\0" in data:
        data = data.replace(b"\0", b"#")
        problems.append("nul")
    if codec in _UNUSUAL:
        problems.append("unusual_encoding")
    try:
        text = _decode(data, codec, "strict")
    except ValueError:
        problems.append("bad_bytes")
        try:
            text = _decode(data, codec, "replace")
        except ValueError:  # a codec without replacement
            text = data.decode("latin-1")
    if not text.isascii():
        text = _SURROGATE.sub("�", text)
    also = ""
    if not _keeps_ascii(codec) and text.encode("ascii", "ignore") != data.translate(None, _BEYOND):
        # A program that opens the file as text and executes it ignores the cookie.
        also = _lines(data.decode("latin-1"))
    return Decoded(_lines(text), codec, tuple(problems), also)


@cache
def _keeps_ascii(codec: str) -> bool:
    """Return whether a codec leaves ASCII text unchanged; if not, the same bytes may be two programs."""
    try:
        return codec not in _UNUSUAL and _decode(_ASCII, codec, "strict") == _ASCII.decode()
    except ValueError:
        return False


def _decode(data: bytes, codec: str, errors: str) -> str:
    if codec == "rot_13":
        # Python 2 accepted it as a source encoding.
        return codecs.decode(data.decode("latin-1"), "rot_13")
    with warnings.catch_warnings():
        # Unknown escapes are kept as they are, without a warning to the operator.
        warnings.simplefilter("ignore")
        return data.decode(codec, errors)


def _lines(text: str) -> str:
    r"""Return the text with Python's universal newlines as "\n"."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
