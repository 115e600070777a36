"""Keeps what boojum knows of every file of a mirror in files.parquet, and joins it to the inventory of a night.

A run's file is made from that of the run before, so that it is committed with the run. An output folder of an earlier
version of boojum has none; its files are seen first in this run.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.contract import Progress
from features.runtime.atomic_write import sync_to_disk
from jobs.contract import JobsError, MirrorFault
from jobs.mirror.inventory import KNOWN, STATUS, Inventory, register
from jobs.run.verification import COMPARED, EXPECTED, State, compare_files
from jobs.run.views import DOUBLES
from jobs.store.database import open_database
from jobs.store.part_files import is_complete
from jobs.store.part_store import FILE_KEY, SAME_FILE_SQL, PartStore
from jobs.store.quarantine import quarantine_on_error
from jobs.store.writing import disk_error

if TYPE_CHECKING:
    import duckdb

    from jobs.run.cluster import Cluster

FILENAME = "files.parquet"
FILES_SCHEMA = pa.schema(
    [
        pa.field("path", pa.string()),
        *(pa.field(name, pa.int64()) for name in ("size", "mtime", "ctime", "inode")),
        *(pa.field(name, pa.date32()) for name in ("first_seen", "last_seen", "verified")),
        *(pa.field(name, pa.bool_()) for name in ("listed", "yanked")),
        pa.field("project_status", pa.string()),
        pa.field("unlisted_since", pa.date32()),
        pa.field("seen", pa.string()),
        pa.field("sha256", pa.string()),
        pa.field("replaced", pa.date32()),
    ]
)
"""Columns of files.parquet, one row for each file of the mirror.

