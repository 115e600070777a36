"""Results by content, kept within a bound."""

from features.contract import Role
from features.groups import code
from features.recall import Recall, content_key


def test_it_is_found_once():
    made = []
    recall = Recall(2)
    for key in ("a", "b", "a", "b"):
        assert key.upper() == recall.get(key, lambda key=key: made.append(key) or key.upper())
    assert ["a", "b"] == made
    assert (4, 2) == (recall.asked, recall.known)


def test_the_one_asked_for_longest_ago_goes_first():
    made = []
    recall = Recall(2)
    for key in ("a", "b", "a", "c", "a", "b"):
        recall.get(key, lambda key=key: made.append(key) or key)
    assert ["a", "b", "c", "b"] == made


def test_contents_differ_by_their_last_byte():
    assert content_key(b"x" * 10_000) != content_key(b"x" * 9_999 + b"y")


def test_a_file_in_another_role_is_read_again():
    keys = {(content_key(b"import os"), role, None) for role in Role}
    assert len(Role) == len(keys)
    assert code.ANALYSES.most > 0
