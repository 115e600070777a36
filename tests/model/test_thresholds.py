import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from model.contract import Verdict
from model.errors import TrainingDataError
from model.thresholds import VERDICT_RATES, clopper_pearson, operating_points

scores = hnp.arrays(
    np.float64,
    st.integers(1, 3_000),
    elements=st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(0, 1)),
)


@given(scores)
def test_no_verdict_exceeds_its_rate_on_validation(benign: np.ndarray) -> None:
    for point in operating_points(benign):
        realised = np.count_nonzero(np.round(benign, 6) >= point.threshold)
        assert realised <= point.nominal * len(benign) + 1e-9
        assert point.alarms == realised
        assert point.lower <= realised / len(benign) <= point.upper


@given(scores)
def test_stricter_verdicts_need_higher_scores(benign: np.ndarray) -> None:
    points = operating_points(benign)
    assert [point.verdict for point in points] == [Verdict.MALICIOUS, Verdict.SUSPICIOUS, Verdict.REVIEW]
    assert points[0].threshold > points[1].threshold > points[2].threshold > 0


def test_every_verdict_that_is_scored_has_a_rate() -> None:
    unscored = {Verdict.CLEAR, Verdict.UNREADABLE, Verdict.KNOWN_BAD}
    assert {verdict for verdict, _ in VERDICT_RATES} == set(Verdict) - unscored


def test_too_few_rows_are_extrapolated_and_marked() -> None:
    benign = 1 / (1 + np.exp(np.random.default_rng(0).exponential(1.0, 4_100)))
    benign = 1 - (1 - benign) * 0.5
    malicious, suspicious, review = operating_points(benign)
    assert (malicious.extrapolated, suspicious.extrapolated, review.extrapolated) == (True, False, False)
    assert (malicious.alarms, suspicious.alarms, review.alarms) == (0, 4, 41)
    assert str(malicious) == "0 of 4,100 benign validation artifacts: at most 7.3 in 10,000 at 95 %"


def test_a_tail_is_extrapolated_where_it_leads() -> None:
    # Log-odds with an exponential tail: the threshold for 1 in 10,000 stands near -log(1e-4), above all 1,000.
    odds = np.random.default_rng(1).exponential(1.0, 1_000)
    point = operating_points(1 / (1 + np.exp(-(odds - 5))))[0]
    found = np.log(point.threshold / (1 - point.threshold)) + 5
    assert found == pytest.approx(-np.log(1e-4), abs=1.5)
    assert found > odds.max()


def test_a_benign_row_of_score_one_leaves_the_strictest_verdict_unreachable() -> None:
    assert operating_points(np.ones(50))[0].threshold > 1


def test_bounds_are_exact() -> None:
    assert clopper_pearson(0, 4_100)[1] == pytest.approx(1 - 0.05 ** (1 / 4_100))
    assert clopper_pearson(5, 5)[1] == 1.0
    assert clopper_pearson(0, 0) == (0.0, 1.0)


def test_no_validation_rows_are_an_error() -> None:
    with pytest.raises(TrainingDataError, match="no benign validation rows"):
        operating_points(np.zeros(0))


def test_half_of_the_budget_is_half_of_the_rate() -> None:
    scores = np.linspace(0, 0.9, 10_000)
    whole, half = operating_points(scores), operating_points(scores, 0.5)
    assert [point.nominal / 2 for point in whole] == pytest.approx([point.nominal for point in half])
    assert [0, 5, 50] == [point.alarms for point in half]
    assert all(strict.threshold > lenient.threshold for strict, lenient in zip(half[1:], whole[1:], strict=True))
