from pathlib import Path

import numpy as np

from model.frame import TrainingSet
from model.learners.members import MemberLearner


def test_a_release_is_as_bad_as_its_worst_member(training: TrainingSet) -> None:
    learner = MemberLearner()
    learner.fit(training, 0)
    members = training.frame.members
    assert members is not None
    assert learner.scorer_ is not None
    margin = learner.scorer_.margins(members)
    row = int(members.rows[0])
    odds = np.log(learner.predict(training.frame)[row]) - np.log1p(-learner.predict(training.frame)[row])
    np.testing.assert_allclose(margin[members.rows == row].max(), odds, rtol=1e-6)


def test_rows_without_members_score_as_their_like(training: TrainingSet) -> None:
    learner = MemberLearner()
    learner.fit(training, 0)
    members = training.frame.members
    assert members is not None
    empty = np.flatnonzero(np.diff(members.starts) == 0)
    predicted = learner.predict(training.frame.take(empty))
    assert 1 == len(np.unique(predicted))
    assert 0 < predicted[0] < 1


def test_a_table_without_members_gives_a_learner_that_says_nothing(training: TrainingSet, tmp_path: Path) -> None:
    bare = training.take(np.arange(len(training)))
    frame = type(bare.frame)(bare.frame.columns, bare.frame.dense, bare.frame.tokens)
    bare = TrainingSet(frame, bare.labels, bare.weights, bare.groups)
    learner = MemberLearner()
    learner.fit(bare, 0)
    assert 1 == len(np.unique(learner.predict(frame)))
    learner.save(tmp_path)
    again = MemberLearner()
    again.load(tmp_path)
    np.testing.assert_array_equal(learner.predict(frame), again.predict(frame))
    np.testing.assert_array_equal(again.predict(frame)[:3], again.predict(training.frame)[:3])
