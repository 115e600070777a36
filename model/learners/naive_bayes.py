"""Learns Gaussian naive Bayes, as in the preset of Samaana and others (arXiv 2412.05259)."""

from typing import Any

from model.learners.estimator import EstimatorLearner


class NaiveBayes(EstimatorLearner):
    """Gaussian naive Bayes of scikit-learn."""

    name = "naive_bayes"
    files: tuple[str, ...] = ("naive_bayes.skops",)

    def make(self, seed: int) -> Any:  # noqa: ARG002 - nothing in it is random
        """Return an estimator that is not fitted."""
        from sklearn.naive_bayes import GaussianNB  # noqa: PLC0415  scoring needs none of it

        return GaussianNB(var_smoothing=1e-3)
