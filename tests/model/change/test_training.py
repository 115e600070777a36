import numpy as np
import pytest

from model.change.rows import LabelledChanges
from model.change.training import by_artifact, fit_changes, learnt_mask, train_changes
from model.contract import Verdict
from model.errors import TrainingDataError
from model.thresholds import PART_SHARE, VERDICT_RATES


def quiet(done: int, total: int, note: str) -> None:
    assert 0 <= done <= total, note


def test_an_artifact_has_the_greatest_score_of_its_changes(labelled: LabelledChanges) -> None:
    index = np.array([3, 5, 3, 7])
    found = by_artifact(labelled, index, np.array([0.1, 0.5, 0.9, 0.2]))
    assert {(3, 0.9), (5, 0.5), (7, 0.2)} == set(zip(found.first.tolist(), found.scores.tolist(), strict=True))


def test_the_card_describes_what_was_learnt(labelled: LabelledChanges) -> None:
    stack, card = train_changes(labelled, 0, 1, quiet)
    assert ("change_boosting", "change_linear", "change_members") == card.learners
    assert "changes-1" == card.fingerprint
    assert [Verdict.MALICIOUS, Verdict.SUSPICIOUS, Verdict.REVIEW] == [point.verdict for point in card.points]
    assert [rate * PART_SHARE for _, rate in VERDICT_RATES][::-1] == pytest.approx([p.nominal for p in card.points])
    assert "changes" == card.metrics[0].section
    assert card.metrics[0].auc > 0.9
    assert "12 families" in card.trained_on
    assert len(stack.learners_) == len(card.coefficients)
    assert {"startup_decodes", "stolen_anywhere"} < {floor.id for floor in card.floors}


def test_thresholds_come_from_projects_that_nothing_learns(labelled: LabelledChanges) -> None:
    learnt = learnt_mask(labelled)
    valid = set(labelled.project[labelled.split == "valid"])
    assert valid
    assert not valid & set(labelled.project[learnt])
    assert {"train", "test"} == set(labelled.split[learnt])


def test_changes_without_honest_validation_rows_are_refused(labelled: LabelledChanges) -> None:
    train = np.flatnonzero(labelled.split == "train")
    with pytest.raises(TrainingDataError, match="no honest changes of the split 'valid'"):
        fit_changes(labelled, train, train[labelled.malicious[train]], 0, 1, quiet, ("change_linear",))
