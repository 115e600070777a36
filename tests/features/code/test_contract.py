"""The result of the syntax pass."""

import dataclasses

import pytest

from features.code.contract import CodeLocation, CodeUnit, FileAnalysis, size_of_links


def test_rule_ids_are_the_findings_without_their_prefix():
    analysis = FileAnalysis(parsed=True, counts={"finding_pip_install": 2, "call_random": 1})
    assert analysis.rule_ids == {"pip_install"}


def test_an_analysis_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        FileAnalysis(parsed=True).reason = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    "more",
    [
        {"counts": {"nodes": 1}},
        {"locations": (CodeLocation(1, "x", "text", 1.0),)},
        {"tokens": (1,)},
        {"units": (CodeUnit("f", calls=("a.b",)),)},
        {"aliases": (("a", "b"),)},
    ],
)
def test_whatever_an_analysis_holds_takes_memory(more):
    assert FileAnalysis(parsed=True, **more).size_in_bytes() > FileAnalysis(parsed=True).size_in_bytes()


def test_longer_names_take_more_memory():
    short, long = (size_of_links((CodeUnit("f", calls=(name,)),), ()) for name in ("a", "a" * 50))
    assert long == short + 49
