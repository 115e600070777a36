"""Writes code so that it is hard to read, in ways of the split that no fit ever learns.

As everywhere in this room, a dress returns source that would do the same; nothing of it is ever run but in its test.
"""

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from itertools import pairwise
from random import Random

from jobs.corpus.payloads.contract import BLIND, Dress

_NAMES = ("lut", "coeffs", "fixture", "banner", "schema", "palette", "seedbox", "tokens", "frame", "header", "entries")
_BRAILLE = 0x2800


def _name(rng: Random) -> str:
    return f"{rng.choice(('_', '', '__'))}{rng.choice(_NAMES)}{rng.choice(('', '2', '_v1'))}"


def _run(source: str, rng: Random) -> str:
    """Return a statement that executes the text that an expression gives."""
    return rng.choice((
        f"exec(compile({source}, __name__, 'exec'), globals())\n",
        f"getattr(__import__('builtins'), 'lave'[::-1])(compile({source}, '', 'exec'))\n",
        f"[*map(exec, [{source}], [globals()])]\n",
        f"__import__('functools').partial(exec, {source})(globals())\n",
    ))  # fmt: skip


def _rows(text: str, width: int) -> str:
    return "(\n" + "".join(f"    {text[at : at + width]!r}\n" for at in range(0, len(text), width)) + ")"


def as_hash_stream(code: str, rng: Random) -> str:
    """Encrypt by a stream of digests of a counter; the key stands beside it in two halves."""
    key = rng.randbytes(16)
    data = code.encode()
    stream = b"".join(hashlib.sha256(key + at.to_bytes(4, "big")).digest() for at in range(len(data) // 32 + 1))
    sealed = base64.b64encode(bytes(a ^ b for a, b in zip(data, stream, strict=False))).decode()
    name = _name(rng)
    return (
        f"import base64\nimport hashlib\n\n\ndef {name}(k, c):\n    s = b''.join(hashlib.sha256(k + i.to_bytes(4, 'big')).digest() for i in range(len(c) // 32 + 1))\n"
        "    return bytes(x ^ y for x, y in zip(c, s)).decode()\n\n\n"
        + _run(
            f"{name}(bytes.fromhex({key[:8].hex()!r} {key[8:].hex()!r}), base64.b64decode({_rows(sealed, 76)}))", rng
        )
    )


def as_mail_lines(code: str, rng: Random) -> str:
    """Encode the code in uuencoded lines."""
    data = code.encode()
    lines = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
    name = _name(rng)
    listed = "".join(f"    {line!r},\n" for line in lines)
    return (
        f"import binascii\n\n{name} = [\n{listed}]\n{_run(f'''b''.join(map(binascii.a2b_uu, {name})).decode()''', rng)}"
    )


def as_card_addresses(code: str, rng: Random) -> str:
    """Spell the code as hardware addresses of network cards."""
    data = code.encode()
    data += b"\n" * (-len(data) % 6)
    name = f"KNOWN_{rng.choice(('VENDORS', 'CARDS', 'PEERS'))}"
    cards = [":".join(f"{byte:02x}" for byte in data[at : at + 6]) for at in range(0, len(data), 6)]
    rows = "".join(f"    {', '.join(map(repr, cards[at : at + 4]))},\n" for at in range(0, len(cards), 4))
    return f"{name} = (\n{rows})\n" + _run(f"b''.join(bytes.fromhex(m.replace(':', '')) for m in {name}).decode()", rng)


def as_braille(code: str, rng: Random) -> str:
    """Spell each byte of the compressed code as a pattern of dots."""
    text = "".join(chr(_BRAILLE + byte) for byte in zlib.compress(code.encode(), 9))
    name = _name(rng)
    return f"import zlib\n\n{name} = {_rows(text, 60)}\n" + _run(
        f"zlib.decompress(bytes(ord(c) & 255 for c in {name})).decode()", rng
    )


def as_bases(code: str, rng: Random) -> str:
    """Spell the code as a sequence of nucleotides, four to a byte."""
    letters = "".join(rng.sample("ACGT", 4))
    text = "".join(letters[byte >> shift & 3] for byte in zlib.compress(code.encode(), 9) for shift in (6, 4, 2, 0))
    name = _name(rng)
    return f"import zlib\n\n{name} = {_rows(text, 80)}.translate(str.maketrans({letters!r}, '0123'))\n" + _run(
        f"zlib.decompress(bytes(int({name}[i:i + 4], 4) for i in range(0, len({name}), 4))).decode()", rng
    )


def as_web_token(code: str, rng: Random) -> str:
    """Carry the code as the claim of a signed token, whose signature is checked before it runs."""
    key = f"{rng.getrandbits(96):024x}"

    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    head = part(b'{"alg":"HS256","typ":"JWT"}')
    claims = part(json.dumps({"iss": "build", "iat": 1_760_000_000, "sub": code}).encode())
    signature = part(hmac.new(key.encode(), f"{head}.{claims}".encode(), "sha256").digest())
    name = _name(rng)
    return (
        f"import base64\nimport hmac\nimport json\n\n{name} = {_rows(f'{head}.{claims}.{signature}', 96)}.rpartition('.')\n"
        f"if hmac.compare_digest(base64.urlsafe_b64decode({name}[2] + '='), hmac.new({key!r}.encode(), {name}[0].encode(), 'sha256').digest()):\n    "
        + _run(f"json.loads(base64.urlsafe_b64decode({name}[0].split('.')[1] + '=='))['sub']", rng)
    )


def as_running_sums(code: str, rng: Random) -> str:
    """Write the code as the differences of its letters."""
    data = code.encode()
    name = _name(rng)
    steps = [data[0], *(after - before for before, after in pairwise(data))]
    return f"import itertools\n\n{name} = {steps!r}\n" + _run(f"bytes(itertools.accumulate({name})).decode()", rng)


def in_layers(code: str, rng: Random) -> str:
    """Wrap the code several times: each layer decodes and executes the next."""
    for _ in range(rng.randrange(3, 7)):
        packed = base64.b85encode(zlib.compress(code.encode())).decode()
        code = f"exec(__import__('zlib').decompress(__import__('base64').b85decode({packed!r})), globals())\n"
    return code


BLIND_DRESSES: tuple[Dress, ...] = (
    Dress("hash-stream", BLIND, as_hash_stream),
    Dress("mail-lines", BLIND, as_mail_lines),
    Dress("card-addresses", BLIND, as_card_addresses),
    Dress("braille", BLIND, as_braille),
    Dress("bases", BLIND, as_bases),
    Dress("web-token", BLIND, as_web_token),
    Dress("running-sums", BLIND, as_running_sums),
    Dress("layers", BLIND, in_layers),
)
