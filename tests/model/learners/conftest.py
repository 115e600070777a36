from collections.abc import Callable

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from model.frame import Frame, TrainingSet
from model.members import TOKEN_SPACE
from model.registry import Weighting
from model.rows import LabelledRows, training_set


@pytest.fixture(scope="module")
def training(rows: LabelledRows) -> TrainingSet:
    return training_set(rows, np.arange(len(rows)), Weighting(), 0)


def make_frame(dense: list[list[float]] | np.ndarray, tokens: list[list[int]] | None = None) -> Frame:
    """Return a frame of columns c0, c1, ... with the given values and token ids."""
    values = np.array(dense, dtype=np.float32)
    ids = tokens or [[]] * len(values)
    row = np.repeat(np.arange(len(values)), [len(part) for part in ids])
    column = np.array([token for part in ids for token in part], dtype=np.int32)
    matrix = csr_matrix((np.ones(len(column), np.float32), (row, column)), shape=(len(values), TOKEN_SPACE))
    return Frame(tuple(f"c{number}" for number in range(values.shape[1])), values, matrix)


def make_training(frame: Frame, labels: list[int], groups: list[int] | None = None) -> TrainingSet:
    """Return a training set of equal weights, each row of a group of its own unless groups are given."""
    codes = np.arange(len(labels)) if groups is None else np.array(groups)
    return TrainingSet(frame, np.array(labels, np.int8), np.ones(len(labels)), codes.astype(np.int64))


@pytest.fixture(scope="session", name="make_frame")
def _make_frame() -> Callable[..., Frame]:
    return make_frame


@pytest.fixture(scope="session", name="make_training")
def _make_training() -> Callable[..., TrainingSet]:
    return make_training
