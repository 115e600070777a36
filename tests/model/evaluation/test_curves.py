import numpy as np

from model.evaluation.curves import recall_curve
from model.metrics import ScoredRows


def test_recall_rises_with_the_false_positive_rate() -> None:
    # 1,000 benign rows of scores 0 to 0.999; four malicious rows of two campaigns.
    scores = np.concatenate([np.arange(1_000) / 1_000, [0.9995, 0.9995, 0.9995, 0.2]])
    labels = np.array([0] * 1_000 + [1] * 4, dtype=np.int8)
    groups = np.array([*range(1_000), 2_000, 2_000, 2_000, 2_001])
    curve = recall_curve(ScoredRows(scores, labels, groups), "x", "m")
    assert ("x", "m", 1_000) == (curve.split, curve.model, curve.benign)
    assert (1e-4, 1.0) == (curve.false_positives[0], curve.false_positives[-1])
    assert (0.75, 0.5) == (curve.artifacts[0], curve.campaigns[0])
    assert (1.0, 1.0) == (curve.artifacts[-1], curve.campaigns[-1])
    assert list(curve.artifacts) == sorted(curve.artifacts)


def test_malware_below_every_benign_row_is_found_at_no_rate() -> None:
    scored = ScoredRows(np.array([0.5, 0.6, 0.1]), np.array([0, 0, 1], np.int8), np.arange(3))
    assert {0.0} == set(recall_curve(scored, "x", "m").artifacts)
