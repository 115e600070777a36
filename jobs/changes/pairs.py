"""Holds two feature tables of equal length, each row of one next to its base."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.member_list import LIMIT as LISTED_MEMBERS
from jobs.changes.contract import BaseKind
from jobs.changes.member_pairs import MemberPairs, compare_members
from jobs.changes.ragged import Bools, Items, flatten, texts, whole


@dataclass(frozen=True)
class Pairs:
    """Rows of the feature table and the row of the base of each; `kinds` are their `BaseKind`s.

    `earlier_releases` and `usual_days` are facts about the projects' history (`jobs.changes.bases`), None where they
    are not known. `projects` are the normalised names of the projects of the mirror, None if there is no mirror.
    """

    rows: pa.Table
    bases: pa.Table
    kinds: Sequence[str]
    earlier_releases: pa.Array | None = None
    usual_days: pa.Array | None = None
    projects: pa.Array | None = None

    def __len__(self) -> int:
        return self.rows.num_rows

    @cached_property
    def members(self) -> MemberPairs:
        """The members of both sides, compared."""
        kinds = [np.array(texts(whole(side.column("kind"))).to_pylist(), object) for side in (self.rows, self.bases)]
        return compare_members(
            flatten(self.rows.column("members")),
            flatten(self.bases.column("members")),
            (kinds[0] == "wheel", kinds[1] == "wheel"),
            self.is_base(BaseKind.RELATIVE),
            self.base_cut,
        )

    def items(self, column: str) -> tuple[Items, Items]:
        """Return the items of a list column of the rows and of their bases."""
        return flatten(self.rows.column(column)), flatten(self.bases.column(column))

    def text(self, column: str) -> tuple[pa.Array, pa.Array]:
        """Return a column of strings of the rows and of their bases; a null is ""."""
        return texts(whole(self.rows.column(column))), texts(whole(self.bases.column(column)))

    def is_base(self, kind: BaseKind) -> Bools:
        """Return which of the bases are of this kind."""
        return np.array([each == kind for each in self.kinds], bool)

    @cached_property
    def same_kind(self) -> Bools:
        """Mask of the rows that have a base of the same kind of file."""
        row, base = self.text("kind")
        return np.asarray(pc.equal(row, base).to_numpy(zero_copy_only=False), bool)

    @cached_property
    def cut(self) -> Bools:
        """Mask of the rows that list only a part of their members."""
        return _is_cut(self.rows)

    @cached_property
    def base_cut(self) -> Bools:
        """Mask of the bases that list only a part of their members."""
        return _is_cut(self.bases)


def _is_cut(table: pa.Table) -> Bools:
    limits = flatten(table.column("limits"))
    mask = np.zeros(table.num_rows, bool)
    mask[limits.rows[np.array([name == LISTED_MEMBERS for name in limits.values.to_pylist()], bool)]] = True
    return mask
