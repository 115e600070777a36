"""Data that is decrypted with its own key, and objects rebuilt from decoded bytes."""

import pytest

from features.code.analyse_file import analyse_file
from features.contract import Role
from tests.features.code.conftest import INNER, matched_rules

CASES = [
    ("decode_then_deserialize", "import pickle, base64\npickle.loads(base64.b64decode(x))", "import pickle\npickle.loads(x)"),
    ("own_key_decrypt", f"from cryptography.fernet import Fernet\nk = 'abcdefghijklmnopqrstuvwxyz0123456789abcdefg='\nexec(Fernet(k).decrypt(b'{INNER * 2}'))", f"from cryptography.fernet import Fernet\nFernet(k).decrypt(b'{INNER * 2}')"),
    ("own_key_decrypt", f"from Crypto.Cipher import AES\nc = AES.new(b'0123456789abcdef', AES.MODE_ECB)\nc.decrypt(b'{INNER * 2}')", "from Crypto.Cipher import AES\nc = AES.new(b'0123456789abcdef', AES.MODE_ECB)\nc.decrypt(data)"),
]  # fmt: skip
"""Rule, an inert look-alike that matches it, a benign twin that does not."""


@pytest.mark.parametrize(("rule", "look_alike", "twin"), CASES)
def test_a_rule_matches_the_look_alike_and_not_its_twin(rule, look_alike, twin):
    assert rule in matched_rules(look_alike)
    assert rule not in matched_rules(twin)


@pytest.mark.parametrize(("length", "expected"), [(40, True), (39, False)])
def test_a_short_ciphertext_is_no_payload(length, expected):
    source = f"from cryptography.fernet import Fernet\nFernet('{'k' * 16}').decrypt('{'c' * length}')"
    assert ("own_key_decrypt" in matched_rules(source)) is expected


@pytest.mark.parametrize(("length", "expected"), [(16, True), (15, False)])
def test_a_short_argument_is_no_key(length, expected):
    source = f"from cryptography.fernet import Fernet\nFernet('{'k' * length}').decrypt('{'c' * 40}')"
    assert ("own_key_decrypt" in matched_rules(source)) is expected


def test_the_key_is_followed_through_three_names():
    source = f"from cryptography.fernet import Fernet\na = Fernet('{'k' * 16}')\nb = a\nc = b\nc.decrypt('{'c' * 40}')"
    assert "own_key_decrypt" in matched_rules(source)


def test_a_downloaded_object_counts_as_a_decoded_one():
    assert "decode_then_deserialize" in matched_rules("import pickle, requests\npickle.loads(requests.get(u).content)")


def test_marshal_weighs_more_than_pickle():
    weights = {
        module: max(
            location.weight
            for location in analyse_file(
                f"import {module}, zlib\n{module}.loads(zlib.decompress(x))".encode(), Role.REST
            ).locations
            if location.id == "decode_then_deserialize"
        )
        for module in ("marshal", "pickle")
    }
    assert weights["marshal"] == pytest.approx(1.6 * weights["pickle"])
