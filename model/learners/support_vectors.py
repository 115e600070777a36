"""Learns a support vector machine, as in the preset of Samaana and others (arXiv 2412.05259)."""

from typing import Any

from model.learners.estimator import EstimatorLearner


class SupportVectors(EstimatorLearner):
    """A support vector machine of scikit-learn."""

    name = "support_vectors"
    files: tuple[str, ...] = ("support_vectors.skops",)

    def make(self, seed: int) -> Any:
        """Return an estimator that is not fitted."""
        from sklearn.svm import SVC  # noqa: PLC0415  scoring needs none of it

        return SVC(cache_size=500, random_state=seed)
