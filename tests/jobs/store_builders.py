"""Builds small feature tables, inventories and finished runs for the tests of the store."""

from datetime import datetime
from pathlib import Path

import pyarrow as pa

from features.contract import Artifact, Kind, Row, Status
from features.schema import rows_table
from jobs.mirror.inventory import SCHEMA
from jobs.store.part_files import write_part
from jobs.store.part_store import PartStore
from jobs.store.staging import open_staging


def rows(*names: str, size: int = 1, time: datetime | None = None) -> pa.Table:
    """Return a feature table with one readable artifact of each name."""
    return rows_table(
        (Artifact(name, name, size, upload_time=time), Row(Status.OK, "", Kind.SDIST, "5" * 64, "b" * 64))
        for name in names
    )


def inventory(*names: str, size: int = 1) -> pa.Table:
    """Return an inventory of a plain folder with one file of each name."""
    made = [
        {"path": n, "filename": n, "size": size, "project": n, "version": "", "kind": "sdist", "blake2b_256": ""}
        for n in names
    ]
    return pa.Table.from_pylist(made, schema=SCHEMA)


def finish(store: PartStore, run: str, **parts: pa.Table) -> None:
    """Commit a run with these parts, by the middle of their names, between `part-` and `.parquet`."""
    staging = open_staging(store, run)
    staging.commit([write_part(staging.folder, f"part-{name}.parquet", table).name for name, table in parts.items()])


def names(folder: Path) -> list[str]:
    """Return the names of a folder's entries, sorted."""
    return sorted(entry.name for entry in folder.iterdir())


def paths(table: pa.Table) -> list[str]:
    """Return the column `path`."""
    found: list[str] = table["path"].to_pylist()
    return found
