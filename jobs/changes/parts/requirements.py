"""Provides the requirements that the base does not declare."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.reference.popular_names import compare_name
from features.schema import REQUIRES
from jobs.changes.contract import Values, dense
from jobs.changes.pairs import Pairs
from jobs.changes.ragged import (
    Bools,
    Items,
    absent,
    count_rows,
    first_of_each,
    joined_fields,
    regroup,
    share_codes,
    texts,
    to_bools,
)


class RequirementsPart:
    """Projects that its base does not depend on."""

    name = "requirements"
    version = "1"
    fields = (
        dense("change_requires", pa.int32(), "the number of requirements that its base has not"),
        dense("change_requires_core", pa.int32(), "the number of new requirements that are always installed"),
        dense("change_requires_address", pa.int32(), "the number of new requirements by address"),
        dense("change_requires_imitating", pa.int32(), "new requirements named almost like a popular one"),
        dense("change_requires_popular", pa.int32(), "the number of new requirements on popular projects"),
        dense("change_requires_unparsable", pa.int32(), "the number of new requirements that cannot be read"),
        dense("change_requires_pinned", pa.int32(), "the number of requirements that are newly fixed to one version"),
        pa.field("context_requires_unknown", pa.int32()),
        pa.field("new_requires", REQUIRES),
    )

    def compute(self, pairs: Pairs) -> Mapping[str, Values]:
        """Return the values of the columns."""
        number = len(pairs)
        row, base = pairs.items("requires")
        names = texts(row.field("name"))
        core, address, unparsable = _is_empty(row, "extra"), ~_is_empty(row, "url"), _is_empty(row, "name")
        # One of an extra that becomes one of the project itself is as good as new.
        new = absent(row, _asked(row), base, _asked(base)) | (core & _lacks(row, base, ("name", "url", "extra")))
        once = new & first_of_each(row.rows, share_codes(_asked(row), _asked(base))[0])
        listed = names.to_pylist()
        likeness = {name: compare_name(name) for name in set(names.filter(pa.array(once)).to_pylist()) if name}
        imitating = np.array([name in likeness and bool(likeness[name].slip) for name in listed], bool)
        popular = np.array([name in likeness and likeness[name].popular_rank is not None for name in listed], bool)
        fixed = to_bools(pc.match_substring_regex(texts(row.field("specifier")), r"^\s*={2,3}[^,*]*$"))
        pinned = fixed & ~new & _lacks(row, base, ("name", "specifier"))
        return {
            "change_requires": count_rows(row.rows, number, once),
            "change_requires_core": count_rows(row.rows, number, once & core),
            "change_requires_address": count_rows(row.rows, number, once & address),
            "change_requires_imitating": count_rows(row.rows, number, once & imitating & ~popular),
            "change_requires_popular": count_rows(row.rows, number, once & popular),
            "change_requires_unparsable": count_rows(row.rows, number, once & unparsable),
            "change_requires_pinned": count_rows(row.rows, number, pinned),
            "context_requires_unknown": self._unknown(pairs, row, names, once & ~address & ~unparsable),
            "new_requires": regroup(row.values.filter(pa.array(new)), row.rows[new], number),
        }

    def _unknown(self, pairs: Pairs, row: Items, names: pa.Array, asked: Bools) -> Values:
        """Return how many of the asked requirements no project of the mirror has the name of."""
        if pairs.projects is None:
            return pa.nulls(len(pairs), pa.int32())
        known = to_bools(pc.is_in(names, value_set=pairs.projects))
        return count_rows(row.rows, len(pairs), asked & ~known)


def _lacks(row: Items, base: Items, fields: tuple[str, ...]) -> Bools:
    return absent(row, joined_fields(row, fields), base, joined_fields(base, fields))


def _asked(items: Items) -> pa.Array:
    """Return what each requirement asks for: a project, an address, or the text if it cannot be read."""
    name = pc.if_else(pa.array(_is_empty(items, "name")), texts(items.field("specifier")), texts(items.field("name")))
    return pc.binary_join_element_wise(name, texts(items.field("url")), "\0")


def _is_empty(items: Items, field: str) -> Bools:
    return to_bools(pc.equal(texts(items.field(field)), ""))
