"""Provides the kinds of marks that no member of the base shows, by when the code runs."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from features.marks import AUXILIARY_PATH, KNOWN_CODE
from jobs.changes.contract import Values, dense
from jobs.changes.member_pairs import ROLES, MarkItems, MemberPairs, MemberSide
from jobs.changes.pairs import Pairs
from jobs.changes.ragged import (
    Bools,
    Ints,
    contains,
    count_rows,
    first_of_each,
    greatest_of_rows,
    join_codes,
    sum_rows,
)

HEAVY = 5.0
"""Weight of a mark that is rarely harmless."""
_WHEN = {"install": "at install", "import": "at import", "rest": "later"}


class MarksPart:
    """Signs in the code that its base shows nowhere, or nowhere that runs at that time."""

    name = "marks"
    version = "1"
    fields = (
        dense("change_marks_new", pa.int32(), "the number of signs that its base shows nowhere"),
        dense("change_marks_new_weight", pa.float32(), "the weight of the signs that its base shows nowhere"),
        dense("change_marks_new_greatest", pa.float32(), "the gravest sign that its base shows nowhere"),
        dense("change_marks_new_heavy", pa.int32(), "the number of grave signs that its base shows nowhere"),
        *(
            field
            for role, when in _WHEN.items()
            for field in (
                dense(f"change_marks_{role}", pa.int32(), f"the number of signs in code that runs {when}, new there"),
                dense(f"change_marks_{role}_weight", pa.float32(), f"the signs in code that runs {when}, new there"),
            )
        ),
        dense("change_marks_foreign", pa.int32(), "the number of new signs outside of tests and of known code"),
        dense("change_marks_foreign_weight", pa.float32(), "the new signs outside of tests and of known code"),
        dense("change_marks_more", pa.int32(), "the number of signs in its files that their base shows less often"),
        dense("change_member_weight", pa.float32(), "what is new in the gravest of its files"),
        dense("change_member_new_weight", pa.float32(), "what the gravest of its new files shows"),
        dense("change_member_weight_share", pa.float32(), "how much of what is new stands in one file"),
        dense("change_members_marked", pa.int32(), "the number of files that show something new"),
    )

    def compute(self, pairs: Pairs) -> Mapping[str, Values]:
        """Return the values of the columns."""
        members, number = pairs.members, len(pairs)
        row, marks = members.row, members.row_marks
        owners = row.rows[marks.members]
        weights = members.mark_weights[marks.ids]
        new = ~_shown(members, with_role=False)
        once = new & first_of_each(owners, marks.ids)
        foreign = new & ~_of_marked(members, (AUXILIARY_PATH, KNOWN_CODE))[marks.members]
        foreign[foreign] = first_of_each(owners[foreign], marks.ids[foreign])
        values: dict[str, Values] = {
            "change_marks_new": count_rows(owners, number, once),
            "change_marks_new_weight": sum_rows(owners, number, weights, once),
            "change_marks_new_greatest": greatest_of_rows(owners, number, weights, once),
            "change_marks_new_heavy": count_rows(owners, number, once & (weights >= HEAVY)),
            "change_marks_foreign": count_rows(owners, number, foreign),
            "change_marks_foreign_weight": sum_rows(owners, number, weights, foreign),
            "change_marks_more": count_rows(owners, number, members.more > 0),
        }
        new_there = ~_shown(members, with_role=True)
        roles = row.roles[marks.members]
        for at, role in enumerate(ROLES):
            there = new_there & (roles == at)
            there[there] = first_of_each(owners[there], marks.ids[there])
            values[f"change_marks_{role}"] = count_rows(owners, number, there)
            values[f"change_marks_{role}_weight"] = sum_rows(owners, number, weights, there)
        touched = members.new | members.changed
        heaviest = greatest_of_rows(row.rows, number, members.weights, touched)
        total = sum_rows(row.rows, number, members.weights, touched)
        values["change_member_weight"] = heaviest
        values["change_member_new_weight"] = greatest_of_rows(row.rows, number, members.weights, members.new)
        values["change_member_weight_share"] = np.divide(heaviest, total, out=np.zeros(number), where=total > 0)
        values["change_members_marked"] = count_rows(row.rows, number, touched & (members.weights > 0))
        return values


def _shown(members: MemberPairs, *, with_role: bool) -> Bools:
    """Return which marks of the rows some member of the base shows, or one that runs at the same time."""
    number = len(members.mark_names)

    def codes(side: MemberSide, marks: MarkItems) -> Ints:
        owners = side.rows[marks.members]
        if with_role:
            owners = join_codes((owners, 0), (side.roles[marks.members], len(ROLES)))
        return join_codes((owners, 0), (marks.ids, number))

    return contains(codes(members.base, members.base_marks), codes(members.row, members.row_marks))


def _of_marked(members: MemberPairs, names: tuple[str, ...]) -> Bools:
    """Return which members of the rows have one of these marks."""
    codes = np.flatnonzero(np.isin(members.mark_names.to_pylist(), names))
    mask = np.zeros(len(members.row), bool)
    mask[members.row_marks.members[np.isin(members.row_marks.ids, codes)]] = True
    return mask
