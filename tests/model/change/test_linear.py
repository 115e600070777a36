import numpy as np

from model.change.linear import ChangeLinear
from model.change.rows import LabelledChanges, change_training


def test_direction_and_step_are_what_it_sees(labelled: LabelledChanges) -> None:
    training = change_training(labelled, np.arange(len(labelled)))
    learner = ChangeLinear()
    learner.fit(training, 0)
    doubled = training.frame.take(slice(0, 40))
    doubled = type(doubled)(doubled.columns, doubled.dense, doubled.names, doubled.differences * 2, doubled.members)
    np.testing.assert_array_equal(learner.predict(training.frame.take(slice(0, 40))), learner.predict(doubled))
