"""Tests an analyst's own patterns."""

import hashlib
import re

import pytest

from audit.hunting.contract import HuntError
from audit.hunting.patterns import member_of, read_patterns, text_pattern

OWN = """
[[indicator]]
id = "our_canary"
category = "credential"
meaning = "names our canary"
weight = 9
flags = ["caseless"]
pattern = 'canary-[0-9]{4}'
"""


def test_a_file_in_the_form_of_the_indicators_is_patterns(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(OWN)
    (pattern,), rules = read_patterns(file)
    assert ("our_canary", b"canary-[0-9]{4}", True, "") == (pattern.id, pattern.pattern, pattern.caseless, rules)


def test_yara_rules_are_their_source(tmp_path):
    pytest.importorskip("yara_x")
    file = tmp_path / "own.yar"
    file.write_text("rule own { condition: true }")
    assert ((), "rule own { condition: true }") == read_patterns(file)


@pytest.mark.parametrize(
    ("name", "text"), [("a.toml", "x ="), ("a.toml", "[[indicator]]\nid='a'"), ("a.yar", "rule {")]
)
def test_a_broken_file_is_an_error_with_its_name(tmp_path, name, text):
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(HuntError, match=re.escape(str(file))):
        read_patterns(file)
    with pytest.raises(HuntError, match="cannot be read"):
        read_patterns(tmp_path / "missing.toml")


def test_a_text_is_literal():
    assert re.search(text_pattern("a.b(").pattern, b"a.b(")
    assert not re.search(text_pattern("a.b(").pattern, b"axb(")


def test_a_file_is_known_by_two_digests(tmp_path):
    file = tmp_path / "payload.py"
    file.write_bytes(b"x = 1\n")
    name, member, whole = member_of(file)
    assert ("payload.py", 32, hashlib.sha256(b"x = 1\n").hexdigest()) == (name, len(member), whole)
    with pytest.raises(HuntError, match="cannot be read"):
        member_of(tmp_path)
