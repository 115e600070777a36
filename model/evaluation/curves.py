"""Computes recall over the whole range of false positive rates."""

import numpy as np

from model.evaluation.contract import RecallCurve
from model.metrics import ScoredRows, campaign_recall, threshold_at
from model.thresholds import SCORE_DECIMALS


def recall_curve(scored: ScoredRows, split: str, model: str) -> RecallCurve:
    """Return recall at 41 log-spaced false positive rates, from 1 in 10,000 to 1."""
    malicious = scored.labels == 1
    scores = np.round(scored.scores, SCORE_DECIMALS)
    rates = np.logspace(-4, 0, 41)
    found = [scores[malicious] > threshold_at(scores[~malicious], rate) for rate in rates]
    return RecallCurve(
        split=split,
        model=model,
        benign=int((~malicious).sum()),
        false_positives=tuple(round(float(rate), 8) for rate in rates),
        artifacts=tuple(round(float(hits.mean()), 6) for hits in found),
        campaigns=tuple(round(campaign_recall(hits, scored.groups[malicious]), 6) for hits in found),
    )
