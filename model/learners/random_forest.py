"""Learns a random forest, as in the preset of Samaana and others (arXiv 2412.05259)."""

from typing import Any

from model.learners.estimator import EstimatorLearner


class RandomForest(EstimatorLearner):
    """A random forest of scikit-learn."""

    name = "random_forest"
    files: tuple[str, ...] = ("random_forest.skops",)

    def make(self, seed: int) -> Any:
        """Return an estimator that is not fitted."""
        from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415  scoring needs none of it

        return RandomForestClassifier(n_estimators=200, n_jobs=self.threads, random_state=seed)
