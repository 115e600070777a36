"""Writes code so that it is hard to read: encoded, encrypted, split, spelt in other letters, reached through classes.

Every dress takes source of whole statements and returns source that would do the same. The dresses of test splits
share neither decoders nor ways to execute with those of training.
"""

import base64
import lzma
import marshal
import string
import zlib
from collections.abc import Callable
from random import Random

from jobs.corpus.payloads.blind_dresses import BLIND_DRESSES
from jobs.corpus.payloads.contract import SHARED, Dress
from jobs.corpus.payloads.fresh_dresses import FRESH_DRESSES
from jobs.corpus.variants import expression_hiding, wrapping

_NAMES = ("data", "blob", "code", "payload", "table", "text", "part", "chunk", "body", "value", "raw", "items")
_ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
_INVISIBLE = "\u200b\u200c\u200d\u2060"
_MAX_LISTED = 2_500
"""Bytes of source that are written as one number each; longer source is compressed first."""


def _bytes_dress(function: Callable[[bytes, Random], bytes]) -> Callable[[str, Random], str]:
    """Return a dress of text made from a wrapper of bytes."""

    def apply(code: str, rng: Random) -> str:
        return function(code.encode(), rng).decode()

    return apply


def _name(rng: Random, prefix: str = "_") -> str:
    return f"{prefix}{rng.choice(_NAMES)}{rng.randrange(100)}"


def _lines(text: str, rng: Random) -> str:
    """Return a literal of `text`, in one line or in several within parentheses."""
    if len(text) < 90 or rng.random() < 0.5:
        return repr(text)
    width = rng.choice((64, 76, 88))
    return "(\n" + "\n".join(f"    {text[at : at + width]!r}" for at in range(0, len(text), width)) + "\n)"


def hide_calls(code: str, rng: Random) -> str:
    """Hide the strings and the names of called functions, each by an expression."""
    return _bytes_dress(expression_hiding.alias_calls)(_bytes_dress(expression_hiding.hide_strings)(code, rng), rng)


def join_characters(code: str, rng: Random) -> str:
    """Write the code as the numbers of its letters, joined by chr."""
    if len(code) > _MAX_LISTED:
        return wrapping.wrap_packed(code.encode(), rng).decode()
    numbers = ", ".join(str(ord(c)) for c in code)
    name = _name(rng)
    return rng.choice((
        f"{name} = [{numbers}]\nexec(''.join(map(chr, {name})))\n",
        f"exec(''.join(chr(c) for c in ({numbers})))\n",
    ))  # fmt: skip


def chain_lambdas(code: str, rng: Random) -> str:
    """Decode by a chain of lambdas that are called at once."""
    packed = base64.b64encode(zlib.compress(code.encode())).decode()
    return (
        "_ = lambda __ : __import__('zlib').decompress(__import__('base64').b64decode(__))\n"
        f"(lambda f, g: f(g))(exec, (lambda s: _(s))({_lines(packed, rng)}))\n"
    )


