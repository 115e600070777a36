"""Compares the metadata beside wheels, from which installers resolve dependencies, with the METADATA inside them."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from xxhash import xxh3_128_digest

from features.contract import Kind, Progress
from features.runtime.atomic_write import sync_to_disk
from jobs.contract import MirrorFault
from jobs.run.known_files import parquet_sql
from jobs.run.verification import open_file
from jobs.store.database import open_database
from jobs.store.part_files import is_complete, read_part
from jobs.store.part_store import PartStore
from jobs.store.quarantine import quarantine_on_error
from jobs.store.writing import disk_error

if TYPE_CHECKING:
    import duckdb

FILENAME = "sidecars.parquet"
MOST_BYTES = 8 * 2**20
"""Bytes of the largest sidecar that is read."""
MOST_FAULTS = 10_000
"""Most faults of a run; a report lists fewer still."""

_FOUND = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("path", "sha256")),
        *(pa.field(name, pa.int64()) for name in ("size", "mtime", "ctime", "inode")),
        pa.field("stands", pa.bool_()),
    ]
)
SIDECARS_SCHEMA = pa.schema([*list(_FOUND)[:-1], pa.field("state", pa.string()), pa.field("detail", pa.string())])
"""Columns of sidecars.parquet, one row for each wheel with a sidecar: its path and sha256, the status of the sidecar.

