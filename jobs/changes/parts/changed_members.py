"""Provides the lists of members that are new or changed, with what was seen in them, and of those that are gone."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from features.contract import FileType
from jobs.changes.contract import Values
from jobs.changes.member_pairs import FILE_TYPES, ROLES, MemberPairs
from jobs.changes.pairs import Pairs
from jobs.changes.ragged import (
    Floats,
    Ints,
    contains,
    flatten,
    join_codes,
    regroup,
    select_heaviest,
    share_codes,
    to_ints,
)

MOST_CHANGED = 256
"""Changed and new members that a row lists, the heaviest first."""
MOST_GONE = 64
"""Members that a row lists as gone."""
CHANGED_MEMBERS = pa.list_(
    pa.struct(
        {
            "path": pa.string(),
            "change": pa.string(),
            "role": pa.string(),
            "file_type": pa.string(),
            "size": pa.int64(),
            "base_size": pa.int64(),
            "new_marks": pa.list_(pa.struct({"id": pa.string(), "count": pa.int32()})),
            "marks": pa.list_(pa.string()),
            "new_tokens": pa.list_(pa.uint32()),
        }
    )
)

_TOKENS = 1 << 32
_ROLE_WEIGHTS = np.array([3.0, 2.0, 1.0])
_TYPE_WEIGHTS = {FileType.PTH: 4.0, FileType.NATIVE: 2.0, FileType.PYTHON: 1.0, FileType.BYTECODE: 2.0}


class ChangedMembersPart:
    """The members that tell most about what changed, the heaviest first."""

    name = "changed_members"
    version = "1"
    fields = (
        pa.field("changed_members", CHANGED_MEMBERS),
        pa.field("gone_members", pa.list_(pa.string())),
    )

    def compute(self, pairs: Pairs) -> Mapping[str, Values]:
        """Return the values of the columns."""
        members, number = pairs.members, len(pairs)
        touched = np.flatnonzero(members.new | members.changed)
        chosen = touched[select_heaviest(members.row.rows[touched], member_weights(members)[touched], MOST_CHANGED)]
        gone = np.flatnonzero(members.gone)
        gone = gone[select_heaviest(members.base.rows[gone], -members.base.roles[gone], MOST_GONE)]
        return {
            "changed_members": regroup(_describe(members, chosen), members.row.rows[chosen], number),
            "gone_members": regroup(members.base.paths.take(pa.array(gone)), members.base.rows[gone], number),
        }


def member_weights(members: MemberPairs) -> Floats:
    """Return how much each member of the rows tells about a change: its new marks, then its role, type and size."""
    row = members.row
    by_type = np.array([_TYPE_WEIGHTS.get(each, 0.0) for each in FILE_TYPES])[row.types]
    by_size = np.log1p(np.maximum(row.sizes - members.base_sizes, 0)) / 64
    return np.asarray(members.weights * _ROLE_WEIGHTS[row.roles] + by_type + _ROLE_WEIGHTS[row.roles] / 4 + by_size)


def _describe(members: MemberPairs, chosen: Ints) -> pa.StructArray:
    """Return the structs of the chosen members."""
    row = members.row
    taken = pa.array(chosen)
    ids, marks = _marks_of(members, chosen)
    changes = pa.array(np.where(members.new[chosen], "new", "changed").tolist(), pa.string())
    fields: dict[str, pa.Array] = {
        "path": row.paths.take(taken),
        "change": changes,
        "role": pa.array([role.value for role in ROLES]).take(pa.array(row.roles[chosen])),
        "file_type": pa.array([each.value for each in FILE_TYPES]).take(pa.array(row.types[chosen])),
        "size": pa.array(row.sizes[chosen]),
        "base_size": pa.array(members.base_sizes[chosen]),
        "new_marks": marks,
        "marks": ids,
        "new_tokens": _new_tokens(members, chosen),
    }
    item = CHANGED_MEMBERS.value_type
    arrays = [fields[item.field(at).name].cast(item.field(at).type) for at in range(item.num_fields)]
    return pa.StructArray.from_arrays(arrays, fields=list(item))


def _marks_of(members: MemberPairs, chosen: Ints) -> tuple[pa.ListArray, pa.ListArray]:
    """Return the ids of all marks of the chosen members, and the marks that their base has not, with their excess."""
    marks = members.row_marks
    place, at = _places(len(members.row), chosen, marks.members)
    all_ids = regroup(members.mark_names.take(pa.array(marks.ids[at])), place, len(chosen))
    fresh = members.more[at] > 0
    new = pa.StructArray.from_arrays(
        [
            members.mark_names.take(pa.array(marks.ids[at][fresh])),
            pa.array(members.more[at][fresh].astype(np.int32)),
        ],
        names=["id", "count"],
    )
    return all_ids, regroup(new, place[fresh], len(chosen))


def _new_tokens(members: MemberPairs, chosen: Ints) -> pa.ListArray:
    """Return the tokens of the chosen members that no member of the base with their path has."""
    row, base = members.row, members.base
    number = len(members.names)
    listed = flatten(row.tokens.take(pa.array(chosen)))
    at_key = join_codes((row.rows, 0), (row.keys, number))[chosen]
    wanted = np.flatnonzero(contains(at_key, join_codes((base.rows, 0), (base.keys, number))))
    there = flatten(base.tokens.take(pa.array(wanted)))
    base_key = join_codes((base.rows, 0), (base.keys, number))[wanted]
    tokens, base_tokens = to_ints(listed.values), to_ints(there.values)
    keys, base_keys, _ = share_codes(pa.array(at_key[listed.rows]), pa.array(base_key[there.rows]))
    fresh = ~contains(
        join_codes((base_keys, 0), (base_tokens, _TOKENS)),
        join_codes((keys, 0), (tokens, _TOKENS)),
    )
    return regroup(listed.values.filter(pa.array(fresh)), listed.rows[fresh], len(chosen))


def _places(number: int, chosen: Ints, owners: Ints) -> tuple[Ints, Ints]:
    """Return the items of the chosen members, by the place of their member in `chosen`: (places, positions)."""
    place = np.full(number, -1, np.int64)
    place[chosen] = np.arange(len(chosen))
    at = np.flatnonzero(place[owners] >= 0)
    at = at[np.argsort(place[owners[at]], kind="stable")]
    return place[owners[at]], at
