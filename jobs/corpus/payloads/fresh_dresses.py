"""Writes code so that it is hard to read, in ways that no model has learnt: for the split that measures alone."""

import quopri
import struct
import uuid
import zlib
from random import Random

from jobs.corpus.payloads.contract import FRESH, Dress

_WORDS = (
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jetty", "karst", "larch", "marsh",
    "north", "ochre", "plume",
)  # fmt: skip


def _run(text: str, rng: Random) -> str:
    """Return a statement that executes the source that an expression gives, in the names of the module."""
    return rng.choice((
        f"__import__('timeit').timeit({text}, number=1, globals=globals())\n",
        f"__import__('cProfile').Profile(builtins=False).runctx({text}, globals(), globals())\n",
        f"import bdb as _d\n_d.Bdb.runcall.__globals__['__builtins__']['exec']({text}, globals())\n",
    ))  # fmt: skip


def as_identifiers(code: str, rng: Random) -> str:
    """Spell the code as a list of UUIDs."""
    data = code.encode()
    data += b"\n" * (-len(data) % 16)
    listed = [str(uuid.UUID(bytes=data[at : at + 16])) for at in range(0, len(data), 16)]
    name = f"KNOWN_{rng.choice(_WORDS).upper()}"
    lines = "".join(f"    {item!r},\n" for item in listed)
    run = _run(f"b''.join(uuid.UUID(i).bytes for i in {name}).decode()", rng)
    return f"import uuid\n\n{name} = (\n{lines})\n{run}"


def as_selectors(code: str, rng: Random) -> str:
    """Spell the code in variation selectors behind one letter, as a text that shows as that letter."""
    hidden = "".join(chr(0xFE00 + b) if b < 16 else chr(0xE0100 + b - 16) for b in code.encode())
    name = rng.choice(_WORDS)
    decode = f"bytes(o - 0xFE00 if (o := ord(c)) < 0xFE10 else o - 0xE0100 + 16 for c in {name}[1:]).decode()"
    return f'{name} = "{rng.choice("*+-x")}{hidden}"\n{_run(decode, rng)}'


def as_annotation(code: str, rng: Random) -> str:
    """Keep the code, compressed and as Latin-1, in an annotation that is evaluated."""
    packed = zlib.compress(code.encode(), 9).decode("latin-1")
    name = rng.choice(_WORDS)
    return (
        "import typing\nimport zlib\n\n\n"
        f"def _{name}(value=None): return value\n\n\n"
        f"_{name}.__annotations__['value'] = 'exec(zlib.decompress(' + repr({packed!a}.encode('latin-1')) + '), globals())'\n"
        f"typing.get_type_hints(_{name}, globals() | {{'globals': globals, 'zlib': zlib}})\n"
    )


def as_floats(code: str, rng: Random) -> str:
    """Write the code as weights: numbers with a fraction."""
    data = code.encode()
    # Three bytes in each number, so that every one of them is exact.
    data += b"\n" * (-len(data) % 3)
    numbers = [int.from_bytes(data[at : at + 3], "little") / 1024 for at in range(0, len(data), 3)]
    name = f"{rng.choice(_WORDS)}_weights"
    run = _run(f"b''.join(int(w * 1024).to_bytes(3, 'little') for w in {name}).decode()", rng)
    return f"{name} = {numbers!r}\n{run}"


def as_stream_cipher(code: str, rng: Random) -> str:
    """Encrypt by RC4 and bring the cipher."""
    key = rng.randbytes(12)
    table, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + table[i] + key[i % 12]) & 255
        table[i], table[j] = table[j], table[i]
    i = j = 0
    for byte in code.encode():
        i = (i + 1) & 255
        j = (j + table[i]) & 255
        table[i], table[j] = table[j], table[i]
        out.append(byte ^ table[(table[i] + table[j]) & 255])
    words = struct.unpack(f">{-(-len(out) // 4)}I", bytes(out).ljust(-(-len(out) // 4) * 4, b"\0"))
    name = rng.choice(_WORDS)
    return (
        f"import struct\n\n\ndef {name}(k, c, n):\n    s, j, r = list(range(256)), 0, bytearray()\n    for i in range(256):\n"
        "        j = j + s[i] + k[i % len(k)] & 255\n        s[i], s[j] = s[j], s[i]\n    i = j = 0\n    for b in c[:n]:\n"
        "        i = i + 1 & 255\n        j = j + s[i] & 255\n        s[i], s[j] = s[j], s[i]\n        r.append(b ^ s[s[i] + s[j] & 255])\n    return r.decode()\n\n\n"
        + _run(f"{name}({key!r}, struct.pack('>{len(words)}I', *{list(words)!r}), {len(out)})", rng)
    )


def as_words(code: str, rng: Random) -> str:
    """Spell each half of a byte as a word of sixteen, in a text that reads like a list of names."""
    table = rng.sample(_WORDS, 16)
    text = " ".join(table[half] for byte in zlib.compress(code.encode(), 9) for half in (byte >> 4, byte & 15))
    run = _run("zlib.decompress(bytes(p[a] << 4 | p[b] for a, b in zip(w[::2], w[1::2]))).decode()", rng)
    return f"import zlib\n\np = {{n: i for i, n in enumerate({table!r})}}\nw = '''{text}'''.split()\n{run}"


def as_printable(code: str, rng: Random) -> str:
    """Write the code as a mail would: quoted-printable, every letter escaped."""
    text = "".join(f"={byte:02X}" for byte in code.encode())
    assert quopri.decodestring(text) == code.encode()
    lines = "=\n".join(text[at : at + 72] for at in range(0, len(text), 72))
    return f"import quopri\n\n{_run(f'''quopri.decodestring({lines!r}).decode()''', rng)}"


FRESH_DRESSES: tuple[Dress, ...] = (
    Dress("identifiers", FRESH, as_identifiers),
    Dress("selectors", FRESH, as_selectors),
    Dress("annotation", FRESH, as_annotation),
    Dress("floats", FRESH, as_floats),
    Dress("stream-cipher", FRESH, as_stream_cipher),
    Dress("words", FRESH, as_words),
    Dress("printable", FRESH, as_printable),
)
