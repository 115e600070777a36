"""Learns a logistic regression over which differences there are and in which direction."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from scipy.special import expit

from model.arrays import read_arrays, write_arrays
from model.change.contract import ChangeTraining
from model.change.frame import ChangeFrame
from model.learners.logistic import fit_rows
from model.member_scorer import frequent_columns
from model.members import Floats

LINEAR_C = 0.1
"""Inverse strength of the L2 penalty: many differences come together."""

LEAST_GROUPS = 5
"""Projects or families in which a difference must occur to be a column."""


class ChangeLinear:
    """A logistic regression over the signs of differences and over bins of the dense columns."""

    name = "change_linear"
    files: tuple[str, ...] = ("change_linear.npz",)
    steps: Sequence[float] = (0.0, 1.0, 3.0, 10.0, 30.0)
    """A dense value has one column for each step that its size exceeds."""

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads

    def fit(self, training: ChangeTraining, seed: int) -> None:
        """Fit the regression to the columns that enough projects or families have."""
        rows = self._rows(training.frame)
        self.columns_ = frequent_columns(rows, training.groups, LEAST_GROUPS)
        coef, self.bias_ = fit_rows(rows[:, self.columns_], training.labels, training.weights, LINEAR_C, seed)
        self.coef_ = coef

    def predict(self, frame: ChangeFrame) -> Floats:
        """Return the probability of a payload, shape (n,)."""
        return np.asarray(expit(self._rows(frame)[:, self.columns_] @ self.coef_ + self.bias_))

    def contributions(self, frame: ChangeFrame) -> Floats:
        """Return the terms of each dense column and each difference, shape (n, columns + names)."""
        kept = self._rows(frame)[:, self.columns_]
        kept.data = kept.data * self.coef_[kept.indices]
        dense, names = len(frame.columns), len(frame.names)
        owner = np.concatenate([np.repeat(np.arange(dense), len(self.steps)), dense + np.tile(np.arange(names), 2)])
        sums = csr_matrix(
            (kept.data, owner[self.columns_[kept.indices]], kept.indptr), shape=(len(frame), dense + names)
        )
        return np.asarray(sums.toarray(), dtype=np.float64)

    def save(self, folder: Path) -> None:
        """Write columns and coefficients."""
        bias = np.array([self.bias_])
        write_arrays(folder / self.files[0], {"columns": self.columns_, "coef": self.coef_, "bias": bias})

    def load(self, folder: Path) -> None:
        """Read columns and coefficients."""
        arrays = read_arrays(folder / self.files[0])
        self.columns_, self.coef_, self.bias_ = arrays["columns"], arrays["coef"], float(arrays["bias"][0])

    def _rows(self, frame: ChangeFrame) -> csr_matrix:
        """Return rows of zeros and ones: dense steps, then differences above zero, then those below it."""
        dense = np.nan_to_num(frame.dense, nan=0.0)
        steps = [dense > step for step in self.steps]
        above, below = (frame.differences > 0), (frame.differences < 0)
        stacked = np.stack(steps, axis=2).reshape(len(frame), len(frame.columns) * len(self.steps))
        return hstack([csr_matrix(stacked.astype(np.float64)), above, below], format="csr", dtype=np.float64)
