"""A forest of extremely randomised trees, kept as flat arrays that load in milliseconds."""

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
    """Of two rows a leaf it ranks worse: campaigns of one artifact are what it is asked about."""
    max_features: float = 0.02
    """About the square root of the columns."""
    max_leaf_nodes: int = 1_000
    """Keeps the saved arrays within a few megabytes."""


_BATCH = 2_048
"""Rows walked at once: the positions of all trees fit the processor's cache."""


class Forest:
    """Extremely randomised trees; a missing value goes the way that was learnt for it."""

    name = "forest"
    files: tuple[str, ...] = ("forest.npz",)

    def __init__(self, settings: ForestSettings | None = None, threads: int = 1) -> None:
        self.settings = settings or ForestSettings()
        self.threads = threads

    def fit(self, sample: TrainingSet, seed: int) -> None:
        """Learn from the dense columns of a sample."""
        from sklearn.ensemble import ExtraTreesClassifier  # noqa: PLC0415  scoring needs none of it

        forest = ExtraTreesClassifier(
            n_estimators=self.settings.trees,
            min_samples_leaf=self.settings.min_samples_leaf,
            max_features=self.settings.max_features,
            max_leaf_nodes=self.settings.max_leaf_nodes,
            n_jobs=self.threads,
            random_state=seed,
        )
        forest.fit(sample.frame.dense, sample.labels, sample_weight=sample.weights)
        trees = [estimator.tree_ for estimator in forest.estimators_]
        sizes = np.array([tree.node_count for tree in trees], dtype=np.int64)
        first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        leaf = np.concatenate([tree.children_left < 0 for tree in trees])
        share = np.concatenate([tree.value[:, 0, -1] / tree.value[:, 0, :].sum(axis=1) for tree in trees])
        self.first_ = first.astype(np.int32)
        # A leaf points at itself, so that walking on changes nothing.
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
        parts = [self._walk(frame.dense[at : at + _BATCH]) for at in range(0, len(frame), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def contributions(self, frame: Frame) -> None:
        """Return nothing: the path of a random tree is no explanation that a person should be given."""

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
        trees = len(self.first_)
        at = np.tile(self.first_, len(dense))
        row = np.repeat(np.arange(len(dense), dtype=np.int32), trees)
        active = np.arange(len(at))
        while len(active):
            node = at[active]
            value = dense[row[active], self.feature_[node]]
            goes_left = np.where(np.isnan(value), self.missing_left_[node], value <= self.threshold_[node])
            after = np.where(goes_left, self.left_[node], self.right_[node])
            at[active] = after
            active = active[after != node]
        return self.share_[at].reshape(len(dense), trees).mean(axis=1, dtype=np.float64)


def _floor32(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Return the greatest float32 not above each value: for float32 x, `x <= it` decides as before."""
    rounded = values.astype(np.float32)
    above = rounded.astype(np.float64) > values
    rounded[above] = np.nextafter(rounded[above], np.float32(-np.inf))
    return rounded
