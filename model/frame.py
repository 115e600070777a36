"""A feature table as matrices: what learners are fitted on and asked about."""

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

TOKENS_COLUMN = "code_tokens"
"""The column of hashed code tokens, `role << 20 | hash`."""
TOKEN_SPACE = 1 << 22
"""Two bits of role and twenty of hash: every id fits, so nothing is hashed a second time."""

Index = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows as matrices: `dense` (n, columns) float32, nan for null; `tokens` (n, 2**22) of zeros and ones."""

    columns: tuple[str, ...]
    dense: npt.NDArray[np.float32]
    tokens: csr_matrix

    def __len__(self) -> int:
        return int(self.dense.shape[0])

    def take(self, index: Index | Mask | slice) -> Self:
        """Return some of the rows."""
        return type(self)(self.columns, self.dense[index], self.tokens[index])

    def select(self, positions: Sequence[int]) -> Self:
        """Return all rows with some of the columns, in the order given; the tokens stay."""
        if len(positions) == len(self.columns):
            return self
        names = tuple(self.columns[position] for position in positions)
        return type(self)(names, np.ascontiguousarray(self.dense[:, list(positions)]), self.tokens)


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """Rows to learn from: labels (n,) with 1 for malware, weights (n,), and the campaign or project of each."""

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
    """Return the columns that a model may see: those that say what they mean."""
    return tuple(field.name for field in schema if b"meaning" in (field.metadata or {}))


def schema_identity(schema: pa.Schema) -> tuple[str, dict[str, str]]:
    """Return the fingerprint of a table's schema and of each of its groups; ("", {}) where it has none."""
    metadata = schema.metadata or {}
    groups = json.loads(metadata.get(b"groups", b"{}"))
    return metadata.get(b"fingerprint", b"").decode(), {str(k): str(v) for k, v in groups.items()}


def require_schema(schema: pa.Schema, fingerprint: str, groups: Sequence[tuple[str, str]]) -> None:
    """Raise SchemaMismatchError, naming the groups that changed, unless a table is of this schema."""
    have, theirs = schema_identity(schema)
    if have == fingerprint:
        return
    ours = dict(groups)
    names = [*ours, *(name for name in theirs if name not in ours)]
    raise SchemaMismatchError(have, fingerprint, [n for n in names if ours.get(n) != theirs.get(n)])


def table_frame(table: pa.Table, columns: Sequence[str]) -> Frame:
    """Return a table's columns, found by name, as matrices; raises TrainingDataError where one is missing."""
    known = set(table.column_names)
    missing = [name for name in (*columns, TOKENS_COLUMN) if name not in known]
    if missing:
        raise TrainingDataError(f"columns missing: {', '.join(missing[:5])}")
    dense = _floats(table.select(columns))
    # A value that float32 cannot hold says as little as one that is missing, and learners refuse infinity.
    dense[~np.isfinite(dense)] = np.nan
    return Frame(tuple(columns), np.ascontiguousarray(dense.T), _tokens(table.column(TOKENS_COLUMN)))


def _floats(table: pa.Table) -> npt.NDArray[np.float32]:
    """Return a table's columns as the rows of a matrix, nan for null.

    All columns of one type are turned at once: there are thousands of them, most with few rows.
    """
    floats = np.empty((table.num_columns, table.num_rows), dtype=np.float32)
    columns = table.columns
    places: dict[pa.DataType, list[int]] = {}
    for place, column in enumerate(columns):
        places.setdefault(column.type, []).append(place)
    for of in places.values() if table.num_rows else ():
        together = pa.concat_arrays([chunk for place in of for chunk in columns[place].chunks])
        values = pc.cast(together, pa.float32(), safe=False).to_numpy(zero_copy_only=False)
        floats[of] = values.reshape(len(of), table.num_rows)
    return floats


def _tokens(column: pa.ChunkedArray) -> csr_matrix:
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    starts = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=starts[1:])
    ids = pc.list_flatten(column).to_numpy(zero_copy_only=False).astype(np.int64) & (TOKEN_SPACE - 1)
    # liblinear takes 32-bit indices only; a batch has far fewer than 2**31 tokens.
    matrix = csr_matrix(
        (np.ones(len(ids), dtype=np.float32), ids.astype(np.int32), starts.astype(np.int32)),
        shape=(len(lengths), TOKEN_SPACE),
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix
