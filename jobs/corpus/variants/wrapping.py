"""Obfuscates a whole module: its source becomes a constant that the module decodes and executes.

Every function takes source and a random generator and returns source with the same behaviour. Functions that write the
source as text raise one of `SOURCE_ERRORS` for bytes that are no text.
"""

import base64
import codecs
import lzma
import zlib
from random import Random

from jobs.corpus.variants.python_source import source_text

_MAX_LISTED_BYTES = 40_000
"""Bytes of source that are written as a list of numbers; longer source is compressed instead."""
_NAMES = ("_", "__", "data", "payload", "code", "magic", "love", "joy", "trust", "_0x1f", "OO0O", "lIlI", "blob", "s")


def wrap_base64(source: bytes, rng: Random) -> bytes:
    """Encode the source in base64, as one literal or as lines."""
    return _exec_module(f"{{base64}}.b64decode({_text_expression(_b64(source), rng)})", rng)


def wrap_hex(source: bytes, rng: Random) -> bytes:
    """Encode the source in hex digits."""
    text = _text_expression(source.hex(), rng)
    return _exec_module(rng.choice((f"bytes.fromhex({text})", f"{{binascii}}.unhexlify({text})")), rng)


def wrap_packed(source: bytes, rng: Random) -> bytes:
    """Compress the source (zlib or lzma) and encode it in base64 or base85."""
    module, packed = rng.choice((("zlib", zlib.compress(source, 9)), ("lzma", lzma.compress(source))))
    if rng.random() < 0.3:
        return _exec_module(
            f"{{{module}}}.decompress({{base64}}.b85decode({base64.b85encode(packed).decode()!r}))", rng
        )
    return _exec_module(f"{{{module}}}.decompress({{base64}}.b64decode({_text_expression(_b64(packed), rng)}))", rng)


def wrap_xor(source: bytes, rng: Random) -> bytes:
    """Combine the source with a key of 1 to 16 bytes by xor, and add the decoder."""
    key = rng.randbytes(rng.choice((1, 4, 8, 16)))
    encrypted = bytes(byte ^ key[index % len(key)] for index, byte in enumerate(source))
    if rng.random() < 0.5:
        body = f"bytes.fromhex({_text_expression(encrypted.hex(), rng)})"
    else:
        body = f"{{base64}}.b64decode({_text_expression(_b64(encrypted), rng)})"
    if len(key) == 1:
        return _exec_module(f"bytes(b ^ {key[0]} for b in {body})", rng)
    key_name, name = rng.sample(_NAMES[2:], 2)
    decoder = (
        f"def {name}(d, k):\n    out = bytearray()\n    for i in range(len(d)):\n"
        f"        out.append(d[i] ^ k[i % len(k)])\n    return bytes(out)\n\n{key_name} = {key!r}\n"
    )
    return _exec_module(f"{name}({body}, {key_name})", rng, decoder)


def wrap_reversed(source: bytes, rng: Random) -> bytes:
    """Encode the source in base64, compressed or not, and write it backwards."""
    if rng.random() < 0.5:
        return _exec_module(
            f"{{zlib}}.decompress({{base64}}.b64decode({_b64(zlib.compress(source))[::-1]!r}[::-1]))", rng
        )
    return _exec_module(f"{{base64}}.b64decode({_b64(source)[::-1]!r}[::-1])", rng)


def wrap_numbers(source: bytes, rng: Random) -> bytes:
    """Write the source as a list of numbers, shifted or not."""
    if len(source) > _MAX_LISTED_BYTES:
        return wrap_packed(source, rng)
    style = rng.randrange(3)
    if style == 0:
        return _exec_module(f"bytes({list(source)})", rng)
    shift = rng.randrange(1, 200)
    if style == 1:
        return _exec_module(f"bytes(map(lambda n: n - {shift}, {[byte + shift for byte in source]}))", rng)
    text = source_text(source)
    return _exec_module(f"''.join(chr(n - {shift}) for n in {[ord(c) + shift for c in text]})", rng)


def wrap_pieces(source: bytes, rng: Random) -> bytes:
    """Encode the source in base64 and cut it into variables that are assigned in another order."""
    text = _b64(source)
    count = rng.randrange(3, 7)
    size = -(-len(text) // count) or 1
    names = [f"{rng.choice(_NAMES)}{number}" for number in range(count)]
    pieces = [f"{name} = {text[at * size : at * size + size]!r}\n" for at, name in enumerate(names)]
    rng.shuffle(pieces)
    return _exec_module(f"{{base64}}.b64decode({' + '.join(names)})", rng, "".join(pieces))


def wrap_rot13(source: bytes, rng: Random) -> bytes:
    """Encode ASCII source in rot13; other source is compressed, because rot13 would leave its literals readable."""
    text = source_text(source)
    if not text.isascii() or "\0" in text:
        return wrap_packed(source, rng)
    return _exec_module(
        f"{{codecs}}.decode({codecs.encode(text, 'rot13')!r}, {rng.choice(('rot13', 'rot_13'))!r})", rng
    )


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _text_expression(text: str, rng: Random) -> str:
    """Return an expression for text of letters and digits, in one of the styles that people and tools write."""
    style = rng.randrange(4)
    if style == 0:
        return repr(text)
    if style == 1:
        return '"' + text + '"'
    width = rng.choice((60, 76, 100))
    lines = [text[at : at + width] for at in range(0, len(text), width)] or [""]
    if style == 2:
        return "(" + "\n    ".join(repr(line) for line in lines) + ")"
    return "''.join([" + ",\n    ".join(repr(line) for line in lines) + "])"


def _exec_module(expression: str, rng: Random, prologue: str = "") -> bytes:
    """Return a module that executes the value of an expression; {name} in it is a module of the standard library."""
    inline = rng.random() < 0.4
    imports, imported = "", []
    for module in ("base64", "zlib", "lzma", "binascii", "codecs"):
        if f"{{{module}}}" in expression:
            imported.append(module)
            expression = expression.replace(f"{{{module}}}", f"__import__({module!r})" if inline else module)
    if imported and not inline:
        imports = rng.choice((f"import {', '.join(imported)}\n", "".join(f"import {name}\n" for name in imported)))
    style = rng.randrange(6)
    if style == 0:
        body = f"exec({expression})\n"
    elif style == 1:
        body = f"eval(compile({expression}, '<string>', 'exec'))\n"
    elif style == 2:
        name = rng.choice(_NAMES[:2])
        body = f"{name} = {expression}\nexec({name})\n"
    elif style == 3:
        body = f"getattr(__import__('builtins'), 'ex' + 'ec')({expression})\n"
    elif style == 4:
        body = f"(lambda c: exec(c, globals()))({expression})\n"
    else:
        body = f"exec(compile({expression}, {rng.choice(('<string>', '<module>', ''))!r}, 'exec'))\n"
    return (imports + prologue + body).encode()
