import duckdb
import pytest

from jobs.contract import StoreFullError
from jobs.store import database
from jobs.store.database import open_database


def test_a_connection_is_closed_with_the_block(tmp_path):
    with open_database(tmp_path / "spill") as connection:
        assert [(2,)] == connection.execute("SELECT 1 + 1").fetchall()
    with pytest.raises(duckdb.ConnectionException):
        connection.execute("SELECT 1")


def test_memory_is_bounded_and_what_is_beyond_it_lies_in_the_given_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "MEMORY_BYTES", 2**26)
    with open_database(tmp_path / "spill") as connection:
        settings = connection.execute("SELECT current_setting('memory_limit'), current_setting('temp_directory')")
        assert [("64.0 MiB", str(tmp_path / "spill"))] == settings.fetchall()


def test_no_room_to_spill_is_a_full_store(tmp_path):
    def overflow():
        with open_database(tmp_path / "spill"):
            raise duckdb.OutOfMemoryException("Out of Memory Error: could not allocate\nmore")

    with pytest.raises(StoreFullError, match="could not allocate") as caught:
        overflow()
    assert tmp_path / "spill" == caught.value.path


def test_an_error_in_a_statement_is_none_of_the_disk(tmp_path):
    with pytest.raises(duckdb.ParserException), open_database(tmp_path / "spill") as connection:
        connection.execute("SELEC 1")
