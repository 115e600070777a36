"""Tests the formats of a comparison: 80 columns, and nothing from a package acts."""

import csv
import io
import json

import pytest

from audit.news.comparison import Difference, RunComparison, Step
from audit.news.comparison_output import COMPARISON_FORMATS, SHOWN, WIDTH, render_table

HOSTILE = "=cmd|' /C calc'!A0\u202e<img src=x>\n[a](javascript:b)"


def difference(step=Step.NEW, before="", after="malicious", filename="colorloom-1.2.0.tar.gz", why=""):
    return Difference(step, "p", "1", filename, "packages/p", "00", before, after, 0.9998, why)


def comparison(*differences, **changes):
    counts = {step.value: sum(each.step is step for each in differences) for step in Step}
    return RunComparison("20261121T033000Z-aaaa", "20261122T033000Z-bbbb", counts, differences, **changes)


def test_the_table_groups_by_step():
    text = render_table(
        comparison(
            difference(),
            difference(Step.GRAVER, "review", "suspicious"),
            difference(Step.CLEARED, "review", "clear", why="its score is lower"),
            difference(Step.GONE, "malicious", ""),
            remarks=("the model differs: a, then b",),
        )
    )
    assert [
        "20261121T033000Z-aaaa -> 20261122T033000Z-bbbb",
        "the model differs: a, then b",
        "1 new, 1 graver, 0 milder, 1 cleared, 1 gone, 0 waived, 0 same",
        "",
        "new",
        "  malicious                0.9998  colorloom-1.2.0.tar.gz",
        "",
        "graver",
        "  review -> suspicious     0.9998  colorloom-1.2.0.tar.gz",
        "",
        "cleared",
        "  review -> clear          0.9998  colorloom-1.2.0.tar.gz",
        "    its score is lower",
        "",
        "gone",
        "  malicious -> gone        0.9998  colorloom-1.2.0.tar.gz",
    ] == text.splitlines()


def test_no_line_of_the_table_is_longer_than_a_terminal():
    long = difference(filename="a" * 200, why="it is compared with another base: " + "b" * 200)
    lines = render_table(comparison(long, remarks=("the mirror differs: " + "/srv " * 40,))).splitlines()
    assert not [line for line in lines if len(line) > WIDTH]


@pytest.mark.parametrize("format_name", COMPARISON_FORMATS)
def test_nothing_from_a_package_acts(format_name):
    text = COMPARISON_FORMATS[format_name](comparison(difference(filename=HOSTILE, why=HOSTILE), remarks=(HOSTILE,)))
    assert "\u202e" not in text
    if format_name == "csv":
        assert not [cell for row in csv.reader(io.StringIO(text)) for cell in row if cell.startswith("=")]
    if format_name == "markdown":
        assert "<img" not in text
        assert "](javascript" not in text


def test_csv_and_json_list_all():
    many = comparison(*(difference() for _ in range(SHOWN + 3)))
    assert SHOWN + 3 == len(list(csv.DictReader(io.StringIO(COMPARISON_FORMATS["csv"](many)))))
    assert SHOWN + 3 == len(json.loads(COMPARISON_FORMATS["json"](many))["differences"])
    assert "  and 3 more (--format csv lists them)" in render_table(many)
    assert "- and 3 more" in COMPARISON_FORMATS["markdown"](many)