def split_functions(code: str, rng: Random) -> str:
    """Spread the encoded code over functions that each return a piece."""
    text = base64.b64encode(code.encode()).decode()
    count = rng.randrange(3, 6)
    size = -(-len(text) // count)
    names = [_name(rng, f"_p{n}_") for n in range(count)]
    parts = [f"def {n}():\n    return {text[i * size : i * size + size]!r}\n\n" for i, n in enumerate(names)]
    calls = " + ".join(f"{name}()" for name in names)
    return "import base64\n\n" + "".join(parts) + f"exec(base64.b64decode({calls}))\n"


def add_key_stream(code: str, rng: Random) -> str:
    """Encrypt by a stream of keys, with its decoder beside it."""
    seed = rng.randrange(1, 250)
    encrypted = bytes((byte + seed * (at % 11 + 1)) % 256 for at, byte in enumerate(code.encode()))
    name, out = _name(rng), _name(rng, "")
    return (
        f"def {name}(b, k={seed}):\n    return bytes((c - k * (i % 11 + 1)) % 256 for i, c in enumerate(b))\n\n"
        f"{out} = {name}(bytes.fromhex({_lines(encrypted.hex(), rng)}))\n"
        f"eval(compile({out}, '<{rng.choice(_NAMES)}>', 'exec'))\n"
    )


def swap_alphabet(code: str, rng: Random) -> str:
    """Encode in base64 with an alphabet of its own."""
    alphabet = "".join(rng.sample(_ALPHABET, 64))
    text = base64.b64encode(code.encode()).decode().translate(str.maketrans(_ALPHABET, alphabet))
    table, name = _name(rng), _name(rng, "")
    return (
        f"import base64 as _b\nimport builtins as _k\n{table} = str.maketrans({alphabet!r}, {_ALPHABET!r})\n"
        f"{name} = _b.b64decode({_lines(text, rng)}.translate({table}))\nvars(_k)['exec']({name})\n"
    )


def encrypt_rounds(code: str, rng: Random) -> str:
    """Encrypt by rounds of substitution and a chained key, as a small block cipher, and bring the decoder."""
    box = rng.sample(range(256), 256)
    key = rng.randbytes(16)
    previous, out = 0, bytearray()
    for at, byte in enumerate(code.encode()):
        previous = box[(byte ^ key[at & 15] ^ previous) & 255]
        out.append(previous)
    c = rng.choice("ABCKQSX") + rng.choice("abcdefg") + str(rng.randrange(90))
    return (
        "import base64\nimport types\n\n\n"
        f"class {c}:\n    s = list(base64.b85decode({base64.b85encode(bytes(box)).decode()!r}))\n"
        f"    k = {key!r}\n\n    @classmethod\n    def d(cls, m):\n        p, o, t = 0, bytearray(), {{v: i for i, v in enumerate(cls.s)}}\n"
        "        for i, c in enumerate(m):\n            o.append(t[c] ^ cls.k[i & 15] ^ p)\n            p = c\n        return bytes(o)\n\n\n"
        f"types.FunctionType(compile({c}.d(base64.b85decode({_lines(base64.b85encode(bytes(out)).decode(), rng)})), __name__, 'exec'), globals())()\n"
    )


def marshal_code(code: str, rng: Random) -> str:
    """Compile the code and write the marshalled code object, compressed."""
    packed = base64.b64encode(lzma.compress(marshal.dumps(compile(code, "<string>", "exec"), 2))).decode()
    return (
        "import base64, lzma, marshal, types\n"
        f"types.FunctionType(marshal.loads(lzma.decompress(base64.b64decode({_lines(packed, rng)}))), globals())()\n"
    )


def spell_invisibly(code: str, rng: Random) -> str:
    """Spell the code in letters that nobody sees, four to a byte, in a literal that looks empty."""
    packed = zlib.compress(code.encode(), 9)
    letters = "".join(_INVISIBLE[byte >> shift & 3] for byte in packed for shift in (6, 4, 2, 0))
    escape = "".join(f"\\u{ord(c):04x}" for c in _INVISIBLE)
    name = _name(rng)
    return (
        f'import zlib\n{name} = ["{escape}".index(c) for c in "{letters}"]\n'
        f"import code as _c\n_c.InteractiveInterpreter(globals()).runsource(zlib.decompress(bytes({name}[i] << 6 | {name}[i + 1] << 4"
        f" | {name}[i + 2] << 2 | {name}[i + 3] for i in range(0, len({name}), 4))).decode(), symbol='exec')\n"
    )


def spell_blanks(code: str, rng: Random) -> str:
    """Spell the code in blanks and tabs, one for a bit, compressed."""
    packed = zlib.compress(code.encode(), 9)
    bits = "".join(f"{byte:08b}" for byte in packed).replace("0", " ").replace("1", "\t")
    name = _name(rng)
    return (
        f"{name} = '{bits}'\n"
        f"(__builtins__ if isinstance(__builtins__, dict) else vars(__builtins__))['exec'](__import__('zlib').decompress(bytes(int({name}[i:i + 8].replace("
        f"' ', '0').replace('\\t', '1'), 2) for i in range(0, len({name}), 8))))\n"
    )


def number_at_once(code: str, rng: Random) -> str:
    """Write the code as one large number."""
    number = int.from_bytes(zlib.compress(code.encode(), 9), "big")
    text = f"{number:#x}"
    runner = rng.choice((
        "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', {}])\n",
        "import importlib.util as _u, sys\n_m = _u.module_from_spec(_u.spec_from_loader('_m', None))\n_m.__dict__.update(globals())\ngetattr(__import__('builtins'), chr(101) + 'xec')({}, _m.__dict__)\n",
    ))  # fmt: skip
    return "import zlib\n" + runner.format(
        f"zlib.decompress(({text}).to_bytes({(number.bit_length() + 7) // 8}, 'big')).decode()"
    )


def hang_on_class(code: str, rng: Random) -> str:
    """Decode and execute where a class is made or asked for an attribute."""
    text = base64.b32encode(zlib.compress(code.encode())).decode()
    c, m = rng.choice("DFGHLM") + _name(rng, ""), _name(rng)
    return (
        f"class _{c}(type):\n    def __getattr__(cls, {m}):\n        import base64, zlib\n"
        f"        return (lambda: exec(zlib.decompress(base64.b32decode(cls.__doc__.strip())), globals()))\n\n\n"
        f"class {c}(metaclass=_{c}):\n    {text!r}\n\n\n{c}.{rng.choice(_NAMES)}()\n"
    )


def leave_plain(code: str, rng: Random) -> str:
    """Return the code as it is."""
    del rng
    return code


PLAIN = Dress("plain", SHARED, leave_plain)
DRESSES: tuple[Dress, ...] = (
    PLAIN,
    Dress("base64", "train", _bytes_dress(wrapping.wrap_base64)),
    Dress("hex", "train", _bytes_dress(wrapping.wrap_hex)),
    Dress("packed", "train", _bytes_dress(wrapping.wrap_packed)),
    Dress("xor", "train", _bytes_dress(wrapping.wrap_xor)),
    Dress("reversed", "train", _bytes_dress(wrapping.wrap_reversed)),
    Dress("numbers", "train", _bytes_dress(wrapping.wrap_numbers)),
    Dress("pieces", "train", _bytes_dress(wrapping.wrap_pieces)),
    Dress("characters", "train", join_characters),
    Dress("hidden-names", "train", hide_calls),
    Dress("lambdas", "train", chain_lambdas),
    Dress("rot13", "valid", _bytes_dress(wrapping.wrap_rot13)),
    Dress("functions", "valid", split_functions),
    Dress("key-stream", "valid", add_key_stream),
    Dress("alphabet", "test", swap_alphabet),
    Dress("cipher", "test", encrypt_rounds),
    Dress("marshal", "test", marshal_code),
    Dress("invisible-letters", "test", spell_invisibly),
    Dress("blanks", "test", spell_blanks),
    Dress("number", "test", number_at_once),
    Dress("class", "test", hang_on_class),
    *FRESH_DRESSES,
    *BLIND_DRESSES,
)
"""All dresses; a family that hides code by itself has a dress of its own."""

_PLAIN_SHARE = 0.5
_DOUBLE_SHARE = 0.15
"""Share of dressed payloads that wear a second dress below the first."""


def choose_dress(split: str, rng: Random) -> Dress:
    """Return a dress of a split; half of all payloads wear none, as in the write-ups."""
    if rng.random() < _PLAIN_SHARE:
        return PLAIN
    own = [dress for dress in DRESSES if dress.split == split]
    dress = rng.choice(own)
    if rng.random() >= _DOUBLE_SHARE:
        return dress
    inner = rng.choice(own)
    return Dress(f"{dress.name}+{inner.name}", split, lambda code, rng: dress.apply(inner.apply(code, rng), rng))
