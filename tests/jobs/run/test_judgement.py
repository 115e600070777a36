"""Tests that the verdicts in SQL are those of `model.judgement`."""

import duckdb
import numpy as np
import pytest

from jobs.run.judgement import Judgement, judgement_sql
from model.contract import OperatingPoint, Verdict
from model.judgement import on_scale, scale_knots


def points(review: float, suspicious: float, malicious: float) -> tuple[OperatingPoint, ...]:
    thresholds = {Verdict.MALICIOUS: malicious, Verdict.SUSPICIOUS: suspicious, Verdict.REVIEW: review}
    return tuple(OperatingPoint(verdict, value, 0.01, 0, 1, 0, 1, False) for verdict, value in thresholds.items())


ARTIFACT, CHANGE = points(0.5, 0.8, 0.99), points(0.2, 0.9, 0.95)


@pytest.mark.parametrize("change", [CHANGE, points(0.2, 0.9, 1.000001), ()])
def test_the_scale_in_sql_is_that_of_the_model(change: tuple[OperatingPoint, ...]) -> None:
    scores = np.linspace(0, 1, 101)
    sql = judgement_sql(Judgement(ARTIFACT, change))["change_scaled"]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE c AS SELECT unnest(?::DOUBLE[]) AS change_score", [scores.tolist()])
        found = [row[0] for row in connection.execute(f"SELECT {sql} FROM c").fetchall()]
    assert found == pytest.approx(on_scale(scores, scale_knots(change, ARTIFACT)).tolist())


@pytest.mark.parametrize(
    ("score", "severity"), [(None, 0), (0.1, 0), (0.5, 1), (0.79, 1), (0.8, 2), (0.99, 3), (1.0, 3)]
)
def test_a_campaign_earns_the_verdict_of_its_score(score: float | None, severity: int) -> None:
    sql = judgement_sql(Judgement(ARTIFACT))["campaign_severity"]
    with duckdb.connect() as connection:
        query = f"SELECT {sql} FROM (SELECT ?::DOUBLE AS campaign_score) k"
        assert (severity,) == connection.execute(query, [score]).fetchone()
