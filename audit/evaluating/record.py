"""Writes and reads evaluations: evaluation.json, which a later run continues, and evaluation.html for a person."""

import json
from pathlib import Path

from audit.evaluating.page import render_page
from audit.serialization import from_plain, render_json
from features.runtime.atomic_write import write_atomically
from model.evaluation.contract import Evaluation

RECORD = "evaluation.json"
PAGE = "evaluation.html"


def write_evaluation(evaluation: Evaluation, into: Path) -> Path:
    """Write evaluation.json and evaluation.html into a folder; return the path of the page."""
    into.mkdir(parents=True, exist_ok=True)
    write_atomically(into / RECORD, (render_json(evaluation) + "\n").encode(), durable=True)
    write_atomically(into / PAGE, render_page(evaluation).encode(), durable=True)
    return into / PAGE


def read_evaluation(into: Path) -> Evaluation | None:
    """Return the evaluation that an earlier run left in a folder; None where this version can read none."""
    try:
        fields = json.loads((into / RECORD).read_text(encoding="utf-8"))
        evaluation = from_plain(Evaluation, fields)
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        # Another version's file, or a damaged one: everything is measured again.
        return None
    assert isinstance(evaluation, Evaluation)
    return evaluation
