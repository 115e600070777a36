"""The store on disk: parts that appear whole, runs that appear whole, and one row per artifact.

    store/features/schema=<fingerprint>/run=<id>/part-*.parquet     rows of the feature table, by project
    store/scores/model=<id>/run=<id>/part-*.parquet                 their scores, one part for one part

A run in progress writes into a folder `.staging=<id>` beside, which becomes `run=<id>` by one rename. There its
workers leave a file for each unit, `unit-*.parquet`, of which parts are made before the rename. What a killed run
left there is taken over by the next one. Taking over and closing begin with a rename of the folder,
so that a worker that outlived its run has nowhere to write: its path is gone.
"""

import contextlib
import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.runtime.atomic_write import sync_to_disk, write_atomically
from jobs.contract import OutLockedError, OutUnusableError, StoreBrokenError, StoreFullError, StoreUnwritableError
from jobs.mirror.inventory import register

if TYPE_CHECKING:
    import duckdb

KEY = pa.schema(
    [
        pa.field("path", pa.string()),
        pa.field("size", pa.int64()),
        pa.field("context_upload_time", pa.timestamp("us", tz="UTC")),
        pa.field("context_digest_matches", pa.bool_()),
    ]
)
"""Columns that say which file a row of the store is about; `SAME_FILE_SQL` compares them."""
SAME_FILE_SQL = """i.path = f.path AND i.size = f.size
    AND CASE WHEN i.blake2b_256 = '' THEN i.upload_time END
        IS NOT DISTINCT FROM CASE WHEN f.context_digest_matches IS NULL THEN f.context_upload_time END"""
