"""Reads the marks and places of single members out of a feature table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_matrix
from xxhash import xxh3_64_intdigest

from features.contract import FileType, Role

MEMBERS_COLUMN = "members"
"""The column of members: a list of structs with role, file type, size and marks."""

MEMBERS_KEPT = 16
"""Members of an artifact that are judged one by one, the heaviest first."""

MARK_SPACE = 1 << 20
"""Number of mark ids after hashing: some thousand marks rarely share one."""

TOKEN_SPACE = 1 << 22
"""Number of token ids: two bits of role and twenty of hash, so that no id is hashed a second time."""

ROLES = tuple(role.value for role in Role)
FILE_TYPES = tuple(kind.value for kind in FileType)

ROLE_FACTORS: Mapping[Role, float] = {Role.INSTALL: 1.6, Role.IMPORT: 1.3, Role.REST: 1.0}
"""Factors on the weight of a member, by when its code runs; like those on evidence."""
KNOWN_FACTOR = 0.3
"""Factor on a member that another project published."""
AUXILIARY_FACTOR = 0.5
"""Factor on tests, documentation and examples."""

MARK_TYPE = pa.struct([pa.field("id", pa.string()), pa.field("count", pa.int32())])
MEMBER_TYPE = pa.struct(
    [
        pa.field("role", pa.string()),
        pa.field("file_type", pa.string()),
        pa.field("size", pa.int64()),
        pa.field("marks", pa.list_(MARK_TYPE)),
    ]
)
"""A member without what quotes its package: neither path nor digest."""

SLIM_MEMBERS = pa.list_(MEMBER_TYPE)
"""The column of members as labelled rows have it, and as scoring reads it."""

Index = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Members:
    """The heaviest members of n rows, one after another; row i has those from `starts[i]` to `starts[i + 1]`.

    `role` and `file_type` are places in `ROLES` and `FILE_TYPES`, -1 for another, shape (m,). `numbers` has shape
    (m, numbers). `marks` has shape (m, MARK_SPACE) with counts. `position` is the place of a member in the list that
    its row came with. `known_marks` are those that are not judged but stand beside the judged ones: of a changed
    member, all that it has and not only the new ones.
    """

    starts: Index
    role: npt.NDArray[np.int8]
    file_type: npt.NDArray[np.int8]
    numbers: npt.NDArray[np.float32]
    marks: csr_matrix
    position: Index
    known_marks: csr_matrix | None = None

    def __len__(self) -> int:
        """Return the number of members."""
        return len(self.role)

    @property
    def rows(self) -> Index:
        """Row of each member, shape (m,)."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def take(self, index: Index) -> Self:
        """Return some members as the members of one row each."""
        return type(self)(
            starts=np.arange(len(index) + 1, dtype=np.int64),
            role=self.role[index],
            file_type=self.file_type[index],
            numbers=self.numbers[index],
            marks=self.marks[index],
            position=self.position[index],
            known_marks=None if self.known_marks is None else self.known_marks[index],
        )

    def take_rows(self, index: npt.NDArray[np.int64] | npt.NDArray[np.bool_] | slice) -> Self:
        """Return the members of some of the rows."""
        lengths = np.diff(self.starts)[index]
        part = self.take(concatenated_ranges(self.starts[:-1][index], lengths))
        return replace(part, starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))


class MemberLists(NamedTuple):
    """The members of all rows of a table as flat Arrow arrays; `lengths` has the number of each row's."""

    lengths: Index
    role: pa.Array
    file_type: pa.Array
    size: pa.Array
    marks: pa.ListArray


def concatenated_ranges(starts: Index, lengths: Index) -> Index:
    """Return the numbers of the ranges that begin at `starts` and have `lengths`, one range after another."""
    ends = np.cumsum(lengths)
    within = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths)
    return np.asarray(np.repeat(starts, lengths) + within, dtype=np.int64)


def mark_hash(mark: str) -> int:
    """Return the id of a mark, below MARK_SPACE."""
    return xxh3_64_intdigest(mark.encode()) & (MARK_SPACE - 1)


def has_members(kind: pa.DataType) -> bool:
    """Return whether a column of this type lists members with their marks."""
    return bool(
        pa.types.is_list(kind) and pa.types.is_struct(kind.value_type) and kind.value_type.get_field_index("marks") >= 0
    )


