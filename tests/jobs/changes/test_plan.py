from pathlib import Path

import pyarrow as pa
import pytest
from change_builders import FIRST_DAY, digest

from jobs.changes.plan import KEYS, ChangeUnit, make_plan
from jobs.mirror.inventory import SCHEMA
from jobs.store.database import open_database


@pytest.fixture
def connection(tmp_path):
    with open_database(tmp_path) as opened:
        yield opened


def plan_for(connection, names, members=10, flagged=(), sizes=None):
    """Return the plan for files of these names, of which nothing is known yet."""
    paths = [f"{name}.tar.gz" for name in names]
    inventory = pa.Table.from_pylist(
        [
            {
                "path": path,
                "filename": path,
                "size": 1,
                "project": name.rpartition("-")[0],
                "version": name.rpartition("-")[2],
                "kind": "sdist",
                "blake2b_256": "",
                "upload_time": FIRST_DAY,
            }
            for name, path in zip(names, paths, strict=True)
        ],
        schema=SCHEMA,
    )
    keys = pa.table(
        {
            "path": paths,
            "size": pa.array([1] * len(paths), pa.int64()),
            "context_upload_time": pa.array([FIRST_DAY] * len(paths), KEYS.field("context_upload_time").type),
            "context_digest_matches": pa.nulls(len(paths), pa.bool_()),
            "kind": ["sdist"] * len(paths),
            "sha256": [digest(path) for path in paths],
            "status": ["ok"] * len(paths),
            "files_members": pa.array(sizes or [members] * len(paths), pa.int32()),
            "part": pa.array([at // 100 for at in range(len(paths))], pa.int32()),
            "row": pa.array([at % 100 for at in range(len(paths))], pa.int32()),
        }
    )
    parts = [Path(f"part-{at}") for at in range(len(paths) // 100 + 1)]
    return make_plan(connection, inventory, keys, parts, [], [], [], [], flagged)


def test_ten_thousand_releases_of_one_project_are_cut_into_units(connection):
    plan = plan_for(connection, [f"demo-1.{number}" for number in range(10_000)])
    units = list(plan.units(1_000, 1_000_000))
    assert 9_999 == plan.counts.pairs == sum(len(unit.pairs) for unit in units)
    assert [1_000] * 9 + [999] == [len(unit.pairs) for unit in units]
    assert max(len(unit.parts) for unit in units) <= 100


def test_units_are_bounded_by_members_too(connection):
    plan = plan_for(connection, [f"demo-1.{number}" for number in range(10)], members=50)
    assert [2, 2, 2, 2, 1] == [len(unit.pairs) for unit in plan.units(1_000, 250)]


def test_an_artifact_with_very_many_members_is_a_unit_by_itself(connection):
    plan = plan_for(connection, [f"demo-1.{number}" for number in range(4)], sizes=[1, 1, 900, 1])
    assert [1, 1, 1] == [len(unit.pairs) for unit in plan.units(1_000, 500)]


def test_files_without_a_project_are_left_out(connection):
    assert 0 == plan_for(connection, ["-1.0", "-1.1"]).counts.artifacts


def test_the_names_of_all_projects_are_told_normalised(connection):
    plan = plan_for(connection, ["Some_Name-1.0", "b-1.0", "-1.0"])
    assert ["b", "some-name"] == plan.projects()["project"].to_pylist()


def test_spellings_of_a_name_are_planned_together(connection):
    assert 1 == plan_for(connection, ["some_name-1.0", "Some.Name-1.1"]).counts.pairs


def test_artifacts_without_a_base_are_noted(connection):
    notes = plan_for(connection, ["a-1.0", "b-1.0", "b-1.1"]).notes()
    assert [("a-1.0.tar.gz", True), ("b-1.0.tar.gz", True)] == [
        (note["path"], note["baseless"]) for note in notes.to_pylist()
    ]


def test_flagged_artifacts_are_noted(connection):
    plan = plan_for(connection, ["b-1.0", "b-1.1", "b-1.2"], flagged={digest("b-1.1.tar.gz")})
    noted = {note["path"]: note["excluded"] for note in plan.notes().to_pylist()}
    assert {"b-1.0.tar.gz": False, "b-1.1.tar.gz": True} == noted


def test_a_unit_is_halved_between_artifacts():
    pairs = pa.table({"base_kind": ["release", "sibling", "release"]})
    first, second = ChangeUnit((), pairs, pa.array([1, 1, 2])).halves()
    assert ([1, 1], [2]) == (first.artifacts.to_pylist(), second.artifacts.to_pylist())
    assert (2, 1) == (len(first.pairs), len(second.pairs))
    assert () == first.halves()