`state` is "same", "other", "unknown" (the store has no METADATA of the wheel), "large" or "unread"; `detail` is why.
"""
_READ = pa.schema([("path", pa.string()), ("digest", pa.binary()), ("state", pa.string()), ("detail", pa.string())])
_ROWS = pa.schema([pa.field(name, pa.string()) for name in ("path", "sha256")])
_MEMBERS = ["path", "sha256", "members"]
_BATCH_ROWS = 8_192

_TODO = """CREATE TABLE todo AS SELECT t.path, t.sha256, t.size FROM t LEFT JOIN p USING (path)
    WHERE NOT t.stands AND NOT coalesce(p.state IN ('same', 'other', 'large') AND p.sha256 = t.sha256
        AND p.size = t.size AND p.mtime = t.mtime AND p.ctime = t.ctime AND p.inode = t.inode, false)"""
_EXPECTED = """INSERT INTO expected SELECT path, m.digest FROM (
        SELECT f.path, unnest(f.members) AS m FROM f JOIN todo USING (path, sha256))
    WHERE regexp_full_match(m.path, '[^/]+\\.dist-info/METADATA')"""
_RESULT = """
    SELECT t.path, t.sha256, t.size, t.mtime, t.ctime, t.inode,
        CASE WHEN r.path IS NULL THEN p.state WHEN r.state <> '' THEN r.state WHEN e.path IS NULL THEN 'unknown'
            WHEN list_contains(e.digests, r.digest) THEN 'same' ELSE 'other' END AS state,
        CASE WHEN r.path IS NULL THEN p.detail ELSE r.detail END AS detail
    FROM t LEFT JOIN p USING (path) LEFT JOIN r USING (path)
    LEFT JOIN (SELECT path, list(digest) AS digests FROM expected GROUP BY path) e USING (path)
    WHERE NOT t.stands
    UNION ALL SELECT p.* FROM p JOIN t USING (path) WHERE t.stands
    ORDER BY path"""


def check_sidecars(
    path: Path, scores: Path, previous: Path | None, store: PartStore, root: Path, progress: Progress, spill: Path
) -> list[MirrorFault]:
    """Write sidecars.parquet for the wheels in scores.parquet, and return a fault for each sidecar that is not theirs.

    Every night each sidecar's status is asked; only those are read that are new or changed, or whose wheel is.
    `previous` is the file of the last run; without it all are read. Raises JobsError.
    """
    spill.mkdir(parents=True, exist_ok=True)
    found = spill / FILENAME
    try:
        with pq.ParquetWriter(found, _FOUND) as writer:
            for batch in _find(scores, root):
                writer.write_batch(batch)
        with open_database(spill) as connection, pq.ParquetWriter(path, SIDECARS_SCHEMA, compression="zstd") as writer:
            connection.execute(f"CREATE VIEW t AS SELECT * FROM {parquet_sql(found)}")  # noqa: S608  quoted
            if previous is None or not is_complete(previous):
                connection.register("p", SIDECARS_SCHEMA.empty_table())
            else:
                connection.execute(f"CREATE VIEW p AS SELECT * FROM {parquet_sql(previous)}")  # noqa: S608  quoted
            connection.execute(_TODO)
            _read_sidecars(connection, root, progress, spill / f"read-{FILENAME}")
            _expect(connection, store)
            for batch in connection.sql(_RESULT).to_arrow_reader(_BATCH_ROWS):
                writer.write_table(pa.Table.from_batches([batch]).cast(SIDECARS_SCHEMA))
        sync_to_disk(path)
    except OSError as error:
        raise disk_error(path, error) from error
    return _faults(path, spill)


def _find(scores: Path, root: Path) -> Iterator[pa.RecordBatch]:
    """Yield rows of `_FOUND` for the wheels that have a sidecar, or that stand as they were."""
    with pq.ParquetFile(scores) as file:
        for batch in file.iter_batches(_BATCH_ROWS, columns=["path", "sha256", "kind", "filename", "seen"]):
            rows = []
            for row in batch.to_pylist():
                if row["kind"] != Kind.WHEEL.value and not row["filename"].endswith(".whl"):
                    continue
                key = {"path": row["path"], "sha256": row["sha256"] or ""}
                if row["seen"] == "stands":
                    rows.append({**key, "stands": True})
                elif status := _status(f"{root}/{row['path']}.metadata"):
                    times = {"size": status.st_size, "mtime": status.st_mtime_ns, "ctime": status.st_ctime_ns}
                    inode = (status.st_ino + 2**63) % 2**64 - 2**63
                    rows.append({**key, **times, "inode": inode, "stands": False})
            yield pa.RecordBatch.from_pylist(rows, _FOUND)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)  # noqa: PTH116  one for each wheel of the mirror
    except FileNotFoundError:
        return None
    except OSError:
        try:
            return os.lstat(path)
        except OSError:
            return None


def _read_sidecars(connection: "duckdb.DuckDBPyConnection", root: Path, progress: Progress, read: Path) -> None:
    """Make the view `r` with what was read of each sidecar in `todo`."""
    total = int(connection.sql("SELECT count(*) FROM todo").fetchall()[0][0])
    done = 0
    with pq.ParquetWriter(read, _READ) as writer:
        for batch in connection.sql("SELECT path, size FROM todo ORDER BY path").to_arrow_reader(_BATCH_ROWS):
            rows = [_read(root, **row) for row in batch.to_pylist()]
            writer.write_table(pa.Table.from_pylist(rows, _READ))
            done += len(rows)
            progress(done, total, "comparing sidecars")
    connection.execute(f"CREATE VIEW r AS SELECT * FROM {parquet_sql(read)}")  # noqa: S608  quoted


def _read(root: Path, path: str, size: int) -> dict[str, object]:
    digest, state, detail = None, "", ""
    try:
        with os.fdopen(open_file(root, f"{path}.metadata"), "rb") as file:
            content = file.read(MOST_BYTES + 1) if size <= MOST_BYTES else b""
        if size > MOST_BYTES or len(content) > MOST_BYTES:
            state, detail = "large", f"it is over {MOST_BYTES:,} bytes"
        else:
            digest = xxh3_128_digest(content)
    except OSError as error:
        state, detail = "unread", error.strerror or str(error)
    return {"path": path, "digest": digest, "state": state, "detail": detail}


def _expect(connection: "duckdb.DuckDBPyConnection", store: PartStore) -> None:
    """Make the table `expected` with the digests of METADATA of the wheels in `todo`."""
    connection.execute("CREATE TABLE expected (path VARCHAR, digest BLOB)")
    if not connection.sql("SELECT 1 FROM todo LIMIT 1").fetchall():
        return
    parts: Sequence[Path] = store.parts()
    for part in parts:
        with quarantine_on_error([part], _ROWS):
            connection.register("f", read_part(part, _ROWS.names))
            if connection.sql("SELECT 1 FROM f JOIN todo USING (path, sha256) LIMIT 1").fetchall():
                connection.register("f", read_part(part, _MEMBERS).select(_MEMBERS))
                connection.execute(_EXPECTED)


def _faults(path: Path, spill: Path) -> list[MirrorFault]:
    with open_database(spill) as connection:
        rows = connection.sql(
            f"SELECT path, state, detail FROM {parquet_sql(path)} WHERE state IN ('other', 'large', 'unread') "  # noqa: S608  quoted
            f"ORDER BY state <> 'other', path LIMIT {MOST_FAULTS}"
        ).fetchall()
    return [MirrorFault("sidecar", _sentence(*row)) for row in rows]


def _sentence(path: str, state: str, detail: str) -> str:
    if state == "other":
        return f"{path}.metadata: It is not the METADATA in {path}, and installers resolve dependencies from it."
    return f"{path}.metadata: It was not compared with the METADATA in {path} ({detail})."
