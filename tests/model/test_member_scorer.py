from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from model.frame import TrainingSet
from model.member_scorer import MemberScorer, frequent_columns, is_worst, load_scorer
from model.members import Members, mark_hash
from model.registry import Weighting
from model.rows import LabelledRows, training_set

ACT = "finding_secrets_to_network"


@pytest.fixture(scope="module")
def training(rows: LabelledRows) -> TrainingSet:
    return training_set(rows, np.arange(len(rows)), Weighting(), 0)


@pytest.fixture(scope="module")
def members(training: TrainingSet) -> Members:
    assert training.frame.members is not None
    return training.frame.members


@pytest.fixture(scope="module")
def scorer(training: TrainingSet, members: Members) -> MemberScorer:
    found = MemberScorer()
    found.learn_vocabulary(members, training.groups[members.rows])
    labels = training.labels[members.rows]
    found.fit(members, np.ones(len(labels), dtype=bool), labels, training.weights[members.rows], 0)
    return found


def test_the_member_that_acts_has_the_greatest_margin(scorer: MemberScorer, members: Members) -> None:
    acts = members.marks[:, mark_hash(ACT)].toarray().ravel() > 0
    margins = scorer.margins(members)
    assert margins[acts].min() > margins[~acts].max()
    assert (0,) == scorer.margins(members.take(np.zeros(0, np.int64))).shape


def test_its_act_is_what_contributes(scorer: MemberScorer, members: Members) -> None:
    place = np.flatnonzero(members.marks[:, mark_hash(ACT)].toarray().ravel())[:1]
    terms = scorer.mark_contributions(members.take(place), [ACT, "os_system", "never_seen"])[0]
    assert terms[0] > abs(terms[1])
    assert 0.0 == terms[2]


def test_a_scorer_survives_the_disk(scorer: MemberScorer, members: Members, tmp_path: Path) -> None:
    scorer.booster_.save_model(tmp_path / "trees.ubj")
    again = load_scorer(tmp_path / "trees.ubj", scorer.arrays())
    np.testing.assert_array_equal(scorer.margins(members), again.margins(members))


def test_a_column_must_be_in_enough_groups() -> None:
    matrix = csr_matrix(np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1]]))
    assert [0, 1] == frequent_columns(matrix, np.array([5, 6, 7]), 2).tolist()
    assert [1] == frequent_columns(matrix, np.array([5, 5, 7]), 2).tolist()


def test_the_worst_is_the_first_of_equals() -> None:
    worst = is_worst(np.array([1.0, 3.0, 3.0, -2.0]), np.array([0, 0, 0, 2]))
    assert [False, True, False, True] == worst.tolist()
