"""Folds pure operations, builtins and methods on constants, under size limits; calls no code of the package."""

import operator
import re
import string
import struct
from collections.abc import Callable, Mapping, Sequence

from features.code.evaluate.contract import MAX_CHARS, NO_KEYWORDS, Constant
from features.code.evaluate.decoders import convert_text, decode_with_codec

_MAX_INT_BITS = 1 << 17
"""Bits of the largest integer that is converted to text."""
_FORMAT_SPEC = re.compile(r"[0#]{0,2}\d{0,3}[bcdosxX]?")
_METHODS_WITHOUT_ARGUMENTS = {"strip", "lstrip", "rstrip", "lower", "upper", "swapcase", "title", "capitalize"}
_STRIP_METHODS = {"strip", "lstrip", "rstrip", "removeprefix", "removesuffix"}
_PAD_METHODS = {"zfill", "ljust", "rjust", "center"}
_SEARCH_METHODS = {"find", "rfind", "count", "startswith", "endswith"}

_INTEGER_FUNCTIONS: dict[str, Callable[[int], str | int]] = {"hex": hex, "oct": oct, "bin": bin, "abs": abs}


def call_builtin(
    name: str, args: Sequence[Constant], keywords: Mapping[str, Constant] = NO_KEYWORDS
) -> Constant | None:
    """Return the result of a builtin (`chr`, `bytes`, `str`, ...), of `str.maketrans`, `struct.pack` and the like."""
    first = args[0] if args else None
    if name == "len" and isinstance(first, str | bytes | tuple):
        return len(first)
    if name in _INTEGER_FUNCTIONS and isinstance(first, int) and first.bit_length() <= _MAX_INT_BITS:
        return _INTEGER_FUNCTIONS[name](first)
    if name in ("str.maketrans", "bytes.maketrans", "string.maketrans"):
        return _translation_table(args)
    if name == "int.from_bytes" and isinstance(first, bytes | tuple) and len(args) + len(keywords) >= 2:
        data = call_builtin("bytes", (first,))
        order = args[1] if len(args) > 1 else keywords.get("byteorder")
        return int.from_bytes(data, order) if isinstance(data, bytes) and order in ("big", "little") else None  # type: ignore[arg-type]
    if name == "struct.pack" and isinstance(first, str):
        return _pack(first, args[1:])
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
        return _parse_int(first, args[1] if len(args) == 2 else None)
    if name == "str" and len(args) == 1 and isinstance(first, str | int):
        return str(first) if isinstance(first, str) or first.bit_length() < 4096 else None
    if name in ("str", "bytes") and len(args) == 2 and isinstance(args[1], str):
        return convert_text(first, args[1].lower()) if isinstance(first, str | bytes) else None
    if name in ("bytes", "bytearray"):
        if isinstance(first, bytes):
            return first
        if isinstance(first, tuple) and all(isinstance(item, int) and 0 <= item < 256 for item in first):
            return bytes(first)  # type: ignore[arg-type]
    if name in ("reversed", "list", "tuple") and first is not None and not isinstance(first, int):
        items = elements_of(first)
        return items[::-1] if name == "reversed" else items
    return None


def _translation_table(args: Sequence[Constant]) -> Constant | None:
    """Return the table that `maketrans` makes: pairs for text, 256 bytes for bytes."""
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


def _pack(template: str, values: Sequence[Constant]) -> bytes | None:
    try:
        if len(template) > 4096 or struct.calcsize(template) > MAX_CHARS:
            return None
        return struct.pack(template, *values)
    except (struct.error, OverflowError):
        return None


def _parse_int(first: str | int, base: Constant | None) -> int | None:
    if isinstance(first, int):
        return first
    if len(first) > 4096:
        return None
    try:
        return int(first, base if isinstance(base, int) else 10)
    except ValueError:
        return None


def elements_of(value: Constant) -> tuple[Constant, ...]:
    """Return the elements of text, bytes or a tuple; () of an integer."""
    if isinstance(value, str | bytes):
        return tuple(value)
    return value if isinstance(value, tuple) else ()


