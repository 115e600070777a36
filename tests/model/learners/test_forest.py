import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import ExtraTreesClassifier

from model.frame import TrainingSet
from model.learners import forest
from model.learners.forest import Forest, ForestSettings, _floor32


def test_it_predicts_as_scikit_learn_does(training: TrainingSet) -> None:
    settings = ForestSettings(trees=15)
    learner = Forest(settings)
    learner.fit(training, 5)
    reference = ExtraTreesClassifier(
        15, min_samples_leaf=1, max_features=settings.max_features, max_leaf_nodes=1_000, random_state=5
    ).fit(training.frame.dense, training.labels, sample_weight=training.weights)
    expected = reference.predict_proba(training.frame.dense)[:, 1]
    np.testing.assert_allclose(expected, learner.predict(training.frame), atol=1e-6)


def test_batches_do_not_change_predictions(training: TrainingSet, monkeypatch) -> None:
    learner = Forest(ForestSettings(trees=5))
    learner.fit(training, 0)
    expected = learner.predict(training.frame)
    monkeypatch.setattr(forest, "_BATCH", 7)
    np.testing.assert_array_equal(expected, learner.predict(training.frame))


def test_a_value_at_the_threshold_goes_left_and_a_missing_one_where_it_was_learnt(make_frame) -> None:
    learner = Forest()
    # One tree: node 0 splits c0 at 2.0 and sends missing values right; nodes 1 and 2 are its leaves.
    learner.first_ = np.array([0], np.int32)
    learner.left_, learner.right_ = np.array([1, 1, 2], np.int32), np.array([2, 1, 2], np.int32)
    learner.feature_ = np.zeros(3, np.int16)
    learner.threshold_ = np.array([2.0, 0, 0], np.float32)
    learner.missing_left_ = np.array([False, False, False])
    learner.share_ = np.array([0, 0.25, 0.75], np.float32)
    frame = make_frame([[2.0], [np.nextafter(np.float32(2), np.float32(3))], [np.nan]])
    assert [0.25, 0.75, 0.75] == learner.predict(frame).tolist()


@given(
    st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1),
    st.floats(-1e6, 1e6, width=32, allow_subnormal=False),
)
def test_a_rounded_threshold_decides_as_the_exact_one(thresholds, value) -> None:
    exact = np.array(thresholds)
    rounded = _floor32(exact)
    assert (rounded.astype(np.float64) <= exact).all()
    np.testing.assert_array_equal(np.float32(value).astype(np.float64) <= exact, np.float32(value) <= rounded)
