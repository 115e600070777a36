from dataclasses import replace

import jobs_doubles
import pytest
from store_builders import inventory, names, paths

import jobs.run.feature_update as module
from features.contract import Artifact
from features.limits import Limits
from features.schema import fingerprint
from jobs.mirror.reading import read_inventory
from jobs.mirror.root import open_mirror
from jobs.run.extraction import ClusterExtraction, ExtractUnit
from jobs.run.feature_update import update_feature_store
from jobs.run.units import make_unit
from jobs.store.part_files import read_part
from jobs.store.part_store import PartStore
from jobs.store.staging import open_staging

FILES = {"a-1.tar.gz": b"a", "b-1.tar.gz": b"b", "c-1.tar.gz": b"BROKEN"}


@pytest.fixture
def store(tmp_path):
    return PartStore(tmp_path / "store")


def update(store, run, root, rows, open_cluster, stages=None):
    def progress(done, total, what):
        if stages is not None:
            stages.append((what, done, total))

    return update_feature_store(store, run, root, rows, open_cluster, Limits(), jobs_doubles.extract, progress)


def no_cluster():
    raise AssertionError


def stored(store):
    return sorted(path for part in store.parts() for path in paths(read_part(part, ["path"])))


def test_new_artifacts_are_read_and_a_second_update_opens_no_cluster(cluster, store, make_folder):
    root = make_folder(FILES)
    rows = read_inventory(open_mirror(root)).rows
    stages: list[tuple[str, int, int]] = []
    report = update(store, "1", root, rows, lambda: cluster, stages)
    assert (3, 0, 3, 0, 0, 0) == (
        report.new, report.resumed, report.read, report.unread, report.died, report.failed_units
    )  # fmt: skip
    assert (sum(map(len, FILES.values())), ()) == (report.bytes, report.unread_tables)
    assert sorted(FILES) == stored(store)
    assert ("reading artifacts", 0, 3) == stages[0]
    assert ("reading artifacts", 3, 3) in stages
    assert (0, 0) == ((again := update(store, "2", root, rows, no_cluster)).new, again.read)


def test_unread_artifacts_have_a_table_and_are_new_in_the_next_update(cluster, store, make_folder):
    root = make_folder(FILES)
    rows = read_inventory(open_mirror(root)).rows
    (root / "a-1.tar.gz").unlink()
    report = update(store, "1", root, rows, lambda: cluster)
    assert (2, 1) == (report.read, report.unread)
    assert ["a-1.tar.gz"] == [path for table in report.unread_tables for path in paths(read_part(table, ["path"]))]
    make_folder(FILES)
    assert (1, 1) == ((again := update(store, "2", root, rows, lambda: cluster)).new, again.read)
    assert sorted(FILES) == stored(store)


def test_units_of_a_killed_run_are_merged_without_reading_them_again(store, make_folder):
    root = make_folder(FILES)
    killed = open_staging(store, "1")
    task = ExtractUnit(root, killed.folder, fingerprint(), Limits(), jobs_doubles.extract)
    task(make_unit(tuple(Artifact(name, name, len(data), project=name[0]) for name, data in FILES.items())))
    rows = inventory(*FILES).set_column(2, "size", [[len(data) for data in FILES.values()]])
    report = update(store, "2", root, rows, no_cluster)
    assert (3, 3, 0) == (report.new, report.resumed, report.read)
    assert sorted(FILES) == stored(store)
    assert ["run=2"] == names(store.root)


def test_an_empty_mirror_leaves_one_empty_part_with_all_columns(store, tmp_path):
    report = update(store, "1", tmp_path, inventory(), no_cluster)
    assert (0, 0) == (report.new, report.read)
    (part,) = store.parts()
    assert (0, ["path"]) == (len(read_part(part, ["path"])), read_part(part, ["path"]).column_names)
    update(store, "2", tmp_path, inventory(), no_cluster)
    assert [part] == store.parts()


@pytest.mark.parametrize("owned", [True, False])
def test_only_a_worker_that_boojum_started_may_freeze_its_heap(cluster, store, make_folder, monkeypatch, owned):
    tasks = []

    def noted(cluster, task, staging):
        tasks.append(task)
        return ClusterExtraction(cluster, task, staging)

    monkeypatch.setattr(module, "ClusterExtraction", noted)
    root = make_folder(FILES)
    opened = cluster if owned else replace(cluster, local=None)
    update(store, "1", root, read_inventory(open_mirror(root)).rows, lambda: opened)
    assert [owned] == [task.owns_worker for task in tasks]
