"""A support vector machine, as in the line-up of Samaana and others (arXiv 2412.05259)."""

from typing import Any

from sklearn.svm import SVC

from model.estimator import EstimatorLearner


class SupportVectors(EstimatorLearner):
    """A support vector machine, as in the line-up of Samaana and others (arXiv 2412.05259)."""

    name = "support_vectors"
    files: tuple[str, ...] = ("support_vectors.skops",)

    def make(self, seed: int) -> Any:
        """Return the estimator, not fitted."""
        return SVC(cache_size=500, random_state=seed)
