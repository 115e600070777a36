"""Random forest, as in the line-up of Samaana and others (arXiv 2412.05259)."""

from typing import Any

from sklearn.ensemble import RandomForestClassifier

from model.estimator import EstimatorLearner


class RandomForest(EstimatorLearner):
    """Random forest, as in the line-up of Samaana and others (arXiv 2412.05259)."""

    name = "random_forest"
    files: tuple[str, ...] = ("random_forest.skops",)

    def make(self, seed: int) -> Any:
        """Return the estimator, not fitted."""
        return RandomForestClassifier(n_estimators=200, n_jobs=self.threads, random_state=seed)
