"""Provides the places that the base has not, wherever they stand now."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.contract import Role
from features.place_keys import place_key
from features.schema import EVIDENCE
from jobs.changes.contract import Values, dense
from jobs.changes.pairs import Pairs
from jobs.changes.ragged import (
    Bools,
    Items,
    absent,
    count_rows,
    first_of_each,
    flatten,
    greatest_of_rows,
    regroup,
    select_heaviest,
    share_codes,
    sum_rows,
    texts,
)

MOST_PLACES = 16
"""New places that a row lists."""
_WHEN = {Role.INSTALL: "at install", Role.IMPORT: "at import", Role.REST: "later"}


class PlacesPart:
    """Places in the code that no place of the base is like, by indicator and text."""

    name = "places"
    version = "1"
    fields = (
        dense("change_places", pa.int32(), "the number of places in its code that its base has not"),
        dense("change_places_share", pa.float32(), "the share of places in its code that its base has not"),
        dense("change_places_weight", pa.float32(), "the weight of the gravest places that its base has not"),
        dense("change_places_greatest", pa.float32(), "the gravest place that its base has not"),
        *(
            dense(f"change_places_{role}", pa.int32(), f"new places in code that runs {when}")
            for role, when in _WHEN.items()
        ),
        *(
            dense(f"change_places_{role}_greatest", pa.float32(), f"the gravest new place in code that runs {when}")
            for role, when in _WHEN.items()
        ),
        dense("change_place_first", pa.bool_(), "a first place in the evidence that its base has not"),
        dense("change_indicator_first", pa.bool_(), "a first place in the evidence of a kind that its base has not"),
        dense("change_indicators", pa.int32(), "the number of kinds of evidence that its base has not"),
        dense("change_indicators_weight", pa.float32(), "the weight of evidence of kinds that its base has not"),
        dense("change_indicators_greatest", pa.float32(), "the gravest evidence of a kind that its base has not"),
        pa.field("new_places", EVIDENCE),
    )

    def compute(self, pairs: Pairs) -> Mapping[str, Values]:
        """Return the values of the columns."""
        number = len(pairs)
        keys, base_keys = pairs.items("place_keys")
        is_new = absent(keys, keys.values, base_keys, base_keys.values)
        evidence, _ = pairs.items("evidence")
        new_place = ~_has_key(evidence, base_keys)
        new_kind = ~_has_indicator(pairs, evidence)
        weights = np.asarray(pc.fill_null(evidence.field("weight"), 0).to_numpy(zero_copy_only=False), np.float64)
        roles = np.array(texts(evidence.field("role")).to_pylist(), object)
        first = np.append(True, evidence.rows[1:] != evidence.rows[:-1])[: len(evidence.rows)]
        kinds, _, _ = share_codes(texts(evidence.field("indicator")), pa.array([], pa.string()))
        each_kind = new_kind.copy()
        each_kind[new_kind] = first_of_each(evidence.rows[new_kind], kinds[new_kind])
        count = count_rows(keys.rows, number, is_new)
        total = count_rows(keys.rows, number)
        at = np.flatnonzero(new_place)
        at = at[select_heaviest(evidence.rows[at], weights[at], MOST_PLACES)]
        values: dict[str, Values] = {
            "change_places": count,
            "change_places_share": np.divide(count, total, out=np.zeros(number), where=total > 0),
            "change_places_weight": sum_rows(evidence.rows, number, weights, new_place),
            "change_places_greatest": greatest_of_rows(evidence.rows, number, weights, new_place),
            "change_place_first": count_rows(evidence.rows, number, first & new_place) > 0,
            "change_indicator_first": count_rows(evidence.rows, number, first & new_kind) > 0,
            "change_indicators": count_rows(evidence.rows, number, each_kind),
            "change_indicators_weight": sum_rows(evidence.rows, number, weights, each_kind),
            "change_indicators_greatest": greatest_of_rows(evidence.rows, number, weights, new_kind),
            "new_places": regroup(evidence.values.take(pa.array(at)), evidence.rows[at], number),
        }
        for role in _WHEN:
            there = new_place & (roles == role.value)
            values[f"change_places_{role}"] = count_rows(evidence.rows, number, there)
            values[f"change_places_{role}_greatest"] = greatest_of_rows(evidence.rows, number, weights, there)
        return values


def _has_key(evidence: Items, keys: Items) -> Bools:
    """Return which pieces of evidence have a place key that the base has too."""
    indicators, excerpts = (texts(evidence.field(name)).to_pylist() for name in ("indicator", "excerpt"))
    made = pa.array([place_key(*place) for place in zip(indicators, excerpts, strict=True)], pa.uint64())
    return ~absent(evidence, made, keys, keys.values)


def _has_indicator(pairs: Pairs, evidence: Items) -> Bools:
    """Return which pieces of evidence have an indicator that the base shows, in its evidence or in a member."""
    base = flatten(pairs.bases.column("evidence"))
    side, marks = pairs.members.base, pairs.members.base_marks
    names = pc.replace_substring_regex(pairs.members.mark_names, "^finding_", "")
    shown = pa.concat_arrays([texts(base.field("indicator")), names.take(pa.array(marks.ids))])
    rows = np.concatenate([base.rows, side.rows[marks.members]])
    return ~absent(evidence, texts(evidence.field("indicator")), Items(rows, shown), shown)
