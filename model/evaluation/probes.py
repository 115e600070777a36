"""Sets of rows of one label, asked about at thresholds that others fixed: blind spots, and who gets false alarms."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from model.contract import OperatingPoint, Verdict
from model.evaluation.contract import FalseAlarm, ProbeResult, ThresholdHits
from model.frame import Index
from model.metrics import Floats, ScoredRows, campaign_recall, threshold_at
from model.rows import VARIANT, LabelledRows
from model.splits import Split
from model.thresholds import SCORE_DECIMALS, SCORE_STEP, clopper_pearson
from model.training import SplitFit

AT_TEST = "0.1 % of the test set"
"""The point at which one benign test row in 1,000 is a false alarm."""

ALARMS = 20
"""False alarms that a probe names, the highest scores first."""

POPULAR = "popular"

Points = Sequence[tuple[str, float]]


def alarm_probes(rows: LabelledRows, split: Split, fitted: SplitFit) -> Iterator[ProbeResult]:
    """Yield the false alarms of a fit by stratum of benign artifacts, the popular ones first.

    Of the popular stratum the validation half comes too: it is among the rows that the thresholds were fixed on, but
    no learner has seen it, and operators notice a false alarm there before any other.
    """
    points = fixed_points(fitted.points)
    strata = sorted(
        set(rows.stratum[split.test[~rows.malicious[split.test]]]), key=lambda name: (name != POPULAR, name)
    )
    parts = [(name, split.test) for name in strata]
    if (rows.stratum[split.valid] == POPULAR).any():
        parts.insert(POPULAR in strata, (POPULAR, split.valid))
    for stratum, part in parts:
        index = part[(rows.stratum[part] == stratum) & ~rows.malicious[part]]
        name = stratum if part is split.test else f"{stratum}, validation half"
        yield _probe(name, rows, index, fitted, points)


def set_probes(
    rows: LabelledRows, split: Split, fitted: SplitFit, scored: ScoredRows, sets: LabelledRows
) -> Iterator[ProbeResult]:
    """Yield one probe for each set of made rows: those of the split `variant`, by their stratum.

    A row whose campaign the fit has learnt from says nothing of a blind spot, and is left out and counted.
    """
    benign = np.round(scored.scores[scored.labels == 0], SCORE_DECIMALS)
    points = [*fixed_points(fitted.points), (AT_TEST, threshold_at(benign, 1e-3) + SCORE_STEP)]
    learnt = set(rows.campaign[split.train][rows.malicious[split.train]]) - {""}
    known = sets.malicious & np.isin(sets.campaign.astype(str), sorted(learnt))
    for name in sorted(set(sets.stratum[sets.split == VARIANT])):
        for label in (1, 0):
            here = (sets.split == VARIANT) & (sets.stratum == name) & (sets.labels == label)
            index = np.flatnonzero(here & ~known)
            if here.any():
                probe = _probe(name, sets, index, fitted, points)
                yield replace(probe, label=label, left_out=int((here & known).sum()))


def fixed_points(points: Sequence[OperatingPoint]) -> list[tuple[str, float]]:
    """Return the thresholds of a fit by the name of their verdict."""
    return [(point.verdict.value, point.threshold) for point in points]


def _probe(name: str, rows: LabelledRows, index: Index, fitted: SplitFit, points: Points) -> ProbeResult:
    scores: Floats = np.round(fitted.stack.predict(rows.frame.take(index)).score, SCORE_DECIMALS)
    groups, bad = rows.groups[index], bool(len(index) and rows.malicious[index[0]])
    return ProbeResult(
        name=name,
        label=int(bad),
        artifacts=len(index),
        groups=len(np.unique(groups)),
        left_out=0,
        reached=tuple(_reached(point, threshold, scores, groups) for point, threshold in points) if len(index) else (),
        alarms=() if bad else tuple(_alarms(rows, index, scores, dict(points))),
    )


def _reached(point: str, threshold: float, scores: Floats, groups: Index) -> ThresholdHits:
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


def _alarms(rows: LabelledRows, index: Index, scores: Floats, points: dict[str, float]) -> Iterator[FalseAlarm]:
    least = points.get(Verdict.SUSPICIOUS.value, np.inf)
    for at in np.argsort(-scores, kind="stable")[:ALARMS]:
        if scores[at] >= least:
            yield FalseAlarm(str(rows.filename[index[at]]), str(rows.stratum[index[at]]), float(scores[at]))
