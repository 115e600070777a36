"""Writes files that carry hidden bytes: pictures, sounds, databases, word lists, pickles, catalogues of messages.

The files are well formed: a viewer shows a picture, a player plays a sound.
"""

import io
import json
import marshal
import sqlite3
import struct
import tempfile
import wave
import zipfile
import zlib
from collections.abc import Sequence
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from random import Random


def xor(data: bytes, key: bytes) -> bytes:
    """Return data combined with a repeated key."""
    return bytes(byte ^ key[at % len(key)] for at, byte in enumerate(data))


def png(pixels: bytes, *, width: int = 64, trailer: bytes = b"", text: tuple[str, bytes] | None = None) -> bytes:
    """Return a grey picture of these pixels, with bytes behind its end or in a text chunk."""
    height = -(-len(pixels) // width) or 1
    rows = pixels.ljust(width * height, b"\0")
    scan = b"".join(b"\0" + rows[at : at + width] for at in range(0, len(rows), width))
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))]
    if text:
        chunks.append((b"tEXt", text[0].encode() + b"\0" + text[1]))
    chunks += [(b"IDAT", zlib.compress(scan)), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body + trailer


def wav(frames: bytes) -> bytes:
    """Return a sound with these frames, 8 bits, one channel."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(frames)
    return out.getvalue()


def sqlite(rows: Sequence[tuple[str, bytes]]) -> bytes:
    """Return a database with one table of names and values."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "d.db")
        connection = sqlite3.connect(path)
        connection.execute("create table entries (name text primary key, value blob)")
        connection.executemany("insert into entries values (?, ?)", rows)
        connection.commit()
        connection.close()
        return path.read_bytes()


def word_list(data: bytes, rng: Random) -> str:
    """Return lines of made-up words whose place among 256 is a byte each."""
    words = sorted(
        {
            "".join(rng.choice(("ba", "ko", "ri", "tu", "sel", "mon", "da", "fe", "li", "ga")) for _ in range(4))
            for _ in range(900)
        }
    )
    table = rng.sample(words, 256)
    return (
        "\n".join(table)
        + "\n"
        + "\n".join(" ".join(table[b] for b in data[at : at + 12]) for at in range(0, len(data), 12))
        + "\n"
    )


def calling_pickle(module: str, function: str, argument: str) -> bytes:
    """Return a pickle that calls a function of a module with one text when it is loaded."""
    text = argument.encode()
    return (
        b"\x80\x04"
         b"\x8c" + bytes([len(module)]) + module.encode()
        + b"\x8c" + bytes([len(function)]) + function.encode()
        + b"\x93X" + struct.pack("<I", len(text)) + text + b"\x85R."
    )  # fmt: skip


def torch_file(pickled: bytes, rng: Random) -> bytes:
    """Return a zip in the layout of a saved PyTorch model."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in (("data.pkl", pickled), ("version", b"3\n"), ("data/0", rng.randbytes(512))):
            archive.writestr(zipfile.ZipInfo(f"model/{name}", (2020, 2, 2, 0, 0, 0)), data)
    return out.getvalue()


def message_catalogue(entries: Sequence[tuple[str, str]]) -> bytes:
    """Return a compiled catalogue of gettext (.mo)."""
    listed = sorted(entries)
    start = 28 + 16 * len(listed)
    keys, values, body = [], [], b""
    for key, _ in listed:
        keys.append((len(key.encode()), start + len(body)))
        body += key.encode() + b"\0"
    for _, value in listed:
        values.append((len(value.encode()), start + len(body)))
        body += value.encode() + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(listed), 28, 28 + 8 * len(listed), 0, 0)
    return head + b"".join(struct.pack("<2I", *pair) for pair in (*keys, *values)) + body


def bytecode(code: str) -> bytes:
    """Return compiled Python (.pyc) of source, without the source."""
    return MAGIC_NUMBER + bytes(12) + marshal.dumps(compile(code, "<string>", "exec"), 2)


def zip_application(code: str) -> bytes:
    """Return a zip that the interpreter can run."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("__main__.py", (2020, 2, 2, 0, 0, 0)), code)
    return out.getvalue()


def json_settings(value: str, rng: Random) -> str:
    """Return settings in JSON with a value among harmless ones."""
    held: dict[str, object] = {name: rng.randrange(1000) for name in ("timeout", "retries", "batch", "window", "limit")}
    held[rng.choice(("model", "checksum", "signature", "schema", "seed"))] = value
    return json.dumps({"version": 2, "settings": held}, indent=2)
