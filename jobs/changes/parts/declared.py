"""Provides changes of what the metadata declares: people, pages and the build backend."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.schema import DECLARED
from jobs.changes.contract import Values, dense
from jobs.changes.pairs import Pairs
from jobs.changes.ragged import Bools, Ints, regroup, texts, whole

_FIELDS = tuple(DECLARED.field(at).name for at in range(DECLARED.num_fields))
DECLARED_CHANGES = pa.list_(pa.struct({"field": pa.string(), "before": pa.string(), "after": pa.string()}))
_MAIL = ("author_email", "maintainer_email")
_OF_SDIST = ("build_backend",)
"""Fields that only an sdist declares."""


class DeclaredPart:
    """Declared metadata that differs from the base's."""

    name = "declared"
    version = "1"
    fields = (
        dense("change_declared", pa.int32(), "the number of declared fields that differ from its base's"),
        dense("change_author", pa.bool_(), "another author or maintainer than its base's"),
        dense("change_email", pa.bool_(), "another e-mail address than its base's"),
        dense("change_email_domain", pa.bool_(), "an e-mail address in another domain than its base's"),
        dense("change_home_page", pa.bool_(), "another home page than its base's"),
        dense("change_build_backend", pa.bool_(), "another build backend than its base's"),
        pa.field("declared_changes", DECLARED_CHANGES),
    )

    def compute(self, pairs: Pairs) -> Mapping[str, Values]:
        """Return the values of the columns."""
        number = len(pairs)
        sides = whole(pairs.rows.column("declared")), whole(pairs.bases.column("declared"))
        differs: dict[str, Bools] = {}
        filled: dict[str, Bools] = {}
        values: dict[str, tuple[pa.Array, pa.Array]] = {}
        for field in _FIELDS:
            after, before = (texts(pc.struct_field(side, field)) for side in sides)
            values[field] = before, after
            differs[field] = _mask(pc.not_equal(before, after))
            if field in _OF_SDIST:
                differs[field] &= pairs.same_kind
            filled[field] = differs[field] & _mask(pc.not_equal(before, "")) & _mask(pc.not_equal(after, ""))
        domains = [pc.replace_substring_regex(text, r"^.*@", "") for field in _MAIL for text in values[field]]
        other_domain = np.logical_or.reduce(
            [filled[field] & _mask(pc.not_equal(*domains[2 * at : 2 * at + 2])) for at, field in enumerate(_MAIL)]
        )
        return {
            "change_declared": np.sum(list(differs.values()), axis=0),
            "change_author": filled["author"] | filled["maintainer"],
            "change_email": filled["author_email"] | filled["maintainer_email"],
            "change_email_domain": other_domain,
            "change_home_page": filled["home_page"],
            "change_build_backend": differs["build_backend"],
            "declared_changes": _listed(differs, values, number),
        }


def _listed(differs: Mapping[str, Bools], values: Mapping[str, tuple[pa.Array, pa.Array]], number: int) -> pa.ListArray:
    rows: list[Ints] = []
    columns: tuple[list[pa.Array], ...] = ([], [], [])
    for field, mask in differs.items():
        chosen = pa.array(mask)
        rows.append(np.flatnonzero(mask))
        before, after = values[field]
        columns[0].append(pa.array([field] * int(mask.sum()), pa.string()))
        columns[1].append(before.filter(chosen))
        columns[2].append(after.filter(chosen))
    of_all = np.concatenate(rows)
    order = np.argsort(of_all, kind="stable")
    items = pa.StructArray.from_arrays(
        [pa.concat_arrays(column) for column in columns], fields=list(DECLARED_CHANGES.value_type)
    )
    return regroup(items.take(pa.array(order)), of_all[order], number)


def _mask(array: pa.Array) -> Bools:
    return np.asarray(array.to_numpy(zero_copy_only=False), bool)
