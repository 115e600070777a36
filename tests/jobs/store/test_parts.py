import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.contract import Artifact, Kind, Row, Status
from features.schema import feature_schema, rows_table
from jobs.contract import OutLockedError, OutUnusableError, StoreBrokenError, StoreFullError, StoreUnwritableError
from jobs.mirror.reading import SCHEMA
from jobs.store.parts import OutLock, PartStore, read_part, with_units, write_part


def rows(*names: str, size: int = 1, time=None) -> pa.Table:
    return rows_table(
        (Artifact(name, name, size, upload_time=time), Row(Status.OK, "", Kind.SDIST, "5" * 64, "b" * 64))
        for name in names
    )


def inventory(*names: str, size: int = 1) -> pa.Table:
    made = [
        {"path": n, "filename": n, "size": size, "project": n, "version": "", "kind": "sdist", "blake2b_256": ""}
        for n in names
    ]
    return pa.Table.from_pylist(made, schema=SCHEMA)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def paths(table: pa.Table) -> list[str]:
    return table["path"].to_pylist()


@pytest.fixture
def store(tmp_path: Path) -> PartStore:
    return PartStore(tmp_path / "store" / "features" / "schema=f")


def finish(store: PartStore, run: str, **parts: pa.Table) -> None:
    staging = store.open_staging(run)
    staging.commit([write_part(staging.folder, f"part-{name}.parquet", table).name for name, table in parts.items()])


class TestRuns:
    def test_nothing_is_visible_before_the_rename(self, store):
        staging = store.open_staging("1")
        part = write_part(staging.folder, "part-a.parquet", rows("a"))
        assert [] == store.parts()
        assert [store.root / "run=1" / "part-a.parquet"] == staging.commit([part.name])
        assert [store.root / "run=1" / "part-a.parquet"] == store.parts()

    def test_a_part_has_the_schema_and_its_metadata(self, store):
        finish(store, "1", a=rows("a"))
        stored = pq.read_schema(store.parts()[0])
        assert feature_schema().equals(stored)
        assert feature_schema().metadata == stored.metadata
        some = read_part(store.parts()[0], ["path", "status"])
        assert feature_schema().metadata[b"fingerprint"] == some.schema.metadata[b"fingerprint"]

    def test_only_parts_that_were_asked_for_become_visible(self, store):
        staging = store.open_staging("1")
        write_part(staging.folder, "part-late.parquet", rows("a"))
        write_part(staging.folder, "part-half.parquet", rows("a"))
        (staging.folder / ".part-x.parquet.abcd").touch()
        assert ["part-half.parquet"] == [p.name for p in staging.commit(["part-half.parquet"])]
        assert ["part-half.parquet"] == names(store.root / "run=1")

    def test_a_run_without_parts_leaves_nothing(self, store):
        assert [] == store.open_staging("1").commit([])
        assert [] == names(store.root)

    def test_a_worker_that_outlives_the_commit_has_nowhere_to_write(self, store):
        staging = store.open_staging("1")
        staging.commit([write_part(staging.folder, "part-a.parquet", rows("a")).name])
        with pytest.raises(StoreUnwritableError):
            write_part(staging.folder, "part-late.parquet", rows("a"))


class TestTakingOver:
    def test_finished_parts_are_adopted(self, store):
        killed = store.open_staging("1")
        write_part(killed.folder, "part-a.parquet", rows("a", "b"))
        (killed.folder / ".part-c.parquet.abcd").write_bytes(b"PAR1 half")
        staging = store.open_staging("2")
        assert (("part-a.parquet",), 2, ()) == (staging.adopted, staging.adopted_rows, staging.dropped)
        assert ["c"] == paths(store.new_rows(inventory("a", "b", "c"), staging.adopted_parts()))
        staging.commit([])
        assert [store.root / "run=2" / "part-a.parquet"] == store.parts()
        assert ["run=2"] == names(store.root)

    def test_a_damaged_part_is_dropped_with_the_reason(self, store):
        killed = store.open_staging("1")
        whole = write_part(killed.folder, "part-a.parquet", rows("a"))
        part = killed.folder / "part-b.parquet"
        part.write_bytes(whole.read_bytes()[:-20])
        staging = store.open_staging("2")
        assert ["part-a.parquet"] == list(staging.adopted)
        assert ["part-b.parquet"] == [name for name, why in staging.dropped if why]

    def test_a_unit_that_was_cut_up_is_not_adopted(self, store):
        killed = store.open_staging("1")
        write_part(killed.folder, "unit-whole.parquet", rows("a", "b"))
        write_part(killed.folder, "unit-half.parquet", rows("a"))
        killed.reject("whole")
        assert ("unit-half.parquet",) == store.open_staging("2").adopted

    @pytest.mark.parametrize("state", [".taken=1", ".closed=1", ".staging=1"])
    def test_units_of_which_a_part_was_made_are_not_adopted_beside_it(self, store, state):
        killed = store.open_staging("1")
        for name in ("a", "b", "c"):
            write_part(killed.folder, f"unit-{name}.parquet", rows(name))
        merged = with_units(rows("a", "b"), ["unit-a.parquet", "unit-b.parquet"])
        write_part(killed.folder, "part-ab.parquet", merged)
        write_part(killed.folder, "part-b.parquet", with_units(rows("b"), ["unit-b.parquet"]))
        killed.folder.rename(store.root / state)
        staging = store.open_staging("2")
        assert ("part-ab.parquet", "unit-c.parquet") == staging.adopted
        assert ["unit-c.parquet"] == staging.adopted_units()
        assert [] == paths(store.new_rows(inventory("a", "b", "c"), staging.adopted_parts()))

    def test_units_are_no_parts_of_a_finished_run(self, store):
        killed = store.open_staging("1")
        write_part(killed.folder, "unit-a.parquet", rows("a"))
        assert [] == store.open_staging("2").commit([])
        assert [] == names(store.root)

    def test_a_worker_of_the_killed_run_has_nowhere_to_write(self, store):
        killed = store.open_staging("1")
        store.open_staging("2")
        with pytest.raises(StoreUnwritableError):
            write_part(killed.folder, "part-late.parquet", rows("a"))

    @pytest.mark.parametrize("state", [".taken=1", ".closed=1", ".staging=1"])
    def test_whatever_step_the_run_was_killed_at(self, store, state):
        killed = store.open_staging("1")
        write_part(killed.folder, "part-a.parquet", rows("a"))
        killed.folder.rename(store.root / state)
        assert ("part-a.parquet",) == store.open_staging("2").adopted


