"""Tests the promises of the learner protocol for every registered learner."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import logit

from model.frame import TrainingSet
from model.registry import LEARNERS, make_learner

NAMES = [kind.name for kind in LEARNERS]
EXPLAINED = ["boosting", "linear_tokens", "linear_columns"]


@pytest.mark.parametrize("name", NAMES)
def test_a_learner_learns_and_survives_the_disk_bit_for_bit(name: str, training: TrainingSet, tmp_path: Path) -> None:
    learner = make_learner(name)
    learner.fit(training, 0)
    predicted = learner.predict(training.frame)
    assert predicted.shape == (len(training),)
    assert predicted.dtype == np.float64
    assert ((predicted >= 0) & (predicted <= 1)).all()
    assert predicted[training.labels == 1].mean() > predicted[training.labels == 0].mean() + 0.2
    learner.save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(learner.files)
    again = make_learner(name, threads=2)
    again.load(tmp_path)
    np.testing.assert_array_equal(predicted, again.predict(training.frame))


@pytest.mark.parametrize("name", NAMES)
def test_a_row_is_scored_alone_as_among_others(name: str, training: TrainingSet) -> None:
    learner = make_learner(name)
    learner.fit(training, 0)
    whole = learner.predict(training.frame)
    alone = np.concatenate([learner.predict(training.frame.take(slice(row, row + 1))) for row in range(20)])
    np.testing.assert_allclose(whole[:20], alone, rtol=0, atol=1e-9)
    assert learner.predict(training.frame.take(slice(0, 0))).shape == (0,)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_learner(name: str, training: TrainingSet) -> None:
    predicted = []
    for _ in range(2):
        learner = make_learner(name)
        learner.fit(training, 7)
        predicted.append(learner.predict(training.frame))
    np.testing.assert_array_equal(predicted[0], predicted[1])


@pytest.mark.parametrize("name", ["boosting", "forest"])
def test_threads_do_not_change_what_is_learnt(name: str, training: TrainingSet) -> None:
    predicted = []
    for threads in (1, 2):
        learner = make_learner(name, threads)
        learner.fit(training, 3)
        predicted.append(learner.predict(training.frame))
    np.testing.assert_array_equal(predicted[0], predicted[1])


@pytest.mark.parametrize("name", EXPLAINED)
def test_contributions_add_up_to_the_log_odds(name: str, training: TrainingSet) -> None:
    learner = make_learner(name)
    learner.fit(training, 0)
    contributions = learner.contributions(training.frame)
    assert contributions is not None
    assert contributions.shape == (len(training), len(training.frame.columns) + 1)
    constant = logit(learner.predict(training.frame)) - contributions.sum(axis=1)
    np.testing.assert_allclose(constant, constant[0], atol=1e-3)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in EXPLAINED])
def test_the_other_learners_have_no_contributions(name: str, training: TrainingSet) -> None:
    assert make_learner(name).contributions(training.frame) is None
