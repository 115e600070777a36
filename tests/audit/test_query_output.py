"""Rows of a query as table, CSV, JSON and Markdown, with hostile text in names and cells."""

import csv
import io
import json

import pytest

from audit.query import QueryResult
from audit.query_output import QUERY_FORMATS, render_csv, render_json_rows, render_markdown, render_table

RESULT = QueryResult(("name", "score", "note"), (("six", 0.123456789, None), ("requests-toolbelt", 12, "=1+1")))


def test_a_table_aligns_numbers_to_the_right():
    assert (
        "name                  score  note\n"
        "-----------------  --------  ----\n"
        "six                0.123457\n"
        "requests-toolbelt        12  =1+1\n"
        "(2 rows)"
    ) == render_table(RESULT)


@pytest.mark.parametrize(("expected", "rows"), [("(0 rows)", ()), ("(1 row)", (("x",),))])
def test_a_table_counts_its_rows(expected, rows):
    assert render_table(QueryResult(("name",), rows)).endswith(f"\n{expected}")


def test_csv_has_no_formula_and_leaves_numbers_alone():
    assert [
        ["name", "score", "note"],
        ["six", "0.123456789", ""],
        ["requests-toolbelt", "12", "'=1+1"],
    ] == list(csv.reader(io.StringIO(render_csv(RESULT))))


def test_json_has_an_object_for_each_row():
    assert [{"name": "six", "score": 0.123456789, "note": None}] == json.loads(render_json_rows(RESULT))[:1]


def test_json_writes_what_it_has_no_type_for_as_text():
    assert [{"members": "b'a'"}] == json.loads(render_json_rows(QueryResult(("members",), ((b"a",),))))


def test_markdown_escapes_cells():
    assert render_markdown(QueryResult(("a|b",), (("[x](y)|",),))) == "| a\\|b |\n|---|\n| \\[x\\]\\(y\\)\\| |"


@pytest.mark.parametrize("name", QUERY_FORMATS)
def test_no_format_lets_hostile_names_or_cells_through(name, hostile):
    text = QUERY_FORMATS[name](QueryResult((hostile,), ((hostile,),)))
    assert "\u202e" not in text
    assert "\x1b" not in QUERY_FORMATS[name](QueryResult(("\x1b[2J",), (("\x1b[2J",),)))
