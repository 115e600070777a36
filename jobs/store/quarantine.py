"""Moves damaged parts aside, so that their artifacts count as new and are read again."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from jobs.contract import StoreBrokenError
from jobs.store.part_files import read_part
from jobs.store.writing import DISK_FULL

_PREFIX = ".broken-"


def quarantine(parts: Sequence[Path]) -> StoreBrokenError:
    """Rename damaged parts so that no reader takes them for parts; return the error that names them."""
    for part in parts:
        with contextlib.suppress(FileNotFoundError):
            part.rename(part.with_name(f"{_PREFIX}{part.name}"))
    return StoreBrokenError(tuple(parts))


def read_or_quarantine(part: Path, columns: Sequence[str] | None) -> pa.Table:
    """Return a part as `read_part` does; raises StoreBrokenError if it is damaged, after moving it aside."""
    try:
        return read_part(part, columns)
    except (pa.ArrowException, OSError) as error:
        raise quarantine([part]) from error


@contextlib.contextmanager
def quarantine_on_error(parts: Sequence[Path], columns: pa.Schema) -> Iterator[None]:
    """Turn a read error in the block into StoreBrokenError if some of the parts are damaged or lack the columns.

    All parts are then read to find the damaged ones, which are moved aside. An error that no part explains, or
    that a full disk explains, is raised as it is.
    """
    import duckdb  # noqa: PLC0415  workers never join, and a test checks that they load no database

    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            raise
        damaged = [part for part in parts if _is_damaged(part, columns)]
        if not damaged:
            raise
        raise quarantine(damaged) from error


def _is_damaged(part: Path, columns: pa.Schema) -> bool:
    """Return whether pyarrow or DuckDB cannot read a part; each verifies what the other does not."""
    import duckdb  # noqa: PLC0415  as above

    try:
        read_part(part, None).select(columns.names).cast(columns)
        with contextlib.closing(duckdb.connect()) as connection:
            connection.read_parquet(str(part)).to_arrow_table()
    except (KeyError, duckdb.Error, pa.ArrowException, OSError):
        return True
    return False
