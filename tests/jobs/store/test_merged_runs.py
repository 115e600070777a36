import pytest
from store_builders import finish, names, rows

from jobs.contract import StoreBrokenError
from jobs.store.merged_runs import (
    REPLACED,
    discard_merged,
    is_replaced,
    list_replaced,
    merged_name,
    open_merged,
    publish_merged,
    remove_replaced,
    replaced_files,
    run_id,
)
from jobs.store.part_files import write_part
from jobs.store.part_store import PartStore


@pytest.fixture
def store(tmp_path):
    """Two runs of one part each, which a third has in one part."""
    made = PartStore(tmp_path / "store")
    finish(made, "1", a=rows("a"))
    finish(made, "2", b=rows("b"))
    return made


def publish(store):
    write_part(open_merged(store.root, "2~1"), "part-ab.parquet", rows("a", "b"))
    publish_merged(store.root, "2~1", store.parts())


@pytest.mark.parametrize("name", ["20260101T000000Z-aa", "20260101T000000Z-aa.2", "20260101T000000Z-aa.2~1"])
def test_a_restart_and_a_merge_have_the_id_of_their_run(name):
    assert "20260101T000000Z-aa" == run_id(name)


def test_merged_runs_are_named_after_their_newest_and_stand_behind_it(store):
    assert "2~1" == merged_name("2", [store.root])
    publish(store)
    assert "2~2" == merged_name("2", [store.root])
    assert "2~2" == merged_name("2~1", [store.root])
    assert sorted(["run=2", "run=2.2", "run=2~1", "run=3"]) == ["run=2", "run=2.2", "run=2~1", "run=3"]


def test_a_merged_run_counts_from_one_rename_on_and_no_file_counts_twice(store):
    write_part(open_merged(store.root, "2~1"), "part-ab.parquet", rows("a", "b"))
    assert ["part-a.parquet", "part-b.parquet"] == [part.name for part in store.parts()]
    publish_merged(store.root, "2~1", store.parts())
    assert ["part-ab.parquet"] == [part.name for part in store.parts()]
    assert [] == store.parts("2")


def test_replaced_files_are_listed_until_they_are_removed(store):
    publish(store)
    assert ["run=1/part-a.parquet", "run=2/part-b.parquet"] == [
        str(file.relative_to(store.root)) for file in list_replaced(store.root)
    ]
    remove_replaced(store.root)
    assert ["run=2~1"] == names(store.root)
    assert ["part-ab.parquet"] == names(store.root / "run=2~1")


def test_a_merged_run_that_was_never_published_leaves_nothing(store):
    open_merged(store.root, "2~1")
    discard_merged(store.root)
    assert ["run=1", "run=2"] == names(store.root)


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b"{}"])
def test_under_a_damaged_list_what_it_replaced_counts_again(store, damage):
    publish(store)
    (store.root / "run=2~1" / REPLACED).write_bytes(damage)
    with pytest.raises(StoreBrokenError):
        store.parts()
    assert ["part-a.parquet", "part-b.parquet"] == [part.name for part in store.parts()]


def test_without_merged_runs_nothing_is_replaced(store):
    replaced = replaced_files([store.root / "run=1", store.root / "run=2"])
    assert frozenset() == replaced
    assert not is_replaced(store.parts()[0], replaced)
