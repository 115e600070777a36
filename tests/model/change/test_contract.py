"""Tests the promises of the protocol of change learners for every registered one."""

from pathlib import Path

import numpy as np
import pytest

from model.change.contract import ChangeTraining
from model.change.registry import CHANGE_LEARNERS, make_change_learner
from model.change.rows import LabelledChanges, change_training

NAMES = [kind.name for kind in CHANGE_LEARNERS]


@pytest.fixture(scope="module")
def training(labelled: LabelledChanges) -> ChangeTraining:
    return change_training(labelled, np.arange(len(labelled)))


@pytest.mark.parametrize("name", NAMES)
def test_a_learner_learns_and_survives_the_disk_bit_for_bit(
    name: str, training: ChangeTraining, tmp_path: Path
) -> None:
    learner = make_change_learner(name)
    learner.fit(training, 0)
    predicted = learner.predict(training.frame)
    assert (len(training),) == predicted.shape
    assert ((predicted >= 0) & (predicted <= 1)).all()
    assert predicted[training.labels == 1].mean() > predicted[training.labels == 0].mean() + 0.2
    learner.save(tmp_path)
    assert set(learner.files) == {path.name for path in tmp_path.iterdir()}
    again = make_change_learner(name, threads=2)
    again.load(tmp_path)
    np.testing.assert_array_equal(predicted, again.predict(training.frame))


@pytest.mark.parametrize("name", NAMES)
def test_a_row_is_scored_alone_as_among_others(name: str, training: ChangeTraining) -> None:
    learner = make_change_learner(name)
    learner.fit(training, 0)
    whole = learner.predict(training.frame)
    alone = np.concatenate([learner.predict(training.frame.take(slice(row, row + 1))) for row in range(12)])
    np.testing.assert_allclose(whole[:12], alone, rtol=0, atol=1e-9)
    assert (0,) == learner.predict(training.frame.take(slice(0, 0))).shape


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_learner_on_any_number_of_threads(name: str, training: ChangeTraining) -> None:
    predicted = []
    for threads in (1, 2):
        learner = make_change_learner(name, threads)
        learner.fit(training, 7)
        predicted.append(learner.predict(training.frame))
    np.testing.assert_array_equal(predicted[0], predicted[1])


@pytest.mark.parametrize("name", NAMES)
def test_contributions_have_a_place_for_each_column_and_difference(name: str, training: ChangeTraining) -> None:
    learner = make_change_learner(name)
    learner.fit(training, 0)
    found = learner.contributions(training.frame)
    if found is not None:
        assert (len(training), 3 + 3) == found.shape
        odds = np.log(learner.predict(training.frame)) - np.log1p(-learner.predict(training.frame))
        constant = odds - found.sum(axis=1)
        np.testing.assert_allclose(constant, constant[0], atol=1e-3)


def test_a_part_of_a_training_set_keeps_its_payloads(training: ChangeTraining) -> None:
    part = training.take(np.flatnonzero(training.labels == 1)[:5])
    assert 5 == part.payload.sum() == len(part)
