"""Compares the list columns of two feature tables, all rows at once.

A list column is flattened into its items and the row of each. Items of two tables are compared by codes that both
share, so that the cost grows with the number of items and not with their product.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]


class Items(NamedTuple):
    """The items of all lists of a column (length n), and the row of each (ascending)."""

    rows: Ints
    values: pa.Array

    def field(self, name: str) -> pa.Array:
        """Return a field of items that are structs."""
        return pc.struct_field(self.values, name)

    def filter(self, mask: Bools) -> "Items":
        """Return the items that the mask selects."""
        return Items(self.rows[mask], self.values.filter(pa.array(mask)))


def flatten(lists: pa.Array | pa.ChunkedArray) -> Items:
    """Return the items of a list column; a null is an empty list."""
    array = whole(lists)
    return Items(to_ints(pc.list_parent_indices(array)), pc.list_flatten(array))


def whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Return a column as one array."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks or [pa.array([], column.type)])


def to_ints(array: pa.Array) -> Ints:
    """Return integers or booleans as int64; a null is 0."""
    return np.asarray(pc.fill_null(array.cast(pa.int64()), 0).to_numpy(zero_copy_only=False), np.int64)


def share_codes(left: pa.Array, right: pa.Array) -> tuple[Ints, Ints, pa.Array]:
    """Return codes of the values of two arrays, equal where the values are equal, and the value of each code."""
    encoded = pa.concat_arrays([left, right]).dictionary_encode(null_encoding="encode")
    codes = to_ints(encoded.indices)
    return codes[: len(left)], codes[len(left) :], encoded.dictionary


def join_codes(*parts: tuple[Ints, int]) -> Ints:
    """Return one code for the codes of several arrays together; each part is (codes, number of possible codes)."""
    joined = parts[0][0]
    for codes, number in parts[1:]:
        joined = joined * max(number, 1) + codes
    return joined


def contains(codes: Ints, sought: Ints) -> Bools:
    """Return for each sought code whether it is among the codes."""
    return np.isin(sought, codes)


def absent(items: Items, values: pa.Array, others: Items, other_values: pa.Array) -> Bools:
    """Return which items have a value that no other item of the same row has."""
    codes, other_codes, known = share_codes(values, other_values)
    there = join_codes((others.rows, 0), (other_codes, len(known)))
    return ~contains(there, join_codes((items.rows, 0), (codes, len(known))))


def joined_fields(items: Items, fields: Sequence[str]) -> pa.Array:
    """Return the texts in some fields of structs as one text for each item."""
    return pc.binary_join_element_wise(*(texts(items.field(field)) for field in fields), "\0")


def to_bools(array: pa.Array | pa.ChunkedArray) -> Bools:
    """Return booleans without nulls."""
    return np.asarray(whole(array).to_numpy(zero_copy_only=False), bool)


def lookup_greatest(codes: Ints, values: Ints, sought: Ints, missing: int = 0) -> Ints:
    """Return for each sought code the greatest value that stands at it, `missing` if the codes lack it."""
    if not len(codes):
        return np.full(len(sought), missing, np.int64)
    order = np.lexsort((values, codes))
    ordered = codes[order]
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    unique, greatest = ordered[last], values[order][last]
    at = np.minimum(np.searchsorted(unique, sought), len(unique) - 1)
    return np.where(unique[at] == sought, greatest[at], missing)


def count_rows(rows: Ints, number: int, mask: Bools | None = None) -> Ints:
    """Return how many items each of `number` rows has, only those of the mask if there is one."""
    return np.bincount(rows if mask is None else rows[mask], minlength=number).astype(np.int64)


def sum_rows(rows: Ints, number: int, values: npt.NDArray[np.generic], mask: Bools | None = None) -> Floats:
    """Return the sum of the items' values in each of `number` rows, only over those of the mask if there is one."""
    weights = values.astype(np.float64)
    if mask is not None:
        rows, weights = rows[mask], weights[mask]
    return np.bincount(rows, weights, minlength=number).astype(np.float64)


def greatest_of_rows(rows: Ints, number: int, values: npt.NDArray[np.generic], mask: Bools | None = None) -> Floats:
    """Return the greatest positive value among the items of each of `number` rows, 0 for a row without one."""
    greatest = np.zeros(number)
    if mask is not None:
        rows, values = rows[mask], values[mask]
    np.maximum.at(greatest, rows, values.astype(np.float64))
    return greatest


def first_of_each(*codes: Ints) -> Bools:
    """Return a mask of the items that are the first with their combination of codes."""
    mask = np.zeros(len(codes[0]), bool)
    joined = join_codes(*((code, int(code.max()) + 1 if len(code) else 1) for code in codes))
    mask[np.unique(joined, return_index=True)[1]] = True
    return mask


def select_heaviest(rows: Ints, weights: npt.NDArray[np.generic], most: int) -> Ints:
    """Return the positions of the heaviest items of each row, at most `most` a row, by row and then by weight."""
    order = np.lexsort((np.arange(len(rows)), -weights.astype(np.float64), rows))
    ordered = rows[order]
    rank = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    return np.asarray(order[rank < most], np.int64)


def regroup(values: pa.Array, rows: Ints, number: int) -> pa.ListArray:
    """Return a list column of `number` rows of items whose rows ascend."""
    offsets = np.searchsorted(rows, np.arange(number + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def texts(array: pa.Array) -> pa.Array:
    """Return strings without nulls: a null is ""."""
    return pc.fill_null(array.cast(pa.string()), "")
