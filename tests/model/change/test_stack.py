from dataclasses import replace

import numpy as np
import pytest

from model.change.rows import LabelledChanges, change_training
from model.change.stack import LEARNER_NAMES, ChangeStack, calibrate, family_folds
from model.errors import TrainingDataError


def test_no_family_and_no_host_stands_on_both_sides_of_a_fold(labelled: LabelledChanges) -> None:
    index = np.arange(len(labelled))
    seen = []
    for rest, held_out in family_folds(labelled, index, 4, 0):
        bad = labelled.malicious
        families = [set(labelled.family[part][bad[part]]) for part in (rest, held_out)]
        assert not families[0] & families[1]
        honest_hosts = set(labelled.project[held_out][~bad[held_out]])
        assert not honest_hosts & set(labelled.project[rest])
        seen += held_out.tolist()
    assert index.tolist() == sorted(seen)


def test_the_stack_weighs_its_learners_on_rows_that_they_have_not_seen(labelled: LabelledChanges) -> None:
    steps: list[tuple[int, int]] = []
    stack = ChangeStack()
    stack.fit(labelled, np.arange(len(labelled)), 0, lambda done, total, _: steps.append((done, total)))
    count = len(LEARNER_NAMES) * 5
    assert [(step, count) for step in range(count + 1)] == steps
    assert not np.isnan(stack.out_of_fold_).any()
    assert (stack.coefficients_ >= 0).all()
    scores = stack.predict(labelled.frame)
    assert (len(labelled), len(LEARNER_NAMES)) == scores.learners.shape
    assert scores.score[labelled.malicious].min() > scores.score[~labelled.malicious].mean()


def test_a_stack_can_have_fewer_learners(labelled: LabelledChanges) -> None:
    stack = ChangeStack(("change_boosting",))
    stack.fit(labelled, np.arange(len(labelled)), 0, lambda *_: None)
    assert ["change_boosting"] == [learner.name for learner in stack.learners_]


def test_one_family_cannot_be_folded(labelled: LabelledChanges) -> None:
    one = replace(labelled, family=np.where(labelled.malicious, "only", "").astype(object))
    with pytest.raises(TrainingDataError, match="too few families"):
        list(family_folds(one, np.arange(len(one)), 4, 0))


def test_the_members_learner_has_the_greater_share(labelled: LabelledChanges) -> None:
    training = change_training(labelled, np.arange(len(labelled)))
    odds = np.where(training.labels == 1, 2.0, -2.0)[:, np.newaxis] * np.ones(2)
    coefficients, _ = calibrate(("change_boosting", "change_members"), odds, training)
    assert 3.0 == pytest.approx(coefficients[1] / coefficients[0])
    assert (coefficients > 0).all()
