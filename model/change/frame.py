"""Turns a change table into the matrices that the change learners are fitted on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_matrix, hstack

from features.contract import FileType
from model.errors import TrainingDataError
from model.frame import Mask, float_rows
from model.members import (
    FILE_TYPES,
    MARK_TYPE,
    ROLES,
    Floats,
    Index,
    MemberLists,
    Members,
    beside,
    choose_heaviest,
    codes_of,
    flat_structs,
    list_lengths,
    log_sizes,
    mark_matrix,
    name_matrix,
    starts_of,
)

PREFIX = "change_"
"""Prefix of the dense columns that a model may see; facts that only a mirror knows begin with `context_`."""

DIFFERENCES_COLUMN = "differences"
CHANGED_COLUMN = "changed_members"

CHANGED_KEPT = 16
"""Changed members of a release that are judged one by one, the heaviest first."""
UNMARKED_TYPES = {
    FileType.PTH: 1.0,
    FileType.NATIVE: 0.5,
    FileType.BYTECODE: 0.5,
    FileType.ARCHIVE: 0.2,
    FileType.BINARY: 0.1,
    FileType.PYTHON: 0.05,
}
"""Weights that types of files have without any new mark, so that they too are judged where there is room."""

CHANGED_TYPE = pa.struct(
    [
        pa.field("change", pa.string()),
        pa.field("role", pa.string()),
        pa.field("file_type", pa.string()),
        pa.field("size", pa.int64()),
        pa.field("base_size", pa.int64()),
        pa.field("new_marks", pa.list_(MARK_TYPE)),
        pa.field("marks", pa.list_(pa.string())),
        pa.field("payload", pa.bool_()),
    ]
)
"""A changed member without what quotes its package; `payload` labels the member that holds one."""


@dataclass(frozen=True, slots=True)
class ChangeFrame:
    """The rows of a change table as matrices.

    `columns` name the columns of `dense`, shape (n, columns), float32, nan for null. `differences` has shape
    (n, names): value less value of the base, for each name in `names`. `members` are the changed ones, whose `marks`
    are new.
    """

    columns: tuple[str, ...]
    dense: npt.NDArray[np.float32]
    names: tuple[str, ...]
    differences: csr_matrix
    members: Members

    def __len__(self) -> int:
        return int(self.dense.shape[0])

    def take(self, index: Index | Mask | slice) -> Self:
        """Return some of the rows."""
        return type(self)(
            self.columns, self.dense[index], self.names, self.differences[index], self.members.take_rows(index)
        )

    def sparse_rows(self) -> csr_matrix:
        """Return dense columns and differences side by side; a zero is not stored, and a null is nan."""
        return hstack([csr_matrix(self.dense), self.differences], format="csr", dtype=np.float32)


def change_columns(schema: pa.Schema) -> tuple[str, ...]:
    """Return the names of the dense columns of a change table that a model may see."""
    return tuple(
        field.name for field in schema if field.name.startswith(PREFIX) and b"meaning" in (field.metadata or {})
    )


def difference_names(table: pa.Table) -> tuple[str, ...]:
    """Return the names of the columns in which any row of a change table differs from its base, sorted."""
    keys = pc.unique(_map_keys(table.column(DIFFERENCES_COLUMN)))
    return tuple(sorted(key for key in keys.to_pylist() if key))


def change_frame(table: pa.Table, columns: Sequence[str], names: Sequence[str]) -> ChangeFrame:
    """Return a change table's columns, found by name, as matrices; raises TrainingDataError where one is missing.

    A difference whose name is not in `names` is left out.
    """
    wanted = (*columns, DIFFERENCES_COLUMN, CHANGED_COLUMN)
    missing = [name for name in wanted if name not in table.column_names]
    if missing:
        raise TrainingDataError(f"columns missing: {', '.join(missing[:5])}")
    return ChangeFrame(
        columns=tuple(columns),
        dense=np.ascontiguousarray(float_rows(table.select(columns)).T),
        names=tuple(names),
        differences=_difference_matrix(table.column(DIFFERENCES_COLUMN), names),
        members=read_changed(table.column(CHANGED_COLUMN)),
    )


def read_changed(column: pa.ChunkedArray) -> Members:
    """Return the heaviest changed members of each row.

    Their numbers are the logarithms of both sizes, whether one is new, and what stands beside it (`beside`).
    """
    lists, flat = _changed_lists(column)
    chosen, lengths = choose_heaviest(lists, CHANGED_KEPT, _unmarked_weights(lists.file_type))
    index = pa.array(chosen)
    base_size = log_sizes(pc.struct_field(flat, "base_size").take(index))
    is_new = pc.equal(pc.struct_field(flat, "change"), "new").fill_null(False).take(index)
    size = log_sizes(lists.size.take(index))
    new = is_new.to_numpy(zero_copy_only=False).astype(np.float32)
    marks = mark_matrix(lists.marks.take(index))
    offsets = np.cumsum(lists.lengths) - lists.lengths
    return Members(
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        role=codes_of(lists.role.take(index), ROLES),
        file_type=codes_of(lists.file_type.take(index), FILE_TYPES),
        numbers=np.column_stack([size, base_size, new, *beside(marks, lengths)]),
        marks=marks,
        position=chosen - np.repeat(offsets, lengths),
        known_marks=name_matrix(pc.struct_field(flat, "marks").take(index)),
    )


def slim_changed(column: pa.ChunkedArray, payload: Sequence[str | None] | None = None) -> pa.ListArray:
    """Return the heaviest changed members of each row without their paths, as lists of CHANGED_TYPE.

    `payload` is the path of the member of each row that holds a payload, None or "" for none; members that say so
    themselves, in a field `payload`, need no paths. Those that hold one are kept whatever they weigh.
    """
    lists, flat = _changed_lists(column)
    holds = np.zeros(len(flat), dtype=np.bool_)
    if flat.type.get_field_index("payload") >= 0:
        holds |= pc.struct_field(flat, "payload").fill_null(False).to_numpy(zero_copy_only=False)
    if payload is not None and flat.type.get_field_index("path") >= 0:
        row = np.repeat(np.arange(len(lists.lengths)), lists.lengths)
        expected = np.array([path or "" for path in payload], dtype=object)[row]
        holds |= (pc.struct_field(flat, "path").to_numpy(zero_copy_only=False) == expected) & (expected != "")
    weights = _unmarked_weights(lists.file_type) + np.where(holds, 1e6, 0.0)
    chosen, lengths = choose_heaviest(lists, CHANGED_KEPT, weights)
    index = pa.array(chosen)
    arrays = [
        pa.array(holds[chosen], pa.bool_()) if field.name == "payload" else _slim(flat, field, index)
        for field in CHANGED_TYPE
    ]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    members = pa.StructArray.from_arrays(arrays, fields=list(CHANGED_TYPE))
    return pa.ListArray.from_arrays(pa.array(offsets), members)


def _slim(flat: pa.StructArray, field: pa.Field, index: pa.Array) -> pa.Array:
    return pc.struct_field(flat, field.name).take(index).cast(field.type)


def payload_mask(column: pa.ChunkedArray, members: Members) -> Mask:
    """Return which of the members that `read_changed` chose of a column hold a payload, by its field `payload`."""
    whole, flat = flat_structs(column)
    if flat.type.get_field_index("payload") < 0:
        return np.zeros(len(members), dtype=np.bool_)
    held = pc.struct_field(flat, "payload").fill_null(False).to_numpy(zero_copy_only=False)
    lengths = list_lengths(whole)
    offsets = np.cumsum(lengths) - lengths
    return np.asarray(held[np.repeat(offsets, np.diff(members.starts)) + members.position], dtype=np.bool_)


def _changed_lists(column: pa.ChunkedArray) -> tuple[MemberLists, pa.StructArray]:
    whole, flat = flat_structs(column)
    names = ("role", "file_type", "size", "new_marks")
    return MemberLists(list_lengths(whole), *(pc.struct_field(flat, name) for name in names)), flat


def _unmarked_weights(file_type: pa.Array) -> Floats:
    weights = np.array([*(UNMARKED_TYPES.get(kind, 0.0) for kind in FileType), 0.0])
    return np.asarray(weights[codes_of(file_type, FILE_TYPES)])


_PAIRS = pa.list_(pa.struct([pa.field("key", pa.string()), pa.field("value", pa.float32())]))
"""Type of a map as lists, on which more functions of Arrow work."""


def _map_keys(column: pa.ChunkedArray) -> pa.Array:
    return pc.struct_field(flat_structs(column.cast(_PAIRS))[1], "key")


def _difference_matrix(column: pa.ChunkedArray, names: Sequence[str]) -> csr_matrix:
    """Return maps from names to differences as a matrix, shape (n, names)."""
    whole, flat = flat_structs(column.cast(_PAIRS))
    encoded = pc.struct_field(flat, "key").dictionary_encode()
    positions = {name: position for position, name in enumerate(names)}
    known = np.array([positions.get(key, -1) for key in encoded.dictionary.to_pylist()], dtype=np.int32)
    columns = known[encoded.indices.fill_null(0).to_numpy(zero_copy_only=False)] if len(flat) else known[:0]
    values = pc.struct_field(flat, "value").fill_null(0.0).to_numpy(zero_copy_only=False).astype(np.float32)
    kept = (columns >= 0) & np.isfinite(values) & (values != 0)
    starts = np.concatenate([[0], np.cumsum(kept)])[starts_of(list_lengths(whole))].astype(np.int32)
    matrix = csr_matrix((values[kept], columns[kept], starts), shape=(len(whole), len(names)))
    matrix.sum_duplicates()
    return matrix
