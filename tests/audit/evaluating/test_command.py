"""`boojum evaluate`: what it leaves on disk and says, and that it hands on what an earlier run left."""

import json

import pytest

from audit import cli
from audit.evaluating.record import read_evaluation, write_evaluation
from audit.exits import Exit


@pytest.fixture
def asked(evaluation, monkeypatch):
    """Stand in for the measuring, and keep what is asked of it."""
    calls = []

    def evaluate(rows, progress, *, checkpoint, previous, **how):
        calls.append((previous, how))
        checkpoint(evaluation)
        return evaluation

    monkeypatch.setattr("model.evaluation.evaluate.evaluate", evaluate)
    return calls


def test_a_page_and_a_record_are_left(asked, evaluation, tmp_path, capsys):
    assert Exit.COMPLETE == cli.main(["evaluate", "--into", str(tmp_path / "e"), "--quiet", "--sections", "time,sets"])
    said = capsys.readouterr().out
    assert f"wrote {tmp_path / 'e' / 'evaluation.html'}\n" == said[said.index("wrote") :]
    assert "injected-pth               malicious    100  malicious 80 (80.0%)" in said
    assert "\u202e" not in said
    assert evaluation == read_evaluation(tmp_path / "e")
    (before, how), *_ = asked
    assert before is None
    assert ("time", "sets") == how["sections"]


def test_what_was_measured_before_is_handed_on(asked, evaluation, tmp_path, capsys):
    write_evaluation(evaluation, tmp_path)
    assert Exit.COMPLETE == cli.main(["evaluate", "--into", str(tmp_path), "--quiet", "--json"])
    assert json.loads(capsys.readouterr().out)["seed"] == 0
    assert evaluation == asked[0][0]
    assert asked[0][1]["sections"] is None