def listed_marks(column: pa.ChunkedArray, field: str = "marks") -> list[str]:
    """Return the distinct ids of the marks of all members in a column of members, sorted."""
    marks = pc.struct_field(flat_structs(column)[1], field).flatten()
    return sorted(mark for mark in pc.unique(pc.struct_field(marks, "id")).to_pylist() if mark)


def read_members(table: pa.Table, kept: int = MEMBERS_KEPT) -> Members | None:
    """Return the heaviest members of each row of a table; None where the table lists none."""
    if MEMBERS_COLUMN not in table.column_names or not has_members(table.schema.field(MEMBERS_COLUMN).type):
        return None
    lists = _member_lists(table.column(MEMBERS_COLUMN))
    chosen, lengths = choose_heaviest(lists, kept)
    offsets = np.cumsum(lists.lengths) - lists.lengths
    index = pa.array(chosen)
    marks = mark_matrix(lists.marks.take(index))
    return Members(
        starts=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        role=codes_of(lists.role.take(index), ROLES),
        file_type=codes_of(lists.file_type.take(index), FILE_TYPES),
        numbers=np.column_stack([log_sizes(lists.size.take(index)), *beside(marks, lengths)]),
        marks=marks,
        position=chosen - np.repeat(offsets, lengths),
    )


def slim_members(column: pa.ChunkedArray, kept: int = MEMBERS_KEPT) -> pa.ListArray:
    """Return the heaviest members of each row without what quotes their package, as lists of MEMBER_TYPE."""
    lists = _member_lists(column)
    chosen, lengths = choose_heaviest(lists, kept)
    index = pa.array(chosen)
    fields = [lists.role, lists.file_type, lists.size, lists.marks]
    arrays = [field.take(index).cast(kind.type) for field, kind in zip(fields, MEMBER_TYPE, strict=True)]
    members = pa.StructArray.from_arrays(arrays, fields=list(MEMBER_TYPE))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), members)


def slim_table(table: pa.Table) -> pa.Table:
    """Return a table whose members are slim; the same table where it lists none."""
    if MEMBERS_COLUMN not in table.column_names or not has_members(table.schema.field(MEMBERS_COLUMN).type):
        return table
    at = table.column_names.index(MEMBERS_COLUMN)
    return table.set_column(at, pa.field(MEMBERS_COLUMN, SLIM_MEMBERS), slim_members(table.column(MEMBERS_COLUMN)))


def choose_heaviest(lists: MemberLists, kept: int, unmarked: Floats | None = None) -> tuple[Index, Index]:
    """Return the numbers of the members of greatest weight, row after row, and how many each row has.

    A member weighs the sum of its marks' weights, more where its code runs without being called, and less where another
    project published it. Members without a mark are left out, or weigh `unmarked` (0 leaves one out).
    """
    weight = _weights(lists)
    if unmarked is not None:
        weight = weight + unmarked
    row = np.repeat(np.arange(len(lists.lengths)), lists.lengths)
    order = np.lexsort((np.arange(len(row)), -weight, row))
    order = order[weight[order] > 0]
    first = np.flatnonzero(np.diff(row[order], prepend=-1))
    sizes = np.diff(first, append=len(order))
    rank = np.arange(len(order)) - np.repeat(first, sizes)
    chosen = order[rank < kept].astype(np.int64)
    return chosen, np.bincount(row[chosen], minlength=len(lists.lengths)).astype(np.int64)


def _weights(lists: MemberLists) -> Floats:
    """Return the weight of each member, 0 without a mark."""
    # Imported here: it reads the indicators, which a reader of a model's card need not wait for.
    from features.marks import AUXILIARY_PATH, KNOWN_CODE, mark_weight  # noqa: PLC0415

    marks = lists.marks.flatten()
    count = len(lists.marks)
    of_member = np.repeat(np.arange(count), list_lengths(lists.marks))
    encoded = pc.struct_field(marks, "id").dictionary_encode()
    names = encoded.dictionary.to_pylist()
    codes = encoded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    # A mark without a weight makes a member one with marks all the same.
    weights = np.array([mark_weight(name or "") + 0.01 for name in names], dtype=np.float64)
    weight = np.bincount(of_member, weights=weights[codes] if len(codes) else None, minlength=count).astype(np.float64)
    for mark, factor in ((KNOWN_CODE, KNOWN_FACTOR), (AUXILIARY_PATH, AUXILIARY_FACTOR)):
        if mark in names:
            weight[of_member[codes == names.index(mark)]] *= factor
    factors = np.array([*(ROLE_FACTORS[role] for role in Role), 1.0])
    return np.asarray(weight * factors[codes_of(lists.role, ROLES)])


