"""Opens DuckDB for joins over the rows of a whole mirror within a bounded amount of memory."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.contract import StoreFullError
from jobs.store.writing import first_line

if TYPE_CHECKING:
    import duckdb

MEMORY_BYTES = 2 * 2**30
"""Memory that a join or a sort may take; beyond it DuckDB spills to disk."""


@contextlib.contextmanager
def open_database(spill: Path) -> Iterator["duckdb.DuckDBPyConnection"]:
    """Yield a connection to an empty in-memory database that spills to the folder `spill` beyond `MEMORY_BYTES`.

    Raises StoreFullError if there is no room to spill.
    """
    import duckdb  # noqa: PLC0415  workers never join, and a test checks that they load no database

    connection = duckdb.connect(config={"temp_directory": str(spill), "memory_limit": f"{MEMORY_BYTES}B"})
    try:
        yield connection
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        raise StoreFullError(spill, first_line(error)) from error
    finally:
        connection.close()
