"""Learns a multilayer perceptron, as in the preset of Samaana and others (arXiv 2412.05259)."""

from typing import Any

from model.learners.estimator import EstimatorLearner


class Perceptron(EstimatorLearner):
    """A multilayer perceptron of scikit-learn."""

    name = "perceptron"
    files: tuple[str, ...] = ("perceptron.skops",)

    def make(self, seed: int) -> Any:
        """Return an estimator that is not fitted."""
        from sklearn.neural_network import MLPClassifier  # noqa: PLC0415  scoring needs none of it

        return MLPClassifier((64,), alpha=1e-3, early_stopping=False, max_iter=40, random_state=seed)
