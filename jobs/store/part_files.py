"""Reads and writes the Parquet files of the store: parts, units and tables of unread artifacts."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.store.writing import write_durably

PART_PREFIX, UNIT_PREFIX, UNREAD_PREFIX = "part-", "unit-", "unread-"

_SUFFIX = ".parquet"
_MERGED_UNITS = b"units"
_INDEXED = ["project", "version", "filename", "kind", "path", "size", "status", "reason", "verdict", "score"]
_MAGIC = b"PAR1"
_ROWS_FOR_THREADS = 512
_SMALLEST = 12  # bytes: the magic number twice and the length of the footer


def part_name(key: str) -> str:
    """Return the file name of a part; `key` is unique among the parts of its run."""
    return f"{PART_PREFIX}{key}{_SUFFIX}"


def unit_name(unit: str) -> str:
    """Return the name of the file into which a worker writes the rows of a unit."""
    return f"{UNIT_PREFIX}{unit}{_SUFFIX}"


def unread_name(unit: str) -> str:
    """Return the name of the file for the rows of a unit's artifacts that could not be read; it is not a part."""
    return f"{UNREAD_PREFIX}{unit}{_SUFFIX}"


def list_files(folder: Path, prefix: str) -> list[Path]:
    """Return the Parquet files of a folder whose names begin with `prefix`, by name; none if there is no folder."""
    return list_entries(folder, prefix, _SUFFIX)


def list_entries(folder: Path, prefix: str, suffix: str = "") -> list[Path]:
    """Return the entries of a folder with this prefix and suffix, by name; none if there is no folder."""
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if e.name.startswith(prefix) and e.name.endswith(suffix)]
    except FileNotFoundError:
        return []
    return [folder / name for name in sorted(names)]


def read_part(part: Path, columns: Sequence[str] | None) -> pa.Table:
    """Return the given columns of a file (None: all) under its schema's metadata, with page checksums verified.

    A path as Parquet has it ("members.list.element.role") reads a part of a column of lists. Raises ArrowInvalid or
    OSError if the file is damaged or lacks one of the columns.
    """
    with pq.ParquetFile(part, page_checksum_verification=True) as file:
        # Handing a few rows of some thousand columns to threads takes longer than to read them.
        threads = file.metadata.num_rows >= _ROWS_FOR_THREADS
        table = file.read(columns=None if columns is None else list(columns), use_threads=threads)
        if len(table) != file.metadata.num_rows:
            raise pa.ArrowInvalid(f"has {len(table)} rows of {file.metadata.num_rows}")
        if missing := {name.partition(".")[0] for name in columns or ()}.difference(table.column_names):
            raise pa.ArrowInvalid(f"has no column {min(missing)}")
        return table.replace_schema_metadata(file.metadata.metadata)


def write_part(folder: Path, name: str, table: pa.Table) -> Path:
    """Write a table as one file that appears whole or not at all; return its path.

    Raises StoreFullError if the disk or a quota is full, else StoreUnwritableError, also if the folder is gone because
    another run adopted its files.
    """
    buffer = pa.BufferOutputStream()
    # A footer of two thousand columns is larger than the rows of a small part. Therefore the schema is not stored a
    # second time in Arrow's form (only column meanings are lost, and the fingerprint identifies those), and only the
    # columns that queries filter by have statistics and dictionary pages.
    with pq.ParquetWriter(
        buffer,
        table.schema,
        compression="zstd",
        write_page_checksum=True,
        store_schema=False,
        use_dictionary=_INDEXED,
        write_statistics=_INDEXED,
    ) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(table.schema.metadata or {})
    return write_durably(folder / name, memoryview(buffer.getvalue()))


def with_merged_units(table: pa.Table, units: Sequence[str]) -> pa.Table:
    """Return a part's table with the names of the units it was made of in its metadata."""
    return table.replace_schema_metadata({**(table.schema.metadata or {}), _MERGED_UNITS: json.dumps(units)})


def merged_units(part: pa.Table) -> set[str]:
    """Return the names of the units that a part was made of."""
    return set(json.loads((part.schema.metadata or {}).get(_MERGED_UNITS, b"[]")))


def is_complete(part: Path) -> bool:
    """Return whether a file begins and ends as a Parquet file and is as long as its footer states; reads 12 bytes."""
    try:
        with part.open("rb") as file:
            head = file.read(4)
            size = file.seek(0, os.SEEK_END)
            if size < _SMALLEST:
                return False
            file.seek(-8, os.SEEK_END)
            tail = file.read(8)
    except FileNotFoundError:
        return False
    return head == tail[4:] == _MAGIC and int.from_bytes(tail[:4], "little") + _SMALLEST <= size
