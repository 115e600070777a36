"""What only this mirror can say of a finding: who depends on it, whom it imitates, whether its code is our own.

It stands beside the reasons and moved no score. No feature looks at it: a model is fitted once, on the shipped list
of popular names and the shipped index of known code, and a column that meant something else on every mirror would
mislead it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from audit.contract import Finding
from features.reference.known_code import KnownCode
from features.reference.popular_names import imitation_of

if TYPE_CHECKING:
    import duckdb

_BATCH = 50
"""Findings whose digests are in memory at once; a large release has some ten thousand."""

# The names are few and the rows are many: they are read as a stream and hardly any is kept.
_DEPENDENTS = """
    SELECT f.requires, count(DISTINCT a.project)
    FROM (SELECT path, size, sha256, unnest(requires) AS requires FROM features) f
    SEMI JOIN (SELECT unnest(?::VARCHAR[]) AS name) w ON f.requires = w.name
    JOIN artifacts a ON a.path = f.path AND a.size = f.size AND a.sha256 = f.sha256
    WHERE a.project <> f.requires
    GROUP BY 1
"""
_RANKED = """
    SELECT requires, count(DISTINCT project) AS dependents FROM requires WHERE project <> requires
    GROUP BY 1 ORDER BY dependents DESC, requires LIMIT ?
"""
_MEMBERS = """
    SELECT f.sha256, f.path, f.members FROM features f
    SEMI JOIN (SELECT unnest(?::VARCHAR[]) AS sha256, unnest(?::VARCHAR[]) AS path) w
    ON f.sha256 = w.sha256 AND f.path = w.path
"""


def count_dependents(connection: "duckdb.DuckDBPyConnection", names: Sequence[str]) -> Mapping[str, int]:
    """Return how many other projects on the mirror depend on each of the names, in any of their releases there.

    Optional dependencies count, as they do in the shipped list. Names nobody depends on are left out.
    """
    return dict(connection.execute(_DEPENDENTS, [sorted(set(names))]).fetchall()) if names else {}


def rank_names(connection: "duckdb.DuckDBPyConnection", most: int) -> list[tuple[str, int]]:
    """Return the names that the most projects on the mirror depend on, with how many do, the most first."""
    return [(name, count) for name, count in connection.execute(_RANKED, [most]).fetchall()]


def imitated_by(project: str) -> str:
    """Return the popular project whose name a project's name is near to; "" where it merely has one in it."""
    found = imitation_of(project)
    return found.target if found.likened else ""


def with_dependents(connection: "duckdb.DuckDBPyConnection", findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings with whom they imitate and how many projects depend on them and on those."""
    imitated = {finding.project: imitated_by(finding.project) for finding in findings}
    counts = count_dependents(connection, [name for name in {*imitated, *imitated.values()} if name])
    return tuple(
        replace(
            finding,
            imitates=imitated[finding.project],
            imitates_dependents=counts.get(imitated[finding.project], 0),
            dependents=counts.get(finding.project, 0),
        )
        for finding in findings
    )


def with_own_code(
    connection: "duckdb.DuckDBPyConnection", findings: Sequence[Finding], own: KnownCode | None
) -> tuple[Finding, ...]:
    """Return the findings with how much of each the operator's own index knows; as they are without one.

    The digests are those of the store, so that nothing is read again. A file that is too short to be anybody's is
    in no index and counts as not known.
    """
    if own is None:
        return tuple(findings)
    shares: dict[tuple[str, str], tuple[float, str]] = {}
    for at in range(0, len(findings), _BATCH):
        some = findings[at : at + _BATCH]
        asked = [[finding.sha256 for finding in some], [finding.path for finding in some]]
        for sha256, path, members in connection.execute(_MEMBERS, asked).fetchall():
            if members:
                shares[sha256, path] = _known_of(members, own)
    return tuple(
        replace(finding, own_known_share=shares[key][0], own_known_project=shares[key][1])
        if (key := (finding.sha256, finding.path)) in shares
        else finding
        for finding in findings
    )


def _known_of(members: Sequence[bytes], own: KnownCode) -> tuple[float, str]:
    positions = own.lookup([int.from_bytes(digest[:8], "big") for digest in members])
    known = [at for at in positions.tolist() if at >= 0]
    owners = Counter(own.projects[owner] for position in known for owner in own.owners_at(position))
    top = min(owners, key=lambda name: (-owners[name], name), default="")
    return len(known) / len(members), top


def context_of(finding: Finding) -> Iterator[str]:
    """Yield what is to be said of it beside the reasons, in sentences; names in them are raw."""
    if finding.imitates:
        depend = ""
        if finding.imitates_dependents:
            depend = f", on which {_projects(finding.imitates_dependents, 'of this mirror depend')}"
        yield f"Its name imitates {finding.imitates}{depend}."
    if finding.dependents:
        yield f"{_projects(finding.dependents, 'on this mirror depend')} on it."
    if finding.own_known_share:
        whose = f", most of them from {finding.own_known_project}" if finding.own_known_project else ""
        yield f"{finding.own_known_share:.0%} of its source files are in your own index of known code{whose}."


def _projects(count: int, depend: str) -> str:
    return f"1 project {depend}s" if count == 1 else f"{count:,} projects {depend}"
