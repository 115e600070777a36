"""Finds and reads the parts of all finished runs under one feature schema, or under one model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.mirror.inventory import register
from jobs.store.database import open_database
from jobs.store.merged_runs import is_replaced, replaced_files, run_id, run_name
from jobs.store.part_files import PART_PREFIX, UNREAD_PREFIX, is_complete, list_entries, list_files, read_part
from jobs.store.quarantine import quarantine, quarantine_on_error

FILE_KEY = pa.schema(
    [
        pa.field("path", pa.string()),
        pa.field("size", pa.int64()),
        pa.field("context_upload_time", pa.timestamp("us", tz="UTC")),
        pa.field("context_digest_matches", pa.bool_()),
        pa.field("sha256", pa.string()),
    ]
)
"""Columns of a feature row that identify its file; `SAME_FILE_SQL` compares them."""

SAME_FILE_SQL = """i.path = f.path AND i.size = f.size AND CASE
    WHEN i.known_sha256 IS NOT NULL THEN f.sha256 = lower(hex(i.known_sha256))
    WHEN i.blake2b_256 <> '' THEN coalesce(f.context_digest_matches OR i.first_seen IS NULL, false)
    ELSE f.context_digest_matches IS NULL AND f.context_upload_time IS NOT DISTINCT FROM i.upload_time END"""
"""SQL condition that row `f` of the store describes the bytes of file `i` of the inventory.

A file of the same path and size may have other bytes than the one that was read. Where the digest of its bytes is known
(`jobs.mirror.inventory.KNOWN`), the row must have it; it is known of every file whose bytes are not those that its path
names. Of a file that was not compared yet, the path must name the bytes of the row; in a plain folder the modification
time must be the same. An inventory that was not joined to what is known (`first_seen` is null) is taken at its word.
"""

HAS_DOUBLES_SQL = "SELECT 1 FROM i WHERE blake2b_256 = '' OR known_sha256 IS NOT NULL LIMIT 1"
"""SQL for a row if one file may have several rows of the same content: an earlier version of boojum read a file of a
plain folder again when only its time had changed."""

_NEVER_NULL = frozenset(("path", "size", "sha256", "status", "verdict"))


@dataclass(frozen=True, slots=True)
class PartStore:
    """The parts of all runs under one schema fingerprint, or under one model id; `root` is their common folder."""

    root: Path

    def parts(self, since: str = "") -> list[Path]:
        """Return the parts of finished runs, ordered by run and name; only of runs after `since` if it is given.

        Parts that a merged run replaces are left out.
        """
        return self.files(PART_PREFIX, since)

    def files(self, prefix: str, since: str = "") -> list[Path]:
        """Return files of finished runs by the beginning of their names, as `parts` does."""
        runs = list_entries(self.root, "run=")
        replaced = replaced_files(runs)
        later = (run for run in runs if run_id(run_name(run)) > since)
        return [file for run in later for file in list_files(run, prefix) if not is_replaced(file, replaced)]

    def parts_of(self, run: str) -> list[Path]:
        """Return the parts that a run made, also after it restarted because of damage."""
        return [part for part in self.parts() if part.parent.name[4:].partition(".")[0] == run]

    def parts_like(self, others: Sequence[Path]) -> list[Path]:
        """Return the parts with the file names of `others`: a score part has the name of its feature part."""
        names = {part.name for part in others}
        return [part for part in self.parts() if part.name in names]

    def unread_tables(self, run: str) -> list[Path]:
        """Return the files with the rows of artifacts that a finished run could not read."""
        return list_files(self.root / f"run={run}", UNREAD_PREFIX)

    def new_rows(self, inventory: pa.Table, more: Sequence[Path] = ()) -> pa.Table:
        """Return the inventory's rows whose file has no row in finished runs or in the parts `more`, in their order.

        Files that stand as they were are left out, because they cannot be read.

        Raises StoreBrokenError if a part is damaged, after moving it aside.
        """
        if "stands" in inventory.column_names:
            inventory = inventory.filter(pc.invert(inventory.column("stands")))
        parts = [*self.parts(), *more]
        if not parts:
            return inventory
        keys = inventory.append_column("row", pa.array(np.arange(len(inventory))))
        is_new = np.zeros(len(inventory), bool)
        with quarantine_on_error(parts, FILE_KEY), open_database(self.root / ".sort") as connection:
            register(connection, "i", keys)
            connection.register("f", self.scan(parts, FILE_KEY))
            new = connection.sql(f"SELECT row FROM i ANTI JOIN f ON {SAME_FILE_SQL}")  # noqa: S608  no caller's value
            is_new[new.to_arrow_table().column("row").to_numpy()] = True
        return inventory.filter(pa.array(is_new))

    def scan(self, parts: Sequence[Path], columns: pa.Schema) -> pa.RecordBatchReader:
        """Return a reader of the parts' rows with these columns, which reads one part at a time.

        Raises StoreBrokenError if a part is not a complete Parquet file, after moving it aside. Other damage is an
        error of the reader: wrap its use in `quarantine_on_error`.
        """
        _require_complete(parts)
        return pa.RecordBatchReader.from_batches(columns, _batches(parts, columns))

    def scan_places(self, parts: Sequence[Path], columns: pa.Schema) -> pa.RecordBatchReader:
        """Return a reader like `scan` that tells where each row stands, in two more columns (int32).

        `part` is the position of its part in `parts`, and `row` its position in the part.
        """
        _require_complete(parts)
        schema = pa.schema([*columns, pa.field("part", pa.int32()), pa.field("row", pa.int32())])
        return pa.RecordBatchReader.from_batches(schema, _places(parts, columns))


def feature_store(out: Path, fingerprint: str) -> PartStore:
    """Return the feature rows of an output folder under one schema."""
    return PartStore(out / "store" / "features" / f"schema={fingerprint}")


def score_store(out: Path, model_id: str) -> PartStore:
    """Return the scores of an output folder under one model."""
    return PartStore(out / "store" / "scores" / f"model={model_id}")


def change_store(out: Path, fingerprint: str) -> PartStore:
    """Return the changes of an output folder under one schema of changes."""
    return PartStore(out / "store" / "changes" / f"schema={fingerprint}")


def change_score_store(out: Path, model_id: str) -> PartStore:
    """Return the scores of changes of an output folder under one model."""
    return PartStore(out / "store" / "change_scores" / f"model={model_id}")


def _require_complete(parts: Sequence[Path]) -> None:
    incomplete = [part for part in parts if not is_complete(part)]
    if incomplete:
        raise quarantine(incomplete)


def _places(parts: Sequence[Path], columns: pa.Schema) -> Iterator[pa.RecordBatch]:
    for number, part in enumerate(parts):
        row = 0
        for batch in _batches([part], columns):
            rows = np.arange(row, row + len(batch), dtype=np.int32)
            row += len(batch)
            part_column = pa.array(np.full(len(batch), number, np.int32))
            yield batch.append_column("part", part_column).append_column("row", pa.array(rows))


def _batches(parts: Sequence[Path], columns: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield the rows of one part after the other; raises ArrowInvalid if a column that is never null has nulls.

    Arrow's dataset is not used because it keeps the footer of every part: 6 MB each with two thousand columns, and a
    large mirror has ten thousand parts.
    """
    for part in parts:
        table = read_part(part, columns.names).select(columns.names).cast(columns)
        for name in _NEVER_NULL.intersection(columns.names):
            if table.column(name).null_count:
                raise pa.ArrowInvalid(f"rows without {name}")
        yield from table.to_batches()
