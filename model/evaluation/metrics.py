"""Figures that mean something to an operator: recall at a rate of false alarms, with intervals."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model.contract import Curve, Estimate, Fixed, OperatingPoint, RecallAtRate, Result
from model.errors import TrainingDataError
from model.thresholds import DECIMALS, clopper_pearson

BASE_RATE = 1 / 425
"""Malicious uploads among all, live, 37 days (Montaruli and others, ACSAC 2025, table 5)."""

NIGHTLY_FILES = 10_685
"""New files a day on PyPI in 2025 (3.9 million, PyPI's review of the year)."""

RATES = (1e-2, 1e-3, 1e-4)
"""False positives at which recall is reported."""

REPLICATES = 300
_INTERVAL = (0.05, 0.95)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Scored:
    """Test rows as a metric sees them: score, label, and the campaign or project of each, all (n,)."""

    scores: Floats
    labels: npt.NDArray[np.int8]
    groups: Ints


def measure(
    scored: Scored,
    section: str,
    split: str,
    model: str,
    points: tuple[OperatingPoint, ...] = (),
    note: str = "",
) -> Result:
    """Return every figure of one model on one test set; raises TrainingDataError where a class is missing."""
    # Reports tell of these figures and compute none of them.
    from sklearn.metrics import average_precision_score, roc_auc_score  # noqa: PLC0415

    bad = scored.labels == 1
    if not bad.any() or bad.all():
        raise TrainingDataError(f"the test rows of {section} {split} lack a class")
    scores = np.round(scored.scores, DECIMALS)
    return Result(
        section=section,
        split=split,
        model=model,
        malicious=int(bad.sum()),
        campaigns=len(np.unique(scored.groups[bad])),
        benign=int((~bad).sum()),
        auc=round(float(roc_auc_score(scored.labels, scores)), 6),
        average_precision=round(float(average_precision_score(scored.labels, scores)), 6),
        f1=round(_f1(scores, bad), 6),
        recalls=tuple(_recalls(scores, bad, scored.groups)),
        fixed=tuple(_fixed(scores, bad, scored.groups, point) for point in points),
        note=note,
    )


def curve(scored: Scored, split: str, model: str) -> Curve:
    """Return recall at log-spaced shares of false positives, from 1 in 10,000 to all."""
    bad = scored.labels == 1
    scores = np.round(scored.scores, DECIMALS)
    rates = np.logspace(-4, 0, 41)
    found = [scores[bad] > threshold_at(scores[~bad], rate) for rate in rates]
    return Curve(
        split=split,
        model=model,
        benign=int((~bad).sum()),
        false_positives=tuple(round(float(rate), 8) for rate in rates),
        artifacts=tuple(round(float(hits.mean()), 6) for hits in found),
        campaigns=tuple(round(campaign_recall(hits, scored.groups[bad]), 6) for hits in found),
    )


def threshold_at(benign: Floats, rate: float) -> float:
    """Return the score above which at most this share of benign rows lies."""
    ordered = np.sort(benign)[::-1]
    return float(ordered[min(int(rate * len(ordered) + 1e-9), len(ordered) - 1)])


def campaign_recall(found: npt.NDArray[np.bool_], groups: Ints) -> float:
    """Return the mean over campaigns of the share found of each."""
    codes = np.unique(groups, return_inverse=True)[1]
    return float(np.mean(np.bincount(codes, weights=found) / np.bincount(codes)))


def precision_at(recall: float, false_positives: float) -> float:
    """Return what share of alarms is right at the live base rate."""
    right = recall * BASE_RATE
    alarms = right + false_positives * (1 - BASE_RATE)
    return right / alarms if alarms else 0.0


def _f1(scores: Floats, bad: npt.NDArray[np.bool_]) -> float:
    said = scores >= 0.5
    hits = float((said & bad).sum())
    return 2 * hits / float(said.sum() + bad.sum())


def _fixed(scores: Floats, bad: npt.NDArray[np.bool_], groups: Ints, point: OperatingPoint) -> Fixed:
    found = scores >= point.threshold
    alarms = int(found[~bad].sum())
    return Fixed(
        verdict=point.verdict,
        threshold=point.threshold,
        alarms=alarms,
        benign=int((~bad).sum()),
        upper=round(clopper_pearson(alarms, int((~bad).sum()))[1], 8),
        artifacts=round(float(found[bad].mean()), 6),
        campaigns=round(campaign_recall(found[bad], groups[bad]), 6),
    )


def _recalls(scores: Floats, bad: npt.NDArray[np.bool_], groups: Ints) -> list[RecallAtRate]:
    benign, malicious = scores[~bad], scores[bad]
    campaigns = np.unique(groups[bad], return_inverse=True)[1]
    projects = np.unique(groups[~bad], return_inverse=True)[1]
    sampled = _bootstrap(benign, malicious, projects, campaigns)
    recalls = []
    for position, rate in enumerate(RATES):
        found = malicious > threshold_at(benign, rate)
        artifacts = float(found.mean())
        by_campaign = campaign_recall(found, campaigns)
        recalls.append(
            RecallAtRate(
                false_positives=rate,
                artifacts=_estimate(artifacts, sampled[:, position, 0]),
                campaigns=_estimate(by_campaign, sampled[:, position, 1]),
                precision=round(precision_at(artifacts, rate), 6),
                alerts=round(rate * NIGHTLY_FILES, 2),
            )
        )
    return recalls


def _bootstrap(benign: Floats, malicious: Floats, projects: Ints, campaigns: Ints) -> Floats:
    """Return recalls of resampled campaigns and projects, shape (replicates, rates, 2)."""
    random = np.random.default_rng(0)
    order = np.argsort(-benign, kind="stable")
    ordered, owners = benign[order], projects[order]
    sizes = np.bincount(campaigns)
    sampled = np.zeros((REPLICATES, len(RATES), 2))
    for replicate in sampled:
        drawn = _resample(random, int(owners.max()) + 1)[owners]
        times = _resample(random, len(sizes))
        reached = np.cumsum(drawn)
        for rate, pair in zip(RATES, replicate, strict=True):
            allowed = int(rate * reached[-1] + 1e-9)
            first = min(int(np.searchsorted(reached, allowed, side="right")), len(ordered) - 1)
            found = np.bincount(campaigns, weights=malicious > ordered[first], minlength=len(sizes))
            pair[0] = (found * times).sum() / (sizes * times).sum()
            pair[1] = (found / sizes * times).sum() / times.sum()
    return sampled


def _resample(random: np.random.Generator, count: int) -> Ints:
    """Return how often each of `count` things is drawn in as many draws."""
    return np.bincount(random.integers(0, count, count), minlength=count)


def _estimate(value: float, sampled: Floats) -> Estimate:
    low, high = np.quantile(sampled, _INTERVAL)
    return Estimate(round(value, 6), round(float(low), 6), round(float(high), 6))
