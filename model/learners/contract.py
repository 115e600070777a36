"""Defines the protocol that every base learner follows."""

from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from model.frame import Frame, TrainingSet

Floats: TypeAlias = npt.NDArray[np.float64]


class Learner(Protocol):
    """A base learner, constructed without arguments.

    Its predictions depend on the training rows and the seed, never on `threads` or on how rows are batched. Fitted
    state is in attributes that end in `_`. `files` are the names that `save` writes.
    """

    name: str
    files: tuple[str, ...]
    threads: int

    def fit(self, training: TrainingSet, seed: int) -> None:
        """Learn from a training set."""

    def predict(self, frame: Frame) -> Floats:
        """Return the probability of malware of each row, shape (n,)."""

    def contributions(self, frame: Frame) -> Floats | None:
        """Return what each column adds to a row's log-odds, shape (n, columns + 1), the code tokens last.

        A row's sum is its log-odds less a constant. None where the learner has no exact contributions.
        """

    def save(self, folder: Path) -> None:
        """Write `files` into a folder, without pickle."""

    def load(self, folder: Path) -> None:
        """Read what `save` wrote; the caller has checked the files' digests."""
