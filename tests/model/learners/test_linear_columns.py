import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from model.frame import Frame, TrainingSet
from model.learners.linear_columns import LinearColumns, _edges
from model.members import TOKEN_SPACE


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
    for column_edges, start, column, found in zip(
        edges, learner.bin_starts_, dense.T, learner._bins(frame), strict=False
    ):
        missing = np.isnan(column)
        assert [start + len(column_edges) + 1] * missing.sum() == found[missing].tolist()
        assert (start + np.searchsorted(column_edges, column[~missing])).tolist() == found[~missing].tolist()


def test_a_constant_or_missing_column_has_no_edges() -> None:
    assert [] == _edges(np.full(9, 3.0, np.float32), 10).tolist()
    assert [] == _edges(np.full(9, np.nan, np.float32), 10).tolist()


def test_counts_that_are_mostly_zero_keep_edges_among_the_rest() -> None:
    column = np.array([0.0] * 95 + [1, 2, 3, 4, 5], np.float32)
    assert [0, 1, 2, 3, 4] == _edges(column, 10).tolist()


def test_quantiles_of_all_values_and_of_nonzero_ones_are_edges_and_the_maximum_is_none() -> None:
    column = np.arange(100, dtype=np.float32)
    edges = _edges(column, 4)
    assert [0, 24, 25, 49, 50, 74] == edges.tolist()
    assert edges.max() < column.max()


def test_missing_values_have_a_weight_of_their_own(make_frame, make_training) -> None:
    frame = make_frame([[np.nan]] * 30 + [[0.0]] * 30 + [[1.0]] * 30)
    learner = LinearColumns()
    learner.fit(make_training(frame, [1] * 30 + [0] * 60), 0)
    missing, zero, other = learner.predict(make_frame([[np.nan], [0.0], [1.0]]))
    assert missing > 0.5
    assert max(zero, other) < 0.5


def test_contributions_are_measured_from_the_mean_training_row(training: TrainingSet) -> None:
    learner = LinearColumns()
    learner.fit(training, 0)
    contributions = learner.contributions(training.frame)
    np.testing.assert_allclose(np.average(contributions, axis=0, weights=training.weights), 0, atol=1e-9)
    assert not contributions[:, -1].any()
