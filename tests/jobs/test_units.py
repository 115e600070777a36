from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from features.contract import Artifact, Kind
from jobs.mirror import SCHEMA
from jobs.units import UNIT_ARTIFACTS, UNIT_BYTES, halve_unit, make_unit, plan_units, unit_size

BYTES, MOST = 1_000, 10


def table(rows: list[tuple[str, int]]) -> pa.Table:
    """An inventory of (project, size), each row with a path of its own."""
    made = [
        {"path": f"{project}/{number}", "filename": f"{project}-{number}.zip", "size": size, "project": project,
         "version": "1", "kind": "sdist", "blake2b_256": ""}
        for number, (project, size) in enumerate(sorted(rows))
    ]  # fmt: skip
    return pa.Table.from_pylist(made, schema=SCHEMA)


inventories = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 2_500)), max_size=40)


@given(inventories)
def test_every_artifact_is_in_exactly_one_unit(rows):
    planned = table(rows)
    units = list(plan_units(planned, BYTES, MOST).units())
    assert Counter(planned["path"].to_pylist()) == Counter(a.path for u in units for a in u.artifacts)
    assert sum(size for _, size in rows) == sum(unit.bytes for unit in units)
    assert len({unit.id for unit in units}) == len(units)


@given(inventories)
def test_no_unit_is_over_both_bounds_unless_it_is_one_artifact(rows):
    for unit in plan_units(table(rows), BYTES, MOST).units():
        assert len(unit.artifacts) == 1 or (unit.bytes <= BYTES and len(unit.artifacts) <= MOST)


@given(inventories)
def test_a_project_that_fits_a_unit_is_not_cut(rows):
    units = list(plan_units(table(rows), BYTES, MOST).units())
    for project in {name for name, _ in rows}:
        sizes = [size for name, size in rows if name == project]
        if sum(sizes) + len(sizes) * (BYTES // MOST) <= BYTES:
            assert sum(any(a.project == project for a in unit.artifacts) for unit in units) == 1


@given(inventories)
def test_costliest_first_and_the_same_every_time(rows):
    units = list(plan_units(table(rows), BYTES, MOST).units())
    costs = [unit.bytes + len(unit.artifacts) * (BYTES // MOST) for unit in units]
    assert sorted(costs, reverse=True) == costs
    assert [u.id for u in plan_units(table(rows), BYTES, MOST).units()] == [u.id for u in units]


def test_a_huge_artifact_is_a_unit_of_its_own_and_the_first():
    units = list(plan_units(table([("a", 5), ("a", UNIT_BYTES * 3), ("b", 7)])).units())
    assert [[a.size for a in unit.artifacts] for unit in units] == [[UNIT_BYTES * 3], [7], [5]]


def test_an_artifact_keeps_what_the_inventory_says_of_it():
    (unit,) = plan_units(table([("a", 5)])).units()
    assert unit.artifacts == (Artifact("a/0", "a-0.zip", 5, "a", "1", Kind.SDIST),)


def test_a_chunked_inventory_is_cut_like_a_whole_one():
    rows = table([("a", 600), ("a", 300), ("b", 300), ("c", 900)])
    chunked = pa.concat_tables([rows.slice(0, 1), rows.slice(1)])
    assert np.array_equal(plan_units(rows, BYTES, MOST).starts, plan_units(chunked, BYTES, MOST).starts)


def test_halves_hold_the_whole():
    unit = make_unit(tuple(Artifact(str(n), str(n), n) for n in range(5)))
    first, second = halve_unit(unit)
    assert first.artifacts + second.artifacts == unit.artifacts
    assert first.bytes + second.bytes == unit.bytes
    assert len({unit.id, first.id, second.id}) == 3


def test_halves_without_one_hold_the_rest_and_none_is_empty():
    unit = make_unit(tuple(Artifact(str(n), str(n), n) for n in range(3)))
    assert [("0",), ("1",)] == [tuple(a.path for a in half.artifacts) for half in halve_unit(unit, without=2)]
    (alone,) = halve_unit(make_unit(unit.artifacts[:2]), without=0)
    assert unit.artifacts[1:2] == alone.artifacts


def test_the_id_tells_files_of_one_path_apart():
    base = Artifact("p", "p", 1, upload_time=datetime(2026, 1, 1, tzinfo=UTC))
    others = (replace(base, size=2), replace(base, upload_time=datetime(2026, 1, 2, tzinfo=UTC)))
    assert 3 == len({make_unit((artifact,)).id for artifact in (base, *others)})
    digest = replace(base, blake2b_256="0" * 64)
    assert make_unit((digest,)).id == make_unit((replace(others[1], blake2b_256="0" * 64),)).id


def test_a_small_inventory_is_cut_smaller_and_a_large_one_into_full_units():
    assert (UNIT_BYTES // 8, UNIT_ARTIFACTS // 8) == unit_size(table([("a", 5)]))
    assert (UNIT_BYTES, UNIT_ARTIFACTS) == unit_size(table([("a", UNIT_BYTES * 64)]))
    assert (UNIT_BYTES // 8, UNIT_ARTIFACTS // 8) == unit_size(table([]))
