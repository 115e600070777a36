"""Defines labelled changes as training sees them, and the protocol of the learners of changes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from model.change.frame import ChangeFrame
from model.frame import Mask
from model.members import Floats, Index, concatenated_ranges

HONEST_WEIGHT = 20.0
"""Weight of all honest changes together in trees, of those with a payload 1: verdicts ask which rare honest change
scores like a payload, and with equal weights trees do not tell those apart."""


@dataclass(frozen=True, slots=True)
class ChangeTraining:
    """Changes to learn from, n rows: labels with 1 for a payload, weights, and the project or family of each.

    `payload` marks the members that hold a payload, shape (m,).
    """

    frame: ChangeFrame
    labels: npt.NDArray[np.int8]
    weights: Floats
    groups: Index
    payload: Mask

    def __len__(self) -> int:
        return len(self.frame)

    def take(self, index: Index) -> Self:
        """Return some of the rows."""
        members = self.frame.members
        chosen = concatenated_ranges(members.starts[:-1][index], np.diff(members.starts)[index])
        part = self.frame.take(index)
        return type(self)(part, self.labels[index], self.weights[index], self.groups[index], self.payload[chosen])


class ChangeLearner(Protocol):
    """A base learner over changes. Fitted state is in attributes that end in `_`; `files` are what `save` writes."""

    name: str
    files: tuple[str, ...]
    threads: int

    def fit(self, training: ChangeTraining, seed: int) -> None:
        """Learn from labelled changes."""

    def predict(self, frame: ChangeFrame) -> Floats:
        """Return the probability of a payload of each row, shape (n,)."""

    def contributions(self, frame: ChangeFrame) -> Floats | None:
        """Return what each dense column, then each difference, adds to a row's log-odds; None where nothing does."""

    def save(self, folder: Path) -> None:
        """Write `files` into a folder, without pickle."""

    def load(self, folder: Path) -> None:
        """Read what `save` wrote; the caller has checked the files' digests."""
