"""The layout of a text: long lines, several statements in one, code out of sight."""

import pytest

from features.code.analysis_draft import AnalysisDraft
from features.code.source_layout import measure_layout
from features.contract import Role

GAP = " " * 80


def measure(text: str, depth: int = 0) -> AnalysisDraft:
    draft = AnalysisDraft(text, Role.REST, depth)
    measure_layout(draft)
    return draft


@pytest.mark.parametrize(("text", "expected"), [("", 0), ("a\nabc\nab", 3), ("abcd", 4)])
def test_the_longest_line_counts(text, expected):
    assert measure(text).counts["longest_line"] == expected


@pytest.mark.parametrize(("text", "expected"), [("a; b; c", 2), ("a;", 0), ("x[1;2]", 0), ("a;\tb", 1)])
def test_statements_in_one_line_are_counted(text, expected):
    assert measure(text).counts["statement_chains"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"x = 1;{GAP}import os", 1),
        (f"x = 1;{GAP[1:]}import os", 0),
        (f"x = 1{GAP}# a comment", 0),
        (f"{GAP}x = 1", 0),
        (f"{GAP * 2}x = 1", 1),
        (f"x = 1{GAP}", 0),
        ("x = 1", 0),
    ],
)
def test_code_behind_white_space_is_out_of_sight(text, expected):
    assert measure(text).counts["offscreen_lines"] == expected


def test_of_code_out_of_sight_the_first_four_lines_are_located():
    draft = measure(f"x = 1;{GAP}import os\n" * 6)
    assert draft.counts["offscreen_lines"] == 6
    assert draft.effects == {0: {"finding_offscreen_code": 4}}
    assert draft.counts["finding_offscreen_code"] == 4
    assert [(location.line, location.excerpt) for location in draft.locations] == [
        (line, "import os") for line in (1, 2, 3, 4)
    ]


def test_hidden_code_has_no_place_on_a_screen():
    draft = measure(f"x = 1;{GAP}import os", depth=1)
    assert (draft.counts["offscreen_lines"], draft.locations) == (1, [])