`mtime` and `ctime` are in nanoseconds. `sha256` is null if the file has the bytes that the digest in its path names, or
if its bytes could not be read yet. `replaced` is the day on which its bytes were last found to be others.
"""
_RESULTS = pa.schema([*COMPARED, pa.field("is_uncertain", pa.bool_())])
_BATCH_ROWS = 65_536
_UNCHANGED = "p.size = i.size AND p.mtime = w.mtime AND p.ctime = w.ctime AND p.inode = w.inode"
_STATE = f"""CREATE TABLE state AS
    SELECT i.row, i.path, i.size, i.stands, i.blake2b_256, p.path IS NOT NULL AS is_known,
        p.size IS NOT NULL AND p.size <> i.size AS is_resized, coalesce({_UNCHANGED}, false) AS is_unchanged,
        coalesce(p.first_seen, $today) AS first_seen, p.verified, p.replaced,
        CASE WHEN p.size = i.size THEN unhex(p.sha256) END AS known_sha256,
        coalesce(i.listed, p.listed) AS listed, CASE WHEN i.listed IS NULL THEN p.yanked ELSE i.yanked END AS yanked,
        coalesce(i.project_status, p.project_status, '') AS project_status,
        CASE WHEN i.listed THEN NULL WHEN i.listed IS NULL THEN p.unlisted_since
            WHEN p.listed THEN $today ELSE p.unlisted_since END AS unlisted_since
    FROM i LEFT JOIN p ON p.path = i.path LEFT JOIN w ON w.path = i.path"""  # noqa: S608  no value of a caller
_FACTS = f"""
    SELECT s.listed, s.yanked, s.project_status,
        s.stands OR (s.is_known AND coalesce(c.state = {State.UNREAD:d}, false)) AS stands, s.first_seen,
        CASE WHEN c.state <= {State.OTHER:d} THEN $today ELSE s.verified END AS verified, s.unlisted_since,
        CASE WHEN s.is_resized OR (c.state = {State.OTHER:d} AND NOT c.is_uncertain) THEN $today
            ELSE s.replaced END AS replaced,
        CASE WHEN c.state <= {State.OTHER:d} THEN c.sha256 ELSE s.known_sha256 END AS known_sha256
    FROM state s LEFT JOIN c USING (row) ORDER BY row"""  # noqa: S608  no value of a caller
_REPLACED = f"""
    SELECT s.path, s.verified, s.is_resized FROM state s LEFT JOIN c USING (row)
    WHERE s.is_resized OR (c.state = {State.OTHER:d} AND NOT c.is_uncertain) ORDER BY s.path"""  # noqa: S608  no value of a caller
_UNREAD = f"""
    SELECT s.path, c.error FROM state s JOIN c USING (row)
    WHERE s.is_known AND c.state = {State.UNREAD:d} ORDER BY s.path"""  # noqa: S608  no value of a caller
# What has no known digest has nothing to be compared with.
_TO_COMPARE = """
    WITH known AS (
        SELECT row, path, size, blake2b_256, known_sha256, is_unchanged, verified FROM state
        WHERE is_known AND NOT stands AND NOT is_resized AND (blake2b_256 <> '' OR known_sha256 IS NOT NULL)
    )
    SELECT row, path, size, nullif(unhex(blake2b_256), ''::BLOB) AS blake2b, known_sha256 AS sha256 FROM (
        SELECT * FROM known WHERE NOT is_unchanged
        UNION ALL SELECT * FROM (
            SELECT * FROM known WHERE is_unchanged ORDER BY verified NULLS FIRST, hash(path) LIMIT $share))
    ORDER BY row"""
# A file that was not known may have a row in the store: it came back, or a run before left no list of files.
_UNCERTAIN = f"""
    SELECT i.row, any_value(i.path) AS path, any_value(i.size) AS size,
        any_value(nullif(unhex(i.blake2b_256), ''::BLOB)) AS blake2b, NULL::BLOB AS sha256
    FROM (SELECT s.*, u.upload_time FROM state s JOIN i u USING (row)
        WHERE NOT s.stands AND (NOT s.is_known OR s.is_resized)) i
    JOIN f ON i.path = f.path AND i.size = f.size
    GROUP BY i.row HAVING $is_later OR NOT bool_or({SAME_FILE_SQL}) ORDER BY i.row"""  # noqa: S608  no value of a caller


# The key of a row that a run has just read: the digest of its bytes, unless they are those that the path names.
_READ = f"""
    SELECT i.row, NOT bool_or({SAME_FILE_SQL}) AS is_other,
        max(CASE WHEN i.blake2b_256 = '' OR NOT coalesce(f.context_digest_matches, false)
            THEN unhex(f.sha256) END) AS sha256
    FROM i JOIN f ON i.path = f.path AND i.size = f.size WHERE NOT i.stands GROUP BY i.row ORDER BY i.row"""  # noqa: S608  no value of a caller
# A file that stands keeps what was known of it. What has no digest was not read.
_FILES = """
    SELECT DISTINCT ON (i.path) i.path, i.size,
        CASE WHEN i.stands THEN p.mtime ELSE w.mtime END AS mtime,
        CASE WHEN i.stands THEN p.ctime ELSE w.ctime END AS ctime,
        CASE WHEN i.stands THEN p.inode ELSE w.inode END AS inode,
        i.first_seen, CASE WHEN i.stands THEN p.last_seen ELSE $today END AS last_seen,
        CASE WHEN s.sha256 <> '' THEN i.verified END AS verified,
        i.listed, i.yanked, coalesce(i.project_status, '') AS project_status, i.unlisted_since,
        CASE WHEN i.stands THEN 'stands' ELSE 'tonight' END AS seen,
        CASE WHEN i.stands THEN p.sha256
            WHEN i.blake2b_256 <> '' AND s.blake2b_256 = i.blake2b_256 THEN NULL
            ELSE nullif(s.sha256, '') END AS sha256,
        i.replaced
    FROM i LEFT JOIN w ON w.path = i.path LEFT JOIN p ON p.path = i.path LEFT JOIN s ON s.path = i.path
    ORDER BY i.path"""


class KnownFilesError(JobsError):
    """The list of files that the last run left cannot be read."""

    hint = "restore it from a copy, or remove it: every file then counts as seen first, and its bytes are compared anew"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    def __str__(self) -> str:
        return f"{self.path} is damaged"


@dataclass(frozen=True, slots=True)
class NightFiles:
    """The inventory of a night with what is known of its files: `inventory.rows` has the columns `KNOWN` too.

    `faults` are those that the joining met. The bytes of `compared` files were read.
    """

    inventory: Inventory
    faults: tuple[MirrorFault, ...]
    compared: int


def previous_files(out: Path) -> Path | None:
    """Return the file of the last published run, None if there is none; raises KnownFilesError if it is damaged."""
    path = out / "runs" / "latest" / FILENAME
    if not path.exists():
        return None
    if not is_complete(path):
        raise KnownFilesError(path)
    return path


def join_known(
    inventory: Inventory,
    walked: Path,
    previous: Path | None,
    store: PartStore,
    root: Path,
    today: date,
    verify_share: float,
    open_cluster: Callable[[], "Cluster"],
    progress: Progress,
    spill: Path,
) -> NightFiles:
    """Return the inventory with what is known of its files, after comparing the bytes of those that may be others.

    Compared are files whose times or inode changed, those that came back, and a share of the others, those first whose
    bytes were not compared for longest. `walked` is the file that `jobs.run.standing` wrote. Raises JobsError.
    """
    rows = inventory.rows
    with open_database(spill) as connection:
        register(connection, "i", rows.append_column("row", pa.array(np.arange(len(rows)))))
        connection.execute(f"CREATE VIEW w AS SELECT * FROM {parquet_sql(walked)}")  # noqa: S608  quoted
        view_previous(connection, previous)
        connection.execute(_STATE, {"today": today})
        share = ceil(verify_share * _count(connection, "state WHERE NOT stands"))
        to_compare = connection.sql(_TO_COMPARE, params={"share": share}).to_arrow_table().cast(EXPECTED)
        uncertain = _uncertain_files(connection, store, is_later=previous is not None)
        compared = [
            *_compare(root, to_compare, open_cluster, progress, is_uncertain=False),
            *_compare(root, uncertain, open_cluster, progress, is_uncertain=True),
        ]
        connection.register("c", pa.concat_tables([_RESULTS.empty_table(), *compared]))
        facts = connection.sql(_FACTS, params={"today": today}).to_arrow_table()
        replaced = connection.sql(_REPLACED).fetchall()
        unread = connection.sql(_UNREAD).fetchall()
        silent = _count(connection, "i WHERE NOT stands") and not _count(connection, "i WHERE listed IS NOT NULL")
        listed = _count(connection, "p WHERE listed IS NOT NULL") if silent else 0
    faults = [_replaced_fault(*row) for row in replaced]
    faults += [MirrorFault("unreadable", f"{path}: It cannot be read ({error}).") for path, error in unread]
    if listed and not inventory.log.unread:
        detail = f"There is no index page, where {listed:,} files were listed or not. What was known of that stands."
        faults.append(MirrorFault("unreadable", f"simple: {detail}"))
    counts = dict(inventory.counts)
    if replaced or len(uncertain):
        counts[DOUBLES] = 1
    joined = replace(inventory, rows=_with_facts(rows, facts), counts=counts)
    return NightFiles(joined, tuple(faults), sum(map(len, compared)))


def _compare(
    root: Path,
    files: pa.Table,
    open_cluster: Callable[[], "Cluster"],
    progress: Progress,
    *,
    is_uncertain: bool,
) -> Iterator[pa.Table]:
    for compared in compare_files(root, files, open_cluster, progress):
        yield compared.append_column("is_uncertain", pa.array([is_uncertain] * len(compared), pa.bool_()))


def _replaced_fault(path: str, verified: date | None, is_resized: bool) -> MirrorFault:
    size = ", and another size," if is_resized else ""
    since = f" on {verified}" if verified else ""
    return MirrorFault("replaced", f"{path}: It has other bytes{size} than those that were read{since}.")


def _uncertain_files(connection: "duckdb.DuckDBPyConnection", store: PartStore, *, is_later: bool) -> pa.Table:
    """Return rows of `EXPECTED` for files that were not known and may be other than a row of the store says."""
    parts = store.parts()
    if not parts or not _count(connection, "state WHERE NOT stands AND (NOT is_known OR is_resized)"):
        return EXPECTED.empty_table()
    with quarantine_on_error(parts, FILE_KEY):
        connection.register("f", store.scan(parts, FILE_KEY))
        return connection.sql(_UNCERTAIN, params={"is_later": is_later}).to_arrow_table().cast(EXPECTED)


def _with_facts(rows: pa.Table, facts: pa.Table) -> pa.Table:
    """Return the rows with the facts of a table in their order in place of, or behind, their own columns."""
    if len(facts) != len(rows):
        raise AssertionError((len(facts), len(rows)))
    for name in facts.column_names:
        column = facts.column(name)
        if name == STATUS.name:
            column = column.dictionary_encode().cast(STATUS.type)
        at = rows.schema.get_field_index(name)
        field = rows.schema.field(at) if at >= 0 else KNOWN.field(name)
        column = column.cast(field.type)
        rows = rows.set_column(at, field, column) if at >= 0 else rows.append_column(field, column)
    return rows


def with_read(rows: pa.Table, store: PartStore, parts: Sequence[Path], today: date, spill: Path) -> pa.Table:
    """Return the rows with what follows from the parts of this run: their files were read today, with these bytes.

    Raises StoreBrokenError if a part is damaged, after moving it aside.
    """
    if not parts or KNOWN.names[0] not in rows.column_names:
        return rows
    with quarantine_on_error(parts, FILE_KEY), open_database(spill) as connection:
        register(connection, "i", rows.append_column("row", pa.array(np.arange(len(rows)))))
        connection.register("f", store.scan(parts, FILE_KEY))
        found = connection.sql(_READ).to_arrow_table()
    at = found.column("row").to_numpy()
    is_read = np.zeros(len(rows), bool)
    is_read[at] = True
    verified = pc.if_else(pa.array(is_read), pa.scalar(today, pa.date32()), rows.column("verified"))
    rows = rows.set_column(rows.schema.get_field_index("verified"), KNOWN.field("verified"), verified)
    other = found.filter(found.column("is_other"))
    if not len(other):
        return rows
    mask = np.zeros(len(rows), bool)
    mask[other.column("row").to_numpy()] = True
    column = rows.column("known_sha256").combine_chunks()
    column = pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column
    keys = pc.replace_with_mask(column, pa.array(mask), other.column("sha256").combine_chunks().cast(pa.binary()))
    return rows.set_column(rows.schema.get_field_index("known_sha256"), KNOWN.field("known_sha256"), keys)


def write_files(
    path: Path, rows: pa.Table, walked: Path, previous: Path | None, scores: Path, today: date, spill: Path
) -> None:
    """Write files.parquet for the rows of a night, whose scores are written.

    Raises StoreFullError or StoreUnwritableError.
    """
    try:
        with open_database(spill) as connection, pq.ParquetWriter(path, FILES_SCHEMA, compression="zstd") as writer:
            register(connection, "i", rows)
            connection.execute(f"CREATE VIEW w AS SELECT * FROM {parquet_sql(walked)}")  # noqa: S608  quoted
            connection.execute(f"CREATE VIEW s AS SELECT path, sha256, blake2b_256 FROM {parquet_sql(scores)}")  # noqa: S608  quoted
            view_previous(connection, previous)
            for batch in connection.sql(_FILES, params={"today": today}).to_arrow_reader(_BATCH_ROWS):
                writer.write_table(pa.Table.from_batches([batch]).cast(FILES_SCHEMA))
        sync_to_disk(path)
    except OSError as error:
        raise disk_error(path, error) from error


def view_previous(connection: "duckdb.DuckDBPyConnection", previous: Path | None) -> None:
    """Make the view `p` of the files that were known before; it is empty if there are none."""
    if previous is None:
        connection.register("p", FILES_SCHEMA.empty_table())
    else:
        connection.execute(f"CREATE VIEW p AS SELECT * FROM {parquet_sql(previous)}")  # noqa: S608  quoted


def parquet_sql(path: Path, *, read: bool = True) -> str:
    """Return a Parquet file as a source of SQL, or only its quoted name."""
    quoted = "'" + str(path).replace("'", "''") + "'"
    return f"read_parquet({quoted}, hive_partitioning = false)" if read else quoted


def _count(connection: "duckdb.DuckDBPyConnection", source: str) -> int:
    return int(connection.sql(f"SELECT count(*) FROM {source}").fetchall()[0][0])  # noqa: S608  no user input
