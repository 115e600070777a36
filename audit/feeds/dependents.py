"""Finds the releases on a mirror whose requirements, without an extra, allow a version of another project."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa
from packaging.specifiers import SpecifierSet

from audit.feeds.contract import Dependent

if TYPE_CHECKING:
    import duckdb

LISTED = 24
"""Dependents that a finding lists."""
Release: TypeAlias = tuple[str, str]
"""Project and version."""
# The semi join keeps only rows of the few names, so that the unnested requirements are never held in memory.
_DECLARED = """
    CREATE TEMP TABLE declared AS SELECT a.project, a.version, f.r.name AS name, f.r.specifier AS specifier,
        f.r.marker AS marker
    FROM (SELECT path, size, sha256, unnest(requires) AS r FROM features) f
    SEMI JOIN (SELECT unnest(?::VARCHAR[]) AS name) w ON f.r.name = w.name
    JOIN artifacts a ON a.path = f.path AND a.size = f.size AND a.sha256 = f.sha256
    WHERE coalesce(f.r.extra, '') = '' AND a.project <> f.r.name
"""
_ALLOWED = f"""
    SELECT name, wanted, count(*) AS projects,
        list(struct_pack(project := project, version := version, specifier := specifier, marker := marker)
            ORDER BY project)[:{LISTED}] AS listed
    FROM (
        SELECT d.name, k.version AS wanted, d.project, max(d.version) AS version,
            arg_max(d.specifier, d.version) AS specifier, arg_max(coalesce(d.marker, ''), d.version) AS marker
        FROM declared d JOIN allowed k ON d.name = k.name AND coalesce(d.specifier, '') = k.specifier GROUP BY 1, 2, 3
    ) GROUP BY 1, 2
"""  # noqa: S608  a number of ours


def find_requiring(
    connection: "duckdb.DuckDBPyConnection", releases: Collection[Release]
) -> Mapping[Release, tuple[tuple[Dependent, ...], int]]:
    """Return the releases that require each of these, bounded, and the number of their projects.

    The connection has the views artifacts and features. A specifier that does not parse allows every version.
    """
    if not releases:
        return {}
    versions: dict[str, set[str]] = {}
    for project, version in releases:
        versions.setdefault(project, set()).add(version)
    connection.execute(_DECLARED, [sorted(versions)])
    allowed = [
        (name, version, specifier or "")
        for name, specifier in connection.execute("SELECT DISTINCT name, specifier FROM declared").fetchall()
        for version in versions[name]
        if _allows(specifier or "", version)
    ]
    columns = list(zip(*allowed, strict=True)) or [(), (), ()]
    named = zip(("name", "version", "specifier"), columns, strict=True)
    connection.register("allowed", pa.table({name: pa.array(values, pa.string()) for name, values in named}))
    rows = connection.execute(_ALLOWED).fetchall()
    connection.execute("DROP TABLE declared")
    return {
        (name, version): (tuple(Dependent(**each) for each in listed), count) for name, version, count, listed in rows
    }


def _allows(specifier: str, version: str) -> bool:
    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except ValueError:  # a specifier or a version that does not parse
        return True
