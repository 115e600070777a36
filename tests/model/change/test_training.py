from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from model.change.rows import BLIND, LabelledChanges, change_training
from model.change.training import FRESH, by_artifact, fit_changes, fresh_test, train_changes
from model.contract import Verdict
from model.errors import TrainingDataError
from model.thresholds import PART_SHARE, VERDICT_RATES
from model.training import SHIPPED_CHANGES


def quiet(done: int, total: int, note: str) -> None:
    assert 0 <= done <= total, note


def test_an_artifact_has_the_greatest_score_of_its_changes(labelled: LabelledChanges) -> None:
    index = np.array([3, 5, 3, 7])
    found = by_artifact(labelled, index, np.array([0.1, 0.5, 0.9, 0.2]))
    assert {(3, 0.9), (5, 0.5), (7, 0.2)} == set(zip(found.first.tolist(), found.scores.tolist(), strict=True))


def test_the_card_describes_what_was_learnt(labelled: LabelledChanges) -> None:
    stack, card = train_changes(labelled, 0, 1, quiet)
    assert ("change_boosting", "change_members") == card.learners
    assert "changes-1" == card.fingerprint
    assert [Verdict.MALICIOUS, Verdict.SUSPICIOUS, Verdict.REVIEW] == [point.verdict for point in card.points]
    assert [rate * PART_SHARE for _, rate in VERDICT_RATES][::-1] == pytest.approx([p.nominal for p in card.points])
    assert "changes" == card.metrics[0].section
    assert card.metrics[0].auc > 0.9
    assert f"{len(np.unique(labelled.family[labelled.malicious].astype(str)))} families" in card.trained_on
    assert len(stack.learners_) == len(card.coefficients)
    assert {"startup_decodes", "stolen_anywhere"} < {floor.id for floor in card.floors}


def test_fresh_families_are_measured_apart_against_the_honest_releases_of_the_test_side(
    labelled: LabelledChanges,
) -> None:
    test = np.flatnonzero(labelled.malicious & (labelled.split == "test"))
    split = labelled.split.copy()
    split[test[::2]] = FRESH
    rows = replace(labelled, split=split)
    index = fresh_test(rows)
    assert set(test[::2]) == set(index[rows.malicious[index]])
    assert {"test"} == set(rows.split[index[~rows.malicious[index]]])
    assert 0 == len(fresh_test(labelled))
    _, card = train_changes(rows, 0, 1, quiet)
    assert [FRESH] == [result.split for result in card.metrics[1:]]
    assert len(test[::2]) == card.metrics[1].malicious


@pytest.mark.parametrize("malicious", [True, False])
def test_no_fit_takes_a_row_of_the_blind_split(labelled: LabelledChanges, malicious: bool) -> None:
    split = labelled.split.copy()
    split[np.flatnonzero(labelled.malicious == malicious)[:3]] = BLIND
    rows = replace(labelled, split=split)
    with pytest.raises(TrainingDataError, match="3 rows are of the split blind"):
        train_changes(rows, 0, 1, quiet)
    with pytest.raises(TrainingDataError, match="for measuring alone"):
        change_training(rows, np.arange(len(rows)))
    learnt = np.flatnonzero(rows.split != BLIND)
    assert len(learnt) == len(change_training(rows, learnt).labels)


def test_the_shipped_changes_hold_no_row_of_the_blind_split() -> None:
    splits = pq.read_table(SHIPPED_CHANGES, columns=["split"])["split"].unique().to_pylist()
    assert BLIND not in splits


def test_thresholds_count_honest_artifacts_that_were_kept_apart(labelled: LabelledChanges) -> None:
    train, valid = (np.flatnonzero(labelled.split == name) for name in ("train", "valid"))
    fitted = fit_changes(labelled, train, valid, 0, 1, quiet, ("change_boosting",))
    honest = labelled.sha256[np.concatenate([train, valid])][~labelled.malicious[np.concatenate([train, valid])]]
    assert {len(np.unique(honest.astype(str)))} == {point.rows for point in fitted.points}


def test_scores_that_thresholds_come_from_are_of_learners_that_never_saw_the_host(labelled: LabelledChanges) -> None:
    train = np.flatnonzero(labelled.split == "train")
    stack = fit_changes(labelled, train, train[:0], 0, 1, quiet, ("change_boosting",)).stack
    index, apart = stack.scores_of_new_hosts(labelled, train, 0, quiet)
    assert set(train[~labelled.malicious[train]]) == set(index)
    assert len(index) == len(train[~labelled.malicious[train]])
    assert not np.allclose(apart, stack.predict(labelled.frame.take(index)).score)


def test_changes_without_honest_rows_are_refused(labelled: LabelledChanges) -> None:
    train = np.flatnonzero(labelled.split == "train")
    with pytest.raises(TrainingDataError, match=r"too few families or projects|fewer than two"):
        fit_changes(labelled, train[labelled.malicious[train]], train[:0], 0, 1, quiet, ("change_boosting",))
