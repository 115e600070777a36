from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.contract import Artifact, Kind, Row, Status
from features.schema import feature_schema, packed_table, rows_table
from jobs.contract import StoreBrokenError
from jobs.run import merging as module
from jobs.run.merging import MergeUnits, UnitFile, merge_units, plan_parts, read_unit_file
from jobs.store.part_files import merged_units, read_part, unit_name, write_part


def rows(project: str, count: int) -> list[tuple[Artifact, Row]]:
    names = [f"{project}-{number}" for number in range(count)]
    return [
        (Artifact(name, name, 1, project), Row(Status.OK, "", Kind.SDIST, f"{name:0>64}", "b" * 64)) for name in names
    ]


@pytest.fixture
def units(tmp_path: Path) -> list[UnitFile]:
    """Files of four units of two rows each, not in the order of their projects."""
    return [
        read_unit_file(tmp_path, write_part(tmp_path, unit_name(f"{number}"), packed_table(rows(project, 2))).name)
        for number, project in enumerate(["c", "a", "d", "b"])
    ]


def no_cluster():
    raise AssertionError


def test_all_units_become_one_part_in_the_order_of_projects(tmp_path, units):
    ((name, count),) = merge_units(no_cluster, MergeUnits(tmp_path), units)
    part = read_part(tmp_path / name, None)
    assert 4 == count
    assert ["a", "a", "b", "b", "c", "c", "d", "d"] == part["project"].to_pylist()
    assert feature_schema().equals(part.schema)
    assert {unit.name for unit in units} == merged_units(part)
    expected = rows_table([row for project in "abcd" for row in rows(project, 2)])
    assert expected.equals(pq.read_table(tmp_path / name).cast(expected.schema))


def test_the_same_units_are_the_same_part(tmp_path, units):
    task, names = MergeUnits(tmp_path), tuple(unit.name for unit in units)
    assert task(names) == task(names)
    assert task(names) != task(names[:2])


def test_no_units_make_no_part(tmp_path):
    assert [] == list(merge_units(no_cluster, MergeUnits(tmp_path), []))


def test_a_part_is_bounded_in_rows_and_in_bytes(tmp_path, units, monkeypatch):
    c, a, d, b = (unit.name for unit in units)
    assert [(a, b, c, d)] == list(plan_parts(tmp_path, units))
    monkeypatch.setattr(module, "PART_ROWS", 5)
    assert [(a, b), (c, d)] == list(plan_parts(tmp_path, units))
    monkeypatch.setattr(module, "PART_BYTES", 1)
    assert [(a,), (b,), (c,), (d,)] == list(plan_parts(tmp_path, units))


@pytest.mark.slow
def test_several_parts_are_merged_by_workers(cluster, tmp_path, units, monkeypatch):
    monkeypatch.setattr(module, "PART_ROWS", 5)
    parts = dict(merge_units(lambda: cluster, MergeUnits(tmp_path), units))
    assert [2, 2] == list(parts.values())
    assert [["a", "a", "b", "b"], ["c", "c", "d", "d"]] == sorted(
        pq.read_table(tmp_path / part, columns=["project"])["project"].to_pylist() for part in parts
    )


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:4] + bytes(len(data) - 12) + data[-8:]])
def test_a_damaged_unit_is_moved_aside_and_named(tmp_path, units, damage):
    unit = tmp_path / units[1].name
    unit.write_bytes(damage(unit.read_bytes()))
    with pytest.raises(StoreBrokenError) as caught:
        list(merge_units(no_cluster, MergeUnits(tmp_path), units))
    assert (unit,) == caught.value.parts
    assert not unit.exists()
    with pytest.raises(StoreBrokenError):
        list(merge_units(no_cluster, MergeUnits(tmp_path), units))


def test_a_unit_is_known_by_its_first_project_and_its_rows(tmp_path, units):
    assert [("c", "unit-0.parquet", 2), ("a", "unit-1.parquet", 2)] == [
        (unit.project, unit.name, unit.rows) for unit in units[:2]
    ]