def call_method(
    value: Constant, name: str, args: Sequence[Constant], keywords: Mapping[str, Constant] = NO_KEYWORDS
) -> Constant | None:
    """Return the result of a method of text, bytes or an integer."""
    if isinstance(value, str | bytes):
        if name in _METHODS_WITHOUT_ARGUMENTS and not args:
            return getattr(value, name)()
        if name in _STRIP_METHODS and len(args) == 1 and type(args[0]) is type(value):
            return getattr(value, name)(args[0])
        if name in _PAD_METHODS and 1 <= len(args) <= 2 and isinstance(args[0], int) and args[0] <= MAX_CHARS:
            return getattr(value, name)(args[0]) if len(args) == 1 else None
        if name in _SEARCH_METHODS and len(args) == 1 and type(args[0]) is type(value):
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
            return decode_with_codec(value, codec)
    if isinstance(value, bytes) and name == "hex" and not args:
        return value.hex()
    if isinstance(value, str) and name == "format":
        return _format(value, args, keywords)
    if isinstance(value, int) and name == "to_bytes":
        return _to_bytes(value, args, keywords)
    if isinstance(value, bytes | tuple) and name in ("tobytes", "copy", "tolist") and not args:
        return value
    if isinstance(value, str | bytes | tuple) and name in ("index", "find", "count") and len(args) == 1:
        items = elements_of(value)
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
    items = elements_of(parts)
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
    numbered = False
    try:
        for literal, key, spec, conversion in string.Formatter().parse(template):
            parts.append(literal)
            if key is None:
                continue
            numbered = numbered or key.isdecimal()
            if numbered and (position or not key):
                return None  # Python refuses a template that counts its fields here and numbers them there
            if conversion or not (key == "" or key.isdecimal() or key in keywords):
                return None
            value = keywords[key] if key in keywords else args[int(key) if key else position]
            position += not key
            made = format_value(value, spec or "")
            if made is None:
                return None
            parts.append(made)
    except (ValueError, IndexError):
        return None
    text = "".join(parts)
    return text if len(text) <= MAX_CHARS else None


def format_value(value: Constant, spec: str) -> str | None:
    """Return `format(value, spec)`; None if the specification is long or rare."""
    if not isinstance(value, str | int) or (isinstance(value, int) and value.bit_length() > 4096):
        return None
    if not spec:
        return str(value)
    if _FORMAT_SPEC.fullmatch(spec) is None:
        return None
    try:
        return format(value, spec)
    except (ValueError, OverflowError):
        return None


def format_percent(template: str, args: Sequence[Constant]) -> str | None:
    """Return `template % args` if it only has %s, %d, %x, %c and %% without widths and flags."""
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
        elif piece[0] in "xX" and isinstance(value, int) and value >= 0 and value.bit_length() <= _MAX_INT_BITS:
            made.append(format(value, piece[0]))
        elif piece[0] == "c" and isinstance(value, int) and 0 <= value < 0x110000:
            made.append(chr(value))
        else:
            return None
        made.append(piece[1:])
    text = "".join(made)
    return text if len(text) <= MAX_CHARS else None


def add(left: Constant, right: Constant) -> Constant | None:
    """Return `left + right`."""
    if isinstance(left, int) and isinstance(right, int):
        return left + right if max(left.bit_length(), right.bit_length()) < 4096 else None
    if type(left) is not type(right) or isinstance(left, int) or isinstance(right, int):
        return None
    return left + right if len(left) + len(right) <= MAX_CHARS else None  # type: ignore[operator]


_INTEGER_OPERATIONS: dict[str, Callable[[int, int], int]] = {
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
    """Return `left <sign> right` for `- * ^ % // & | << >> **` on integers, `*` and `%` on text."""
    if isinstance(left, int) and isinstance(right, int):
        if max(left.bit_length(), right.bit_length()) > 4096 or (sign in ("%", "//") and right == 0):
            return None
        if sign in ("<<", ">>", "**") and not 0 <= right <= (16 if sign == "**" else 1024):
            return None
        return _INTEGER_OPERATIONS[sign](left, right)
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
