"""`boojum evaluate`: its files, its output, and the earlier evaluation that it continues."""

import json

import pytest

from audit import cli
from audit.evaluating.record import read_evaluation, write_evaluation
from audit.exits import Exit


@pytest.fixture
def calls(evaluation, monkeypatch):
    """Replace the measuring, and record its arguments."""
    recorded = []

    def evaluate(rows, progress, *, checkpoint, previous, **how):
        recorded.append((previous, how))
        checkpoint(evaluation)
        return evaluation

    monkeypatch.setattr("model.evaluation.evaluate.evaluate", evaluate)
    return recorded


def test_a_page_and_a_record_are_left(calls, evaluation, tmp_path, capsys):
    assert Exit.COMPLETE == cli.main(["evaluate", "--into", str(tmp_path / "e"), "--quiet", "--sections", "time,sets"])
    output = capsys.readouterr().out
    assert f"wrote {tmp_path / 'e' / 'evaluation.html'}\n" == output[output.index("wrote") :]
    assert "injected-pth               malicious    100  malicious 80 (80.0%)" in output
    assert "\u202e" not in output
    assert evaluation == read_evaluation(tmp_path / "e")
    (before, how), *_ = calls
    assert before is None
    assert ("time", "sets") == how["sections"]


def test_an_earlier_evaluation_is_passed_on(calls, evaluation, tmp_path, capsys):
    write_evaluation(evaluation, tmp_path)
    assert Exit.COMPLETE == cli.main(["evaluate", "--into", str(tmp_path), "--quiet", "--json"])
    assert json.loads(capsys.readouterr().out)["seed"] == 0
    assert evaluation == calls[0][0]
    assert calls[0][1]["sections"] is None
