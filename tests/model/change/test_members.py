from dataclasses import replace

import numpy as np
from scipy.sparse import csr_matrix

from model.change.members import ChangeMembers
from model.change.rows import LabelledChanges, change_training


def test_the_member_with_the_payload_is_the_worst(labelled: LabelledChanges) -> None:
    training = change_training(labelled, np.arange(len(labelled)))
    learner = ChangeMembers()
    learner.fit(training, 0)
    margins = learner.margins(training.frame)
    assert margins[training.payload].min() > margins[~training.payload].max()


def test_a_member_is_judged_by_what_else_changed_in_its_release(labelled: LabelledChanges) -> None:
    training = change_training(labelled, np.arange(len(labelled)))
    learner = ChangeMembers()
    learner.fit(training, 0)
    alone = replace(training.frame, differences=csr_matrix(training.frame.differences.shape, dtype=np.float32))
    assert learner.margins(training.frame)[training.payload].mean() > learner.margins(alone)[training.payload].mean()


def test_payloads_without_a_known_place_are_searched_for(labelled: LabelledChanges) -> None:
    training = change_training(labelled, np.arange(len(labelled)))
    payload = training.payload.copy()
    payload[np.flatnonzero(payload)[::2]] = False
    for kept in (payload, np.zeros_like(payload)):
        learner = ChangeMembers()
        learner.fit(replace(training, payload=kept), 0)
        margins = learner.margins(training.frame)
        assert margins[training.payload].mean() > margins[~training.payload].mean() + 1


def test_a_release_in_which_no_file_changed_scores_as_its_like(labelled: LabelledChanges) -> None:
    training = change_training(labelled, np.arange(len(labelled)))
    learner = ChangeMembers()
    learner.fit(training, 0)
    empty = np.flatnonzero(np.diff(training.frame.members.starts) == 0)
    assert 1 == len(np.unique(learner.predict(training.frame.take(empty))))
