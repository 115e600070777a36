"""Texts are decoded in the ways in which code may decode them before it executes them."""

import base64
import binascii
import codecs
import html
import json
import quopri
import zlib
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.install.decoded_texts import MAX_BYTES, decode_candidates, is_json

CONTEXTS = st.sampled_from([
    "", ".replace('a', 'b')", ".replace('', 'b')", ".replace(b'a', '\\x')", ".split('a')", "maketrans('ab', 'cd')",
    "maketrans('ab', 'c')", "[::-1]", "[::3]",
])  # fmt: skip
TEXTS = st.one_of(st.binary(max_size=200), st.text('abu+&%=\\x0[]{}"<~', max_size=60).map(str.encode))


@given(TEXTS, st.lists(CONTEXTS, max_size=4))
def test_any_bytes_can_be_decoded(data, near):
    assert all(isinstance(candidate, bytes) for candidate in decode_candidates(data, "".join(near)))


def test_replacements_do_not_grow_without_bound():
    grow = f".replace('a', '{'a' * 90}')"
    assert MAX_BYTES >= max(map(len, decode_candidates(b"a" * 9_000, grow * 9)))
    assert b"ab" * 9_000 in set(decode_candidates(b"a" * 9_000, ".replace('a', 'ab')"))


def test_strings_of_a_json_document_are_joined_in_their_order():
    data = b'{"x": ["import os", 7, {"y": "aW1wb3J0IHN5czsgZXhlYyh4KQ=="}], "z": "no more"}'
    assert b"import os\nimport sys; exec(x)" in set(decode_candidates(data, "json"))


CODE = b"import os; exec(x)"


@pytest.mark.parametrize(
    "encoded",
    [
        base64.b64encode(CODE),
        base64.b64encode(base64.b64encode(zlib.compress(CODE))),
        base64.b64encode(CODE)[::-1],
        base64.b85encode(CODE),
        base64.a85encode(CODE, adobe=True),
        CODE.hex().encode(),
        CODE[::-1],
        codecs.encode(CODE.decode(), "rot13").encode(),
        b"begin 644 a\n" + binascii.b2a_uu(CODE) + b"`\nend\n",
        quopri.encodestring(CODE.replace(b";", b"=3B"), quotetabs=False).replace(b"=3D", b"="),
        quote(CODE).encode(),
        html.escape("exec('x')").encode() + b";" + CODE,
        b"".join(b"\\x%02x" % byte for byte in CODE),
        json.dumps({"a": [CODE.decode()]}).encode(),
    ],
)
def test_common_encodings_are_decoded(encoded):
    assert any(CODE in candidate for candidate in decode_candidates(encoded, ""))


@pytest.mark.parametrize(
    ("encoded", "context"),
    [
        (b"i#mport o#s; exec(x)", ".replace('#', '')"),
        (b"i#mport o#s; exec(x)", "''.join(data.split('#'))"),
        (b"jmpqrt qs; exec(x)", "data.translate(str.maketrans('jq', 'io'))"),
        (b"i-m-p-o-r-t- -o-s-;- -e-x-e-c-(-x-)", "data[::2]"),
    ],
)
def test_replacements_of_the_calling_code_are_applied(encoded, context):
    assert CODE in set(decode_candidates(encoded, context))
    assert CODE not in set(decode_candidates(encoded, ""))


@pytest.mark.parametrize(
    ("expected", "data"), [(True, b' {"a": 1}'), (True, b"[1]"), (True, b'"x"'), (False, b"x = {}"), (False, b"")]
)
def test_a_json_document_begins_like_one(expected, data):
    assert expected is is_json(data)
