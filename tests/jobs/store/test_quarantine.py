import errno

import pyarrow as pa
import pytest
from store_builders import names

from jobs.contract import StoreBrokenError
from jobs.store.part_files import write_part
from jobs.store.quarantine import quarantine, quarantine_on_error, read_or_quarantine

COLUMNS = pa.schema([("path", pa.string())])


@pytest.fixture
def parts(tmp_path):
    return [write_part(tmp_path, f"part-{name}.parquet", pa.table({"path": [name]})) for name in "ab"]


def truncate(part):
    part.write_bytes(part.read_bytes()[:-9])


def test_a_quarantined_part_has_a_name_that_no_reader_takes_for_a_part(tmp_path, parts):
    error = quarantine([parts[0], tmp_path / "absent"])
    assert (parts[0], tmp_path / "absent") == error.parts
    assert [".broken-part-a.parquet", "part-b.parquet"] == names(tmp_path)


def test_reading_a_damaged_part_moves_it_aside(tmp_path, parts):
    assert ["a"] == read_or_quarantine(parts[0], ["path"])["path"].to_pylist()
    truncate(parts[0])
    with pytest.raises(StoreBrokenError, match=r"part-a\.parquet is damaged"):
        read_or_quarantine(parts[0], ["path"])
    assert [".broken-part-a.parquet", "part-b.parquet"] == names(tmp_path)


def fail(parts, error):
    with quarantine_on_error(parts, COLUMNS):
        raise error


@pytest.mark.parametrize("error", [pa.ArrowInvalid("torn"), OSError(errno.EIO, "torn")])
def test_a_read_error_moves_the_damaged_parts_aside_and_keeps_the_others(tmp_path, parts, error):
    truncate(parts[1])
    with pytest.raises(StoreBrokenError) as caught:
        fail(parts, error)
    assert (parts[1],) == caught.value.parts
    assert [".broken-part-b.parquet", "part-a.parquet"] == names(tmp_path)


def test_a_part_that_lacks_a_column_is_damaged(tmp_path, parts):
    other = write_part(tmp_path, "part-c.parquet", pa.table({"other": [1]}))
    with pytest.raises(StoreBrokenError) as caught:
        fail([*parts, other], pa.ArrowInvalid("no such column"))
    assert (other,) == caught.value.parts


def test_an_error_that_no_part_explains_is_raised_as_it_is(tmp_path, parts):
    error = pa.ArrowInvalid("elsewhere")
    with pytest.raises(pa.ArrowInvalid) as caught:
        fail(parts, error)
    assert error is caught.value
    assert ["part-a.parquet", "part-b.parquet"] == names(tmp_path)


def test_a_full_disk_accuses_no_part(tmp_path, parts):
    truncate(parts[0])
    with pytest.raises(OSError, match="No space left"):
        fail(parts, OSError(errno.ENOSPC, "No space left on device"))
    assert ["part-a.parquet", "part-b.parquet"] == names(tmp_path)


def test_other_errors_pass(parts):
    truncate(parts[0])
    with pytest.raises(ZeroDivisionError):
        fail(parts, ZeroDivisionError())
