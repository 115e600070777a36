"""Fits the L2-penalised logistic regressions of the linear learners."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from model.errors import TrainingDataError
from model.frame import TrainingSet

TOLERANCE = 1e-3
"""Change of the gradient at which the solver stops."""

ITERATIONS = 200
"""Iterations after which the fit counts as failed."""


def fit_logistic(rows: csr_matrix, training: TrainingSet, c: float, seed: int) -> tuple[npt.NDArray[np.float64], float]:
    """Return coefficients (features,) and intercept for rows (n, features) and the labels of a training set.

    `c` is the inverse strength of the penalty. Raises TrainingDataError where the solver does not converge.
    """
    return fit_rows(rows, training.labels, training.weights, c, seed)


def fit_rows(
    rows: csr_matrix, labels: npt.NDArray[np.int8], weights: npt.NDArray[np.float64], c: float, seed: int
) -> tuple[npt.NDArray[np.float64], float]:
    """Return coefficients and intercept like `fit_logistic`, for labels (n,) and weights (n,)."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  scoring needs none of it

    model = LogisticRegression(C=c, solver="liblinear", tol=TOLERANCE, max_iter=ITERATIONS, random_state=seed)
    model.fit(rows, labels, sample_weight=weights)
    if model.n_iter_.max() >= ITERATIONS:
        raise TrainingDataError(f"a linear learner did not converge in {ITERATIONS} iterations")
    return np.asarray(model.coef_[0], dtype=np.float64), float(model.intercept_[0])
