"""Provides facts about the base itself and about how completely the two can be compared."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.contract import FileType, Status
from jobs.changes.contract import BaseKind, Values, dense
from jobs.changes.member_pairs import FILE_TYPES
from jobs.changes.pairs import Pairs
from jobs.changes.ragged import Bools, Ints, count_rows

_MEANINGS = {
    BaseKind.RELEASE: "a release before it to compare it with",
    BaseKind.SIBLING: "a file of its own release to compare it with",
    BaseKind.RELATIVE: "another project's file that it resembles",
}
_CODE = [FILE_TYPES.index(each) for each in (FileType.PYTHON, FileType.PTH, FileType.NATIVE, FileType.BYTECODE)]


class BasePart:
    """The kind of the base, whether both sides are complete, and code that only the wheel of a release has."""

    name = "base"
    version = "1"
    fields = (
        *(dense(f"change_base_{kind}", pa.bool_(), meaning) for kind, meaning in _MEANINGS.items()),
        dense("change_same_kind", pa.bool_(), "a base of the same kind of file"),
        dense("change_partial", pa.bool_(), "parts of it that could not be examined"),
        dense("change_base_partial", pa.bool_(), "parts of its base that could not be examined"),
        dense("change_cut", pa.bool_(), "more files than can be compared"),
        dense("change_base_cut", pa.bool_(), "more files in its base than can be compared"),
        dense("change_wheel_only", pa.int32(), "the number of code files that only the wheel of its release has"),
        dense("change_wheel_other", pa.int32(), "the number of code files that the wheel of its release has otherwise"),
        dense("change_sdist_only", pa.int32(), "the number of code files that only the sdist of its release has"),
    )

    def compute(self, pairs: Pairs) -> Mapping[str, Values]:
        """Return the values of the columns; those about an sdist and its wheel are null for any other pair."""
        members, number = pairs.members, len(pairs)
        row_kind, base_kind = (np.array(side.to_pylist(), object) for side in pairs.text("kind"))
        status, base_status = (np.array(side.to_pylist(), object) for side in pairs.text("status"))
        sibling = pairs.is_base(BaseKind.SIBLING)
        of_wheel = sibling & (row_kind == "wheel") & (base_kind != "wheel")
        of_sdist = sibling & (row_kind != "wheel") & (base_kind == "wheel")
        code = np.isin(members.row.types, _CODE)
        new = count_rows(members.row.rows, number, members.new & code)
        gone = count_rows(members.base.rows, number, members.gone & np.isin(members.base.types, _CODE))
        changed = count_rows(members.row.rows, number, members.changed & code)
        both = of_wheel | of_sdist
        return {
            **{f"change_base_{kind}": pairs.is_base(kind) for kind in BaseKind},
            "change_same_kind": pairs.same_kind,
            "change_partial": status == Status.PARTIAL.value,
            "change_base_partial": base_status == Status.PARTIAL.value,
            "change_cut": pairs.cut,
            "change_base_cut": pairs.base_cut,
            "change_wheel_only": _where(both, np.where(of_wheel, new, gone)),
            "change_wheel_other": _where(both, changed),
            "change_sdist_only": _where(both, np.where(of_wheel, gone, new)),
        }


def _where(mask: Bools, values: Ints) -> pa.Array:
    return pc.if_else(pa.array(mask), pa.array(values), None)
