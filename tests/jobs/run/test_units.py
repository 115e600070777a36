from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from features.contract import Artifact, Kind
from features.packaging.names import parse_filename
from jobs.mirror.inventory import SCHEMA
from jobs.run.units import UNIT_ARTIFACTS, UNIT_SECONDS, estimate_costs, halve_unit, make_unit, plan_units, unit_size

SECONDS, MOST = 0.3, 10


def table(rows: list[tuple[str, int]]) -> pa.Table:
    """An inventory of (project, size), each row with a path of its own."""
    made = [
        {"path": f"{project}/{number}", "filename": f"{project}-{number}.zip", "size": size, "project": project,
         "version": "1", "kind": "sdist", "blake2b_256": ""}
        for number, (project, size) in enumerate(sorted(rows))
    ]  # fmt: skip
    return pa.Table.from_pylist(made, schema=SCHEMA)


def cost(artifacts) -> float:
    return float(estimate_costs(np.array([artifact.size for artifact in artifacts])).sum())


inventories = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 5_000_000)), max_size=40)


@given(inventories)
def test_every_artifact_is_in_exactly_one_unit(rows):
    planned = table(rows)
    units = list(plan_units(planned, SECONDS, MOST).units())
    assert Counter(planned["path"].to_pylist()) == Counter(a.path for u in units for a in u.artifacts)
    assert sum(size for _, size in rows) == sum(unit.bytes for unit in units)
    assert len({unit.id for unit in units}) == len(units)


@given(inventories)
def test_no_unit_is_over_both_bounds_unless_it_is_one_artifact(rows):
    for unit in plan_units(table(rows), SECONDS, MOST).units():
        assert len(unit.artifacts) == 1 or (cost(unit.artifacts) <= SECONDS + 1e-6 and len(unit.artifacts) <= MOST)


@given(inventories)
def test_a_project_that_fits_a_unit_is_not_cut(rows):
    units = list(plan_units(table(rows), SECONDS, MOST).units())
    for project in {name for name, _ in rows}:
        sizes = [size for name, size in rows if name == project]
        if max(SECONDS / MOST, *estimate_costs(np.array(sizes))) * len(sizes) <= SECONDS:
            assert sum(any(a.project == project for a in unit.artifacts) for unit in units) == 1


@given(inventories)
def test_units_come_by_descending_cost_and_the_same_every_time(rows):
    units = list(plan_units(table(rows), SECONDS, MOST).units())
    costs = [cost(unit.artifacts) for unit in units]
    assert all(first > second - 1e-6 for first, second in pairwise(costs))
    assert [u.id for u in plan_units(table(rows), SECONDS, MOST).units()] == [u.id for u in units]


def test_a_huge_artifact_is_a_unit_of_its_own_and_the_first():
    units = list(plan_units(table([("a", 5), ("a", 9), ("a", 4 * 2**30), ("b", 7)])).units())
    assert [[a.size for a in unit.artifacts] for unit in units] == [[4 * 2**30], [5, 9], [7]]


def test_the_cost_of_an_artifact_grows_slower_than_its_size():
    none, small, middle, large = estimate_costs(np.array([-1, 0, 10**6, 10**9])).tolist()
    assert none == small < middle < large
    assert large < 100 * middle


def releases(*filenames: str) -> pa.Table:
    """An inventory of one project's files, in the order of their names."""
    made = [
        {"path": name, "filename": name, "size": 5, "project": parsed.project, "version": parsed.version,
         "kind": parsed.kind.value, "blake2b_256": ""}
        for name in sorted(filenames) for parsed in [parse_filename(name)]
    ]  # fmt: skip
    return pa.Table.from_pylist(made, schema=SCHEMA)


def test_a_unit_has_releases_from_old_to_new_and_a_releases_source_before_its_wheels():
    expected = ["a-odd.zip", "a-1.9-py3-none-any.whl", "a-1.10rc1.tar.gz", "a-1.10.tar.gz", "a-1.10-py3-none-any.whl"]
    (unit,) = plan_units(releases(*expected)).units()
    assert expected == [artifact.filename for artifact in unit.artifacts]


def test_an_artifact_has_the_values_of_its_inventory_row():
    (unit,) = plan_units(table([("a", 5)])).units()
    assert unit.artifacts == (Artifact("a/0", "a-0.zip", 5, "a", "1", Kind.SDIST),)


def test_a_chunked_inventory_is_cut_like_a_whole_one():
    rows = table([("a", 600_000), ("a", 900_000), ("b", 900_000), ("c", 9)])
    chunked = pa.concat_tables([rows.slice(0, 1), rows.slice(1)])
    assert np.array_equal(plan_units(rows, SECONDS, MOST).starts, plan_units(chunked, SECONDS, MOST).starts)


def test_halves_contain_every_artifact():
    unit = make_unit(tuple(Artifact(str(n), str(n), n) for n in range(5)))
    first, second = halve_unit(unit)
    assert first.artifacts + second.artifacts == unit.artifacts
    assert first.bytes + second.bytes == unit.bytes
    assert len({unit.id, first.id, second.id}) == 3


def test_halves_without_an_artifact_contain_the_others_and_none_is_empty():
    unit = make_unit(tuple(Artifact(str(n), str(n), n) for n in range(3)))
    assert [("0",), ("1",)] == [tuple(a.path for a in half.artifacts) for half in halve_unit(unit, without=2)]
    (alone,) = halve_unit(make_unit(unit.artifacts[:2]), without=0)
    assert unit.artifacts[1:2] == alone.artifacts


def test_the_id_differs_for_different_files_at_one_path():
    base = Artifact("p", "p", 1, upload_time=datetime(2026, 1, 1, tzinfo=UTC))
    others = (replace(base, size=2), replace(base, upload_time=datetime(2026, 1, 2, tzinfo=UTC)))
    assert 3 == len({make_unit((artifact,)).id for artifact in (base, *others)})
    digest = replace(base, blake2b_256="0" * 64)
    assert make_unit((digest,)).id == make_unit((replace(others[1], blake2b_256="0" * 64),)).id


def test_a_small_inventory_is_cut_smaller_and_a_large_one_into_full_units():
    least = (UNIT_SECONDS / 8, UNIT_ARTIFACTS // 8)
    assert least == unit_size(table([("a", 5)]))
    assert (UNIT_SECONDS, UNIT_ARTIFACTS) == unit_size(table([("a", 10**9)] * 200))
    assert least == unit_size(table([]))
