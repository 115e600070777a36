"""Provides counts of the members that are new, changed or gone, by role and file type."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from features.contract import FileType
from jobs.changes.contract import Values, dense
from jobs.changes.member_pairs import FILE_TYPES, ROLES
from jobs.changes.pairs import Pairs
from jobs.changes.ragged import Floats, Ints, count_rows, greatest_of_rows, sum_rows

_STATES = {
    "new": "that its base has not",
    "changed": "that differ from its base's",
    "gone": "of its base that it lacks",
}
_ROLE_WORDS = {"install": "install", "import": "import", "rest": "later"}
_TYPES = tuple(each for each in FileType if each is not FileType.EMPTY)
_PYTHON = FILE_TYPES.index(FileType.PYTHON)


class MembersPart:
    """Counts and shares of members by how they compare with the base's."""

    name = "members"
    version = "1"
    fields = (
        dense("change_members", pa.int32(), "the number of its files that are compared with its base's"),
        *(
            dense(f"change_members_{state}", pa.int32(), f"the number of files {words}")
            for state, words in _STATES.items()
        ),
        *(
            dense(f"change_members_{state}_{role}", pa.int32(), f"the number of files that run at {when} {words}")
            for state, words in _STATES.items()
            for role, when in _ROLE_WORDS.items()
        ),
        *(
            dense(f"change_members_{state}_{kind}", pa.int32(), f"the number of {kind} files {words}")
            for state, words in _STATES.items()
            for kind in _TYPES
        ),
        dense("change_members_new_share", pa.float32(), "the share of its files that its base has not"),
        dense("change_members_changed_share", pa.float32(), "the share of its files that differ from its base's"),
        dense("change_members_kept_share", pa.float32(), "the share of its files that its base has too"),
        dense("change_members_gone_share", pa.float32(), "the share of its base's files that it lacks"),
        dense("change_bytes_new", pa.int64(), "the size of the files that its base has not"),
        dense("change_bytes_new_share", pa.float32(), "the share of its size that its base has not"),
        *(
            dense(f"change_growth_{role}", pa.int64(), f"the bytes that a Python file that runs at {when} grew by")
            for role, when in _ROLE_WORDS.items()
        ),
    )

    def compute(self, pairs: Pairs) -> Mapping[str, Values]:
        """Return the values of the columns."""
        members, number = pairs.members, len(pairs)
        row, base = members.row, members.base
        total, base_total = count_rows(row.rows, number), count_rows(base.rows, number)
        values: dict[str, Values] = {"change_members": total}
        for state, side, mask in (
            ("new", row, members.new),
            ("changed", row, members.changed),
            ("gone", base, members.gone),
        ):
            values[f"change_members_{state}"] = count = count_rows(side.rows, number, mask)
            for at, role in enumerate(ROLES):
                values[f"change_members_{state}_{role}"] = count_rows(side.rows, number, mask & (side.roles == at))
            for kind in _TYPES:
                of_kind = mask & (side.types == FILE_TYPES.index(kind))
                values[f"change_members_{state}_{kind}"] = count_rows(side.rows, number, of_kind)
            values[f"change_members_{state}_share"] = _share(count, base_total if state == "gone" else total)
        values["change_members_kept_share"] = _share(count_rows(row.rows, number, members.kept), total)
        new_bytes = sum_rows(row.rows, number, row.sizes, members.new)
        values["change_bytes_new"] = new_bytes
        values["change_bytes_new_share"] = _share(new_bytes, sum_rows(row.rows, number, row.sizes))
        for at, role in enumerate(ROLES):
            grown = members.changed & (row.types == _PYTHON) & (row.roles == at)
            values[f"change_growth_{role}"] = greatest_of_rows(row.rows, number, row.sizes - members.base_sizes, grown)
        return values


def _share(part: Ints | Floats, of: Ints | Floats) -> Floats:
    return np.divide(part, of, out=np.zeros(len(part)), where=of > 0)
