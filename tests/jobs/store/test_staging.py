from pathlib import Path

import pytest
from store_builders import inventory, names, paths, rows

from jobs.contract import StoreUnwritableError
from jobs.store.part_files import with_merged_units, write_part
from jobs.store.part_store import PartStore
from jobs.store.staging import open_staging


@pytest.fixture
def store(tmp_path: Path) -> PartStore:
    return PartStore(tmp_path / "store" / "features" / "schema=f")


def test_nothing_is_visible_before_the_rename(store):
    staging = open_staging(store, "1")
    part = write_part(staging.folder, "part-a.parquet", rows("a"))
    assert [] == store.parts()
    assert [store.root / "run=1" / "part-a.parquet"] == staging.commit([part.name])
    assert [store.root / "run=1" / "part-a.parquet"] == store.parts()


def test_only_committed_parts_become_visible(store):
    staging = open_staging(store, "1")
    write_part(staging.folder, "part-late.parquet", rows("a"))
    write_part(staging.folder, "part-half.parquet", rows("a"))
    (staging.folder / ".part-x.parquet.abcd").touch()
    assert ["part-half.parquet"] == [p.name for p in staging.commit(["part-half.parquet"])]
    assert ["part-half.parquet"] == names(store.root / "run=1")


def test_a_run_without_parts_leaves_nothing(store):
    assert [] == open_staging(store, "1").commit([])
    assert [] == names(store.root)


def test_a_worker_that_outlives_the_commit_has_nowhere_to_write(store):
    staging = open_staging(store, "1")
    staging.commit([write_part(staging.folder, "part-a.parquet", rows("a")).name])
    with pytest.raises(StoreUnwritableError):
        write_part(staging.folder, "part-late.parquet", rows("a"))


def test_finished_parts_are_adopted(store):
    killed = open_staging(store, "1")
    write_part(killed.folder, "part-a.parquet", rows("a", "b"))
    (killed.folder / ".part-c.parquet.abcd").write_bytes(b"PAR1 half")
    staging = open_staging(store, "2")
    assert (("part-a.parquet",), 2, ()) == (staging.adopted, staging.adopted_rows, staging.dropped)
    assert ["c"] == paths(store.new_rows(inventory("a", "b", "c"), staging.adopted_files()))
    staging.commit([])
    assert [store.root / "run=2" / "part-a.parquet"] == store.parts()
    assert ["run=2"] == names(store.root)


def test_a_damaged_part_is_dropped_with_the_reason(store):
    killed = open_staging(store, "1")
    whole = write_part(killed.folder, "part-a.parquet", rows("a"))
    part = killed.folder / "part-b.parquet"
    part.write_bytes(whole.read_bytes()[:-20])
    staging = open_staging(store, "2")
    assert ["part-a.parquet"] == list(staging.adopted)
    assert ["part-b.parquet"] == [name for name, why in staging.dropped if why]


def test_a_unit_that_was_cut_up_is_not_adopted(store):
    killed = open_staging(store, "1")
    write_part(killed.folder, "unit-whole.parquet", rows("a", "b"))
    write_part(killed.folder, "unit-half.parquet", rows("a"))
    killed.reject("whole")
    assert ("unit-half.parquet",) == open_staging(store, "2").adopted


@pytest.mark.parametrize("state", [".taken=1", ".closed=1", ".staging=1"])
def test_units_of_which_a_part_was_made_are_not_adopted_beside_it(store, state):
    killed = open_staging(store, "1")
    for name in ("a", "b", "c"):
        write_part(killed.folder, f"unit-{name}.parquet", rows(name))
    merged = with_merged_units(rows("a", "b"), ["unit-a.parquet", "unit-b.parquet"])
    write_part(killed.folder, "part-ab.parquet", merged)
    write_part(killed.folder, "part-b.parquet", with_merged_units(rows("b"), ["unit-b.parquet"]))
    killed.folder.rename(store.root / state)
    staging = open_staging(store, "2")
    assert ("part-ab.parquet", "unit-c.parquet") == staging.adopted
    assert ["unit-c.parquet"] == staging.adopted_units()
    assert [] == paths(store.new_rows(inventory("a", "b", "c"), staging.adopted_files()))


def test_units_are_no_parts_of_a_finished_run(store):
    killed = open_staging(store, "1")
    write_part(killed.folder, "unit-a.parquet", rows("a"))
    assert [] == open_staging(store, "2").commit([])
    assert [] == names(store.root)


def test_a_worker_of_the_killed_run_has_nowhere_to_write(store):
    killed = open_staging(store, "1")
    open_staging(store, "2")
    with pytest.raises(StoreUnwritableError):
        write_part(killed.folder, "part-late.parquet", rows("a"))


@pytest.mark.parametrize("state", [".taken=1", ".closed=1", ".staging=1"])
def test_whatever_step_the_run_was_killed_at(store, state):
    killed = open_staging(store, "1")
    write_part(killed.folder, "part-a.parquet", rows("a"))
    killed.folder.rename(store.root / state)
    assert ("part-a.parquet",) == open_staging(store, "2").adopted
