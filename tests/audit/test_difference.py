"""Tests how the difference of a release to its base is told: in sentences, and as a diff of the places that are new."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from audit.contract import (
    ChangedMember,
    DeclaredChange,
    EvidenceLocation,
    Finding,
    FindingCampaign,
    ReleaseDifference,
    ScoreReason,
)
from audit.difference import (
    DIFF_LINES,
    describe_difference,
    name_base,
    parse_difference,
    place_diff,
    requirement_text,
)


def place(line: int, context: str = "", context_line: int = 0, member: str = "sheep/__init__.py") -> EvidenceLocation:
    return EvidenceLocation(
        member, line, "exec_decoded", "runs decoded text", "", "import", "exec(x)", context, context_line
    )


DIFFERENCE = ReleaseDifference("release", "sheep", "1.82.6", "sheep-1.82.6.tar.gz", 0.9, "suspicious")


def test_a_row_of_the_view_becomes_a_difference() -> None:
    row: dict[str, Any] = {
        "base_kind": "release",
        "base_project": "sheep",
        "base_version": "1.0",
        "base_filename": "sheep-1.0.tar.gz",
        "change_score": 0.9,
        "change_verdict": "suspicious",
        "change_reasons": [{"column": "c", "meaning": "m", "value": 1.0, "contribution": 2.0}],
        "new_places": [
            {
                "member": "a.py",
                "line": 3,
                "indicator": "exec_call",
                "role": "import",
                "excerpt": "exec(x)",
                "weight": 9.0,
                "context": "x\nexec(x)",
                "context_line": 2,
            }
        ],
        "changed_members": [{"path": "a.py", "change": "new", "role": "import", "file_type": "python", "size": 10}],
        "members_total": 5,
        "new_hosts": [{"host": "evil.example"}],
        "new_requires": [{"name": "left", "specifier": ">=1", "extra": "", "marker": "", "url": ""}],
        "new_entry_points": [{"group": "console_scripts", "name": "aws", "target": "sheep:main"}],
        "declared_changes": [{"field": "author_email", "before": None, "after": "x@y.example"}],
    }
    found = parse_difference(row)
    assert found.reasons == (ScoreReason("c", "m", 1.0, 2.0),)
    assert (found.places[0].context, found.places[0].context_line) == ("x\nexec(x)", 2)
    assert found.members == (ChangedMember("a.py", "new", "import", "python", 10),)
    assert (found.hosts, found.requirements, found.entry_points) == (
        ("evil.example",),
        ("left>=1",),
        ("aws = sheep:main",),
    )
    assert found.declared == (DeclaredChange("author_email", "", "x@y.example"),)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"name": "left", "specifier": ">=1,<2", "extra": "", "url": ""}, "left>=1,<2"),
        ({"name": "left", "specifier": "", "extra": "", "url": "https://x.example/l.whl"}, "left @ https://x.example/l.whl"),
        ({"name": "left", "specifier": "", "extra": "dev", "url": ""}, "left; extra == 'dev'"),
    ],
)  # fmt: skip
def test_a_requirement_reads_as_it_is_written(item: dict[str, str], expected: str) -> None:
    assert expected == requirement_text(item)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("release", "its release before (1.82.6)"),
        ("sibling", "the other file of its release (sheep-1.82.6.tar.gz)"),
        ("relative", "sheep-1.82.6.tar.gz, which shares files with it"),
    ],
)
def test_a_base_is_named_by_what_it_is(kind: str, words: str) -> None:
    assert words == name_base(replace(DIFFERENCE, base_kind=kind))


def test_what_is_new_is_told_in_sentences(finding: Callable[..., Finding]) -> None:
    difference = replace(
        DIFFERENCE,
        places=(place(3),),
        members=tuple(ChangedMember(f"m{number}.py", "new", "rest", "python", 1) for number in range(5)),
        members_total=9,
        hosts=("a.example", "b.example"),
        requirements=("left",),
        declared=(DeclaredChange("author_email", "", "x@y.example"),),
    )
    assert [
        "Its release before (1.82.6) had none of the 1 place marked below.",
        (
            "Against its release before (1.82.6) 9 members differ: new file m0.py, new file m1.py, new file m2.py, "
            "new file m3.py and 5 more."
        ),
        "New hosts: a.example, b.example.",
        "New requirement: left.",
        "Its author email changed from nothing to x@y.example.",
    ] == list(describe_difference(finding(difference=difference)))


def test_nothing_new_is_no_sentence(finding: Callable[..., Finding]) -> None:
    assert [] == list(describe_difference(finding()))
    assert [] == list(describe_difference(finding(difference=DIFFERENCE)))


def test_a_campaign_names_its_company(finding: Callable[..., Finding]) -> None:
    campaign = FindingCampaign(3, 30, 31, 0.9, ("a.tar.gz", "b.tar.gz"))
    assert ["It shares unusual code with 30 artifacts of 30 projects (campaign 3): a.tar.gz, b.tar.gz."] == list(
        describe_difference(finding(campaign=campaign))
    )


def test_new_lines_are_marked_and_stand_in_their_context() -> None:
    places = (place(12, "import os\nx = 1\nexec(x)\ny = 2", 10), place(13, "x = 1\nexec(x)\ny = 2\nz = 3", 11))
    assert [
        ("@", "sheep/__init__.py"),
        (" ", "import os"),
        (" ", "x = 1"),
        ("+", "exec(x)"),
        ("+", "y = 2"),
        (" ", "z = 3"),
    ] == place_diff(replace(DIFFERENCE, places=places))


def test_a_gap_between_places_has_a_heading() -> None:
    places = (place(2, "a\nb", 1), place(90, "c\nd", 89))
    assert ("@", "sheep/__init__.py, line 89") in place_diff(replace(DIFFERENCE, places=places))


def test_a_place_without_text_is_its_member_and_excerpt() -> None:
    assert [("@", "sheep/__init__.py"), ("+", "exec(x)")] == place_diff(replace(DIFFERENCE, places=(place(0),)))


def test_a_diff_is_bounded() -> None:
    places = tuple(place(10 * number, "a\nb", 10 * number) for number in range(100))
    assert DIFF_LINES == len(place_diff(replace(DIFFERENCE, places=places)))


def test_where_the_change_spoke_its_reasons_and_places_come_first(finding: Callable[..., Finding]) -> None:
    changed, own = ScoreReason("change_x", "new", 1, 1), ScoreReason("code_x", "old", 1, 1)
    old = place(1, member="old.py")
    difference = replace(DIFFERENCE, reasons=(changed,), places=(place(3),))
    spoken = finding(spoke="change", reasons=(own,), places=(old, place(3)), difference=difference)
    assert (changed, own) == spoken.verdict_reasons
    assert (place(3), old) == spoken.verdict_places
    silent = replace(spoken, spoke="artifact")
    assert (own, changed) == silent.verdict_reasons
    assert (old, place(3)) == silent.verdict_places
