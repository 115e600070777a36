from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.special import logit
from sklearn.ensemble import ExtraTreesClassifier

from model.frame import TOKEN_SPACE, Frame, TrainingSet
from model.learners.forest import Forest, ForestSettings
from model.learners.linear_columns import LinearColumns
from model.registry import LEARNERS, Weighting, make_learner
from model.rows import LabelledRows, training_set

NAMES = [kind.name for kind in LEARNERS]


@pytest.fixture(scope="module")
def sample(rows: LabelledRows) -> TrainingSet:
    return training_set(rows, np.arange(len(rows)), Weighting(), 0)


@pytest.mark.parametrize("name", NAMES)
def test_a_learner_learns_and_survives_the_disk_bit_for_bit(name: str, sample: TrainingSet, tmp_path: Path) -> None:
    learner = make_learner(name)
    learner.fit(sample, 0)
    said = learner.predict(sample.frame)
    assert said.shape == (len(sample),)
    assert said.dtype == np.float64
    assert said[sample.labels == 1].mean() > said[sample.labels == 0].mean() + 0.2
    learner.save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(learner.files)
    again = make_learner(name, threads=2)
    again.load(tmp_path)
    np.testing.assert_array_equal(said, again.predict(sample.frame))


@pytest.mark.parametrize("name", NAMES)
def test_a_row_is_scored_alone_as_among_others(name: str, sample: TrainingSet) -> None:
    learner = make_learner(name)
    learner.fit(sample, 0)
    whole = learner.predict(sample.frame)
    alone = np.concatenate([learner.predict(sample.frame.take(slice(at, at + 1))) for at in range(20)])
    np.testing.assert_allclose(whole[:20], alone, rtol=0, atol=1e-9)
    assert learner.predict(sample.frame.take(slice(0, 0))).shape == (0,)


@pytest.mark.parametrize("name", ["boosting", "forest"])
def test_threads_do_not_change_what_is_learnt(name: str, sample: TrainingSet) -> None:
    said = []
    for threads in (1, 2):
        learner = make_learner(name, threads)
        learner.fit(sample, 3)
        said.append(learner.predict(sample.frame))
    np.testing.assert_array_equal(said[0], said[1])


@pytest.mark.parametrize("name", ["boosting", "linear_tokens", "linear_columns"])
def test_contributions_add_up_to_the_log_odds(name: str, sample: TrainingSet) -> None:
    learner = make_learner(name)
    learner.fit(sample, 0)
    moved = learner.contributions(sample.frame)
    assert moved is not None
    assert moved.shape == (len(sample), len(sample.frame.columns) + 1)
    constant = logit(learner.predict(sample.frame)) - moved.sum(axis=1)
    np.testing.assert_allclose(constant, constant[0], atol=1e-3)


def test_forest_walks_as_scikit_learn_does(sample: TrainingSet) -> None:
    settings = ForestSettings(trees=15)
    forest = Forest(settings)
    forest.fit(sample, 5)
    theirs = ExtraTreesClassifier(
        15, min_samples_leaf=1, max_features=settings.max_features, max_leaf_nodes=1_000, random_state=5
    ).fit(sample.frame.dense, sample.labels, sample_weight=sample.weights)
    expected = theirs.predict_proba(sample.frame.dense)[:, 1]
    np.testing.assert_allclose(expected, forest.predict(sample.frame), atol=1e-6)


def test_rows_without_code_leave_the_token_learner_undecided(sample: TrainingSet) -> None:
    learner = make_learner("linear_tokens")
    learner.fit(sample, 0)
    frame = replace(sample.frame, tokens=csr_matrix(sample.frame.tokens.shape, dtype=np.float32))
    assert len(set(learner.predict(frame).tolist())) == 1
    learner.fit(replace(sample, frame=frame), 0)
    assert set(learner.predict(sample.frame).tolist()) == {0.5}


@given(
    st.lists(st.lists(st.integers(-3, 3), max_size=4, unique=True).map(sorted), min_size=1, max_size=5),
    st.integers(0, 6),
    st.randoms(use_true_random=False),
)
def test_a_value_is_in_the_bin_that_a_search_among_its_columns_edges_finds(edges, count, chance) -> None:
    learner = LinearColumns()
    learner.edges_ = np.concatenate([np.array(e, np.float32) for e in edges])
    learner.edge_starts_ = np.cumsum([0, *(len(e) for e in edges)]).astype(np.int64)
    learner.bin_starts_ = np.cumsum([0, *(len(e) + 2 for e in edges)]).astype(np.int64)
    dense = np.array([[chance.choice([*range(-4, 5), np.nan]) for _ in edges] for _ in range(count)], np.float32)
    dense = dense.reshape(count, len(edges))
    frame = Frame(tuple(map(str, range(len(edges)))), dense, csr_matrix((count, TOKEN_SPACE)))
    for of, start, column, found in zip(edges, learner.bin_starts_, dense.T, learner._bins(frame), strict=False):
        missing = np.isnan(column)
        assert [start + len(of) + 1] * missing.sum() == found[missing].tolist()
        assert (start + np.searchsorted(of, column[~missing])).tolist() == found[~missing].tolist()
