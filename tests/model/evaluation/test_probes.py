from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from model.contract import OperatingPoint, Verdict
from model.evaluation.probes import ALARMS, TEST_SET_POINT, probe_sets, probe_strata
from model.metrics import ScoredRows
from model.rows import LabelledRows, parse_rows
from model.splits import dev_split
from model.stack import StackScores


def point(verdict: Verdict, threshold: float) -> OperatingPoint:
    return OperatingPoint(verdict, threshold, 0.01, 0, 1, 0.0, 1.0, extrapolated=False)


def fit_scoring(score: float) -> Any:
    """Return a fit that scores every row the same, with thresholds at 0.9, 0.5 and 0.1."""

    class Stack:
        def predict(self, frame: Any) -> StackScores:
            return StackScores(np.full(len(frame), score), np.zeros((len(frame), 0)))

    points = (point(Verdict.MALICIOUS, 0.9), point(Verdict.SUSPICIOUS, 0.5), point(Verdict.REVIEW, 0.1))
    return SimpleNamespace(stack=Stack(), points=points)


def scored(rows: LabelledRows) -> ScoredRows:
    split = dev_split(rows)
    return ScoredRows(np.zeros(len(split.test)), rows.labels[split.test], rows.groups[split.test])


def test_strata_cover_every_benign_test_row_once(rows: LabelledRows) -> None:
    split = dev_split(rows)
    probes = [p for p in probe_strata(rows, split, fit_scoring(0.0)) if "validation" not in p.name]
    assert ["popular", "fresh", "random"] == [probe.name for probe in probes]
    assert (~rows.malicious[split.test]).sum() == sum(probe.artifacts for probe in probes)
    assert {0} == {hits.hits for probe in probes for hits in probe.reached}


@pytest.mark.parametrize(
    ("score", "reached"), [(0.95, [1, 1, 1]), (0.5, [0, 1, 1]), (0.499999, [0, 0, 1]), (0.05, [0, 0, 0])]
)
def test_a_score_at_a_threshold_reaches_it(rows: LabelledRows, score: float, reached: list[int]) -> None:
    for probe in probe_strata(rows, dev_split(rows), fit_scoring(score)):
        assert reached == [hits.share for hits in probe.reached]
        assert all(hits.lower <= hits.share <= hits.upper for hits in probe.reached)


def test_alarms_are_named_from_suspicious_on_and_bounded(rows: LabelledRows) -> None:
    split = dev_split(rows)
    for probe in probe_strata(rows, split, fit_scoring(0.6)):
        assert min(ALARMS, probe.artifacts) == len(probe.alarms)
        assert {probe.name.partition(",")[0]} == {alarm.stratum for alarm in probe.alarms}
    assert not any(probe.alarms for probe in probe_strata(rows, split, fit_scoring(0.4)))


def test_rows_of_campaigns_that_were_trained_on_are_left_out(
    table: pa.Table, rows: LabelledRows, make_variants: Any
) -> None:
    sets = parse_rows(make_variants(table, stratum="injected", split="variant"))
    split = dev_split(rows)
    malicious, benign = probe_sets(rows, split, fit_scoring(0.95), scored(rows), sets)
    trained = set(rows.campaign[split.train]) - {""}
    unseen = ~np.isin(sets.campaign.astype(str), sorted(trained)) & sets.malicious
    assert (1, unseen.sum(), (sets.malicious & ~unseen).sum()) == (
        malicious.label,
        malicious.artifacts,
        malicious.left_out,
    )
    assert (0, (~sets.malicious).sum(), 0) == (benign.label, benign.artifacts, benign.left_out)
    assert [TEST_SET_POINT] == [hits.point for hits in malicious.reached[3:]]
    assert () == malicious.alarms


def test_a_set_that_is_left_out_whole_has_no_shares(table: pa.Table, rows: LabelledRows, make_variants: Any) -> None:
    trained = table.filter(pc.and_(pc.equal(table["label"], 1), pc.equal(table["split"], "train")))
    sets = parse_rows(make_variants(trained, stratum="obfuscated", split="variant"))
    (probe,) = probe_sets(rows, dev_split(rows), fit_scoring(0.95), scored(rows), sets)
    assert (1, 0, len(sets), ()) == (probe.label, probe.artifacts, probe.left_out, probe.reached)


def test_rows_that_are_trained_on_are_in_no_set(table: pa.Table, rows: LabelledRows, make_variants: Any) -> None:
    sets = parse_rows(make_variants(table, stratum="variant", split="train"))
    assert [] == list(probe_sets(rows, dev_split(rows), fit_scoring(0.95), scored(rows), sets))
