"""A linear model over hashed code tokens: another kind of eye than trees over counts."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags
from scipy.special import expit

from model.arrays import read_arrays, write_arrays
from model.errors import TrainingDataError
from model.frame import TOKEN_SPACE, Frame, TrainingSet


@dataclass(frozen=True, slots=True)
class LinearTokensSettings:
    """How the vocabulary is learnt and how strongly it is held back."""

    c: float = 30.0
    """Inverse strength of the L2 penalty, with rows of length one (measured in facts/corpora.md)."""
    groups: int = 3
    """A token counts when it stands in this many campaigns or projects; rarer ones name, they do not tell."""
    tolerance: float = 1e-3
    iterations: int = 200


class LinearTokens:
    """Logistic regression over a learnt vocabulary; every row's tokens share a length of one."""

    name = "linear_tokens"
    files: tuple[str, ...] = ("linear_tokens.npz",)

    def __init__(self, settings: LinearTokensSettings | None = None, threads: int = 1) -> None:
        self.settings = settings or LinearTokensSettings()
        self.threads = threads
        self._place: npt.NDArray[np.int32] | None = None

    def fit(self, sample: TrainingSet, seed: int) -> None:
        """Learn vocabulary, rarity weights and coefficients from the tokens of a sample."""
        seen = _group_counts(sample)
        self.ids_ = np.flatnonzero(seen >= self.settings.groups).astype(np.uint32)
        self._place = None
        if not len(self.ids_):
            # Rows without any code have no vocabulary; the learner then abstains.
            self.rarity_, self.coef_ = np.zeros(0, np.float32), np.zeros(0, np.float32)
            self.bias_, self.mean_ = 0.0, 0.0
            return
        total = len(np.unique(sample.groups))
        self.rarity_ = np.log1p(total / seen[self.ids_]).astype(np.float32)
        rows = self._rows(sample.frame)
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  scoring needs none of it

        model = LogisticRegression(
            C=self.settings.c,
            solver="liblinear",
            tol=self.settings.tolerance,
            max_iter=self.settings.iterations,
            random_state=seed,
        )
        model.fit(rows, sample.labels, sample_weight=sample.weights)
        if model.n_iter_.max() >= self.settings.iterations:
            raise TrainingDataError(f"{self.name} did not converge in {self.settings.iterations} iterations")
        self.coef_ = model.coef_[0].astype(np.float32)
        self.bias_ = float(model.intercept_[0])
        self.mean_ = float(np.average(rows @ self.coef_.astype(np.float64), weights=sample.weights))

    def predict(self, frame: Frame) -> npt.NDArray[np.float64]:
        """Return the probability of malware, shape (n,)."""
        return np.asarray(expit(self._margin(frame) + self.bias_))

    def contributions(self, frame: Frame) -> npt.NDArray[np.float64]:
        """Return the tokens' share of the log-odds against the mean training row."""
        moved = np.zeros((len(frame), len(frame.columns) + 1))
        moved[:, -1] = self._margin(frame) - self.mean_
        return moved

    def save(self, folder: Path) -> None:
        """Write vocabulary and coefficients."""
        write_arrays(
            folder / self.files[0],
            {
                "ids": self.ids_,
                "rarity": self.rarity_,
                "coef": self.coef_,
                "constants": np.array([self.bias_, self.mean_]),
            },
        )

    def load(self, folder: Path) -> None:
        """Read vocabulary and coefficients."""
        arrays = read_arrays(folder / self.files[0])
        self.ids_ = arrays["ids"]
        self._place = None
        self.rarity_ = arrays["rarity"]
        self.coef_ = arrays["coef"]
        self.bias_, self.mean_ = (float(value) for value in arrays["constants"])

    def _rows(self, frame: Frame) -> csr_matrix:
        """Return rows over the vocabulary, weighted by rarity, of length one (zero where none is known)."""
        tokens = frame.tokens
        column = self._places()[tokens.indices]
        known = column >= 0
        starts = np.concatenate([[0], np.cumsum(known)])[tokens.indptr].astype(np.int32)
        column = column[known]
        data = self.rarity_[column].astype(np.float64)
        rows = csr_matrix((data, column, starts), shape=(len(frame), len(self.ids_)))
        length = np.sqrt(rows.multiply(rows).sum(axis=1)).A1
        return (diags(1.0 / np.where(length > 0, length, 1.0)) @ rows).tocsr()

    def _places(self) -> npt.NDArray[np.int32]:
        """Return the place in the vocabulary of every token there is, -1 for one that is not in it."""
        if self._place is None:
            self._place = np.full(TOKEN_SPACE, -1, dtype=np.int32)
            self._place[self.ids_] = np.arange(len(self.ids_), dtype=np.int32)
        return self._place

    def _margin(self, frame: Frame) -> npt.NDArray[np.float64]:
        return np.asarray(self._rows(frame) @ self.coef_.astype(np.float64))


def _group_counts(sample: TrainingSet) -> npt.NDArray[np.int64]:
    """Return in how many campaigns or projects each token stands, shape (2**22,)."""
    tokens = sample.frame.tokens
    groups = np.unique(sample.groups, return_inverse=True)[1].astype(np.int64)
    pairs = np.repeat(groups, np.diff(tokens.indptr)) * TOKEN_SPACE + tokens.indices
    return np.bincount(np.unique(pairs) % TOKEN_SPACE, minlength=TOKEN_SPACE)
