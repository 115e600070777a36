"""Provides the requirements that the base does not declare."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.reference.popular_names import compare_name
from features.schema import REQUIRES
from jobs.changes.contract import Values, dense
from jobs.changes.pairs import Pairs
from jobs.changes.ragged import Bools, Items, contains, count_rows, first_of_each, join_codes, regroup, share_codes, texts


class RequirementsPart:
    """Projects that its base does not depend on."""

    name = "requirements"
    version = "1"
    fields = (
        dense("change_requires", pa.int32(), "the number of requirements that its base has not"),
        dense("change_requires_core", pa.int32(), "the number of new requirements that are always installed"),
        dense("change_requires_address", pa.int32(), "the number of new requirements by address"),
        dense("change_requires_imitating", pa.int32(), "the number of new requirements named almost like a popular one"),
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
        # A requirement of an extra that becomes one of the project itself is as good as new.
        new = _lacks(base, row, ("name", "url", "extra"), also=("name", "url"))
        names = texts(row.field("name"))
        codes, _, distinct = share_codes(_joined(row, ("name", "url")), pa.array([], pa.string()))
        once = new & first_of_each(row.rows, codes)
        listed = names.to_pylist()
        likeness = {name: compare_name(name) for name in {name for name, is_new in zip(listed, once, strict=True) if is_new and name}}
        imitating = np.array([name in likeness and bool(likeness[name].slip) for name in listed], bool)
        popular = np.array([name in likeness and likeness[name].popular_rank is not None for name in listed], bool)
        core = _is(row, "extra", "")
        address = ~_is(row, "url", "")
        unparsable = _is(row, "name", "")
        pinned = _matches(row, r"^\s*={2,3}[^,*]*$") & ~new & _lacks(base, row, ("name", "specifier"))
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
        known = np.asarray(pc.is_in(names, value_set=pairs.projects).to_numpy(zero_copy_only=False), bool)
        return count_rows(row.rows, len(pairs), asked & ~known)


def _lacks(base: Items, row: Items, fields: tuple[str, ...], also: tuple[str, ...] = ()) -> Bools:
    """Return which items of the row have no item of the base with the same values in these fields.

    With `also`, an item with an extra counts as lacking only if these fields are not found either.
    """
    codes, base_codes, known = share_codes(_joined(row, fields), _joined(base, fields))
    there = join_codes((base.rows, 0), (base_codes, len(known)))
    lacking = ~contains(there, join_codes((row.rows, 0), (codes, len(known))))
    if also:
        lacking &= _is(row, "extra", "") | _lacks(base, row, also)
    return lacking


def _joined(items: Items, fields: tuple[str, ...]) -> pa.Array:
    return pc.binary_join_element_wise(*(texts(items.field(field)) for field in _with_text(fields)), "\0")


def _with_text(fields: tuple[str, ...]) -> tuple[str, ...]:
    return fields


def _is(items: Items, field: str, value: str) -> Bools:
    return np.asarray(pc.equal(texts(items.field(field)), value).to_numpy(zero_copy_only=False), bool)


def _matches(items: Items, pattern: str) -> Bools:
    found = pc.match_substring_regex(texts(items.field("specifier")), pattern)
    return np.asarray(found.to_numpy(zero_copy_only=False), bool)
