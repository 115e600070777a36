"""Learns a decision tree, as in the preset of Samaana and others (arXiv 2412.05259)."""

from typing import Any

from model.learners.estimator import EstimatorLearner


class DecisionTree(EstimatorLearner):
    """A decision tree of scikit-learn."""

    name = "decision_tree"
    files: tuple[str, ...] = ("decision_tree.skops",)

    def make(self, seed: int) -> Any:
        """Return an estimator that is not fitted."""
        from sklearn.tree import DecisionTreeClassifier  # noqa: PLC0415  scoring needs none of it

        return DecisionTreeClassifier(min_samples_leaf=5, random_state=seed)
