"""The text of cards and evaluations on a terminal."""

from dataclasses import replace
from pathlib import Path

import pytest

from audit.model_output import render_card, render_evaluation, render_probes, render_results
from audit.operating_points import campaign_recalls, describe_point
from model.contract import Estimate, ModelResult, RecallAtRate
from model.evaluation.contract import Evaluation, ProbeResult, SectionResult, ThresholdHits
from model.saved import load_card

HOSTILE = "evil\u202e\n"


@pytest.fixture
def result() -> ModelResult:
    estimate = Estimate(0.8, 0.7, 0.9)
    recalls = tuple(RecallAtRate(rate, estimate, replace(estimate, value=0.5), 0.5, 1.0) for rate in (0.01, 0.0001))
    return ModelResult("time", "dev", "boojum", 1_670, 34, 25_000, 0.98765, 0.97, 0.9876, recalls)


@pytest.fixture
def probe() -> ProbeResult:
    return ProbeResult(HOSTILE, 1, 1_200, 30, 0, (ThresholdHits("review", 0.5, 300, 0.25, 0.2, 0.3, 0.2),))


def test_a_card_describes_each_operating_point() -> None:
    card = load_card()
    text = render_card(card)
    assert f"model {card.model_id} (boojum), schema {card.fingerprint}" == text.splitlines()[0]
    for point in card.points:
        assert f"    {describe_point(point, 10_685, campaign_recalls(card)[point.verdict])}\n" in text


def test_a_card_without_figures_has_no_table_and_no_recall() -> None:
    text = render_card(replace(load_card(), metrics=(), change=None))
    assert "section" not in text
    assert "campaigns never seen before" not in text


def test_a_result_is_a_line_under_the_head(result: ModelResult) -> None:
    head, line = render_results((result,))
    assert ["section", "split", "model", "malicious", "benign", "AUC", "F1"] == head.split()[:7]
    assert "at 1.00% FP (campaigns)  at 0.01% FP (campaigns)" in head
    assert ["time", "dev", "boojum", "1,670", "25,000", "0.9877", "0.988", "80.0%", "(", "50.0%)"] == line.split()[:10]


def test_no_results_are_no_table() -> None:
    assert [] == list(render_results(()))


def test_a_probe_is_a_line_and_its_name_is_made_harmless(probe: ProbeResult) -> None:
    (line,) = render_probes([probe])
    assert "\u202e" not in line
    assert "\n" not in line
    assert line.endswith("malicious  1,200  review 300 (25.0%)")
    (benign,) = render_probes([replace(probe, label=0)])
    assert " benign " in benign


def test_an_evaluation_ends_with_the_path_of_its_page(result: ModelResult, probe: ProbeResult) -> None:
    section = SectionResult("time", "", 1.0, results=(result,), probes=(probe,))
    evaluation = Evaluation("boojum", (), 4, 2, 0, "f", "d", 1, 1, 1, 0, (), (section,))
    lines = render_evaluation(evaluation, Path("out/evaluation.html")).splitlines()
    assert 4 == len(lines)
    assert "wrote out/evaluation.html" == lines[-1]
