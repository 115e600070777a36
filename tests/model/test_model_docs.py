"""The figures of docs/model.md are those of the shipped files, and its example of a learner works."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.registry import Weighting
from model.rows import LabelledRows, training_set
from model.saved import PRETRAINED, load_card

TEXT = (Path(__file__).parents[2] / "docs" / "model.md").read_text(encoding="utf-8")
EVALUATION: dict[str, Any] = json.loads((PRETRAINED / "evaluation.json").read_text(encoding="utf-8"))
SECTIONS = {section["name"]: section for section in EVALUATION["sections"]}


def percent(value: float, low: float, high: float) -> str:
    return f"{value * 100:.1f} % ({low * 100:.1f} to {high * 100:.1f})"


def recall_lines() -> list[str]:
    results = [result for name in ("time", "campaign", "random") for result in SECTIONS[name]["results"]]
    lines = []
    for result in results:
        if result["model"] == EVALUATION["preset"]:
            recalls = " | ".join(percent(**recall["artifacts"]) for recall in result["recalls"])
            counts = f"{result['malicious']:,} ({result['campaigns']:,}) | {result['benign']:,}"
            lines.append(f"| {result['split']} | {counts} | {recalls} |")
    return lines


def probe_lines() -> list[str]:
    lines = []
    for probe in SECTIONS["sets"]["probes"]:
        hits = {at["point"]: percent(at["share"], at["lower"], at["upper"]) for at in probe["reached"]}
        if probe["label"]:
            lines.append(f"| {probe['name']} | {probe['artifacts']} | {hits['suspicious']} | {hits['review']} |")
    return lines


@pytest.mark.parametrize("line", [*recall_lines(), *probe_lines()])
def test_a_measured_line_stands_in_the_page(line: str) -> None:
    assert line in TEXT


def test_the_numbers_in_the_sentences_are_measured_ones() -> None:
    dev = next(result for result in SECTIONS["time"]["results"] if result["split"] == "dev")
    paper = next(result for result in SECTIONS["random"]["results"] if result["model"] == "samaana2024")
    held_out = next(part for part in EVALUATION["localisation"] if part["part"] == "held_out")
    found = held_out["top1"] * held_out["artifacts"]
    words = re.sub(r"\s+", " ", TEXT)
    for sentence in (
        f"{EVALUATION['malicious']:,} malicious artifacts of {EVALUATION['campaigns']} campaigns",
        f"{EVALUATION['benign']:,} benign ones",
        f"{dev['recalls'][1]['precision']:.0%} of the alarms".replace("%", " %"),
        f"at 1 %, {dev['recalls'][0]['precision']:.0%}.".replace("%.", " %."),
        f"find {paper['recalls'][0]['artifacts']['value'] * 100:.1f} % at 1 %",
        f"in {found:.0f} of {held_out['artifacts']} artifacts",
        f"{load_card().points[0].rows:,} validation artifacts",
    ):
        assert sentence in words
    assert held_out["top3"] == 1.0


def test_the_page_names_every_learner_of_the_shipped_model() -> None:
    assert all(f"| `{learner}` |" in TEXT for learner in load_card().learners)


def test_the_example_of_a_learner_learns_and_survives_the_disk(rows: LabelledRows, tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    namespace: dict[str, Any] = {"__name__": "example"}
    exec(compile(code, "docs/model.md", "exec"), namespace)
    training = training_set(rows, np.arange(len(rows)), Weighting(), 0)
    learner = namespace["BernoulliBayes"]()
    learner.fit(training, 0)
    predicted = learner.predict(training.frame)
    assert predicted[training.labels == 1].mean() > predicted[training.labels == 0].mean()
    learner.save(tmp_path)
    again = namespace["BernoulliBayes"]()
    again.load(tmp_path)
    np.testing.assert_array_equal(predicted, again.predict(training.frame))
