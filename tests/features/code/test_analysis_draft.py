"""The draft of an analysis: what is kept, merged and in which order."""

import ast

import pytest

from features.code.analysis_draft import MAX_LOCATIONS, AnalysisDraft
from features.code.detect.contract import Detection
from features.code.detect.rules import RULE_WEIGHTS
from features.contract import Role
from features.text.indicators import INDICATORS


def make_draft(text: str = "", depth: int = 0) -> AnalysisDraft:
    return AnalysisDraft(text, Role.INSTALL, depth)


def test_a_finding_is_a_count_an_effect_and_a_location():
    draft = make_draft()
    draft.add_finding("pip_install", 3, 7, "text", 0.5)
    assert draft.counts == {"finding_pip_install": 1}
    assert draft.effects == {3: {"finding_pip_install": 1}}
    (location,) = draft.locations
    assert (location.line, location.id, location.excerpt) == (7, "pip_install", "text")
    assert location.weight == RULE_WEIGHTS["pip_install"] / 2


def test_a_detection_is_located_at_its_node():
    text = "x = 1\ny = f()\n"
    draft = make_draft(text)
    draft.add_detection(Detection("self_delete", ast.parse(text).body[1], 0))
    assert [(location.line, location.excerpt) for location in draft.locations] == [(2, "y = f()")]


def test_of_a_long_line_the_part_around_the_column_is_shown():
    draft = make_draft("a" * 500 + "MARK" + "b" * 500)
    assert draft.excerpt(1, 500).startswith("a" * 60 + "MARK")
    assert len(draft.excerpt(1, 500)) == 200
    assert draft.excerpt(2) == ""


@pytest.mark.parametrize(("rule", "limit"), [("pip_install", 400), ("install_time_process", 800)])
def test_the_number_of_locations_is_bounded_later_for_what_runs(rule, limit):
    draft = make_draft()
    for line in range(1_000):
        draft.add_location(rule, line, "")
    assert len(draft.locations) == limit


def test_an_indicator_weighs_with_its_bonus():
    draft = make_draft()
    draft.add_indicator(INDICATORS[0], 1, "text", 1.5)
    assert [(location.id, location.weight) for location in draft.locations] == [
        (INDICATORS[0].id, INDICATORS[0].weight + 1.5)
    ]


def test_hidden_code_counts_as_if_it_stood_at_its_line():
    hidden = make_draft("import os", depth=1)
    hidden.counts.update(
        {"call_random": 2, "run_random": 2, "unpacked_layers": 1, "literal_chars": 9, "longest_line": 50, "nodes": 4}
    )
    hidden.add_effect(5, "random", 2)
    hidden.add_finding("pip_install", 5, 1, "inside")
    hidden.tokens.add(7)
    draft = make_draft()
    draft.counts["literal_chars"] = 5
    draft.merge(hidden, 2, 40, 1, runs=True)
    assert draft.counts == {
        "call_random": 2,
        "run_random": 2,
        "unpacked_layers": 3,
        "literal_chars": 9,
        "finding_pip_install": 1,
    }
    assert draft.effects == {1: {"random": 2, "finding_pip_install": 1}}
    assert draft.tokens == {7}
    assert [(location.line, location.excerpt) for location in draft.locations] == [(40, "inside")]


def test_hidden_code_that_nobody_runs_does_not_run():
    hidden = make_draft(depth=1)
    hidden.counts.update({"call_random": 1, "run_random": 1})
    draft = make_draft()
    draft.merge(hidden, 1, 1, 0, runs=False)
    assert draft.counts == {"call_random": 1}


def test_of_hidden_code_eight_locations_are_kept():
    hidden = make_draft(depth=1)
    for line in range(20):
        hidden.add_location("pip_install", line, "")
    draft = make_draft()
    draft.merge(hidden, 1, 1, 0, runs=False)
    assert len(draft.locations) == 8


def test_lines_that_run_come_before_heavier_ones():
    draft = make_draft()
    for line in range(100, 100 + 2 * MAX_LOCATIONS):
        draft.add_location("decode_then_execute", line, "")
    draft.add_location("install_time_host", 9, "")
    draft.add_location("silent_process", 9, "")
    locations = draft.finish().locations
    assert len(locations) == MAX_LOCATIONS
    assert [location.id for location in locations[:3]] == ["install_time_host", "silent_process", "decode_then_execute"]


def test_the_finished_analysis_has_no_zeros():
    draft = make_draft()
    draft.counts.update({"nodes": 0, "calls": 2})
    assert draft.finish().counts == {"calls": 2}
