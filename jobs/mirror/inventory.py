"""Holds the artifacts of a mirror as an Arrow table, compact in memory, and gives its rows their full columns.

A run holds all artifacts of a mirror in memory, up to twenty million. The compact table (`COMPACT`) stores a digest in
32 bytes and derives the path from it; projects, versions and kinds are dictionary-encoded. `expand` and `register`
give rows the columns that code and SQL use (`SCHEMA`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.contract import WalkNote
from jobs.mirror.walk import WalkLog

if TYPE_CHECKING:
    import duckdb

SCHEMA = pa.schema(
    [
        pa.field("path", pa.string()),
        pa.field("filename", pa.string()),
        pa.field("size", pa.int64()),
        pa.field("project", pa.string()),
        pa.field("version", pa.string()),
        pa.field("kind", pa.string()),
        pa.field("blake2b_256", pa.string()),
        pa.field("upload_time", pa.timestamp("us", tz="UTC")),
        pa.field("listed", pa.bool_()),
        pa.field("yanked", pa.bool_()),
    ]
)
"""Full columns of an artifact, with the names and meanings of `features.contract.Artifact`."""

_DICTIONARY = pa.dictionary(pa.int32(), pa.string())
COMPACT = pa.schema(
    [
        pa.field("digest", pa.binary(32)),
        pa.field("folder", pa.string()),
        pa.field("filename", pa.string()),
        pa.field("size", pa.int64()),
        *(pa.field(name, _DICTIONARY) for name in ("project", "version", "kind")),
        SCHEMA.field("upload_time"),
        pa.field("stands", pa.bool_()),
        *(SCHEMA.field(name) for name in ("listed", "yanked")),
    ]
)
"""Columns of `Inventory.rows`. `digest` is the one in the path; if it is null, `folder` is the path of its folder.

`stands` is true for a file that was not seen in this walk and stands as it was.
"""

STATUS = pa.field("project_status", _DICTIONARY)
"""Column that `Inventory.rows` has too: the status of the file's project (PEP 792), "" if its page states none, null if
that page could not be read."""

KNOWN = pa.schema(
    [
        *(pa.field(name, pa.date32()) for name in ("first_seen", "verified", "unlisted_since", "replaced")),
        pa.field("known_sha256", pa.binary()),
    ]
)
"""Columns that `jobs.run.known_files` adds to the rows.

They are the days on which boojum first saw the file, last compared its bytes, on which its page no longer listed it,
and on which its bytes were last found replaced. `known_sha256` is null if the file has the bytes that the digest in its
path names, or if its bytes are not known.
"""
_ABSENT = {
    "stands": "false",
    "project_status": "NULL::VARCHAR",
    **dict.fromkeys(KNOWN.names[:-1], "NULL::DATE"),
    "known_sha256": "NULL::BLOB",
}

ORDER = ("project", "version", "filename", "digest", "folder")
"""Columns that rows are sorted by, so that a project's rows are together and equal filenames by path."""

_CHUNK_ROWS = 131_072

_PACKAGE_PATH = "packages/{}/{}/{}/{}"
_PACKAGE_PATH_PATTERN = re.compile(_PACKAGE_PATH.format("([0-9a-f]{2})", "([0-9a-f]{2})", "([0-9a-f]{60})", "[^/]+"))
_HEX = "lower(hex(digest))"
_SQL_PATH = _PACKAGE_PATH.format(
    *(f"' || {sql} || '" for sql in (f"{_HEX}[1:2]", f"{_HEX}[3:4]", f"{_HEX}[5:]", "filename"))
)
_EXPAND_SQL = f"""
    SELECT * EXCLUDE (digest, folder), CASE
        WHEN digest IS NOT NULL THEN '{_SQL_PATH}'
        WHEN folder = '' THEN filename ELSE concat(folder, '/', filename) END AS path,
        coalesce({_HEX}, '') AS blake2b_256
    FROM """  # noqa: S608  no value of a caller


def package_path(digest: str, filename: str) -> str:
    """Return the path of a file below bandersnatch's web folder; `digest` is its BLAKE2b-256 in 64 hex digits."""
    return _PACKAGE_PATH.format(digest[:2], digest[2:4], digest[4:], filename)


def package_path_digest(path: str) -> bytes | None:
    """Return the digest (32 bytes) in a path of the form of `package_path`, None for any other path."""
    match = _PACKAGE_PATH_PATTERN.fullmatch(path)
    return None if match is None else bytes.fromhex(match[1] + match[2] + match[3])


