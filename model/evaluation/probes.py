"""Scores sets of rows at thresholds that were fixed without them: false alarms by stratum, and blind spots."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from model.contract import OperatingPoint, Verdict
from model.evaluation.contract import FalseAlarm, ProbeResult, ThresholdHits
from model.members import Index
from model.metrics import Floats, ScoredRows, campaign_recall, threshold_at
from model.rows import VARIANT, LabelledRows
from model.splits import Split
from model.thresholds import SCORE_DECIMALS, SCORE_STEP, clopper_pearson
from model.training import SplitFit

TEST_SET_POINT = "0.1 % of the test set"
"""Name of the threshold that one benign test row in 1,000 reaches."""

RATES = ((1e-2, "1 % of the test set"), (1e-3, TEST_SET_POINT))
"""False positive rates of a test set, and the names of their thresholds."""

ALARMS = 20
"""Most false alarms that a probe names, the highest scores first."""

POPULAR = "popular"

NamedThresholds = Sequence[tuple[str, float]]


def probe_strata(rows: LabelledRows, split: Split, fitted: SplitFit) -> Iterator[ProbeResult]:
    """Yield the false alarms of a fit among the benign test rows of each stratum, the popular projects first.

    The validation rows of popular projects follow. Thresholds were fixed on them, but no learner has seen them, and
    users notice false alarms on popular projects before any other.
    """
    thresholds = verdict_thresholds(fitted.points)
    strata = set(rows.stratum[split.test[~rows.malicious[split.test]]])
    sides = [(name, split.test) for name in sorted(strata, key=lambda name: (name != POPULAR, name))]
    if (rows.stratum[split.valid] == POPULAR).any():
        sides.insert(POPULAR in strata, (POPULAR, split.valid))
    for stratum, side in sides:
        index = side[(rows.stratum[side] == stratum) & ~rows.malicious[side]]
        name = stratum if side is split.test else f"{stratum}, validation half"
        yield _probe(name, rows, index, fitted, thresholds)


def probe_sets(
    rows: LabelledRows, split: Split, fitted: SplitFit, scored: ScoredRows, sets: LabelledRows
) -> Iterator[ProbeResult]:
    """Yield the result of each set of variants, by stratum and label.

    `scored` are the split's test rows. A row whose campaign the fit was trained on is left out and counted, because
    it shows nothing about a blind spot.
    """
    benign = np.round(scored.scores[scored.labels == 0], SCORE_DECIMALS)
    at_test = (TEST_SET_POINT, threshold_at(benign, 1e-3) + SCORE_STEP)
    thresholds = [*verdict_thresholds(fitted.points), at_test]
    trained = set(rows.campaign[split.train][rows.malicious[split.train]]) - {""}
    known = sets.malicious & np.isin(sets.campaign.astype(str), sorted(trained))
    scored_only = sets.split == VARIANT
    for name in sorted(set(sets.stratum[scored_only])):
        for label in (1, 0):
            inside = scored_only & (sets.stratum == name) & (sets.labels == label)
            if inside.any():
                probe = _probe(name, sets, np.flatnonzero(inside & ~known), fitted, thresholds)
                yield replace(probe, label=label, left_out=int((inside & known).sum()))


def verdict_thresholds(points: Sequence[OperatingPoint]) -> list[tuple[str, float]]:
    """Return the thresholds of a fit with the names of their verdicts."""
    return [(point.verdict.value, point.threshold) for point in points]


def rate_thresholds(scored: ScoredRows) -> list[tuple[str, float]]:
    """Return the thresholds at which the benign rows of a test set have each of `RATES`, with their names."""
    benign = np.round(scored.scores[scored.labels == 0], SCORE_DECIMALS)
    return [(name, threshold_at(benign, rate) + SCORE_STEP) for rate, name in RATES]


def _probe(name: str, rows: LabelledRows, index: Index, fitted: SplitFit, thresholds: NamedThresholds) -> ProbeResult:
    """Return the result of the rows of an index, which have one label."""
    scores: Floats = np.round(fitted.stack.predict(rows.frame.take(index)).score, SCORE_DECIMALS)
    groups, malicious = rows.groups[index], bool(len(index) and rows.malicious[index[0]])
    reached = (
        [threshold_hits(point, threshold, scores, groups) for point, threshold in thresholds] if len(index) else []
    )
    return ProbeResult(
        name=name,
        label=int(malicious),
        artifacts=len(index),
        groups=len(np.unique(groups)),
        left_out=0,
        reached=tuple(reached),
        alarms=() if malicious else tuple(_alarms(rows, index, scores, dict(thresholds))),
    )


def threshold_hits(point: str, threshold: float, scores: Floats, groups: Index) -> ThresholdHits:
    """Return how many scores (n,) reach a threshold; `groups` (n,) are their campaigns or families."""
    found = scores >= threshold
    hits = int(found.sum())
    lower, upper = clopper_pearson(hits, len(scores))
    return ThresholdHits(
        point=point,
        threshold=round(threshold, SCORE_DECIMALS),
        hits=hits,
        share=round(hits / len(scores), 6),
        lower=round(lower, 6),
        upper=round(upper, 6),
        groups=round(campaign_recall(found, groups), 6),
    )


def _alarms(rows: LabelledRows, index: Index, scores: Floats, thresholds: dict[str, float]) -> Iterator[FalseAlarm]:
    """Yield the rows that are suspicious or worse, the highest scores first."""
    suspicious = thresholds.get(Verdict.SUSPICIOUS.value, np.inf)
    for position in np.argsort(-scores, kind="stable")[:ALARMS]:
        row = index[position]
        if scores[position] >= suspicious:
            yield FalseAlarm(str(rows.filename[row]), str(rows.stratum[row]), float(scores[position]))
