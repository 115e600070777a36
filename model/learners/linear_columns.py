"""Learns a logistic regression over binned columns: additive, hard to overfit and easy to explain."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.special import expit

from model.arrays import read_arrays, write_arrays
from model.frame import Frame, TrainingSet
from model.learners.logistic import fit_logistic


@dataclass(frozen=True, slots=True)
class LinearColumnsSettings:
    """Number of bins and strength of regularisation."""

    bins: int = 10
    c: float = 0.05
    """Inverse strength of the L2 penalty, which is strong because many of the several thousand bins are correlated."""


class LinearColumns:
    """Logistic regression over quantile bins of every column; missing values have a bin of their own."""

    name = "linear_columns"
    files: tuple[str, ...] = ("linear_columns.npz",)

    def __init__(self, settings: LinearColumnsSettings | None = None, threads: int = 1) -> None:
        self.settings = settings or LinearColumnsSettings()
        self.threads = threads

    def fit(self, training: TrainingSet, seed: int) -> None:
        """Learn bins and their coefficients from the dense columns of a training set."""
        edges = [_edges(column, self.settings.bins) for column in training.frame.dense.T]
        self.edges_ = np.concatenate(edges).astype(np.float32)
        # A column with k edges has k + 1 bins, and one more for missing values.
        self.edge_starts_ = np.cumsum([0, *(len(e) for e in edges)]).astype(np.int64)
        self.bin_starts_ = np.cumsum([0, *(len(e) + 2 for e in edges)]).astype(np.int64)
        bins = self._bins(training.frame).T
        most_common = np.array([np.bincount(column).argmax() for column in bins.T], dtype=np.int32)
        # The most common bin of each column is left out as the reference level, so that the rows are sparse.
        row, column = np.nonzero(bins != most_common)
        rows = csr_matrix(
            (np.ones(len(row)), (row.astype(np.int32), bins[row, column])),
            shape=(len(bins), int(self.bin_starts_[-1])),
        )
        self.coef_, self.bias_ = fit_logistic(rows, training, self.settings.c, seed)
        means = [np.average(self.coef_[column], weights=training.weights) for column in bins.T]
        self.mean_ = np.array(means, dtype=np.float64)

    def predict(self, frame: Frame) -> npt.NDArray[np.float64]:
        """Return the probability of malware, shape (n,)."""
        margin = np.full(len(frame), self.bias_)
        # Column by column: summing them together may round differently for batches of another size.
        for column in self.coef_[self._bins(frame)]:
            margin += column
        return np.asarray(expit(margin))

    def contributions(self, frame: Frame) -> npt.NDArray[np.float64]:
        """Return what each column adds to the log-odds, compared with the mean training row."""
        contributions = np.zeros((len(frame), len(frame.columns) + 1))
        contributions[:, :-1] = self.coef_[self._bins(frame).T] - self.mean_
        return contributions

    def save(self, folder: Path) -> None:
        """Write bins and coefficients."""
        write_arrays(
            folder / self.files[0],
            {
                "edges": self.edges_,
                "edge_starts": self.edge_starts_,
                "bin_starts": self.bin_starts_,
                "coef": self.coef_,
                "mean": self.mean_,
                "bias": np.array([self.bias_]),
            },
        )

    def load(self, folder: Path) -> None:
        """Read bins and coefficients."""
        arrays = read_arrays(folder / self.files[0])
        self.edges_ = arrays["edges"]
        self.edge_starts_ = arrays["edge_starts"]
        self.bin_starts_ = arrays["bin_starts"]
        self.coef_ = arrays["coef"]
        self.mean_ = arrays["mean"]
        self.bias_ = float(arrays["bias"][0])

    def _bins(self, frame: Frame) -> npt.NDArray[np.int32]:
        """Return the bin of every value, shape (columns, n), numbered over all columns."""
        counts = np.diff(self.edge_starts_)
        # Columns with many edges first, so that the columns that have an edge of a given number are a prefix.
        order = np.argsort(-counts, kind="stable")
        values = frame.dense.T[order]
        below = np.zeros(values.shape, dtype=np.uint16)
        for number in range(int(counts.max(initial=0))):
            prefix = order[: np.searchsorted(-counts[order], -number, side="left")]
            edges = self.edges_[self.edge_starts_[prefix] + number]
            below[: len(prefix)] += values[: len(prefix)] > edges[:, np.newaxis]
        np.copyto(below, (counts[order] + 1).astype(np.uint16)[:, np.newaxis], where=np.isnan(values))
        bins = np.empty(values.shape, dtype=np.int32)
        bins[order] = below + self.bin_starts_[order].astype(np.int32)[:, np.newaxis]
        return bins


def _edges(column: npt.NDArray[np.float32], bins: int) -> npt.NDArray[np.float32]:
    """Return ascending bin edges at the quantiles of a column's values and of its nonzero values."""
    values = column[~np.isnan(column)]
    if not len(values):
        return np.zeros(0, dtype=np.float32)
    shares = np.arange(1, bins) / bins
    # Most counts are zero in most rows: quantiles of all values alone would put all other counts into one bin.
    nonzero = values[values != 0]
    candidates = [np.quantile(values, shares, method="lower")]
    if len(nonzero):
        candidates.append(np.quantile(nonzero, shares, method="lower"))
    edges = np.unique(np.concatenate([*candidates, np.zeros(1)])).astype(np.float32)
    return np.asarray(edges[(edges >= values.min()) & (edges < values.max())])