@dataclass(frozen=True, slots=True)
class Inventory:
    """All artifacts of a mirror as rows of `COMPACT`, sorted by `ORDER`.

    The column `listed` is null if there are no index pages, or if the project's page could not be read; `yanked` is
    null unless `listed` is true. The last column is `STATUS`. `notes` are at most a thousand of each code. `counts` has
    all of them by code (`jobs.mirror.walk.CODES`), and `artifacts`, `bytes` and `pages` (project pages that were read).
    `log` is that of the walk.
    """

    rows: pa.Table
    notes: tuple[WalkNote, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    log: WalkLog = field(default_factory=WalkLog, compare=False, repr=False)

    @property
    def table(self) -> pa.Table:
        """The rows as a table of `SCHEMA`, made at each access and three times as large: not for a whole mirror."""
        return expand(self.rows)


def expand(rows: pa.Table) -> pa.Table:
    """Return rows of `COMPACT` as a table of `SCHEMA`; return a table of `SCHEMA` unchanged."""
    if "digest" not in rows.column_names:
        return rows
    digests = ["" if digest is None else digest.hex() for digest in rows.column("digest").to_pylist()]
    made = {"path": pa.array(artifact_paths(rows), pa.string()), "blake2b_256": pa.array(digests, pa.string())}
    columns = [made[each.name] if each.name in made else rows.column(each.name).cast(each.type) for each in SCHEMA]
    return pa.table(columns, schema=SCHEMA)


def artifact_paths(rows: pa.Table | pa.RecordBatch) -> list[str]:
    """Return the paths of rows with the columns digest, folder and filename of `COMPACT`."""
    paths = []
    for digest, folder, filename in zip(
        *(rows.column(name).to_pylist() for name in ("digest", "folder", "filename")), strict=True
    ):
        if digest is None:
            paths.append(f"{folder}/{filename}" if folder else filename)
        else:
            paths.append(package_path(digest.hex(), filename))
    return paths


def register(connection: "duckdb.DuckDBPyConnection", name: str, rows: pa.Table) -> None:
    """Make rows of `COMPACT` or `SCHEMA` a view of a connection: the columns of `SCHEMA`, and all others.

    Columns of `KNOWN`, and those that only `COMPACT` has, are null where the rows lack them.
    """
    connection.register(f"{name}_rows", rows)
    absent = "".join(f", {value} AS {column}" for column, value in _ABSENT.items() if column not in rows.column_names)
    source = f"({_EXPAND_SQL} {name}_rows)" if "digest" in rows.column_names else f"{name}_rows"
    connection.execute(f"CREATE VIEW {name} AS SELECT *{absent} FROM {source}")  # noqa: S608  no value of a caller


def sort_rows(columns: dict[str, pa.ChunkedArray]) -> pa.Table:
    """Return the columns of `COMPACT` as a table sorted by `ORDER`, with dictionaries that are distinct and sorted too.

    To bound memory, each column is removed from the mapping before it is sorted, so that at most one exists twice, and
    freed memory is returned to the system. A column is first made contiguous, because taking rows of a chunked column
    concatenates it every time; contiguous strings need 64-bit offsets. The result is chunked again.
    """
    for name in ("project", "version", "kind"):
        columns[name] = _sorted_dictionary(columns[name])
    keys = {name: columns[name].indices if name in {"project", "version"} else columns[name] for name in ORDER}
    pool = pa.default_memory_pool()
    pool.release_unused()
    order = pc.sort_indices(pa.table(keys), sort_keys=[(name, "ascending") for name in ORDER])
    del keys
    sorted_columns = []
    for column in COMPACT:
        whole = _contiguous(columns.pop(column.name))
        pool.release_unused()
        starts = range(0, len(order), _CHUNK_ROWS)
        chunks = [whole.take(order[start : start + _CHUNK_ROWS]).cast(column.type) for start in starts]
        sorted_columns.append(pa.chunked_array(chunks, column.type))
        del whole, chunks
        pool.release_unused()
    return pa.table(sorted_columns, schema=COMPACT)


def _sorted_dictionary(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return a dictionary-encoded column as one array whose indices compare as its values do."""
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):  # there are no rows
        whole = pa.array([], column.type)
    order = pc.sort_indices(whole.dictionary).to_numpy()
    ranks = np.empty(len(order), np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    codes = ranks[whole.indices.to_numpy(zero_copy_only=False)] if len(whole) else np.empty(0, np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(codes), whole.dictionary.take(pa.array(order)))


def _contiguous(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    if isinstance(column, pa.Array):
        return column
    return (column.cast(pa.large_string()) if column.type == pa.string() else column).combine_chunks()
