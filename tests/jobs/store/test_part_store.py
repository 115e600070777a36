from pathlib import Path

import pyarrow as pa
import pytest
from store_builders import finish, inventory, paths, rows

from features.contract import Artifact, Kind, Row, Status
from features.schema import rows_table
from jobs.contract import StoreBrokenError
from jobs.mirror.inventory import SCHEMA
from jobs.store.part_files import unread_name, write_part
from jobs.store.part_store import PartStore, change_store, feature_store, score_store
from jobs.store.staging import open_staging


@pytest.fixture
def store(tmp_path: Path) -> PartStore:
    return PartStore(tmp_path / "store" / "features" / "schema=f")


def test_features_and_changes_lie_below_their_schema_and_scores_below_their_model(tmp_path):
    assert tmp_path / "store" / "changes" / "schema=c" == change_store(tmp_path, "c").root
    assert tmp_path / "store" / "features" / "schema=f" == feature_store(tmp_path, "f").root
    assert tmp_path / "store" / "scores" / "model=m" == score_store(tmp_path, "m").root


def test_parts_are_ordered_by_run_and_name_and_limited_to_later_runs_on_request(store):
    finish(store, "20260102T000000Z-bb", b=rows("b"), a=rows("a"))
    finish(store, "20260101T000000Z-aa", c=rows("c"))
    open_staging(store, "20260103T000000Z-cc")
    assert ["part-c.parquet", "part-a.parquet", "part-b.parquet"] == [part.name for part in store.parts()]
    assert ["part-a.parquet", "part-b.parquet"] == [part.name for part in store.parts("20260101T000000Z-aa")]


def test_a_restarted_run_is_not_later_than_itself(store):
    finish(store, "20260101T000000Z-aa.2", a=rows("a"))
    assert [] == store.parts("20260101T000000Z-aa")
    assert ["part-a.parquet"] == [part.name for part in store.parts("20260101T000000Z-a0")]


def test_a_score_part_is_found_by_the_name_of_its_feature_part(store):
    finish(store, "1", a=rows("a"), b=rows("b"))
    assert ["part-b.parquet"] == [part.name for part in store.parts_like([Path("/elsewhere/part-b.parquet")])]


def test_tables_of_unread_artifacts_are_no_parts(store):
    staging = open_staging(store, "1")
    table = write_part(staging.folder, unread_name("u"), rows("a"))
    staging.commit([table.name])
    assert [] == store.parts()
    assert [unread_name("u")] == [path.name for path in store.unread_tables("1")]
    assert [] == store.unread_tables("2")


def test_rows_without_a_path_are_damage_of_the_part(store):
    finish(store, "1", a=pa.table({"path": pa.array([None], pa.string())}))
    with pytest.raises(pa.ArrowInvalid, match="rows without path"):
        store.scan(store.parts(), pa.schema([("path", pa.string())])).read_all()


def test_path_and_size_make_an_artifact_known(store):
    finish(store, "1", a=rows("a", size=3))
    finish(store, "2", b=rows("b", size=3))
    assert ["c"] == paths(store.new_rows(inventory("a", "b", "c", size=3)))
    assert ["a", "b"] == paths(store.new_rows(inventory("a", "b", size=4)))


def test_the_order_of_the_inventory_stays(store):
    finish(store, "1", a=rows("n050"))
    names = [f"n{number:03}" for number in range(100)]
    assert [n for n in names if n != "n050"] == paths(store.new_rows(inventory(*names)))


def test_a_folder_file_of_another_time_is_another_file(store):
    stamped = inventory("a").set_column(
        SCHEMA.get_field_index("upload_time"),
        SCHEMA.field("upload_time"),
        [pa.array([10**15], SCHEMA.field("upload_time").type)],
    )
    when = stamped["upload_time"][0].as_py()
    finish(store, "1", a=rows("a", time=when))
    assert [] == paths(store.new_rows(stamped))
    assert ["a"] == paths(store.new_rows(inventory("a")))


def test_where_the_path_is_a_digest_its_time_does_not_matter(store):
    artifact = Artifact("a", "a", 1, blake2b_256="b" * 64)
    finish(store, "1", a=rows_table([(artifact, Row(Status.OK, "", Kind.SDIST, "5" * 64, "b" * 64))]))
    claimed = pa.Table.from_pylist(
        [{"path": "a", "size": 1, "blake2b_256": "b" * 64, "upload_time": 10**15}], schema=SCHEMA
    )
    assert [] == paths(store.new_rows(claimed))


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-9], lambda data: b"", lambda data: data[:4] + bytes(len(data) - 12) + data[-8:]]
)
def test_a_damaged_part_is_moved_aside_and_named(store, damage):
    finish(store, "1", a=rows("a"), b=rows("b"))
    part = store.root / "run=1" / "part-a.parquet"
    part.write_bytes(damage(part.read_bytes()))
    with pytest.raises(StoreBrokenError) as caught:
        store.new_rows(inventory("a", "b"))
    assert (part,) == caught.value.parts
    assert ["a"] == paths(store.new_rows(inventory("a", "b")))


def test_a_scan_tells_where_each_row_stands(store):
    finish(store, "1", a=rows("x", "y"), b=rows("z"))
    read = store.scan_places(store.parts(), pa.schema([("path", pa.string())])).read_all()
    assert [("x", 0, 0), ("y", 0, 1), ("z", 1, 0)] == [tuple(row.values()) for row in read.to_pylist()]


def test_a_scan_of_places_moves_an_incomplete_part_aside(store):
    finish(store, "1", a=rows("x"))
    store.parts()[0].write_bytes(b"PAR1")
    with pytest.raises(StoreBrokenError):
        store.scan_places(store.parts(), pa.schema([("path", pa.string())]))
    assert [] == store.parts()
