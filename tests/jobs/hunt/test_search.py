"""Tests the search of members on a worker: bytes and decoded text, each pattern once a member."""

import re
import zipfile
from pathlib import Path

import pytest

from features.limits import Limits
from jobs.hunt.contract import RulesError, SearchedFile, SearchPattern
from jobs.hunt.search import HITS, SearchUnit, match_rules, search_member

NEEDLE = SearchPattern("needle", rb"needle-\d", caseless=True)


def test_the_first_match_of_a_pattern_is_the_hit_of_a_member():
    (hit,) = search_member("a.py", b"one\ntwo NEEDLE-1\nneedle-2\n", [NEEDLE])
    assert ("needle", "a.py", 2, "two NEEDLE-1") == (hit.pattern, hit.member, hit.line, hit.excerpt)


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-32"])
def test_text_of_wide_letters_is_searched_too(codec):
    (hit,) = search_member("a.ps1", "x = 'needle-7'\n".encode(codec), [NEEDLE])
    assert "x = 'needle-7'" == hit.excerpt


def test_case_counts_unless_it_is_said_not_to():
    exact = SearchPattern("exact", re.escape(b"Needle"))
    assert not list(search_member("a.py", b"needle", [exact]))
    assert list(search_member("a.py", b"Needle", [exact]))


def make_wheel(folder: Path, name: str, **members: bytes) -> SearchedFile:
    with zipfile.ZipFile(folder / name, "w") as archive:
        for member, data in members.items():
            archive.writestr(f"{member}.py", data)
    return SearchedFile(name, name)


def test_every_file_has_an_answer_and_one_that_is_no_archive_says_so(tmp_path):
    found = make_wheel(tmp_path, "a-1-py3-none-any.whl", a=b"needle-1")
    clean = make_wheel(tmp_path, "b-1-py3-none-any.whl", a=b"hay")
    (tmp_path / "c-1.tar.gz").write_bytes(b"no archive")
    broken, gone = SearchedFile("c-1.tar.gz", "c-1.tar.gz"), SearchedFile("d-1.tar.gz", "d-1.tar.gz")
    unit = SearchUnit(tmp_path, (NEEDLE,), "", Limits())
    answers = unit((found, clean, broken, gone))
    assert [found, clean, broken, gone] == [answer.file for answer in answers]
    assert [1, 0, 0, 0] == [len(answer.hits) for answer in answers]
    assert [False, False, True, True] == [bool(answer.unread) for answer in answers]


def test_the_hits_of_a_file_are_bounded(tmp_path):
    file = make_wheel(tmp_path, "a-1-py3-none-any.whl", **{f"m{number}": b"needle-1" for number in range(HITS + 9)})
    (answer,) = SearchUnit(tmp_path, (NEEDLE,), "", Limits())((file,))
    assert HITS == len(answer.hits)


def test_a_yara_rule_is_a_pattern_and_a_broken_one_an_error():
    pytest.importorskip("yara_x")
    rules = 'rule found { strings: $a = "needle" condition: $a }'
    assert [("found", 4, 10)] == list(match_rules(rules, b"hay needle"))
    assert not list(match_rules(rules, b"hay"))
    with pytest.raises(RulesError):
        list(match_rules("rule broken {", b""))