"""The SQL for: row `f` of the store is about file `i` of the inventory, so that the file need not be read.

Path and size are enough where the path is a digest. In a plain folder the file's time has to be the same too, or
a file put in another's place, or another folder's file of the same name, would pass for one that was read.
"""
_NEVER_NULL = frozenset(("path", "size", "sha256", "status", "verdict"))
"""Columns that every row of a part has a value in."""
SORT_BYTES = 2 * 2**30
"""What joining and sorting the rows of a whole mirror may take of this process's memory."""
_TEXTS = ["project", "version", "filename", "kind", "path", "size", "status", "reason", "verdict", "score"]
_REJECTED = ".rejected-"
_PART, _UNIT = "part-", "unit-"
_MERGED = b"units"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class OutLock:
    """The lock on an output folder, held by this process until `release` or its end, `kill -9` included."""

    def __init__(self, out: Path) -> None:
        self._file = -1
        try:
            out.mkdir(parents=True, exist_ok=True)
            # Not inherited by child processes, so that no orphaned worker keeps it.
            self._file = os.open(out / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError as error:
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip()
            self.release()
            raise OutLockedError(out, holder) from error
        except OSError as error:
            self.release()
            said = unwritable(out, error)
            raise (said if isinstance(said, StoreFullError) else OutUnusableError(out, said.reason)) from error

    def release(self) -> None:
        """Let others in; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


@dataclass(frozen=True, slots=True)
class Staging:
    """A run in progress: its folder, what it took over from killed runs, and what of that had to be dropped.

    `adopted` are parts and units by name, `adopted_rows` their rows, `dropped` (part, why).
    """

    store: "PartStore"
    run: str
    folder: Path
    adopted: tuple[str, ...]
    adopted_rows: int
    dropped: tuple[tuple[str, str], ...]

    def adopted_parts(self) -> list[Path]:
        """Return the paths of the parts and units taken over."""
        return [self.folder / name for name in self.adopted]

    def adopted_units(self) -> list[str]:
        """Return the names of the units taken over, of which parts are still to be made."""
        return [name for name in self.adopted if name.startswith(_UNIT)]

    def commit(self, written: Iterable[str]) -> list[Path]:
        """Make the run visible with the adopted parts and those named, and with nothing else; return their paths.

        A part that is not named was written by a worker that was given up. A run without parts leaves nothing.
        """
        names = {*self.adopted, *written}.difference(self.adopted_units())
        try:
            closed = self.folder.with_name(f".closed={self.run}")
            self.folder.rename(closed)
            for entry in list(os.scandir(closed)):
                if entry.name not in names:
                    Path(entry.path).unlink()
            if not any(closed.iterdir()):
                closed.rmdir()
                return []
            final = self.store.root / f"run={self.run}"
            sync_to_disk(closed)
            closed.rename(final)
            sync_to_disk(self.store.root)
        except OSError as error:
            raise unwritable(self.folder, error) from error
        return _listed(final, _PART)

    def reject(self, unit: str) -> None:
        """Note that a unit's part must not count even if it appears: its artifacts are read in other units."""
        try:
            (self.folder / f"{_REJECTED}{unit}").touch()
        except OSError as error:
            raise unwritable(self.folder, error) from error


@dataclass(frozen=True, slots=True)
class PartStore:
    """All runs' parts under one schema fingerprint, or one model."""

    root: Path

    def parts(self, since: str = "") -> list[Path]:
        """Return the parts of finished runs, or those of runs after one, in the order of runs and names."""
        # A run that began anew in the store has a dot and a number behind its id there.
        later = (run for run in _folders(self.root, "run=") if run.name[4:].partition(".")[0] > since)
        return [part for run in later for part in _listed(run, _PART)]

    def parts_of(self, others: Sequence[Path]) -> list[Path]:
        """Return the parts that have the name of one of the others: scores of rows that still stand."""
        names = {part.name for part in others}
        return [part for part in self.parts() if part.name in names]

    def unread(self, run: str) -> list[Path]:
        """Return the tables of what a finished run could not open."""
        return _listed(self.root / f"run={run}", "unread-")

    def open_staging(self, run: str) -> Staging:
        """Make the folder of a new run and take over what killed runs left."""
        folder = self.root / f".staging={run}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            left = [f for p in (".taken=", ".staging=", ".closed=") for f in _folders(self.root, p) if f != folder]
            taken = [f.rename(self.root / f".taken={f.name.partition('=')[2]}") for f in left]
            dropped: list[tuple[str, str]] = []
            rows = 0
            skipped = {part.name for part in self.parts()}
            for old in taken:
                skipped |= {unit_name(e.name.removeprefix(_REJECTED)) for e in _entries(old, _REJECTED, "")}
            # Parts first: a run may be killed when it has made parts of some of its units, and they say of which.
            for file in [file for prefix in (_PART, _UNIT) for old in taken for file in _listed(old, prefix)]:
                if file.name in skipped:
                    continue
                try:
                    table = read_part(file, KEY.names)
                except (pa.ArrowException, OSError) as error:
                    dropped.append((file.name, _first_line(error)))
                    continue
                units = merged_units(table)
                if not skipped.isdisjoint(units):
                    continue
                skipped |= {file.name, *units}
                file.rename(folder / file.name)
                rows += len(table)
            for old in taken:
                shutil.rmtree(old)
        except OSError as error:
            raise unwritable(folder, error) from error
        names = tuple(file.name for prefix in (_PART, _UNIT) for file in _listed(folder, prefix))
        return Staging(self, run, folder, names, rows, tuple(dropped))

    def new_rows(self, inventory: pa.Table, more: Sequence[Path] = ()) -> pa.Table:
        """Return the inventory's rows of which neither a finished run nor the parts `more` have a row."""
        parts = [*self.parts(), *more]
        if not parts:
            return inventory
        keys = inventory.append_column("row", pa.array(np.arange(len(inventory))))
        is_new = np.zeros(len(inventory), bool)
        with finding_broken(parts, KEY), database(self.root / ".sort") as connection:
            register(connection, "i", keys)
            connection.register("f", self.scan(parts, KEY))
            found = connection.sql(f"SELECT row FROM i ANTI JOIN f ON {SAME_FILE_SQL}")  # noqa: S608  no value of a caller
            is_new[found.to_arrow_table().column("row").to_numpy()] = True
        return inventory.filter(pa.array(is_new))

    def scan(self, parts: Sequence[Path], columns: pa.Schema) -> pa.RecordBatchReader:
        """Return the parts' rows with these columns only, read as they are asked for.

        Raises StoreBrokenError where a part is no whole Parquet file any more; it is moved aside, and what it held
        counts as unknown from then on. Other damage is an error of the reader: see `finding_broken`.
        """
        broken = [part for part in parts if not _is_whole(part)]
        if broken:
            raise quarantine(broken)
        return pa.RecordBatchReader.from_batches(columns, _batches(parts, columns))


def _batches(parts: Sequence[Path], columns: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Yield parts one after the other; raises ArrowInvalid where rows lack what all rows have: other columns, that is.

    One by one, because Arrow's own dataset keeps the footer of every part that it has met: for a schema of some
    thousand columns that is six megabytes a part, and the parts of a large mirror are ten thousand.
    """
    for part in parts:
        table = read_part(part, columns.names).select(columns.names).cast(columns)
        for name in _NEVER_NULL.intersection(columns.names):
            if table.column(name).null_count:
                raise pa.ArrowInvalid(f"rows without {name}")
        yield from table.to_batches()


def quarantine(parts: Sequence[Path]) -> StoreBrokenError:
    """Rename damaged parts so that no reader takes them for parts, and return the error that says so."""
    for part in parts:
        with contextlib.suppress(FileNotFoundError):
            part.rename(part.with_name(f".broken-{part.name}"))
    return StoreBrokenError(tuple(parts))


@contextlib.contextmanager
def finding_broken(parts: Sequence[Path], columns: pa.Schema) -> Iterator[None]:
    """Turn an error of reading these columns of parts into StoreBrokenError where some are damaged or lack them.

    It reads all of them whole to find out, and moves the damaged ones aside.
    """
    import duckdb  # noqa: PLC0415  workers write parts and join none

    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            raise
        broken = [part for part in parts if _is_broken(part, columns)]
        if not broken:
            raise
        raise quarantine(broken) from error


def _is_broken(part: Path, columns: pa.Schema) -> bool:
    """Say whether one of the two readers of parts cannot read one; each looks at what the other takes on trust."""
    import duckdb  # noqa: PLC0415  as above

    try:
        read_part(part, None).select(columns.names).cast(columns)
        with contextlib.closing(duckdb.connect()) as connection:
            connection.read_parquet(str(part)).to_arrow_table()
    except (KeyError, duckdb.Error, pa.ArrowException, OSError):
        return True
    return False


def read_part(part: Path, columns: Sequence[str] | None) -> pa.Table:
    """Read a part's columns (None: all) under its schema's metadata.

    Raises ArrowInvalid or OSError where the part is damaged or lacks one of them.
    """
    with pq.ParquetFile(part, page_checksum_verification=True) as file:
        table = file.read(columns=None if columns is None else list(columns))
        if len(table) != file.metadata.num_rows:
            raise pa.ArrowInvalid(f"has {len(table)} rows of {file.metadata.num_rows}")
        if missing := set(columns or ()).difference(table.column_names):
            raise pa.ArrowInvalid(f"has no column {min(missing)}")
        return table.replace_schema_metadata(file.metadata.metadata)


def write_part(folder: Path, name: str, table: pa.Table) -> Path:
    """Write a table as one part that appears whole or not at all.

    Raises StoreFullError where the disk or a quota is full, and StoreUnwritableError for any other reason, for one that
    the folder is gone because the run was taken over.
    """
    buffer = pa.BufferOutputStream()
    # With two thousand columns a footer outweighs the rows. So: no second copy of the schema in Arrow's own form
    # (Parquet's says the same, but for what columns mean, which the schema's fingerprint tells), no statistics and
    # no dictionary pages but where they are of use.
    with pq.ParquetWriter(
        buffer,
        table.schema,
        compression="zstd",
        write_page_checksum=True,
        store_schema=False,
        use_dictionary=_TEXTS,
        write_statistics=_TEXTS,
    ) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata(table.schema.metadata or {})
    return write_whole(folder / name, buffer.getvalue())


def write_whole(path: Path, content: bytes | pa.Buffer) -> Path:
    """Write a file that appears whole or not at all and survives a loss of power; raises as `write_part` does."""
    try:
        write_atomically(path, memoryview(content), durable=True)
    except OSError as error:
        raise unwritable(path, error) from error
    return path


@contextlib.contextmanager
def database(spill: Path) -> Iterator["duckdb.DuckDBPyConnection"]:
    """Open a database in memory, of which what is over `SORT_BYTES` lies in the folder `spill` while it is open.

    Raises StoreFullError where there is no room for that.
    """
    import duckdb  # noqa: PLC0415  as above

    connection = duckdb.connect(config={"temp_directory": str(spill), "memory_limit": f"{SORT_BYTES}B"})
    try:
        yield connection
    except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
        raise StoreFullError(spill, _first_line(error)) from error
    finally:
        connection.close()


def part_name(of: str) -> str:
    """Return the name of a part by what tells it from others."""
    return f"{_PART}{of}.parquet"


def unit_name(unit: str) -> str:
    """Return the name of the file in which a worker leaves a unit's rows."""
    return f"{_UNIT}{unit}.parquet"


def with_units(table: pa.Table, units: Sequence[str]) -> pa.Table:
    """Return a part's table that says of which units it was made."""
    return table.replace_schema_metadata({**(table.schema.metadata or {}), _MERGED: json.dumps(units)})


def merged_units(part: pa.Table) -> set[str]:
    """Return the names of the units that a part was made of."""
    return set(json.loads((part.schema.metadata or {}).get(_MERGED, b"[]")))


def unwritable(path: Path, error: OSError) -> StoreUnwritableError:
    """Return the error of this room for one of the disk."""
    reason = error.strerror or str(error)
    return StoreFullError(path, reason) if error.errno in _FULL else StoreUnwritableError(path, reason)


def _is_whole(part: Path) -> bool:
    """Say whether a file begins and ends as a Parquet file and is as long as its footer; reads 12 bytes."""
    try:
        with part.open("rb") as file:
            head = file.read(4)
            size = file.seek(0, os.SEEK_END)
            if size < 12:
                return False
            file.seek(-8, os.SEEK_END)
            tail = file.read(8)
    except FileNotFoundError:
        return False
    return head == tail[4:] == b"PAR1" and int.from_bytes(tail[:4], "little") + 12 <= size


def _folders(root: Path, prefix: str) -> list[Path]:
    return _entries(root, prefix, "")


def _listed(folder: Path, prefix: str) -> list[Path]:
    return _entries(folder, prefix, ".parquet")


def _entries(folder: Path, prefix: str, suffix: str) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = [e.name for e in entries if e.name.startswith(prefix) and e.name.endswith(suffix)]
    except FileNotFoundError:
        return []
    return [folder / name for name in sorted(names)]


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


@dataclass(frozen=True, slots=True)
class StoreView:
    """Files behind one view; `repeats` where a (path, size) may stand in it twice, the newest run's being right."""

    files: tuple[Path, ...]
    repeats: bool = False


def store_views(out: Path, run: Path | None = None) -> Mapping[str, StoreView]:
    """Return what the views of `boojum query` read, for a run's folder (None: runs/latest); {} where there is none.

    `artifacts` and `findings` are that run's own files. `features` and `scores` are all finished runs' parts
    under its schema and its model, which also hold what has left the mirror since: join them to `artifacts` on
    path and size for exactly one row per artifact that is there now.
    """
    folder = out / "runs" / "latest" if run is None else run
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    features = feature_store(out, manifest["fingerprint"]).parts()
    scores = score_store(out, manifest["model"]["id"]).parts_of(features)
    # Only where a path is no digest can another file of the same size come to stand there.
    repeats = manifest["mirror"]["layout"] != "bandersnatch" or manifest["walk"]["counts"].get("odd_layout", 0) > 0
    return {
        "artifacts": StoreView((folder / "scores.parquet",)),
        "findings": StoreView((folder / "findings.json",)),
        "features": StoreView(tuple(features), repeats),
        "scores": StoreView(tuple(scores), repeats),
    }


def feature_store(out: Path, fingerprint: str) -> PartStore:
    """Return the feature rows under one schema."""
    return PartStore(out / "store" / "features" / f"schema={fingerprint}")


def score_store(out: Path, model_id: str) -> PartStore:
    """Return the scores that one model gave."""
    return PartStore(out / "store" / "scores" / f"model={model_id}")
