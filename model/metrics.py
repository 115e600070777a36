"""Measures scored test rows: recall at false positive rates with intervals, AUC, and results at fixed thresholds."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.contract import Estimate, ModelResult, OperatingPoint, OperatingPointResult, RecallAtRate
from model.errors import TrainingDataError
from model.thresholds import SCORE_DECIMALS, clopper_pearson

BASE_RATE = 1 / 425
"""Share of malicious uploads among all, live over 37 days (Montaruli and others, ACSAC 2025, table 5)."""

NIGHTLY_FILES = 10_685
"""New files a day on PyPI in 2025 (3.9 million in PyPI's review of the year)."""

FALSE_POSITIVE_RATES = (1e-2, 1e-3, 1e-4)
"""Rates at which recall is reported."""

REPLICATES = 300
"""Bootstrap samples behind each interval."""

_INTERVAL = (0.05, 0.95)
"""Quantiles of the bootstrap: a 90 % interval."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ScoredRows:
    """Test rows with their scores, labels (1 for malware), and campaigns or projects, all of shape (n,)."""

    scores: Floats
    labels: npt.NDArray[np.int8]
    groups: Ints


def measure(
    scored: ScoredRows,
    section: str,
    split: str,
    model: str,
    points: tuple[OperatingPoint, ...] = (),
    note: str = "",
) -> ModelResult:
    """Return the figures of one model on one test set; raises TrainingDataError where a class is missing."""
    # Imported here: reports use the constants of this module and must not load scikit-learn.
    from sklearn.metrics import average_precision_score, roc_auc_score  # noqa: PLC0415

    malicious = scored.labels == 1
    if not malicious.any() or malicious.all():
        raise TrainingDataError(f"the test rows of {section} {split} lack a class")
    scores = np.round(scored.scores, SCORE_DECIMALS)
    return ModelResult(
        section=section,
        split=split,
        model=model,
        malicious=int(malicious.sum()),
        campaigns=len(np.unique(scored.groups[malicious])),
        benign=int((~malicious).sum()),
        auc=round(float(roc_auc_score(scored.labels, scores)), 6),
        average_precision=round(float(average_precision_score(scored.labels, scores)), 6),
        f1=round(_f1(scores, malicious), 6),
        recalls=tuple(_recalls(scores, malicious, scored.groups)),
        fixed=tuple(_point_result(scores, malicious, scored.groups, point) for point in points),
        note=note,
    )


def threshold_at(benign: Floats, rate: float) -> float:
    """Return the score that at most this share of benign scores (n,) exceeds."""
    descending = np.sort(benign)[::-1]
    # The epsilon corrects for binary fractions: 0.01 * 300 is 2.9999.
    return float(descending[min(int(rate * len(descending) + 1e-9), len(descending) - 1)])


def campaign_recall(found: Mask, groups: Ints) -> float:
    """Return the mean over campaigns of the share of each campaign's artifacts that were found."""
    codes = np.unique(groups, return_inverse=True)[1]
    return float(np.mean(np.bincount(codes, weights=found) / np.bincount(codes)))


def precision_at(recall: float, false_positives: float) -> float:
    """Return the share of alarms that are right at the live base rate."""
    right = recall * BASE_RATE
    alarms = right + false_positives * (1 - BASE_RATE)
    return right / alarms if alarms else 0.0


def _f1(scores: Floats, malicious: Mask) -> float:
    predicted = scores >= 0.5
    hits = float((predicted & malicious).sum())
    return 2 * hits / float(predicted.sum() + malicious.sum())


def _point_result(scores: Floats, malicious: Mask, groups: Ints, point: OperatingPoint) -> OperatingPointResult:
    found = scores >= point.threshold
    alarms = int(found[~malicious].sum())
    benign = int((~malicious).sum())
    return OperatingPointResult(
        verdict=point.verdict,
        threshold=point.threshold,
        alarms=alarms,
        benign=benign,
        upper=round(clopper_pearson(alarms, benign)[1], 8),
        artifacts=round(float(found[malicious].mean()), 6),
        campaigns=round(campaign_recall(found[malicious], groups[malicious]), 6),
    )


def _recalls(scores: Floats, malicious: Mask, groups: Ints) -> list[RecallAtRate]:
    positives, negatives = scores[malicious], scores[~malicious]
    campaigns = np.unique(groups[malicious], return_inverse=True)[1]
    projects = np.unique(groups[~malicious], return_inverse=True)[1]
    resampled = _bootstrap(negatives, positives, projects, campaigns)
    recalls = []
    for position, rate in enumerate(FALSE_POSITIVE_RATES):
        found = positives > threshold_at(negatives, rate)
        by_artifact = float(found.mean())
        by_campaign = campaign_recall(found, campaigns)
        recalls.append(
            RecallAtRate(
                false_positives=rate,
                artifacts=_estimate(by_artifact, resampled[:, position, 0]),
                campaigns=_estimate(by_campaign, resampled[:, position, 1]),
                precision=round(precision_at(by_artifact, rate), 6),
                alerts=round(rate * NIGHTLY_FILES, 2),
            )
        )
    return recalls


def _bootstrap(negatives: Floats, positives: Floats, projects: Ints, campaigns: Ints) -> Floats:
    """Return the recalls of resampled campaigns and projects, shape (replicates, rates, 2).

    The last axis is recall by artifact and recall by campaign. `projects` and `campaigns` are codes from 0.
    """
    random = np.random.default_rng(0)
    order = np.argsort(-negatives, kind="stable")
    descending, owners = negatives[order], projects[order]
    sizes = np.bincount(campaigns)
    resampled = np.zeros((REPLICATES, len(FALSE_POSITIVE_RATES), 2))
    for replicate in resampled:
        drawn = _draw_counts(random, int(owners.max()) + 1)[owners]
        times = _draw_counts(random, len(sizes))
        above = np.cumsum(drawn)
        for rate, recalls in zip(FALSE_POSITIVE_RATES, replicate, strict=True):
            allowed = int(rate * above[-1] + 1e-9)
            first = min(int(np.searchsorted(above, allowed, side="right")), len(descending) - 1)
            found = np.bincount(campaigns, weights=positives > descending[first], minlength=len(sizes))
            recalls[0] = (found * times).sum() / (sizes * times).sum()
            recalls[1] = (found / sizes * times).sum() / times.sum()
    return resampled


def _draw_counts(random: np.random.Generator, count: int) -> Ints:
    """Return how often each of `count` items occurs in `count` draws with replacement."""
    return np.bincount(random.integers(0, count, count), minlength=count)


def _estimate(value: float, resampled: Floats) -> Estimate:
    low, high = np.quantile(resampled, _INTERVAL)
    return Estimate(round(value, 6), round(float(low), 6), round(float(high), 6))
