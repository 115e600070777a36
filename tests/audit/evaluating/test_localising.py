"""Tests localisation: one entry for each part of the list that the tree has artifacts of."""

from pathlib import Path

import pytest

from audit import cli
from audit.evaluating.localising import with_localisation
from audit.evaluating.record import read_evaluation
from audit.exits import Exit
from jobs.corpus.localisation import Localisation as Measured
from model.evaluation.contract import LocalisationResult
from model.saved import PAYLOAD_PLACES


@pytest.fixture
def calls(monkeypatch):
    """Replace reading artifacts, and record its arguments."""
    recorded = []

    def measure_localisation(tree, labels, *, part, progress):
        recorded.append((tree, labels, part))
        progress(1, 1, "evil\u202e-1.0.tar.gz")
        return Measured(20, 0.75, 0.9, 1) if part == "held_out" else Measured(0, 0.0, 0.0, 30)

    monkeypatch.setattr("audit.evaluating.localising.measure_localisation", measure_localisation)
    return recorded


def test_each_part_is_measured_and_an_empty_one_is_left_out(calls, evaluation):
    stages = []
    found = with_localisation(evaluation, Path("tree"), Path("list.csv"), lambda *step: stages.append(step))
    assert (LocalisationResult("held_out", 20, 0.75, 0.9),) == found.localisation
    assert evaluation.sections == found.sections
    assert [(Path("tree"), Path("list.csv"), part) for part in ("tuned", "held_out")] == calls
    assert {(1, 1, "localisation")} == set(stages)


def test_the_command_adds_it_to_what_was_measured(calls, evaluation, tmp_path, monkeypatch):
    monkeypatch.setattr("model.evaluation.evaluate.evaluate", lambda *_, **__: evaluation)
    tree = tmp_path / "tree"
    assert Exit.COMPLETE == cli.main(["evaluate", "--into", str(tmp_path), "--quiet", "--malicious", str(tree)])
    assert (tree, PAYLOAD_PLACES, "tuned") == calls[0]
    found = read_evaluation(tmp_path)
    assert found is not None
    assert (LocalisationResult("held_out", 20, 0.75, 0.9),) == found.localisation


def test_the_shipped_list_is_there():
    assert PAYLOAD_PLACES.is_file()
