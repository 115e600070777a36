import numpy as np

from model.change.boosting import ChangeBoosting
from model.change.rows import LabelledChanges, change_training


def test_a_difference_that_only_payloads_have_raises_the_score(labelled: LabelledChanges) -> None:
    training = change_training(labelled, np.arange(len(labelled)))
    learner = ChangeBoosting(rounds=40)
    learner.fit(training, 0)
    terms = learner.contributions(training.frame).mean(axis=0, where=(training.labels == 1)[:, np.newaxis])
    assert "code_network" == training.frame.names[int(np.argmax(terms)) - len(training.frame.columns)]
