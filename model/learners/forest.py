"""Learns extremely randomised trees and keeps them as flat arrays, which load without pickle."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from model.arrays import read_arrays, write_arrays
from model.frame import Frame, TrainingSet


@dataclass(frozen=True, slots=True)
class ForestSettings:
    """Parameters of scikit-learn's ExtraTreesClassifier, and the bound on the saved size."""

    trees: int = 100
    min_samples_leaf: int = 1
    """With two rows it ranks worse, because many test campaigns have a single artifact."""
    max_features: float = 0.02
    """About the square root of the columns."""
    max_leaf_nodes: int = 1_000
    """Bounds the saved arrays to a few megabytes."""


_BATCH = 2_048
"""Rows walked together, which bounds the memory of their positions in all trees."""


class Forest:
    """Extremely randomised trees. Each node sends missing values the way that was learnt for them."""

    name = "forest"
    files: tuple[str, ...] = ("forest.npz",)

    def __init__(self, settings: ForestSettings | None = None, threads: int = 1) -> None:
        self.settings = settings or ForestSettings()
        self.threads = threads

    def fit(self, training: TrainingSet, seed: int) -> None:
        """Fit the model to the dense columns of a training set."""
        from sklearn.ensemble import ExtraTreesClassifier  # noqa: PLC0415  scoring needs none of it

        forest = ExtraTreesClassifier(
            n_estimators=self.settings.trees,
            min_samples_leaf=self.settings.min_samples_leaf,
            max_features=self.settings.max_features,
            max_leaf_nodes=self.settings.max_leaf_nodes,
            n_jobs=self.threads,
            random_state=seed,
        )
        forest.fit(training.frame.dense, training.labels, sample_weight=training.weights)
        trees = [estimator.tree_ for estimator in forest.estimators_]
        sizes = np.array([tree.node_count for tree in trees], dtype=np.int64)
        first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        leaf = np.concatenate([tree.children_left < 0 for tree in trees])
        share = np.concatenate([tree.value[:, 0, -1] / tree.value[:, 0, :].sum(axis=1) for tree in trees])
        self.first_ = first.astype(np.int32)
        # A leaf points at itself, so that further steps change nothing.
        here = np.arange(len(leaf), dtype=np.int64)
        offset = np.repeat(first, sizes)
        left = np.concatenate([tree.children_left for tree in trees])
        right = np.concatenate([tree.children_right for tree in trees])
        self.left_ = np.where(leaf, here, left + offset).astype(np.int32)
        self.right_ = np.where(leaf, here, right + offset).astype(np.int32)
        self.feature_ = np.where(leaf, 0, np.concatenate([t.feature for t in trees])).astype(np.int16)
        self.threshold_ = _floor32(np.concatenate([tree.threshold for tree in trees]))
        self.missing_left_ = np.concatenate([tree.missing_go_to_left for tree in trees]).astype(np.bool_)
        self.share_ = np.where(leaf, share, 0.0).astype(np.float32)

    def predict(self, frame: Frame) -> npt.NDArray[np.float64]:
        """Return the mean of the trees' probabilities, shape (n,)."""
        parts = [self._walk(frame.dense[start : start + _BATCH]) for start in range(0, len(frame), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def contributions(self, frame: Frame) -> None:
        """Return None: the paths of random trees explain nothing to a person."""

    def save(self, folder: Path) -> None:
        """Write the nodes of all trees."""
        write_arrays(
            folder / self.files[0],
            {
                "first": self.first_,
                "left": self.left_,
                "right": self.right_,
                "feature": self.feature_,
                "threshold": self.threshold_,
                "missing_left": self.missing_left_,
                "share": self.share_,
            },
        )

    def load(self, folder: Path) -> None:
        """Read the nodes of all trees."""
        arrays = read_arrays(folder / self.files[0])
        self.first_ = arrays["first"]
        self.left_ = arrays["left"]
        self.right_ = arrays["right"]
        self.feature_ = arrays["feature"]
        self.threshold_ = arrays["threshold"]
        self.missing_left_ = arrays["missing_left"]
        self.share_ = arrays["share"]

    def _walk(self, dense: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Return the mean over trees of the malware share in the leaf that each row ends in, shape (n,)."""
        trees = len(self.first_)
        nodes = np.tile(self.first_, len(dense))
        row = np.repeat(np.arange(len(dense), dtype=np.int32), trees)
        active = np.arange(len(nodes))
        while len(active):
            node = nodes[active]
            value = dense[row[active], self.feature_[node]]
            goes_left = np.where(np.isnan(value), self.missing_left_[node], value <= self.threshold_[node])
            after = np.where(goes_left, self.left_[node], self.right_[node])
            nodes[active] = after
            active = active[after != node]
        return self.share_[nodes].reshape(len(dense), trees).mean(axis=1, dtype=np.float64)


def _floor32(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Return the greatest float32 not above each value, so that `x <= threshold` stays the same for float32 x."""
    rounded = values.astype(np.float32)
    above = rounded.astype(np.float64) > values
    rounded[above] = np.nextafter(rounded[above], np.float32(-np.inf))
    return rounded
