"""Decoding functions are applied to constants as Python applies them, within bounds."""

import base64
import binascii
import bz2
import codecs
import gzip
import html
import lzma
import quopri
import zlib

import pytest

from features.code.evaluate.contract import MAX_CHARS
from features.code.evaluate.decoders import (
    call_decoder,
    decode_with_codec,
    decompress_bz2,
    decompress_lzma,
    inflate,
    inflate_with_wbits,
)

DATA = b"import os  # inert"


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("base64.b64decode", base64.b64encode(DATA)),
        ("base64.b64decode", base64.b64encode(DATA).rstrip(b"=")),
        ("base64.urlsafe_b64decode", base64.urlsafe_b64encode(DATA)),
        ("base64.b32decode", base64.b32encode(DATA)),
        ("base64.b16decode", base64.b16encode(DATA).lower()),
        ("base64.b85decode", base64.b85encode(DATA)),
        ("base64.a85decode", base64.a85encode(DATA)),
        ("binascii.unhexlify", DATA.hex()),
        ("bytes.fromhex", DATA.hex()),
        ("binascii.a2b_uu", binascii.b2a_uu(DATA)),
        ("quopri.decodestring", quopri.encodestring(DATA)),
        ("zlib.decompress", zlib.compress(DATA)),
        ("gzip.decompress", gzip.compress(DATA, mtime=0)),
        ("lzma.decompress", lzma.compress(DATA)),
        ("bz2.decompress", bz2.compress(DATA)),
        ("urllib.parse.unquote_to_bytes", "import%20os%20%20%23%20inert"),
        ("memoryview", DATA),
    ],
)
def test_decoding_functions_return_the_data(name, encoded):
    assert call_decoder(name, [encoded]) == DATA


@pytest.mark.parametrize(
    ("name", "argument", "expected"),
    [
        ("html.unescape", "&lt;", html.unescape("&lt;")),
        ("urllib.parse.unquote", "a%20b", "a b"),
        ("base58.b58decode", "2NEpo7TZRRrLZSi2U", b"Hello World!"),
        ("base58.b58decode", "0", None),
        ("base64.b64decode", "\u20ac", None),
        ("base64.b32decode", "1", None),
        ("zlib.decompress", b"no stream", None),
        ("unknown.decode", b"a", None),
        ("base64.b64decode", 5, None),
    ],
)
def test_text_and_faulty_data_are_decoded_or_none(name, argument, expected):
    assert call_decoder(name, [argument]) == expected


@pytest.mark.parametrize("keywords", [{"wbits": -15}, None])
def test_a_raw_stream_is_inflated_by_its_window(keywords):
    raw = zlib.compress(DATA)[2:-4]
    found = (
        call_decoder("zlib.decompress", [raw], keywords) if keywords else call_decoder("zlib.decompress", [raw, -15])
    )
    assert found == DATA
    assert inflate_with_wbits(raw, 99) is None


@pytest.mark.parametrize(
    ("codec", "value", "expected"),
    [
        ("rot13", "nop", "abc"),
        ("rot_13", "nop", "abc"),
        ("rot13", b"nop", None),
        ("hex", "6162", b"ab"),
        ("base64", b"YWI=", b"ab"),
        ("zip", zlib.compress(DATA), DATA),
        ("unicode_escape", b"\\x61", "a"),
        ("utf-8", b"\xc3\xa9", "\u00e9"),
        ("latin-1", "\u00e9", b"\xe9"),
        ("ascii", "\u00e9", None),
        ("utf-16-le", b"a\0", "a"),
        ("no-codec", b"a", None),
        ("hex", "6", None),
    ],
)
def test_codecs_are_known_by_name(codec, value, expected):
    assert decode_with_codec(value, codec) == expected


def test_a_decoder_of_codecs_returns_a_pair():
    assert call_decoder("codecs.getdecoder", ["hex", "6162"]) == (b"ab", 2)
    assert call_decoder("codecs.decode", [codecs.encode("abc", "rot13"), "rot13"]) == "abc"


@pytest.mark.parametrize(
    ("decompress", "bomb"),
    [
        (inflate, zlib.compress(bytes(2 * MAX_CHARS))),
        (inflate, gzip.compress(bytes(2 * MAX_CHARS), mtime=0)),
        (decompress_bz2, bz2.compress(bytes(2 * MAX_CHARS))),
        (decompress_lzma, lzma.compress(bytes(2 * MAX_CHARS), preset=0)),
    ],
)
def test_a_bomb_is_cut_at_the_limit(decompress, bomb):
    assert decompress(bomb) == bytes(MAX_CHARS)


@pytest.mark.parametrize("decompress", [inflate, decompress_bz2, decompress_lzma])
@pytest.mark.parametrize("data", [b"", b"x", b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\0broken", b"x\x9c\xff\xff"])
def test_broken_streams_are_no_error(decompress, data):
    assert decompress(data) in (None, b"")
