"""Fixes the thresholds of the verdicts on benign validation rows, each with its confidence bound."""

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, expit

from model.contract import OperatingPoint, Verdict
from model.errors import TrainingDataError
from model.stack import log_odds

SCORE_DECIMALS = 6
"""Decimals of a score. Rounding keeps batch size and machine from moving a score across a threshold."""

SCORE_STEP = 10.0**-SCORE_DECIMALS
"""Distance between two scores that differ."""

VERDICT_RATES: tuple[tuple[Verdict, float], ...] = (
    (Verdict.REVIEW, 1e-2),
    (Verdict.SUSPICIOUS, 1e-3),
    (Verdict.MALICIOUS, 1e-4),
)
"""Highest false positive rate of each verdict, the most lenient verdict first."""

PART_SHARE = 0.5
"""Share of each verdict's false positives that one of the two scores, of the artifact and of its change, may have."""

_TAIL_SHARE = 0.05
"""Share of the highest benign scores that the tail is extrapolated from."""


def operating_points(benign: npt.NDArray[np.float64], share: float = 1.0) -> tuple[OperatingPoint, ...]:
    """Return the thresholds for benign validation scores (n,), the strictest verdict first.

    On these rows no verdict exceeds its `share` of its rate. Where the rows are too few for a rate, the threshold lies
    above all of them, and at least where an exponential tail of their log-odds reaches the rate. A threshold over 1
    means that no score earns the verdict. Raises TrainingDataError where there are no rows.
    """
    if not len(benign):
        raise TrainingDataError("no benign validation rows (split 'valid') to fix thresholds on")
    scores = np.sort(np.round(benign, SCORE_DECIMALS))[::-1]
    points: list[OperatingPoint] = []
    previous = 0.0
    for verdict, rate_of_verdict in VERDICT_RATES:
        rate = rate_of_verdict * share
        # The epsilon corrects for binary fractions: 0.01 * 300 is 2.9999.
        allowed = int(rate * len(scores) + 1e-9)
        threshold = float(scores[min(allowed, len(scores) - 1)]) + SCORE_STEP
        if not allowed:
            threshold = max(threshold, _tail_threshold(scores, rate))
        threshold = round(max(threshold, previous + SCORE_STEP), SCORE_DECIMALS)
        previous = threshold
        alarms = int(np.count_nonzero(scores >= threshold))
        lower, upper = clopper_pearson(alarms, len(scores))
        points.append(
            OperatingPoint(verdict, threshold, rate, alarms, len(scores), lower, upper, extrapolated=not allowed)
        )
    return tuple(reversed(points))


def clopper_pearson(hits: int, total: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the exact one-sided lower and upper bounds of a rate (Clopper and Pearson, Biometrika 1934)."""
    if not total:
        return 0.0, 1.0
    lower = 0.0 if hits == 0 else float(betaincinv(hits, total - hits + 1, 1 - confidence))
    upper = 1.0 if hits == total else float(betaincinv(hits + 1, total - hits, confidence))
    return lower, upper


def _tail_threshold(scores: npt.NDArray[np.float64], rate: float) -> float:
    """Return the score at which an exponential tail of the log-odds reaches a rate; `scores` (n,) descend."""
    tail = log_odds(scores[: max(2, int(_TAIL_SHARE * len(scores)))])
    scale = float(np.mean(tail - tail[-1]))
    share = len(tail) / len(scores)
    reached = tail[-1] + scale * np.log(share / rate) if share > rate else tail[0]
    return float(np.ceil(expit(reached) / SCORE_STEP) * SCORE_STEP)
