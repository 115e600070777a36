"""Plans which artifacts are compared with which bases: only those of projects in which something may have changed.

All steps run in a database that spills to disk. A project is touched if a file of it is new or flagged, if a base of
one was flagged, yanked or replaced or has left the mirror, or if a file that was passed over may be a base again.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from jobs.changes.bases import choose, read_files
from jobs.changes.current import NOTES, run_of
from jobs.changes.relatives import find_relatives
from jobs.mirror.inventory import register
from jobs.store.part_store import FILE_KEY, HAS_DOUBLES_SQL, SAME_FILE_SQL

if TYPE_CHECKING:
    import duckdb

KEYS = pa.schema(
    [
        *FILE_KEY,
        *(pa.field(name, pa.string()) for name in ("kind", "status")),
        pa.field("files_members", pa.int32()),
    ]
)
"""Columns of the feature store that the plan needs."""
KNOWN = ("project", "path", "size", "sha256", "base_kind", "base_path", "base_size", "base_sha256")
"""Columns of the change store that it needs."""

_CHUNK_ROWS = 65_536
_NORMAL = "lower(regexp_replace({}, '[-_.]+', '-', 'g'))"
_KEYS = f"""CREATE TABLE keys AS
    SELECT row_number() OVER () AS id, {_NORMAL.format("i.project")} AS project, i.version, i.filename, f.kind, i.path,
        i.size, f.sha256, f.status, i.upload_time AS context_upload_time, i.yanked AS context_yanked, f.part, f.row,
        coalesce(f.files_members, 0) AS members, f.status <> 'unreadable' AS readable,
        f.sha256 IN (SELECT sha256 FROM flagged) AS flagged
    FROM i JOIN f ON {SAME_FILE_SQL} {{only}}"""  # noqa: S608  no value of a caller
_SAME = "{0}.path = {1}.path AND {0}.size = {1}.size AND {0}.sha256 = {1}.sha256"
_SAME_BASE = "c.base_path = k.path AND c.base_size = k.size AND c.base_sha256 = k.sha256"
_TOUCHED = f"""CREATE TABLE touched AS SELECT DISTINCT project FROM (
    SELECT k.project FROM keys k ANTI JOIN known c ON {_SAME.format("k", "c")} WHERE k.readable
    UNION ALL SELECT project FROM keys WHERE flagged
    UNION ALL SELECT c.project FROM known c JOIN flagged g ON c.base_sha256 = g.sha256
    UNION ALL SELECT c.project FROM known c LEFT JOIN keys k ON {_SAME_BASE}
        WHERE c.base_path IS NOT NULL AND (k.path IS NULL OR k.context_yanked)
    UNION ALL SELECT c.project FROM notes c LEFT JOIN keys k ON {_SAME.format("c", "k")}
        WHERE c.excluded AND NOT coalesce(k.flagged OR k.context_yanked, false)
    UNION ALL SELECT project FROM known_rows WHERE run = $adopted)
    WHERE project <> ''"""  # noqa: S608  no value of a caller
_TOUCHED_KEYS = "CREATE TABLE touched_keys AS SELECT * FROM keys SEMI JOIN touched USING (project)"
# The rows of an artifact under its newest run; the base is null if it has left the mirror or was replaced.
_CURRENT = f"""CREATE TABLE current AS
    SELECT k.id, c.base_kind AS kind, b.id AS base, coalesce(b.flagged, false) AS flagged, c.run
    FROM (SELECT *, max(run) OVER (PARTITION BY path, size, sha256) AS newest
        FROM known SEMI JOIN touched USING (project)) c
    JOIN touched_keys k ON {_SAME.format("c", "k")}
    LEFT JOIN keys b ON c.base_path = b.path AND c.base_size = b.size AND c.base_sha256 = b.sha256
    WHERE c.run = c.newest"""  # noqa: S608  no value of a caller
_WANTED = "CREATE TABLE wanted (id BIGINT, base BIGINT, kind VARCHAR, earlier INTEGER, usual FLOAT)"
# A relative stays as long as it may be a base, and an artifact that had none is not asked about again.
_KEEP_RELATIVES = """INSERT INTO wanted SELECT c.id, c.base, c.kind, NULL, NULL FROM current c
    ANTI JOIN (SELECT id FROM wanted WHERE kind = 'release') w USING (id)
    WHERE c.kind = 'relative' AND c.base IS NOT NULL AND NOT c.flagged"""
_SEEKERS = """CREATE TABLE seekers AS SELECT * FROM touched_keys k
    ANTI JOIN (SELECT id FROM wanted WHERE kind IN ('release', 'relative')) w USING (id)
    ANTI JOIN (SELECT id FROM current GROUP BY id HAVING NOT bool_or(coalesce(kind, '') IN ('release', 'relative'))) c
        USING (id)
    WHERE k.readable"""
_CHANGED = """CREATE TABLE changed AS SELECT DISTINCT id FROM (
    (SELECT id, kind, base FROM wanted EXCEPT SELECT id, kind, base FROM current)
    UNION ALL (SELECT id, kind, base FROM current WHERE kind IS NOT NULL EXCEPT SELECT id, kind, base FROM wanted))"""
_PAIRS = """SELECT w.id, w.kind AS base_kind, w.earlier AS earlier_releases, w.usual AS usual_days, k.part, k.row,
        b.part AS base_part, b.row AS base_row, k.members + b.members AS members
    FROM wanted w JOIN changed USING (id) JOIN keys k ON k.id = w.id JOIN keys b ON b.id = w.base
    ORDER BY k.project, k.path, w.kind"""
_NOTES = f"""SELECT * FROM (
    SELECT k.id, k.project, k.path, k.size, k.sha256,
        k.readable AND w.id IS NULL AND (c.id IS NULL OR c.has_base) AS baseless,
        (k.flagged OR coalesce(k.context_yanked, false)) AND x.path IS NULL AS excluded,
        (h.id IS NOT NULL OR a.path IS NOT NULL) AND r.path IS NOT NULL AS superseded
    FROM touched_keys k
    LEFT JOIN (SELECT DISTINCT id FROM wanted) w USING (id)
    LEFT JOIN (SELECT id, bool_or(kind IS NOT NULL) AS has_base FROM current GROUP BY id) c USING (id)
    LEFT JOIN changed h USING (id)
    LEFT JOIN (SELECT DISTINCT path, size, sha256 FROM notes WHERE excluded) x ON {_SAME.format("k", "x")}
    LEFT JOIN (SELECT DISTINCT path, size, sha256 FROM known_rows WHERE run < $adopted) r ON {_SAME.format("k", "r")}
    LEFT JOIN (SELECT DISTINCT path, size, sha256 FROM known_rows WHERE run = $adopted) a ON {_SAME.format("k", "a")}
    ) WHERE baseless OR excluded OR superseded ORDER BY project, path"""  # noqa: S608  no value of a caller


@dataclass(frozen=True, slots=True)
class ChangeUnit:
    """The pairs that a worker compares, and the artifact (a number) of each.

    `pairs` has the columns base_kind, earlier_releases, usual_days, and the places of both rows (part, row, base_part,
    base_row), where parts are positions in `parts`.
    """

    parts: tuple[Path, ...]
    pairs: pa.Table
    artifacts: pa.Array

    def halves(self) -> tuple["ChangeUnit", ...]:
        """Return the unit in two, each with whole artifacts; () if it has one artifact."""
        distinct = self.artifacts.unique()
        if len(distinct) <= 1:
            return ()
        middle = self.artifacts.index(distinct[len(distinct) // 2]).as_py()
        return (
            ChangeUnit(self.parts, self.pairs.slice(0, middle), self.artifacts.slice(0, middle)),
            ChangeUnit(self.parts, self.pairs.slice(middle), self.artifacts.slice(middle)),
        )


@dataclass(frozen=True, slots=True)
class PlanCounts:
    """Figures of a plan: touched projects, artifacts of them, artifacts to compare, pairs, and relatives found."""

    projects: int
    artifacts: int
    changed: int
    pairs: int
    relatives: int


class Plan:
    """A plan in an open database; `counts` are its figures."""

    def __init__(self, connection: "duckdb.DuckDBPyConnection", parts: Sequence[Path], adopted_run: int) -> None:
        self._connection = connection
        self._parts = parts
        self._adopted_run = adopted_run
        self.counts = PlanCounts(0, 0, 0, 0, 0)

    def units(self, pairs: int, members: int) -> Iterator[ChangeUnit]:
        """Yield the pairs in units of at most so many pairs and members, each with whole artifacts, by project."""
        reader = self._connection.cursor().sql(_PAIRS).to_arrow_reader(_CHUNK_ROWS)
        held = reader.schema.empty_table()
        for batch in reader:
            held = pa.concat_tables([held, pa.Table.from_batches([batch])]).combine_chunks()
            cuts = _cuts(held, pairs, members)
            # The artifact at the end may go on in the next batch.
            for start, end in pairwise(cuts):
                yield self._unit(held.slice(start, end - start))
            held = held.slice(cuts[-1])
        if len(held):
            yield self._unit(held)

    def notes(self) -> pa.Table:
        """Return the notes (`NOTES`) to be written with the pairs, and for each the artifact it is about (`id`)."""
        return self._connection.sql(_NOTES, params={"adopted": self._adopted_run}).to_arrow_table()

    def outdated(self, adopted: Sequence[Path]) -> list[Path]:
        """Return which adopted parts hold rows of artifacts that are to be compared anew."""
        rows = self._connection.execute(
            f"""SELECT DISTINCT c.file FROM known_rows c JOIN keys k ON {_SAME.format("c", "k")}
            JOIN changed h ON h.id = k.id WHERE c.run = $adopted""",  # noqa: S608  no value of a caller
            {"adopted": self._adopted_run},
        ).fetchall()
        files = {row[0] for row in rows}
        return [part for part in adopted if str(part) in files]

    def projects(self) -> pa.Table:
        """Return the names of all projects on the mirror."""
        return self._connection.sql(
            f"SELECT DISTINCT {_NORMAL.format('project')} AS project FROM i WHERE project <> '' ORDER BY project"  # noqa: S608  no value of a caller
        ).to_arrow_table()

    def _unit(self, pairs: pa.Table) -> ChangeUnit:
        used = sorted({*pairs.column("part").to_pylist(), *pairs.column("base_part").to_pylist()})
        positions = {part: at for at, part in enumerate(used)}
        for name in ("part", "base_part"):
            at = pairs.column_names.index(name)
            moved = [positions[part] for part in pairs.column(name).to_pylist()]
            pairs = pairs.set_column(at, name, pa.array(moved, pa.int32()))
        artifacts = pairs.column("id").combine_chunks()
        if isinstance(artifacts, pa.ChunkedArray):
            artifacts = pa.concat_arrays(artifacts.chunks)
        kept = pairs.drop_columns(["id", "members"]).combine_chunks()
        return ChangeUnit(tuple(self._parts[part] for part in used), kept, artifacts)


def make_plan(
    connection: "duckdb.DuckDBPyConnection",
    inventory: pa.Table,
    feature_keys: pa.RecordBatchReader | pa.Table,
    feature_parts: Sequence[Path],
    index_files: Sequence[Path],
    change_parts: Sequence[Path],
    note_files: Sequence[Path],
    adopted: Sequence[Path],
    flagged: Collection[str],
) -> Plan:
    """Return the plan for an inventory.

    `feature_keys` are the rows of `KEYS` with their places (part, row); `change_parts` and `note_files` are those of
    finished runs, `adopted` the parts that a killed run left.
    """
    register(connection, "i", inventory)
    connection.register("f", feature_keys)
    connection.register("flagged", pa.table({"sha256": pa.array(sorted(flagged), pa.string())}))
    runs = sorted({run_of(file) for file in (*change_parts, *note_files)})
    adopted_run = len(runs)
    ordinals = {str(file): runs.index(run_of(file)) for file in (*change_parts, *note_files)}
    ordinals |= {str(file): adopted_run for file in adopted}
    connection.register(
        "file_runs",
        pa.table({"file": pa.array(list(ordinals), pa.string()), "run": pa.array(list(ordinals.values()), pa.int32())}),
    )
    _view_known(connection, [*change_parts, *adopted], note_files)
    newest = "QUALIFY row_number() OVER (PARTITION BY i.path, i.size ORDER BY f.part DESC, f.row DESC) = 1"
    connection.execute(_KEYS.format(only=newest if connection.sql(HAS_DOUBLES_SQL).fetchall() else ""))
    connection.execute(_TOUCHED, {"adopted": adopted_run})
    for statement in (_TOUCHED_KEYS, _CURRENT, _WANTED):
        connection.execute(statement)
    _choose(connection, flagged)
    connection.execute(_KEEP_RELATIVES)
    connection.execute(_SEEKERS)
    plan = Plan(connection, feature_parts, adopted_run)
    relatives = 0
    if _count(connection, "seekers"):
        relatives = find_relatives(connection, index_files, _count(connection, "(SELECT DISTINCT project FROM keys)"))
    connection.execute(_CHANGED)
    plan.counts = PlanCounts(
        projects=_count(connection, "touched"),
        artifacts=_count(connection, "touched_keys"),
        changed=_count(connection, "changed"),
        pairs=_count(connection, "wanted SEMI JOIN changed USING (id)"),
        relatives=relatives,
    )
    return plan


def _view_known(connection: "duckdb.DuckDBPyConnection", parts: Sequence[Path], notes: Sequence[Path]) -> None:
    """Make the views `known_rows` (rows of the change store with their file and run), `notes`, and `known` (both)."""
    columns = f"{_NORMAL.format('project')} AS project, " + ", ".join(KNOWN[1:])
    types = {"size": "BIGINT", "base_size": "BIGINT"}
    nothing = "SELECT " + ", ".join(f"NULL::{types.get(name, 'VARCHAR')} AS {name}" for name in KNOWN)
    rows = f"SELECT {columns}, file FROM {_read(parts)}"  # noqa: S608  no user input
    if not parts:
        rows = f"{nothing}, NULL::VARCHAR AS file WHERE false"
    connection.execute(
        f"CREATE TEMP VIEW known_rows AS SELECT r.*, run FROM ({rows}) r JOIN file_runs USING (file)"  # noqa: S608  no user input
    )
    if notes:
        source = f"SELECT * FROM {_read(notes)} JOIN file_runs USING (file)"  # noqa: S608  no user input
        connection.execute(f"CREATE TEMP VIEW notes AS {source}")
    else:
        empty = pa.schema([*NOTES, pa.field("file", pa.string()), pa.field("run", pa.int32())]).empty_table()
        connection.register("notes", empty)
    connection.execute(
        f"""CREATE TEMP VIEW known AS SELECT {", ".join(KNOWN)}, run FROM known_rows
        UNION ALL SELECT project, path, size, sha256, NULL, NULL, NULL, NULL, run FROM notes WHERE baseless"""  # noqa: S608  no user input
    )


def _read(files: Sequence[Path]) -> str:
    listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    return f"read_parquet([{listed}], hive_partitioning = false, filename = 'file')"


def _choose(connection: "duckdb.DuckDBPyConnection", flagged: Collection[str]) -> None:
    """Fill the table `wanted` with the bases of the touched projects, some projects at a time."""
    ordered = connection.cursor().sql("SELECT * FROM touched_keys ORDER BY project, path")
    reader = ordered.to_arrow_reader(_CHUNK_ROWS)
    held = reader.schema.empty_table()
    for batch in reader:
        held = pa.concat_tables([held, pa.Table.from_batches([batch])])
        projects = held.column("project")
        last = projects[-1].as_py()
        # The last project may go on in the next batch.
        complete = projects.index(last).as_py()
        if complete:
            _insert_bases(connection, held.slice(0, complete), flagged)
            held = held.slice(complete)
    _insert_bases(connection, held, flagged)


def _insert_bases(connection: "duckdb.DuckDBPyConnection", files: pa.Table, flagged: Collection[str]) -> None:
    ids = files.column("id").to_pylist()
    choices = list(choose(read_files(files, flagged)))
    made = pa.table(
        {
            "id": pa.array([ids[choice.file.row] for choice in choices], pa.int64()),
            "base": pa.array([ids[choice.base.row] for choice in choices], pa.int64()),
            "kind": pa.array([choice.kind.value for choice in choices], pa.string()),
            "earlier": pa.array([choice.earlier_releases for choice in choices], pa.int32()),
            "usual": pa.array([choice.usual_days for choice in choices], pa.float32()),
        }
    )
    connection.register("made", made)
    connection.execute("INSERT INTO wanted SELECT * FROM made")
    connection.unregister("made")


def _cuts(pairs: pa.Table, most: int, members: int) -> list[int]:
    """Return the rows at which units begin; each but the last is full."""
    cuts = [0]
    size = 0
    last = None
    ids = pairs.column("id").to_pylist()
    start_of_artifact, of_artifact = 0, 0
    for row, (artifact, number) in enumerate(zip(ids, pairs.column("members").to_pylist(), strict=True)):
        if artifact != last:
            start_of_artifact, of_artifact, last = row, 0, artifact
        size += number
        of_artifact += number
        if start_of_artifact > cuts[-1] and (row + 1 - cuts[-1] > most or size > members):
            cuts.append(start_of_artifact)
            size = of_artifact
    return cuts


def _count(connection: "duckdb.DuckDBPyConnection", source: str) -> int:
    return int(connection.sql(f"SELECT count(*) FROM {source}").fetchall()[0][0])  # noqa: S608  no user input
