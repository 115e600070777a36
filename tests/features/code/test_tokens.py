"""Tokens describe what code does, without the text of one campaign."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.code.tokens import CAP, call_tokens, code_tokens, hash_token, smallest, source_tokens, string_shape
from features.contract import Role


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ("url:https:discord:", "https://discord.com/api/webhooks/1/abc"),
        ("url:http:address:exe", "http://192.0.2.7:8080/a.exe"),
        ("url:https:tld-invalid:py", "https://a.example-b.invalid/x.py?y=1"),
        ("word:User-Agent", "User-Agent"),
        ("word:APPDATA", "APPDATA"),
        ("address", "192.0.2.1"),
        ("hex:7", "ab12" * 16),
        ("base64:6", "aW1wb3J0IG9zCm9zLnN5c3RlbSgnaWQnKQ=="),
        ("path:txt", "/etc/x/secret.txt"),
        ("code:5", "import os; f(a, b)"),
    ],
)
def test_a_literal_has_a_shape(shape, text):
    assert string_shape(text) == shape
    assert string_shape(text.encode()) == shape


@given(st.text(max_size=3000))
def test_any_text_has_a_short_shape(text):
    assert 0 < len(string_shape(text)) < 48


@given(st.binary(min_size=30, max_size=300))
def test_a_long_literal_never_stands_in_its_shape(data):
    assert data.decode("latin-1") not in string_shape(data)


def test_calls_and_their_pairs():
    assert call_tokens([("a", False), ("b", False)]) == {
        hash_token("call:a"),
        hash_token("call:b"),
        hash_token("pair:a>b"),
    }


def test_what_does_something_is_dropped_last():
    strong = {hash_token(f"call:s{n}", strong=True) for n in range(CAP)}
    weak = {hash_token(f"name:w{n}") for n in range(10_000)}
    assert set(smallest(strong | weak)) == strong


def test_the_same_code_keeps_the_same_sample():
    words = [f"name{n}" for n in range(1200)]
    kept = set(source_tokens(" ".join(words)))
    assert len(kept) == CAP
    assert kept == set(source_tokens(" ".join(reversed(words))))


def test_a_role_stands_above_the_hash():
    assert code_tokens({Role.REST: [5], Role.INSTALL: [5], Role.IMPORT: [1 << 40 | 5]}) == (5, 1 << 20 | 5, 2 << 20 | 5)


def test_each_role_has_its_own_cap():
    many = [hash_token(str(n)) for n in range(2000)]
    tokens = code_tokens(dict.fromkeys(Role, many))
    assert 3 * CAP - 5 <= len(tokens) <= 3 * CAP
    assert max(tokens) < 3 << 20


@given(st.text())
def test_any_text_has_tokens(text):
    found = source_tokens(text)
    assert list(found) == sorted(set(found))
    assert len(found) <= CAP
