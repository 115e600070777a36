import numpy as np
import pytest

from model.contract import OperatingPoint, Verdict
from model.errors import TrainingDataError
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


def test_f1_is_that_of_scores_from_one_half_on() -> None:
    # 500 of 1,000 benign rows and three of four malicious ones are at or above 0.5.
    assert measure(scored(), "time", "x", "m").f1 == pytest.approx(2 * 3 / (503 + 4), abs=1e-6)


def test_a_fixed_point_is_measured_on_the_test_rows() -> None:
    point = OperatingPoint(Verdict.REVIEW, 0.99, 0.01, 0, 1, 0.0, 1.0, extrapolated=False)
    (result,) = measure(scored(), "time", "x", "m", (point,)).fixed
    assert (result.verdict, result.alarms, result.benign) == (Verdict.REVIEW, 10, 1_000)
    assert (result.artifacts, result.campaigns) == (0.75, 0.5)
    assert result.upper == pytest.approx(0.0169, abs=1e-4)


def test_an_interval_of_campaigns_is_wide_where_they_are_few() -> None:
    for recall in measure(scored(), "time", "x", "m").recalls:
        assert (recall.campaigns.low, recall.campaigns.high) == (0.0, 1.0)


def test_the_bootstrap_repeats() -> None:
    assert measure(scored(), "time", "x", "m") == measure(scored(), "time", "x", "m")


def test_scores_are_compared_as_they_are_rounded() -> None:
    rows = ScoredRows(np.array([0.5, 0.50000001]), np.array([0, 1], dtype=np.int8), np.arange(2))
    assert measure(rows, "time", "x", "m").auc == 0.5


def test_a_missing_class_is_an_error() -> None:
    only = ScoredRows(np.zeros(3), np.zeros(3, dtype=np.int8), np.arange(3))
    with pytest.raises(TrainingDataError, match="lack a class"):
        measure(only, "time", "x", "m")
