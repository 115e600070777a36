"""Files written with decoded or downloaded content."""

import pytest

from tests.features.code.conftest import matched_rules

CASES = [
    ("decode_to_file", "import base64\nopen('x', 'wb').write(base64.b64decode(y))", "open('x', 'wb').write(y)"),
    ("download_to_file", "import requests\nwith open('x', 'wb') as f:\n    f.write(requests.get(u).content)", "with open('x', 'wb') as f:\n    f.write(u)"),
]  # fmt: skip
"""Rule, an inert look-alike that matches it, a benign twin that does not."""


@pytest.mark.parametrize(("rule", "look_alike", "twin"), CASES)
def test_a_rule_matches_the_look_alike_and_not_its_twin(rule, look_alike, twin):
    assert rule in matched_rules(look_alike)
    assert rule not in matched_rules(twin)


def test_content_that_was_downloaded_and_decoded_matches_both_rules():
    source = "import base64, requests\nopen('x', 'wb').write(base64.b64decode(requests.get(u).text))"
    assert {"decode_to_file", "download_to_file"} <= matched_rules(source)


def test_a_decrypted_file_counts_as_decoded():
    source = "from cryptography.fernet import Fernet\nopen('x', 'wb').write(Fernet(k).decrypt(y))"
    assert "decode_to_file" in matched_rules(source)
