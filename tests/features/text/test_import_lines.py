"""Import statements are found by their text, each pattern answering its own question."""

import re

import pytest

from features.text.import_lines import (
    FROM_IMPORT,
    IMPORT_IN_STRING,
    IMPORT_LINE,
    LAZY_KEYWORD,
    MODULE_IMPORT,
    PLAIN_IMPORT,
    STATEMENT_START,
    split_names,
)

ANY = (PLAIN_IMPORT, FROM_IMPORT, MODULE_IMPORT, IMPORT_LINE, IMPORT_IN_STRING)


def groups(pattern: re.Pattern[str], text: str) -> list[dict[str, str]]:
    return [{name: said for name, said in match.groupdict().items() if said} for match in pattern.finditer(text)]


@pytest.mark.parametrize(
    "text", ["important = 1", "x = 'no'", "# import os", "reimport os", "from __future__", "lazy = 2"]
)
@pytest.mark.parametrize("pattern", ANY, ids=lambda pattern: pattern.pattern[:40])
def test_what_only_looks_like_an_import_is_none(pattern, text):
    assert [] == groups(pattern, text)


@pytest.mark.parametrize("prefix", ["", "    ", "\t", "lazy ", "  lazy\t"])
def test_indentation_and_laziness_change_nothing(prefix):
    assert [{"modules": "os, sys as s"}] == groups(PLAIN_IMPORT, f"{prefix}import os, sys as s")
    assert [{"module": "os.path", "names": "join"}] == groups(FROM_IMPORT, f"{prefix}from os.path import join")


def test_a_statement_after_a_semicolon_counts():
    text = "x = 1; import a; import b # c\ny = 2; from d import e"
    assert ["a", "b "] == [found["modules"] for found in groups(PLAIN_IMPORT, text)]
    assert [{"module": "d", "names": "e"}] == groups(FROM_IMPORT, text)


def test_modules_are_found_after_a_semicolon_and_a_colon_in_both_forms():
    text = "import a; import b; from c import d\nfrom .e import f\nif x: from g import h"
    found = [{"modules": "a"}, {"modules": "b"}, {"module": "c"}, {"module": ".e"}, {"module": "g"}]
    assert found == groups(MODULE_IMPORT, text)


@pytest.mark.parametrize("end", ["(b)", "\\", "*", " b"])
def test_a_module_counts_whatever_follows_the_word_import(end):
    assert [{"module": "a"}] == groups(MODULE_IMPORT, f"from a import{end}")


@pytest.mark.parametrize("pattern", [FROM_IMPORT, IMPORT_LINE])
@pytest.mark.parametrize("comment", ["", "  # one", "  # one (or two)", "  #"])
def test_of_names_in_brackets_all_lines_are_found(pattern, comment):
    text = f"from a import ({comment}\n  b,{comment}\n  c as d)\n"
    assert [["b"], ["c", "as", "d"]] == split_names(groups(pattern, text)[0]["names"], 9)


def test_the_number_of_names_is_bounded():
    assert [["a"], ["b"]] == split_names("a, b, c", 2)


def test_a_line_gives_its_indentation_and_stops_at_a_semicolon():
    assert [{"indent": "  ", "modules": "a"}] == groups(IMPORT_LINE, "  import a; import b")


@pytest.mark.parametrize("text", ["python -c 'import a.b'", 'run("import a.b")', "x: import a.b", "x; import a.b"])
def test_code_in_a_string_begins_after_a_quote_a_colon_or_a_semicolon(text):
    assert [{"modules": "a.b"}] == groups(IMPORT_IN_STRING, text)


def test_of_code_in_a_string_the_first_name_is_found():
    assert [{"module": "a", "names": "b"}] == groups(IMPORT_IN_STRING, "from a import b, c")


def test_the_word_lazy_is_cut_out_with_what_stands_before_it_kept():
    assert "  import a; from b import c" == LAZY_KEYWORD.sub(r"\g<lead>", "  lazy import a; lazy from b import c")
    assert "lazy = import_" == LAZY_KEYWORD.sub(r"\g<lead>", "lazy = import_")


@pytest.mark.parametrize(("text", "expected"), [("import a", True), ("lazy from a", True), ("important", False)])
def test_how_a_statement_begins(text, expected):
    assert expected is (re.match(STATEMENT_START, text) is not None)
