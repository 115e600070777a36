import pyarrow as pa
import pytest
from change_builders import member, sdist, table
from store_builders import finish

from jobs.changes.compared_unit import CompareUnit, gather, write_projects
from jobs.changes.plan import ChangeUnit
from jobs.changes.schema import change_schema
from jobs.contract import StoreBrokenError
from jobs.store.part_files import read_part
from jobs.store.part_store import PartStore


@pytest.fixture
def unit(tmp_path):
    """Two pairs over two parts: 1.1 against 1.0 of the same part, and 1.2 against 1.1 of another."""
    store = PartStore(tmp_path / "features")
    finish(store, "1", a=table(sdist("0.9"), sdist("1.0"), sdist("1.1", member("a.py"))), b=table(sdist("1.2")))
    pairs = pa.table(
        {
            "base_kind": ["release", "release"],
            "earlier_releases": pa.array([1, 2], pa.int32()),
            "usual_days": pa.array([None, 4.0], pa.float32()),
            "part": [0, 1],
            "row": [2, 0],
            "base_part": [0, 0],
            "base_row": [1, 2],
        }
    )
    return ChangeUnit(tuple(store.parts()), pairs, pa.array([7, 8]))


def test_only_the_rows_of_the_pairs_are_gathered_and_each_once(unit):
    rows, places, base_places = gather(unit)
    versions = rows["version"].to_pylist()
    assert ["1.0", "1.1", "1.2"] == versions
    assert [("1.1", "1.0"), ("1.2", "1.1")] == [
        (versions[row], versions[base]) for row, base in zip(places, base_places, strict=True)
    ]


def test_a_unit_becomes_a_part_of_changes(unit, tmp_path):
    projects = write_projects(tmp_path, pa.table({"project": ["demo"]}))
    written = CompareUnit(tmp_path, "1", projects)(unit)
    made = read_part(tmp_path / written.name, None)
    assert (2, change_schema().names) == (written.rows, made.column_names)
    assert [("1.1", "1.0", 1), ("1.2", "1.1", 2)] == [
        (row["version"], row["base_version"], row["context_earlier_releases"]) for row in made.to_pylist()
    ]


def test_the_same_pairs_have_another_part_in_another_run(unit, tmp_path):
    projects = write_projects(tmp_path, pa.table({"project": ["demo"]}))
    names = [CompareUnit(tmp_path, run, projects)(unit).name for run in ("1", "1", "2")]
    assert names[0] == names[1] != names[2]


def test_a_damaged_part_is_moved_aside(unit, tmp_path):
    unit.parts[1].write_bytes(b"PAR1")
    with pytest.raises(StoreBrokenError):
        gather(unit)
    assert not unit.parts[1].exists()
