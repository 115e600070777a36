"""Learns a logistic regression over hashed code tokens: the words of the code, which no count of patterns has."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags
from scipy.special import expit

from model.arrays import read_arrays, write_arrays
from model.frame import Frame, TrainingSet
from model.learners.logistic import fit_logistic
from model.members import TOKEN_SPACE


@dataclass(frozen=True, slots=True)
class LinearTokensSettings:
    """Size of the vocabulary and strength of regularisation."""

    c: float = 30.0
    """Inverse strength of the L2 penalty, for rows of length one; chosen on the time splits."""
    groups: int = 3
    """Campaigns or projects that a token must occur in. Rarer ones identify a project and do not generalise."""


class LinearTokens:
    """Logistic regression over a learnt vocabulary of tokens, weighted by rarity and scaled to rows of length one."""

    name = "linear_tokens"
    files: tuple[str, ...] = ("linear_tokens.npz",)

    def __init__(self, settings: LinearTokensSettings | None = None, threads: int = 1) -> None:
        self.settings = settings or LinearTokensSettings()
        self.threads = threads
        self._position_of_id: npt.NDArray[np.int32] | None = None

    def fit(self, training: TrainingSet, seed: int) -> None:
        """Learn vocabulary, rarity weights and coefficients from the tokens of a training set."""
        seen = _group_counts(training)
        self.ids_ = np.flatnonzero(seen >= self.settings.groups).astype(np.uint32)
        self._position_of_id = None
        if not len(self.ids_):
            # Without a vocabulary, as for rows without code, every probability is 0.5.
            self.rarity_, self.coef_ = np.zeros(0, np.float32), np.zeros(0, np.float32)
            self.bias_, self.mean_ = 0.0, 0.0
            return
        total = len(np.unique(training.groups))
        self.rarity_ = np.log1p(total / seen[self.ids_]).astype(np.float32)
        rows = self._rows(training.frame)
        coefficients, self.bias_ = fit_logistic(rows, training, self.settings.c, seed)
        self.coef_ = coefficients.astype(np.float32)
        self.mean_ = float(np.average(rows @ self.coef_.astype(np.float64), weights=training.weights))

    def predict(self, frame: Frame) -> npt.NDArray[np.float64]:
        """Return the probability of malware, shape (n,)."""
        return np.asarray(expit(self._margin(frame) + self.bias_))

    def contributions(self, frame: Frame) -> npt.NDArray[np.float64]:
        """Return what the tokens add to the log-odds, compared with the mean training row; columns add 0."""
        contributions = np.zeros((len(frame), len(frame.columns) + 1))
        contributions[:, -1] = self._margin(frame) - self.mean_
        return contributions

    def telling(self, frame: Frame, most: int) -> list[list[int]]:
        """Return the ids of each row's tokens that raise its log-odds most, at most `most`, the strongest first."""
        rows = self._rows(frame)
        found: list[list[int]] = []
        for start, end in zip(rows.indptr[:-1], rows.indptr[1:], strict=True):
            columns = rows.indices[start:end]
            terms = rows.data[start:end] * self.coef_[columns]
            order = np.argsort(-terms, kind="stable")[:most]
            found.append([int(self.ids_[columns[place]]) for place in order if terms[place] > 0])
        return found

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
        self._position_of_id = None
        self.rarity_ = arrays["rarity"]
        self.coef_ = arrays["coef"]
        self.bias_, self.mean_ = (float(value) for value in arrays["constants"])

    def _rows(self, frame: Frame) -> csr_matrix:
        """Return rows over the vocabulary, weighted by rarity and of length one; a row of unknown tokens is zero."""
        tokens = frame.tokens
        column = self._positions()[tokens.indices]
        known = column >= 0
        starts = np.concatenate([[0], np.cumsum(known)])[tokens.indptr].astype(np.int32)
        column = column[known]
        data = self.rarity_[column].astype(np.float64)
        rows = csr_matrix((data, column, starts), shape=(len(frame), len(self.ids_)))
        length = np.sqrt(rows.multiply(rows).sum(axis=1)).A1
        return (diags(1.0 / np.where(length > 0, length, 1.0)) @ rows).tocsr()

    def _positions(self) -> npt.NDArray[np.int32]:
        """Return the position in the vocabulary of every token id, -1 where it has none, shape (2**22,)."""
        if self._position_of_id is None:
            self._position_of_id = np.full(TOKEN_SPACE, -1, dtype=np.int32)
            self._position_of_id[self.ids_] = np.arange(len(self.ids_), dtype=np.int32)
        return self._position_of_id

    def _margin(self, frame: Frame) -> npt.NDArray[np.float64]:
        return np.asarray(self._rows(frame) @ self.coef_.astype(np.float64))


def _group_counts(training: TrainingSet) -> npt.NDArray[np.int64]:
    """Return the number of campaigns or projects that each token occurs in, shape (2**22,)."""
    tokens = training.frame.tokens
    groups = np.unique(training.groups, return_inverse=True)[1].astype(np.int64)
    pairs = np.repeat(groups, np.diff(tokens.indptr)) * TOKEN_SPACE + tokens.indices
    return np.bincount(np.unique(pairs) % TOKEN_SPACE, minlength=TOKEN_SPACE)
