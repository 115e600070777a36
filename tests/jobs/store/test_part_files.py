import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from store_builders import rows

from features.schema import feature_schema
from jobs.store.part_files import (
    is_complete,
    list_entries,
    list_files,
    merged_units,
    part_name,
    read_part,
    unit_name,
    unread_name,
    with_merged_units,
    write_part,
)


def test_the_names_of_files_distinguish_their_three_kinds():
    assert ("part-a.parquet", "unit-a.parquet", "unread-a.parquet") == (
        part_name("a"),
        unit_name("a"),
        unread_name("a"),
    )


def test_files_are_listed_by_prefix_and_name_without_temporary_ones(tmp_path):
    for name in ("part-b.parquet", "part-a.parquet", "unit-a.parquet", ".part-c.parquet", "part-d.parquet.tmp"):
        (tmp_path / name).touch()
    assert ["part-a.parquet", "part-b.parquet"] == [path.name for path in list_files(tmp_path, "part-")]
    assert ["part-d.parquet.tmp"] == [path.name for path in list_entries(tmp_path, "part-", ".tmp")]
    assert [] == list_files(tmp_path / "absent", "part-")


def test_a_part_has_the_schema_and_its_metadata(tmp_path):
    part = write_part(tmp_path, "part-a.parquet", rows("a"))
    stored = pq.read_schema(part)
    assert feature_schema().equals(stored)
    assert feature_schema().metadata == stored.metadata
    some = read_part(part, ["path", "status"])
    assert ["path", "status"] == some.column_names
    assert feature_schema().metadata[b"fingerprint"] == some.schema.metadata[b"fingerprint"]


def test_a_column_that_a_part_lacks_is_an_error_that_names_it(tmp_path):
    part = write_part(tmp_path, "part-a.parquet", pa.table({"path": ["a"]}))
    with pytest.raises(pa.ArrowInvalid, match="has no column size"):
        read_part(part, ["path", "size"])


def test_a_flipped_byte_is_found_by_the_page_checksum(tmp_path):
    part = write_part(tmp_path, "part-a.parquet", pa.table({"path": ["a" * 100]}))
    chunk = pq.read_metadata(part).row_group(0).column(0)
    data = bytearray(part.read_bytes())
    data[(chunk.dictionary_page_offset or chunk.data_page_offset) + chunk.total_compressed_size - 1] ^= 0x55
    part.write_bytes(data)
    with pytest.raises((pa.ArrowException, OSError)):
        read_part(part, None)


def test_a_part_knows_the_units_it_was_made_of(tmp_path):
    units = ["unit-a.parquet", "unit-b.parquet"]
    part = write_part(tmp_path, "part-ab.parquet", with_merged_units(rows("a", "b"), units))
    assert set(units) == merged_units(read_part(part, ["path"]))
    assert set() == merged_units(rows("a"))


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda data: data, True),
        (lambda data: data[:-1], False),
        (lambda data: data[1:], False),
        (lambda data: b"", False),
        (lambda data: b"PAR1PAR1", False),
        (lambda data: b"PAR1" + data[-8:], False),
    ],
)
def test_a_file_is_complete_if_both_ends_and_the_length_of_its_footer_fit(tmp_path, damage, expected):
    part = write_part(tmp_path, "part-a.parquet", pa.table({"path": ["a"]}))
    part.write_bytes(damage(part.read_bytes()))
    assert expected is is_complete(part)


def test_a_missing_file_is_not_complete(tmp_path):
    assert not is_complete(tmp_path / "absent")
