"""Fits, saves and loads learners that are one scikit-learn estimator; saves without pickle, by skops."""

import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from model.errors import LibraryMismatchError, ModelTamperedError
from model.frame import Frame, TrainingSet

TRUSTED = (
    "numpy.dtype",
    "sklearn.tree._tree.Tree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
)
"""Types that a saved estimator may contain beyond those that skops trusts. The list is never taken from a file."""


class EstimatorLearner:
    """Base of the learners that are a scikit-learn estimator on the dense columns.

    Columns are passed through sign(x) * log(1 + |x|), median imputation and scaling to unit variance.
    """

    name: str
    files: tuple[str, ...]

    def __init__(self, threads: int = 1) -> None:
        self.threads = threads

    def make(self, seed: int) -> Any:
        """Return an estimator that is not fitted."""
        raise NotImplementedError

    def fit(self, training: TrainingSet, seed: int) -> None:
        """Fit the model to the dense columns of a training set."""
        # Imported here: scoring with a preset of other learners needs none of these.
        from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
        from sklearn.impute import SimpleImputer  # noqa: PLC0415
        from sklearn.pipeline import Pipeline  # noqa: PLC0415
        from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

        pipeline = Pipeline(
            [
                # A column that is null in every training row may have values later, so it stays, as zeros.
                ("fill", SimpleImputer(strategy="median", keep_empty_features=True)),
                ("scale", StandardScaler()),
                ("learn", self.make(seed)),
            ]
        )
        with warnings.catch_warnings():
            # The paper states no number of iterations. Ours ends fits before full convergence, on purpose.
            warnings.simplefilter("ignore", ConvergenceWarning)
            pipeline.fit(_log_scaled(training.frame), training.labels, learn__sample_weight=training.weights)
        self.pipeline_ = pipeline

    def predict(self, frame: Frame) -> npt.NDArray[np.float64]:
        """Return the probability of malware, shape (n,)."""
        if not len(frame):
            return np.zeros(0)
        if hasattr(self.pipeline_, "predict_proba"):
            return np.asarray(self.pipeline_.predict_proba(_log_scaled(frame))[:, 1], dtype=np.float64)
        return np.asarray(expit(self.pipeline_.decision_function(_log_scaled(frame))), dtype=np.float64)

    def contributions(self, frame: Frame) -> None:
        """Return None: these estimators have no exact contributions."""

    def save(self, folder: Path) -> None:
        """Write the estimator without pickle."""
        import skops.io  # noqa: PLC0415 - as in load

        skops.io.dump(self.pipeline_, folder / self.files[0], compression=zipfile.ZIP_DEFLATED)

    def load(self, folder: Path) -> None:
        """Read the estimator; raises LibraryMismatchError or ModelTamperedError."""
        # Imported here: the shipped preset has no such learner.
        import skops.io  # noqa: PLC0415
        from sklearn import __version__ as installed  # noqa: PLC0415
        from sklearn.exceptions import InconsistentVersionWarning  # noqa: PLC0415
        from skops.io.exceptions import UntrustedTypesFoundException  # noqa: PLC0415

        file = folder / self.files[0]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", InconsistentVersionWarning)
                self.pipeline_ = skops.io.load(file, trusted=list(TRUSTED))
        except InconsistentVersionWarning as error:
            raise LibraryMismatchError(
                file.name,
                f"scikit-learn {error.original_sklearn_version}",
                f"scikit-learn {installed}",
                "its estimators changed",
            ) from error
        except UntrustedTypesFoundException as error:
            raise ModelTamperedError(file, "it contains types that no model of boojum has") from error


def _log_scaled(frame: Frame) -> npt.NDArray[np.float64]:
    # Doubles: products of float32 matrices round differently for other batch sizes, and scores would show it.
    dense = frame.dense.astype(np.float64)
    return np.asarray(np.sign(dense) * np.log1p(np.abs(dense)))
