"""Layers come off, and what is no code stays what it is."""

import base64
import bz2
import codecs
import gzip
import lzma
import marshal
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.code.evaluate.unpack import (
    MAX_CONSTANT,
    MIN_CONSTANT,
    crack_byte_cipher,
    decode_layer,
    is_marshalled,
    is_text,
    reads_like_code,
    try_keys,
    unpack_layers,
    xor,
)

CODE = b"import os\nprint(os.getcwd())  # inert, and long enough to be worth a look\n" * 2


@pytest.mark.parametrize(
    "constant",
    [
        base64.b64encode(CODE),
        base64.urlsafe_b64encode(CODE),
        base64.encodebytes(CODE),
        base64.b64encode(CODE).rstrip(b"="),
        base64.b64encode(CODE)[::-1],
        CODE.hex().encode(),
        zlib.compress(CODE),
        gzip.compress(CODE, mtime=0),
        lzma.compress(CODE),
        bz2.compress(CODE),
        CODE[::-1],
        codecs.encode(CODE.decode(), "rot13").encode(),
        base64.b64encode(zlib.compress(CODE)),
        base64.b64encode(zlib.compress(base64.b64encode(CODE))),
        zlib.compress(CODE)[::-1],
    ],
)
def test_what_was_wrapped_comes_out(constant):
    assert unpack_layers(constant)[-1].strip() == CODE.strip()


def test_each_layer_counts():
    assert len(unpack_layers(base64.b64encode(zlib.compress(base64.b64encode(CODE))))) == 3


def test_a_code_object_is_seen():
    packed = marshal.dumps(compile(CODE, "x", "exec"))
    assert unpack_layers(base64.b64encode(packed))[-1] == packed


@pytest.mark.parametrize(
    "constant",
    [
        b"",
        b"short",
        b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        base64.b64encode(bytes(range(256))),
        b"A sentence that says what a function does, and returns nothing of note.",
        b"a_rather_long_identifier_without_any_meaning",
        base64.b64encode(b"Lorem ipsum dolor sit amet, consectetur adipiscing elit"),
    ],
)
def test_what_hides_nothing_gives_nothing(constant):
    assert unpack_layers(constant) == []


def test_a_bomb_is_cut():
    bomb = base64.b64encode(zlib.compress(b"import os\n" * 10_000_000, 9))
    assert len(bomb) < MAX_CONSTANT
    assert max(map(len, unpack_layers(bomb))) <= 4 * 2**20


@given(st.binary(max_size=300))
def test_any_constant_is_looked_into(data):
    assert isinstance(unpack_layers(data), list)


@given(st.binary(min_size=1, max_size=200), st.lists(st.sampled_from(["b64", "zlib", "hex"]), min_size=1, max_size=4))
def test_layers_are_taken_off_in_any_order(tail, layers):
    wrap: dict[str, Callable[[bytes], bytes]] = {
        "b64": base64.b64encode,
        "zlib": zlib.compress,
        "hex": lambda d: d.hex().encode(),
    }
    data = CODE + base64.b16encode(tail)
    for layer in layers:
        data = wrap[layer](data)
    assert unpack_layers(data)[len(layers) - 1] == CODE + base64.b16encode(tail)


@pytest.mark.parametrize("key", [1, 42, 128, 255])
def test_an_exclusive_or_with_one_byte_is_cracked(key):
    assert crack_byte_cipher(bytes(byte ^ key for byte in CODE)) == CODE


@pytest.mark.parametrize("shift", [1, 3, 100, 255])
def test_a_shift_of_every_byte_is_cracked(shift):
    assert crack_byte_cipher(bytes((byte + shift) & 255 for byte in CODE)) == CODE


@pytest.mark.parametrize("data", [b"", CODE, b"no code in here, but enough words to look at", bytes(range(256)) * 4])
def test_what_is_not_encrypted_is_not_cracked(data):
    assert crack_byte_cipher(data) is None


def test_constants_out_of_bounds_are_not_cracked():
    assert crack_byte_cipher(xor(b"import ", b"K")) is None
    assert crack_byte_cipher(xor(b"import os\n" * (MAX_CONSTANT // 9), b"K")) is None


@pytest.mark.parametrize("key", [b"key", b"a longer key than most", b"ab"])
def test_a_known_key_decrypts(key):
    assert try_keys(xor(CODE, key), [b"wrong", key]) == CODE
    assert try_keys(xor(CODE, key), [b"wrong"]) is None


def test_code_that_is_not_encrypted_needs_no_key():
    assert try_keys(CODE, [b"key"]) is None


@given(st.binary(min_size=1, max_size=99), st.binary(min_size=1, max_size=9))
def test_an_exclusive_or_undoes_itself(data, key):
    assert xor(xor(data, key), key) == data


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"", False), (b"plain text", True), (b"x" * 94 + b"\0" * 6, False), (b"x" * 95 + b"\0" * 5, True)],
)
def test_text_is_mostly_printable(data, expected):
    assert is_text(data) is expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [(b"import os", True), (b"see https://a.invalid", True), (b"important words", False), (b"import os\0\0", False)],
)
def test_code_is_text_with_a_word_of_code(data, expected):
    assert reads_like_code(data) is expected


def test_a_short_code_object_is_none():
    data = marshal.dumps(compile("x = 1\ny = 2\nz = 'long enough to be looked at'", "demo.py", "exec"))
    assert is_marshalled(data)
    assert not is_marshalled(data[:64])


@pytest.mark.parametrize("data", [b"a" * (MIN_CONSTANT - 1), b"words with spaces and dots. " * 3, b"\0" * 99])
def test_what_has_no_encoding_has_no_layer_below(data):
    assert decode_layer(data) is None
