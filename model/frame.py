"""Turns a feature table into the matrices that learners are fitted on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_matrix

from model.errors import SchemaMismatchError, TrainingDataError
from model.members import Index, Members, read_members, token_matrix

TOKENS_COLUMN = "code_tokens"
"""The column of hashed code tokens, each `role << 20 | hash`."""

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows of a feature table as matrices.

    `dense` has shape (n, columns), float32, nan for null. `tokens` has shape (n, 2**22), sparse, zeros and ones.
    `members` is None for a table that lists no members.
    """

    columns: tuple[str, ...]
    dense: npt.NDArray[np.float32]
    tokens: csr_matrix
    members: Members | None = None

    def __len__(self) -> int:
        return int(self.dense.shape[0])

    def take(self, index: Index | Mask | slice) -> Self:
        """Return some of the rows."""
        members = None if self.members is None else self.members.take_rows(index)
        return type(self)(self.columns, self.dense[index], self.tokens[index], members)

    def select(self, positions: Sequence[int]) -> Self:
        """Return all rows with the columns at these positions, in this order; the tokens stay."""
        if len(positions) == len(self.columns):
            return self
        names = tuple(self.columns[position] for position in positions)
        return type(self)(names, np.ascontiguousarray(self.dense[:, list(positions)]), self.tokens, self.members)


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Rows to learn from: labels (n,) with 1 for malware, weights (n,), and the campaign or project of each row."""

    frame: Frame
    labels: npt.NDArray[np.int8]
    weights: npt.NDArray[np.float64]
    groups: Index

    def __len__(self) -> int:
        return len(self.frame)

    def take(self, index: Index | Mask) -> Self:
        """Return some of the rows."""
        return type(self)(self.frame.take(index), self.labels[index], self.weights[index], self.groups[index])


def feature_names(schema: pa.Schema) -> tuple[str, ...]:
    """Return the names of the feature columns: the fields whose metadata has a `meaning`."""
    return tuple(field.name for field in schema if b"meaning" in (field.metadata or {}))


def schema_identity(schema: pa.Schema) -> tuple[str, dict[str, str]]:
    """Return the fingerprint of a table's schema and those of its groups by name; ("", {}) where it has none."""
    metadata = schema.metadata or {}
    groups = json.loads(metadata.get(b"groups", b"{}"))
    return metadata.get(b"fingerprint", b"").decode(), {str(k): str(v) for k, v in groups.items()}


def require_schema(schema: pa.Schema, fingerprint: str, groups: Sequence[tuple[str, str]]) -> None:
    """Raise SchemaMismatchError, naming the groups that differ, unless a table has this schema."""
    found, found_groups = schema_identity(schema)
    if found == fingerprint:
        return
    expected_groups = dict(groups)
    names = [*expected_groups, *(name for name in found_groups if name not in expected_groups)]
    differing = [name for name in names if expected_groups.get(name) != found_groups.get(name)]
    raise SchemaMismatchError(found, fingerprint, differing)


def table_frame(table: pa.Table, columns: Sequence[str]) -> Frame:
    """Return a table's columns, found by name, as matrices; raises TrainingDataError where one is missing."""
    present = set(table.column_names)
    missing = [name for name in (*columns, TOKENS_COLUMN) if name not in present]
    if missing:
        raise TrainingDataError(f"columns missing: {', '.join(missing[:5])}")
    dense = float_rows(table.select(columns))
    tokens = token_matrix(table.column(TOKENS_COLUMN))
    return Frame(tuple(columns), np.ascontiguousarray(dense.T), tokens, read_members(table))


def float_rows(table: pa.Table) -> npt.NDArray[np.float32]:
    """Return a table's columns as the rows of a matrix, shape (columns, n), nan for null and for infinity.

    All columns of one type are converted together: the scoring stage of `boojum bench` shows the gain.
    """
    floats = np.empty((table.num_columns, table.num_rows), dtype=np.float32)
    columns = table.columns
    by_type: dict[pa.DataType, list[int]] = {}
    for position, column in enumerate(columns):
        by_type.setdefault(column.type, []).append(position)
    for positions in by_type.values() if table.num_rows else ():
        joined = pa.concat_arrays([chunk for position in positions for chunk in columns[position].chunks])
        values = pc.cast(joined, pa.float32(), safe=False).to_numpy(zero_copy_only=False)
        floats[positions] = values.reshape(len(positions), table.num_rows)
    # A value beyond float32 counts as missing, because learners refuse infinity.
    floats[~np.isfinite(floats)] = np.nan
    return floats
