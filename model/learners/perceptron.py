"""A multilayer perceptron, as in the line-up of Samaana and others (arXiv 2412.05259)."""

from typing import Any

from sklearn.neural_network import MLPClassifier

from model.estimator import EstimatorLearner


class Perceptron(EstimatorLearner):
    """A multilayer perceptron, as in the line-up of Samaana and others (arXiv 2412.05259)."""

    name = "perceptron"
    files: tuple[str, ...] = ("perceptron.skops",)

    def make(self, seed: int) -> Any:
        """Return the estimator, not fitted."""
        return MLPClassifier((64,), alpha=1e-3, early_stopping=False, max_iter=40, random_state=seed)
