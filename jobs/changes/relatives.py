"""Finds the nearest artifact of another project for artifacts without a release before them.

Two artifacts are near if they share contents that few projects have: a copy of a popular project with some files
changed is near to that project, and two projects with the same licence are not. The cost grows with the number of
contents on the mirror; nothing is compared with everything.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    import duckdb

MOST_PROJECTS = 50
"""Projects that may have a content before it says nothing: a licence, a vendored library."""
LEAST_WEIGHT = 2.0
"""Weight of the shared contents from which two artifacts are related; one that two projects of many have weighs 1."""
LEAST_SHARE = 0.2
"""The same as a share of the contents of the artifact that is asked about."""
MOST_NEAR = 3
"""Projects of which an artifact's nearest file is sought."""
LATER_DAYS = 1
"""Days by which a relative may be the younger one: the times of files that were copied together are in any order."""

_SOUGHT = """CREATE OR REPLACE TEMP TABLE sought AS
    SELECT s.id, s.project, s.kind, s.context_upload_time AS time, x.digest
    FROM member_index x JOIN seekers s
        ON x.part = s.part AND x.project = s.project AND s.row BETWEEN x.first AND x.last"""
_RARE = """CREATE OR REPLACE TEMP TABLE rare AS
    SELECT digest, ln(1 + $projects / count(DISTINCT project)) / ln(1 + $projects) AS weight
    FROM member_index SEMI JOIN sought USING (digest)
    GROUP BY digest HAVING count(DISTINCT project) BETWEEN 2 AND $most"""
_SHARED = """CREATE OR REPLACE TEMP TABLE shared AS
    SELECT s.id, s.kind, s.time, x.project, x.part, x.first, x.last, s.digest, r.weight
    FROM sought s JOIN rare r USING (digest) JOIN member_index x USING (digest) WHERE x.project <> s.project"""
_NEAR = """CREATE OR REPLACE TEMP TABLE near AS
    SELECT id, project, sum(weight) AS weight
    FROM (SELECT DISTINCT id, project, digest, weight FROM shared)
    JOIN (SELECT id, count(*) AS contents FROM sought GROUP BY id) USING (id)
    GROUP BY id, project, contents HAVING sum(weight) >= greatest($least, $share * contents)
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY sum(weight) DESC, project) <= $near"""
# A flagged release is no base with any of its files.
_BEST = """INSERT INTO wanted
    SELECT id, base, 'relative', NULL, NULL FROM (
        SELECT n.id, k.id AS base
        FROM near n JOIN shared h ON n.id = h.id AND n.project = h.project
        JOIN keys k ON k.part = h.part AND k.project = h.project AND k.row BETWEEN h.first AND h.last
        ANTI JOIN (SELECT project, version FROM keys WHERE flagged) f ON k.project = f.project AND k.version = f.version
        WHERE k.readable AND (h.time IS NULL OR k.context_upload_time IS NULL
            OR k.context_upload_time <= h.time + to_days($later))
        GROUP BY n.id, n.weight, k.id, k.kind, h.kind, k.path
        QUALIFY row_number() OVER (
            PARTITION BY n.id ORDER BY n.weight DESC, sum(h.weight) DESC, k.kind = h.kind DESC, k.path) = 1
    )"""


def find_relatives(connection: "duckdb.DuckDBPyConnection", index_files: Sequence[Path], projects: int) -> int:
    """Add the nearest relatives of the artifacts in the table `seekers` to the table `wanted`; return their number.

    The connection has the tables of `jobs.changes.plan`. File `i` of the index is that of the part of the number `i`.
    `projects` is the number of projects on the mirror.
    """
    if not index_files:
        return 0
    parts = pa.table(
        {"file": [str(file) for file in index_files], "part": pa.array(range(len(index_files)), pa.int32())}
    )
    connection.register("index_parts", parts)
    listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in index_files)
    connection.execute(
        f"""CREATE OR REPLACE TEMP VIEW member_index AS SELECT p.part, x.* EXCLUDE (file)
        FROM read_parquet([{listed}], hive_partitioning = false, filename = 'file') x JOIN index_parts p USING (file)"""  # noqa: S608  no user input
    )
    connection.execute(_SOUGHT)
    connection.execute(_RARE, {"projects": float(max(projects, 2)), "most": MOST_PROJECTS})
    connection.execute(_SHARED)
    connection.execute(_NEAR, {"least": LEAST_WEIGHT, "share": LEAST_SHARE, "near": MOST_NEAR})
    connection.execute(_BEST, {"later": LATER_DAYS})
    return int(connection.sql("SELECT count(*) FROM wanted WHERE kind = 'relative'").fetchall()[0][0])
