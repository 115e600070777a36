"""A mirror's artifacts as a table, twice: in the columns that the code and SQL speak of, and in few bytes.

Twenty million artifacts are held in memory for as long as a run lasts. In few bytes a digest is 32 of them and not
64 of text that stand in the path once more; a path is made of its digest where it is asked for; and projects,
versions and kinds are numbers of words that are there once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.contract import Artifact, Kind
from jobs.contract import WalkFinding

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
"""Columns of `Inventory.table`, by the names and meanings of `features.contract.Artifact`."""

_WORDS = pa.dictionary(pa.int32(), pa.string())
COMPACT = pa.schema(
    [
        pa.field("digest", pa.binary(32)),
        pa.field("folder", pa.string()),
        pa.field("filename", pa.string()),
        pa.field("size", pa.int64()),
        *(pa.field(name, _WORDS) for name in ("project", "version", "kind")),
        *(SCHEMA.field(name) for name in ("upload_time", "listed", "yanked")),
    ]
)
"""Columns of `Inventory.rows`. What has a digest stands under it; else `folder` is the path without the filename."""

ORDER = ("project", "version", "filename", "digest", "folder")
"""What rows are sorted by: projects together, and what has one name in the order of its path."""

_PIECE = 131_072
_HEX = "lower(hex(digest))"
_VIEW = f"""
    SELECT * EXCLUDE (digest, folder), CASE
        WHEN digest IS NOT NULL
            THEN concat('packages/', {_HEX}[1:2], '/', {_HEX}[3:4], '/', {_HEX}[5:], '/', filename)
        WHEN folder = '' THEN filename ELSE concat(folder, '/', filename) END AS path,
        coalesce({_HEX}, '') AS blake2b_256
    FROM """  # noqa: S608  no value of a caller


@dataclass(frozen=True, slots=True)
class Inventory:
    """Every artifact of a mirror as rows of `COMPACT`, sorted by `ORDER`.

    `listed` is null where there are no index pages, or where the project's page could not be read; `yanked` is null
    where `listed` is not true. `findings` holds at most a thousand of each code, `counts` has all of them, by the
    codes of `jobs.mirror.walk.CODES`, with `artifacts`, `bytes` and `pages` (project pages that were read).
    """

    rows: pa.Table
    findings: tuple[WalkFinding, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def table(self) -> pa.Table:
        """The rows as a table of `SCHEMA`, made anew and three times as large: for parts of a mirror."""
        return expand(self.rows)

    def artifacts(self) -> Iterator[Artifact]:
        """Yield the rows as artifacts, in the table's order."""
        for start in range(0, len(self.rows), 8_192):
            for row in expand(self.rows.slice(start, 8_192)).to_pylist():
                yield Artifact(**{**row, "kind": Kind(row["kind"])})


def expand(rows: pa.Table) -> pa.Table:
    """Return rows of `COMPACT` as a table of `SCHEMA`; a table of `SCHEMA` as it is."""
    if "digest" not in rows.column_names:
        return rows
    digests = ["" if digest is None else digest.hex() for digest in rows.column("digest").to_pylist()]
    made = {"path": pa.array(paths_of(rows), pa.string()), "blake2b_256": pa.array(digests, pa.string())}
    columns = [made[each.name] if each.name in made else rows.column(each.name).cast(each.type) for each in SCHEMA]
    return pa.table(columns, schema=SCHEMA)


def paths_of(rows: pa.Table | pa.RecordBatch) -> list[str]:
    """Return the paths of rows of `COMPACT`, of which only the columns digest, folder and filename are looked at."""
    paths = []
    for digest, folder, filename in zip(
        *(rows.column(name).to_pylist() for name in ("digest", "folder", "filename")), strict=True
    ):
        if digest is None:
            paths.append(f"{folder}/{filename}" if folder else filename)
        else:
            said = digest.hex()
            paths.append(f"packages/{said[:2]}/{said[2:4]}/{said[4:]}/{filename}")
    return paths


def register(connection: "duckdb.DuckDBPyConnection", name: str, rows: pa.Table) -> None:
    """Give a connection rows of either schema under a name, with the columns of `SCHEMA` and what else they have."""
    if "digest" not in rows.column_names:
        connection.register(name, rows)
        return
    connection.register(f"{name}_rows", rows)
    connection.execute(f"CREATE VIEW {name} AS {_VIEW} {name}_rows")


def sort_rows(columns: dict[str, pa.ChunkedArray]) -> pa.Table:
    """Return the rows of `COMPACT` that these columns are, in their order, each word there once and in order too.

    The columns are taken out of the mapping one by one, so that where nobody else holds them no more than one is
    there twice, and what is freed is given back before the next is made. Each is laid in one piece first: to take rows
    from a column of many pieces costs all of them, and in one piece strings need offsets of 64 bits. The result has
    pieces of a hundred thousand rows, so that 32 bits hold again.
    """
    for name in ("project", "version", "kind"):
        columns[name] = _ordered_words(columns[name])
    keys = {name: columns[name].indices if name in {"project", "version"} else columns[name] for name in ORDER}
    pool = pa.default_memory_pool()
    pool.release_unused()
    order = pc.sort_indices(pa.table(keys), sort_keys=[(name, "ascending") for name in ORDER])
    del keys
    sorted_columns = []
    for column in COMPACT:
        whole = _lay(columns.pop(column.name))
        pool.release_unused()
        pieces = [whole.take(order[start : start + _PIECE]).cast(column.type) for start in range(0, len(order), _PIECE)]
        sorted_columns.append(pa.chunked_array(pieces, column.type))
        del whole, pieces
        pool.release_unused()
    return pa.table(sorted_columns, schema=COMPACT)


def _ordered_words(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return words as numbers that compare as the words do."""
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):  # no row at all
        whole = pa.array([], column.type)
    order = pc.sort_indices(whole.dictionary).to_numpy()
    ranks = np.empty(len(order), np.int32)
    ranks[order] = np.arange(len(order), dtype=np.int32)
    codes = ranks[whole.indices.to_numpy(zero_copy_only=False)] if len(whole) else np.empty(0, np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(codes), whole.dictionary.take(pa.array(order)))


def _lay(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    if isinstance(column, pa.Array):
        return column
    return (column.cast(pa.large_string()) if column.type == pa.string() else column).combine_chunks()
