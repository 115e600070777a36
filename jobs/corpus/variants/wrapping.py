"""A whole module hidden in a constant that the module decodes and executes: source in, source out.

Every function takes the source as bytes and the numbers to choose by, and returns source that does the same.
"""

import base64
import codecs
import io
import lzma
import random
import tokenize
import zlib
from collections.abc import Callable

Numbers = random.Random
Wrapping = Callable[[bytes, Numbers], bytes]

_LONGEST_LIST = 40_000
"""Bytes of source that are written as numbers; longer ones are packed before."""
_NAMES = ("_", "__", "data", "payload", "code", "magic", "love", "joy", "trust", "_0x1f", "OO0O", "lIlI", "blob", "s")


def source_text(source: bytes) -> str:
    """Return source as text, by its cookie; raises SyntaxError or UnicodeDecodeError."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return source.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def wrap_base64(source: bytes, numbers: Numbers) -> bytes:
    """Hide the source in base64, in one literal or in lines."""
    return _run(f"{{base64}}.b64decode({_literal(_b64(source), numbers)})", numbers)


def wrap_hex(source: bytes, numbers: Numbers) -> bytes:
    """Hide the source in hex digits."""
    text = _literal(source.hex(), numbers)
    return _run(numbers.choice((f"bytes.fromhex({text})", f"{{binascii}}.unhexlify({text})")), numbers)


def wrap_packed(source: bytes, numbers: Numbers) -> bytes:
    """Hide the source compressed, in base64 or base85."""
    module, packed = numbers.choice((("zlib", zlib.compress(source, 9)), ("lzma", lzma.compress(source))))
    if numbers.random() < 0.3:
        return _run(f"{{{module}}}.decompress({{base64}}.b85decode({base64.b85encode(packed).decode()!r}))", numbers)
    return _run(f"{{{module}}}.decompress({{base64}}.b64decode({_literal(_b64(packed), numbers)}))", numbers)


def wrap_xor(source: bytes, numbers: Numbers) -> bytes:
    """Hide the source under a key of one or more bytes, with the decoder beside it."""
    key = numbers.randbytes(numbers.choice((1, 4, 8, 16)))
    mixed = bytes(byte ^ key[at % len(key)] for at, byte in enumerate(source))
    if numbers.random() < 0.5:
        body = f"bytes.fromhex({_literal(mixed.hex(), numbers)})"
    else:
        body = f"{{base64}}.b64decode({_literal(_b64(mixed), numbers)})"
    if len(key) == 1:
        return _run(f"bytes(b ^ {key[0]} for b in {body})", numbers)
    key_name, name = numbers.sample(_NAMES[2:], 2)
    decoder = (
        f"def {name}(d, k):\n    out = bytearray()\n    for i in range(len(d)):\n"
        f"        out.append(d[i] ^ k[i % len(k)])\n    return bytes(out)\n\n{key_name} = {key!r}\n"
    )
    return _run(f"{name}({body}, {key_name})", numbers, decoder)


def wrap_reversed(source: bytes, numbers: Numbers) -> bytes:
    """Hide the source in base64 that is written backwards, compressed or not."""
    if numbers.random() < 0.5:
        return _run(f"{{zlib}}.decompress({{base64}}.b64decode({_b64(zlib.compress(source))[::-1]!r}[::-1]))", numbers)
    return _run(f"{{base64}}.b64decode({_b64(source)[::-1]!r}[::-1])", numbers)


def wrap_numbers(source: bytes, numbers: Numbers) -> bytes:
    """Hide the source in a list of numbers, shifted or not."""
    if len(source) > _LONGEST_LIST:
        return wrap_packed(source, numbers)
    way = numbers.randrange(3)
    if way == 0:
        return _run(f"bytes({list(source)})", numbers)
    shift = numbers.randrange(1, 200)
    if way == 1:
        return _run(f"bytes(map(lambda n: n - {shift}, {[byte + shift for byte in source]}))", numbers)
    text = source_text(source)
    return _run(f"''.join(chr(n - {shift}) for n in {[ord(c) + shift for c in text]})", numbers)


def wrap_pieces(source: bytes, numbers: Numbers) -> bytes:
    """Hide the source in base64 that is cut into variables, which stand in another order."""
    text = _b64(source)
    count = numbers.randrange(3, 7)
    size = -(-len(text) // count) or 1
    names = [f"{numbers.choice(_NAMES)}{number}" for number in range(count)]
    pieces = [f"{name} = {text[at * size : at * size + size]!r}\n" for at, name in enumerate(names)]
    numbers.shuffle(pieces)
    return _run(f"{{base64}}.b64decode({' + '.join(names)})", numbers, "".join(pieces))


def wrap_rot13(source: bytes, numbers: Numbers) -> bytes:
    """Hide the source in rot13; what is no ASCII is packed instead, because a literal would show it."""
    text = source_text(source)
    if not text.isascii() or "\0" in text:
        return wrap_packed(source, numbers)
    return _run(
        f"{{codecs}}.decode({codecs.encode(text, 'rot13')!r}, {numbers.choice(('rot13', 'rot_13'))!r})", numbers
    )


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _literal(text: str, numbers: Numbers) -> str:
    """Return a literal of letters and digits in one of the ways that people and tools write it."""
    way = numbers.randrange(4)
    if way == 0:
        return repr(text)
    if way == 1:
        return '"' + text + '"'
    width = numbers.choice((60, 76, 100))
    lines = [text[at : at + width] for at in range(0, len(text), width)] or [""]
    if way == 2:
        return "(" + "\n    ".join(repr(line) for line in lines) + ")"
    return "''.join([" + ",\n    ".join(repr(line) for line in lines) + "])"


def _run(expression: str, numbers: Numbers, before: str = "") -> bytes:
    """Return a module that executes what an expression gives; {name} in it is a module of the standard library."""
    inline = numbers.random() < 0.4
    head, needed = "", []
    for module in ("base64", "zlib", "lzma", "binascii", "codecs"):
        if f"{{{module}}}" in expression:
            needed.append(module)
            expression = expression.replace(f"{{{module}}}", f"__import__({module!r})" if inline else module)
    if needed and not inline:
        head = numbers.choice((f"import {', '.join(needed)}\n", "".join(f"import {name}\n" for name in needed)))
    way = numbers.randrange(6)
    if way == 0:
        body = f"exec({expression})\n"
    elif way == 1:
        body = f"eval(compile({expression}, '<string>', 'exec'))\n"
    elif way == 2:
        name = numbers.choice(_NAMES[:2])
        body = f"{name} = {expression}\nexec({name})\n"
    elif way == 3:
        body = f"getattr(__import__('builtins'), 'ex' + 'ec')({expression})\n"
    elif way == 4:
        body = f"(lambda c: exec(c, globals()))({expression})\n"
    else:
        body = f"exec(compile({expression}, {numbers.choice(('<string>', '<module>', ''))!r}, 'exec'))\n"
    return (head + before + body).encode()
