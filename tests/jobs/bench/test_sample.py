import pyarrow as pa
import pytest

from jobs.bench.contract import NothingToMeasureError
from jobs.bench.sample import RUN_LENGTH, choose_sample, copy_sample, kinds_of
from jobs.contract import StoreFullError
from jobs.mirror.reading import read_inventory
from jobs.mirror.root import MirrorLayout, open_mirror

SCHEMA = pa.schema([("path", pa.string()), ("filename", pa.string()), ("size", pa.int64()), ("kind", pa.string())])


def inventory(*rows):
    return pa.Table.from_pylist(
        [{"path": f"p/{name}", "filename": name, "size": size, "kind": kind} for name, size, kind in rows], SCHEMA
    )


ROWS = inventory(
    *((f"s{i}-1.tar.gz", i, "sdist") for i in range(60)),
    *((f"w{i}-1-py3-none-any.whl", i, "wheel") for i in range(30)),
    *((f"n{i}-1-cp311-cp311-linux_x86_64.whl", i, "wheel") for i in range(10)),
)


def test_wheels_for_one_platform_are_a_kind_of_their_own():
    table = inventory(("a.whl", 1, "wheel"), ("a-1-py3-none-ANY.whl", 1, "wheel"), ("a.tar.gz", 1, "sdist"))
    assert ["native wheel", "wheel", "sdist"] == kinds_of(table).to_pylist()


def test_a_sample_is_runs_of_neighbours_at_equal_distances_in_the_order_of_the_mirror():
    many = inventory(*((f"s{i:04}-1.tar.gz", i, "sdist") for i in range(10 * RUN_LENGTH)))
    places = choose_sample(many, 2 * RUN_LENGTH, 1)["size"].to_pylist()
    first, second = places[:RUN_LENGTH], places[RUN_LENGTH:]
    assert [*range(first[0], first[0] + RUN_LENGTH)] == first
    assert [*range(second[0], second[0] + RUN_LENGTH)] == second
    assert 3 * RUN_LENGTH < second[0] - first[0] < 7 * RUN_LENGTH


def test_a_seed_fixes_the_sample():
    assert choose_sample(ROWS, 7, 5).equals(choose_sample(ROWS, 7, 5))
    assert not choose_sample(ROWS, 7, 1).equals(choose_sample(ROWS, 7, 3))


@pytest.mark.parametrize("count", [0, 100, 10_000])
def test_all_rows_are_the_inventory(count):
    assert choose_sample(ROWS, count, 1).equals(ROWS)


@pytest.mark.parametrize("count", [1, 3, 49, 99])
def test_a_sample_has_the_requested_size_and_no_duplicates(count):
    assert count == len(set(choose_sample(ROWS, count, 1)["path"].to_pylist()))


def test_a_copy_is_a_mirror_of_the_same_layout_and_the_original_is_untouched(tmp_path):
    digest = "ab" * 32
    place = tmp_path / "home" / "web" / "packages" / digest[:2] / digest[2:4] / digest[4:]
    place.mkdir(parents=True)
    original = place / "demo-1.0.tar.gz"
    original.write_bytes(b"1234")
    mirror = open_mirror(tmp_path / "home")
    table = read_inventory(mirror).table
    (tmp_path / "temporary").mkdir()
    copied = open_mirror(copy_sample(mirror, table, tmp_path / "temporary"))
    assert MirrorLayout.BANDERSNATCH is copied.layout
    assert table["path"].equals(read_inventory(copied).table["path"])
    assert table["upload_time"].equals(read_inventory(copied).table["upload_time"])
    assert 1 == original.stat().st_nlink


def test_a_plain_folder_is_copied_as_one(tmp_path, make_folder):
    mirror = open_mirror(make_folder({"a-1.tar.gz": b"1", "b-1.tar.gz": b"2"}))
    table = read_inventory(mirror).table
    (tmp_path / "temporary").mkdir()
    copied = open_mirror(copy_sample(mirror, table.slice(1), tmp_path / "temporary"))
    assert ["b-1.tar.gz"] == read_inventory(copied).table["path"].to_pylist()


def test_an_unreadable_sample_and_a_full_disk_are_errors(tmp_path, make_folder):
    mirror = open_mirror(make_folder({"a-1.tar.gz": b"1"}))
    table = read_inventory(mirror).table
    (tmp_path / "temporary").mkdir()
    (mirror.root / "a-1.tar.gz").unlink()
    with pytest.raises(NothingToMeasureError, match="none of its distribution files can be read"):
        copy_sample(mirror, table, tmp_path / "temporary")
    huge = table.set_column(table.column_names.index("size"), "size", pa.array([2**60]))
    with pytest.raises(StoreFullError, match="TMPDIR"):
        copy_sample(mirror, huge, tmp_path / "temporary")
