"""Adds the context of this mirror to findings: dependents, the imitated project, and the operator's own code.

This context is shown beside the reasons and influences no score. A model is trained with the shipped list of popular
names and the shipped index of known code; a feature that differed between mirrors would mislead it.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from audit.contract import Finding
from features.archive.file_type import is_script
from features.contract import FileType
from features.reference.known_code import KnownCode
from features.reference.popular_names import compare_name

if TYPE_CHECKING:
    import duckdb

_CODE = frozenset((FileType.PYTHON, FileType.PTH))
_BATCH = 50
"""Findings whose members are in memory together; a large release has some ten thousand."""

# The semi join keeps only rows of the few names, so that the unnested requirements are never held in memory.
_DEPENDENTS = """
    SELECT f.name, count(DISTINCT a.project)
    FROM (SELECT path, size, sha256, unnest([r.name for r in requires]) AS name FROM features) f
    SEMI JOIN (SELECT unnest(?::VARCHAR[]) AS name) w ON f.name = w.name
    JOIN artifacts a ON a.path = f.path AND a.size = f.size AND a.sha256 = f.sha256
    WHERE a.project <> f.name
    GROUP BY 1
"""
_RANKED = """
    SELECT name, count(DISTINCT project) AS dependents FROM requires WHERE project <> name AND name <> ''
    GROUP BY 1 ORDER BY dependents DESC, name LIMIT ?
"""
_MEMBERS = """
    SELECT f.sha256, f.path, [{'path': m.path, 'digest': m.digest, 'file_type': m.file_type} for m in f.members]
    FROM features f
    SEMI JOIN (SELECT unnest(?::VARCHAR[]) AS sha256, unnest(?::VARCHAR[]) AS path) w
    ON f.sha256 = w.sha256 AND f.path = w.path
"""


def count_dependents(connection: "duckdb.DuckDBPyConnection", names: Sequence[str]) -> Mapping[str, int]:
    """Return the number of other projects on the mirror that depend on each name in any release.

    Optional dependencies count, as in the shipped list of popular names. A name without dependents is left out.
    """
    return dict(connection.execute(_DEPENDENTS, [sorted(set(names))]).fetchall()) if names else {}


def rank_by_dependents(connection: "duckdb.DuckDBPyConnection", top: int) -> list[tuple[str, int]]:
    """Return the `top` names with the most dependents on the mirror and their number, the highest first."""
    return [(name, count) for name, count in connection.execute(_RANKED, [top]).fetchall()]


def imitated_project(project: str) -> str:
    """Return the popular project with a similar name; "" for none, and where the name merely contains a popular one."""
    imitation = compare_name(project)
    return imitation.target if imitation.resembled else ""


def add_dependents(connection: "duckdb.DuckDBPyConnection", findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings with the projects they imitate, and with the dependents of both."""
    imitated = {finding.project: imitated_project(finding.project) for finding in findings}
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


def add_own_code(
    connection: "duckdb.DuckDBPyConnection", findings: Sequence[Finding], own: KnownCode | None
) -> tuple[Finding, ...]:
    """Return the findings with the share of source files that the operator's own index contains.

    `own` None leaves the findings unchanged. The digests come from the store, so no artifact is read. Files that are
    too short for an index count as unknown.
    """
    if own is None:
        return tuple(findings)
    shares: dict[tuple[str, str], tuple[float, str]] = {}
    for start in range(0, len(findings), _BATCH):
        batch = findings[start : start + _BATCH]
        keys = [[finding.sha256 for finding in batch], [finding.path for finding in batch]]
        for sha256, path, members in connection.execute(_MEMBERS, keys).fetchall():
            digests = {member["digest"] for member in members if _is_source(member["file_type"], member["path"])}
            if digests:
                shares[sha256, path] = _known_share(digests, own)
    return tuple(
        replace(finding, own_known_share=shares[key][0], own_known_project=shares[key][1])
        if (key := (finding.sha256, finding.path)) in shares
        else finding
        for finding in findings
    )


def _is_source(file_type: str, path: str) -> bool:
    """Return whether a listed member is source, as far as its type and its name say."""
    return file_type in _CODE or (file_type == FileType.TEXT and is_script(path, b""))


def _known_share(digests: Collection[bytes], own: KnownCode) -> tuple[float, str]:
    """Return the share of digests of source that an index contains, and the project that owns most of them."""
    positions = own.lookup([int.from_bytes(digest[:8], "big") for digest in digests])
    known = [position for position in positions.tolist() if position >= 0]
    owners = Counter(own.projects[owner] for position in known for owner in own.owners_at(position))
    top = min(owners, key=lambda name: (-owners[name], name), default="")
    return len(known) / len(digests), top


def describe_context(finding: Finding) -> Iterator[str]:
    """Yield the context of a finding as sentences; the names in them are hostile text, unescaped."""
    if finding.imitates:
        dependents = ""
        if finding.imitates_dependents:
            dependents = f", on which {_projects(finding.imitates_dependents, 'of this mirror depend')}"
        yield f"Its name imitates {finding.imitates}{dependents}."
    if finding.dependents:
        yield f"{_projects(finding.dependents, 'on this mirror depend')} on it."
    if finding.own_known_share:
        owner = f", most of them from {finding.own_known_project}" if finding.own_known_project else ""
        yield f"{finding.own_known_share:.0%} of its source files are in your own index of known code{owner}."


def _projects(count: int, verb: str) -> str:
    return f"1 project {verb}s" if count == 1 else f"{count:,} projects {verb}"
