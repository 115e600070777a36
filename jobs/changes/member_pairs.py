"""Compares the members of each artifact with those of its base: kept, changed, new or gone.

A member is kept if its base has the same content, at any path, and nothing more was seen in it and it does not run
earlier. A digest of members can be forged, so a forged one is caught by the size of the content and by its marks.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.contract import FileType, Role
from features.marks import PATH_MARKS, mark_weight
from jobs.changes.comparable_paths import comparable, strip_roots, without_package
from jobs.changes.ragged import (
    Bools,
    Floats,
    Ints,
    Items,
    contains,
    flatten,
    join_codes,
    lookup_greatest,
    share_codes,
    texts,
    to_ints,
)

ROLES = tuple(Role)
"""Roles by the time at which they run, the earliest first; codes of roles are positions here."""
FILE_TYPES = tuple(FileType)
"""Codes of file types are positions here."""
_REST = ROLES.index(Role.REST)


@dataclass(frozen=True)
class MemberSide:
    """The members of the artifacts of one side, flat; every array has a value for each member.

    `rows` is the pair that a member belongs to, `keys` the code of its comparable path, `digests` the code of its
    content and size, `roles` and `types` positions in ROLES and FILE_TYPES. `marks` and `tokens` are lists.
    """

    rows: Ints
    paths: pa.Array
    keys: Ints
    digests: Ints
    roles: Ints
    types: Ints
    sizes: Ints
    marks: pa.Array
    tokens: pa.Array

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class MarkItems:
    """The marks of all members of one side, flat: positions of the members, codes of the ids, and the counts."""

    members: Ints
    ids: Ints
    counts: Ints


@dataclass(frozen=True)
class MemberPairs:
    """The members of both sides and how they compare.

    `names` is the comparable path of each key, and `mark_names` the id of each code of a mark. Each member of the row
    is one of `kept`, `changed` (the base has its path with other content) and `new`; `gone` are members of the base.
    `base_sizes` is the size of the base's member of the same path, 0 without one. `more` is by how much the count of
    each mark of the row exceeds that of the base's members of the same path or content, at least 0.
    """

    row: MemberSide
    base: MemberSide
    names: pa.Array
    row_marks: MarkItems
    base_marks: MarkItems
    mark_names: pa.Array
    kept: Bools
    changed: Bools
    new: Bools
    gone: Bools
    base_sizes: Ints
    more: Ints

    @cached_property
    def mark_weights(self) -> Floats:
        """The weight of each code of a mark."""
        return np.array([mark_weight(str(name)) for name in self.mark_names.to_pylist()], float)

    @cached_property
    def weights(self) -> Floats:
        """The weight of the marks that each member of the row has beyond its base."""
        marks = self.row_marks
        gained = self.mark_weights[marks.ids] * (self.more > 0)
        return np.bincount(marks.members, gained, minlength=len(self.row)).astype(np.float64)


def compare_members(
    row: Items, base: Items, wheels: tuple[Bools, Bools], relatives: Bools, base_cut: Bools
) -> MemberPairs:
    """Return the comparison of the flat members of the rows with those of their bases.

    `wheels` tells which rows and which bases are wheels, `relatives` which bases are of another project. If
    a base lists only a part of its members (`base_cut`), then a member that runs late and has no marks counts as kept,
    because the part that is not listed consists of such.
    """
    keys, base_keys, names = _share_keys(row, base, wheels, relatives)
    digests = share_codes(row.field("digest"), base.field("digest"))[:2]
    sizes = to_ints(row.field("size")), to_ints(base.field("size"))
    contents = share_codes(*(pa.array(_mix(d, s)) for d, s in zip(digests, sizes, strict=True)))[:2]
    left = _side(row, keys, contents[0])
    right = _side(base, base_keys, contents[1])
    number_of_keys, number_of_contents = len(names), len(left) + len(right)

    def at_key(side: MemberSide) -> Ints:
        return join_codes((side.rows, 0), (side.keys, number_of_keys))

    def at_content(side: MemberSide) -> Ints:
        return join_codes((side.rows, 0), (side.digests, number_of_contents))

    row_marks, base_marks, mark_names = _share_marks(left, right)
    number_of_marks = len(mark_names)

    def more_than(at: Ints, base_at: Ints) -> Ints:
        sought = join_codes((at[row_marks.members], 0), (row_marks.ids, number_of_marks))
        there = join_codes((base_at[base_marks.members], 0), (base_marks.ids, number_of_marks))
        return lookup_greatest(there, base_marks.counts, sought)

    same_path = contains(at_key(right), at_key(left))
    same_content = contains(at_content(right), at_content(left))
    at_same_content = more_than(at_content(left), at_content(right))
    more = np.maximum(row_marks.counts - np.maximum(more_than(at_key(left), at_key(right)), at_same_content), 0)
    # A mark of the path alone says nothing about the content.
    of_content = ~np.isin(row_marks.ids, np.flatnonzero(np.isin(mark_names.to_pylist(), PATH_MARKS)))
    marked = np.zeros(len(left), bool)
    marked[row_marks.members] = True
    gained = np.zeros(len(left), bool)
    gained[row_marks.members[(row_marks.counts > at_same_content) & of_content]] = True
    earliest = -lookup_greatest(at_content(right), -right.roles, at_content(left), -_REST)
    unknown = base_cut[left.rows] & ~marked & (left.roles == _REST) & ~same_path
    kept = (same_content & ~gained & (left.roles >= earliest)) | unknown
    return MemberPairs(
        row=left,
        base=right,
        names=names,
        row_marks=row_marks,
        base_marks=base_marks,
        mark_names=mark_names,
        kept=kept,
        changed=~kept & same_path,
        new=~kept & ~same_path,
        gone=~contains(at_key(left), at_key(right)) & ~contains(at_content(left), at_content(right)),
        base_sizes=lookup_greatest(at_key(right), right.sizes, at_key(left)),
        more=more,
    )


def _share_keys(row: Items, base: Items, wheels: tuple[Bools, Bools], relatives: Bools) -> tuple[Ints, Ints, pa.Array]:
    sides = [
        strip_roots(texts(side.field("path")), side.rows, wheel)
        for side, wheel in zip((row, base), wheels, strict=True)
    ]
    codes, base_codes, paths = share_codes(*sides)
    names = comparable(paths)
    both = np.concatenate([codes, base_codes])
    if relatives.any():
        shared, inner, names = share_codes(names, without_package(names))
        of_relative = relatives[np.concatenate([row.rows, base.rows])]
        both = np.where(of_relative, inner[both], shared[both])
    else:
        shared, _, names = share_codes(names, names.slice(0, 0))
        both = shared[both]
    return both[: len(codes)], both[len(codes) :], names


def _mix(digests: Ints, sizes: Ints) -> Ints:
    """Return one number for the code of a digest and a size; sizes beyond 2^40 bytes are alike."""
    return digests * (1 << 40) + np.minimum(sizes, (1 << 40) - 1)


def _side(items: Items, keys: Ints, contents: Ints) -> MemberSide:
    return MemberSide(
        rows=items.rows,
        paths=texts(items.field("path")),
        keys=keys,
        digests=contents,
        roles=_positions(items.field("role"), [role.value for role in ROLES], _REST),
        types=_positions(items.field("file_type"), [each.value for each in FILE_TYPES], 0),
        sizes=to_ints(items.field("size")),
        marks=items.field("marks"),
        tokens=items.field("tokens"),
    )


def _positions(values: pa.Array, choices: list[str], missing: int) -> Ints:
    found = pc.index_in(values, value_set=pa.array(choices))
    return to_ints(pc.fill_null(found, missing))


def _share_marks(left: MemberSide, right: MemberSide) -> tuple[MarkItems, MarkItems, pa.Array]:
    flat = [flatten(side.marks) for side in (left, right)]
    ids, base_ids, names = share_codes(*(texts(items.field("id")) for items in flat))
    counts = [to_ints(items.field("count")) for items in flat]
    return MarkItems(flat[0].rows, ids, counts[0]), MarkItems(flat[1].rows, base_ids, counts[1]), names
