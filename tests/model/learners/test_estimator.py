from pathlib import Path

import numpy as np
import pytest
import sklearn
import skops.io
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from model.errors import LibraryMismatchError, ModelTamperedError
from model.frame import TrainingSet
from model.learners.decision_tree import DecisionTree
from model.learners.estimator import EstimatorLearner, _log_scaled
from model.learners.naive_bayes import NaiveBayes
from model.learners.perceptron import Perceptron
from model.learners.random_forest import RandomForest
from model.learners.support_vectors import SupportVectors


@pytest.mark.parametrize(
    ("kind", "estimator"),
    [
        (DecisionTree, DecisionTreeClassifier),
        (NaiveBayes, GaussianNB),
        (Perceptron, MLPClassifier),
        (RandomForest, RandomForestClassifier),
        (SupportVectors, SVC),
    ],
)
def test_each_learner_makes_its_estimator_with_the_seed(kind, estimator) -> None:
    made = kind().make(5)
    assert type(made) is estimator
    assert getattr(made, "random_state", 5) == 5


def test_large_counts_are_scaled_by_their_logarithm_and_signs_stay(make_frame) -> None:
    scaled = _log_scaled(make_frame([[0.0, np.e - 1, 1 - np.e, np.nan]]))
    np.testing.assert_allclose([[0, 1, -1, np.nan]], scaled, atol=1e-6)
    assert scaled.dtype == np.float64


def test_a_column_that_is_null_everywhere_stays(make_frame, make_training) -> None:
    learner = DecisionTree()
    learner.fit(make_training(make_frame([[np.nan, 0.0]] * 10 + [[np.nan, 9.0]] * 10), [0] * 10 + [1] * 10), 0)
    assert [0.0, 1.0] == learner.predict(make_frame([[7.0, 0.0], [7.0, 9.0]])).tolist()


def test_an_estimator_without_probabilities_gives_its_decision_as_one(make_frame, make_training) -> None:
    learner = SupportVectors()
    learner.fit(make_training(make_frame([[0.0]] * 10 + [[9.0]] * 10), [0] * 10 + [1] * 10), 0)
    benign, malicious = learner.predict(make_frame([[0.0], [9.0]]))
    assert 0 < benign < 0.5 < malicious < 1


class Named(EstimatorLearner):
    name = "named"
    files: tuple[str, ...] = ("named.skops",)


def test_a_file_with_types_of_others_is_refused(tmp_path: Path) -> None:
    skops.io.dump(FunctionTransformer(func=np.linalg.norm), tmp_path / "named.skops")
    with pytest.raises(ModelTamperedError, match="contains types that no model of boojum has"):
        Named().load(tmp_path)


def test_a_file_of_another_scikit_learn_is_an_error_with_both_versions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sklearn.base.__version__", "0.1")
        skops.io.dump(DummyClassifier(), tmp_path / "named.skops")
    with pytest.raises(LibraryMismatchError) as caught:
        Named().load(tmp_path)
    assert "scikit-learn 0.1" == caught.value.written_by
    assert f"scikit-learn {sklearn.__version__}" == caught.value.installed


def test_fitting_is_quiet_about_convergence(training: TrainingSet) -> None:
    # Warnings are errors in these tests, and forty iterations are too few for the perceptron.
    Perceptron().fit(training, 0)