def mark_matrix(marks: pa.ListArray) -> csr_matrix:
    """Return lists of marks as counts, shape (n, MARK_SPACE)."""
    flat = marks.flatten()
    counts = pc.struct_field(flat, "count").fill_null(1).to_numpy(zero_copy_only=False).astype(np.float32)
    return _hashed_matrix(pc.struct_field(flat, "id"), counts, list_lengths(marks))


def name_matrix(names: pa.ListArray) -> csr_matrix:
    """Return lists of the ids of marks as ones, shape (n, MARK_SPACE)."""
    flat = names.flatten()
    return _hashed_matrix(flat, np.ones(len(flat), dtype=np.float32), list_lengths(names))


def _hashed_matrix(marks: pa.Array, values: npt.NDArray[np.float32], lengths: Index) -> csr_matrix:
    encoded = marks.dictionary_encode()
    ids = np.array([mark_hash(name or "") for name in encoded.dictionary.to_pylist()], dtype=np.int32)
    columns = ids[encoded.indices.fill_null(0).to_numpy(zero_copy_only=False)] if len(marks) else ids[:0]
    matrix = csr_matrix((values, columns, starts_of(lengths)), shape=(len(lengths), MARK_SPACE))
    matrix.sum_duplicates()
    return matrix


def token_matrix(column: pa.ChunkedArray | pa.ListArray) -> csr_matrix:
    """Return lists of tokens as a matrix of zeros and ones, shape (n, 2**22); null is an empty list."""
    ids = pc.list_flatten(column).to_numpy(zero_copy_only=False).astype(np.int64) & (TOKEN_SPACE - 1)
    lengths = list_lengths(column)
    # liblinear takes 32-bit indices only; a batch has far fewer than 2**31 tokens.
    matrix = csr_matrix(
        (np.ones(len(ids), dtype=np.float32), ids.astype(np.int32), starts_of(lengths)),
        shape=(len(lengths), TOKEN_SPACE),
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1.0
    return matrix


def list_lengths(column: pa.ChunkedArray | pa.ListArray) -> Index:
    """Return the length of every list, 0 for null."""
    lengths = pc.fill_null(pc.list_value_length(column), 0)
    return np.asarray(lengths.to_numpy(zero_copy_only=False), dtype=np.int64)


def starts_of(lengths: Index) -> npt.NDArray[np.int32]:
    """Return where each of some ranges begins and the last one ends, shape (n + 1,)."""
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)


def _member_lists(column: pa.ChunkedArray) -> MemberLists:
    whole, flat = flat_structs(column)
    return MemberLists(list_lengths(whole), *(pc.struct_field(flat, field.name) for field in MEMBER_TYPE))


def flat_structs(column: pa.ChunkedArray) -> tuple[pa.ListArray, pa.StructArray]:
    """Return a column of lists of structs as one array, and all its structs one after another."""
    whole = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    return whole, whole.flatten()


def beside(marks: csr_matrix, lengths: Index) -> list[npt.NDArray[np.float32]]:
    """Return what stands beside each member in its row, as three numbers.

    They are the logarithms of the numbers of members and of marks, and the member's share of these marks.
    """
    row = np.repeat(np.arange(len(lengths)), lengths)
    own = np.diff(marks.indptr).astype(np.float32)
    total = np.bincount(row, own, len(lengths))[row]
    found = [np.log1p(lengths[row]), own / np.maximum(total, 1), np.log1p(total)]
    return [number.astype(np.float32) for number in found]


def log_sizes(sizes: pa.Array) -> npt.NDArray[np.float32]:
    """Return log(1 + size) of each size, 0 for null."""
    values = sizes.fill_null(0).to_numpy(zero_copy_only=False)
    return np.log1p(np.maximum(values, 0)).astype(np.float32)


def codes_of(values: pa.Array, known: Sequence[str]) -> npt.NDArray[np.int8]:
    """Return the place of each value in a list of known ones, -1 for another."""
    found = pc.index_in(values, value_set=pa.array(known)).fill_null(-1)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int8)
