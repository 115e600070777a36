import numpy as np
import pytest

from model.errors import TrainingDataError
from model.evaluation.curves import recall_curve
from model.metrics import ScoredRows, campaign_recall, measure, precision_at, threshold_at


def scored() -> ScoredRows:
    # 1,000 benign rows of scores 0 to 0.999; four malicious of two campaigns.
    benign = np.arange(1_000) / 1_000
    bad = np.array([0.9995, 0.9995, 0.9995, 0.2])
    labels = np.array([0] * 1_000 + [1] * 4, dtype=np.int8)
    groups = np.array([*range(1_000), 2_000, 2_000, 2_000, 2_001])
    return ScoredRows(np.concatenate([benign, bad]), labels, groups)


def test_recall_counts_artifacts_and_campaigns() -> None:
    result = measure(scored(), "time", "x", "m")
    assert (result.malicious, result.campaigns, result.benign) == (4, 2, 1_000)
    for recall in result.recalls:
        assert recall.artifacts.value == 0.75
        assert recall.campaigns.value == 0.5
        assert recall.artifacts.low <= 0.75 <= recall.artifacts.high
    assert result.recalls[0].alerts == 106.85


def test_a_threshold_lets_no_more_through_than_its_rate() -> None:
    benign = np.array([0.1, 0.5, 0.5, 0.5, 0.9])
    assert threshold_at(benign, 0.2) == 0.5
    assert threshold_at(benign, 0.19) == 0.9
    assert threshold_at(benign, 1.0) == 0.1


def test_precision_at_the_live_base_rate_is_that_of_the_literature() -> None:
    # Recall 0.94 at 1 in 425: 2.2 % false positives leave 9 % precision, 0.1 % leave 69 % (facts, section 6).
    assert precision_at(0.94, 0.022) == pytest.approx(0.09, abs=0.005)
    assert precision_at(0.94, 0.001) == pytest.approx(0.69, abs=0.005)
    assert precision_at(0.0, 0.0) == 0.0


def test_campaigns_count_one_each() -> None:
    assert campaign_recall(np.array([True, True, True, False]), np.array([7, 7, 7, 9])) == 0.5


def test_a_curve_rises() -> None:
    line = recall_curve(scored(), "x", "m")
    assert line.artifacts[0] == 0.75
    assert line.artifacts[-1] == 1.0
    assert line.benign == 1_000
    assert list(line.artifacts) == sorted(line.artifacts)


def test_a_missing_class_is_an_error() -> None:
    only = ScoredRows(np.zeros(3), np.zeros(3, dtype=np.int8), np.arange(3))
    with pytest.raises(TrainingDataError, match="lack a class"):
        measure(only, "time", "x", "m")