class TestKnown:
    def test_path_and_size_make_an_artifact_known(self, store):
        finish(store, "1", a=rows("a", size=3))
        finish(store, "2", b=rows("b", size=3))
        assert ["c"] == paths(store.new_rows(inventory("a", "b", "c", size=3)))
        assert ["a", "b"] == paths(store.new_rows(inventory("a", "b", size=4)))

    def test_the_order_of_the_inventory_stays(self, store):
        finish(store, "1", a=rows("n050"))
        names = [f"n{number:03}" for number in range(100)]
        assert [n for n in names if n != "n050"] == paths(store.new_rows(inventory(*names)))

    def test_a_folder_file_of_another_time_is_another_file(self, store):
        stamped = inventory("a").set_column(
            SCHEMA.get_field_index("upload_time"),
            SCHEMA.field("upload_time"),
            [pa.array([10**15], SCHEMA.field("upload_time").type)],
        )
        when = stamped["upload_time"][0].as_py()
        finish(store, "1", a=rows("a", time=when))
        assert [] == paths(store.new_rows(stamped))
        assert ["a"] == paths(store.new_rows(inventory("a")))

    def test_where_the_path_is_a_digest_its_time_does_not_matter(self, store):
        artifact = Artifact("a", "a", 1, blake2b_256="b" * 64)
        finish(store, "1", a=rows_table([(artifact, Row(Status.OK, "", Kind.SDIST, "5" * 64, "b" * 64))]))
        claimed = pa.Table.from_pylist(
            [{"path": "a", "size": 1, "blake2b_256": "b" * 64, "upload_time": 10**15}], schema=SCHEMA
        )
        assert [] == paths(store.new_rows(claimed))

    @pytest.mark.parametrize(
        "damage", [lambda data: data[:-9], lambda data: b"", lambda data: data[:4] + bytes(len(data) - 12) + data[-8:]]
    )
    def test_a_damaged_part_is_moved_aside_and_said(self, store, damage):
        finish(store, "1", a=rows("a"), b=rows("b"))
        part = store.root / "run=1" / "part-a.parquet"
        part.write_bytes(damage(part.read_bytes()))
        with pytest.raises(StoreBrokenError) as caught:
            store.new_rows(inventory("a", "b"))
        assert (part,) == caught.value.parts
        assert ["a"] == paths(store.new_rows(inventory("a", "b")))


class TestWriting:
    def test_a_full_disk_leaves_no_half_part(self, tmp_path):
        # A limit on the size of files is as real as a full disk, and needs no disk.
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, before[1]))
        try:
            with pytest.raises(StoreFullError) as caught:
                write_part(tmp_path, "part-a.parquet", rows("a"))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert "make room" in caught.value.hint
        assert [] == names(tmp_path)

    def test_no_folder_is_said_with_the_path(self, tmp_path):
        with pytest.raises(StoreUnwritableError, match="part-a"):
            write_part(tmp_path / "absent", "part-a.parquet", rows("a"))


class TestLock:
    def test_a_second_one_is_told_who_holds_it(self, tmp_path):
        lock = OutLock(tmp_path / "out")
        with pytest.raises(OutLockedError, match=f"process {os.getpid()}"):
            OutLock(tmp_path / "out")
        lock.release()
        OutLock(tmp_path / "out").release()

    def test_a_killed_process_holds_nothing(self, tmp_path):
        script = f"from pathlib import Path; from jobs.store.parts import OutLock; l = OutLock(Path({str(tmp_path)!r})); print('held', flush=True); input()"
        with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            assert b"held\n" == holder.stdout.readline()
            with pytest.raises(OutLockedError, match=str(holder.pid)):
                OutLock(tmp_path)
            holder.send_signal(signal.SIGKILL)
            holder.wait()
        OutLock(tmp_path).release()

    def test_a_folder_that_cannot_be_made_is_an_error_of_ours(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(OutUnusableError):
            OutLock(tmp_path / "file" / "out")
