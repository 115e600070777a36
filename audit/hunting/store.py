"""Answers a hunt from the store: hosts, digests, names, members, and text in what the evidence quotes."""

import re
from collections.abc import Iterator, Sequence

import duckdb
from packaging.utils import canonicalize_name

from audit.hunting.contract import Hunt, HuntError, HuntHit

_FACTS = "a.project, a.version, a.filename, a.path, a.sha256, coalesce(a.verdict, 'unreadable'), a.score"
_SHA256, _XXH3 = 64, 32
_HEX = re.compile(r"[0-9a-f]+")
_KEY = "USING (path, size, sha256)"


def hunt_store(connection: "duckdb.DuckDBPyConnection", hunt: Hunt) -> Iterator[HuntHit]:
    """Yield what the store has of a hunt, one hit for each place; raises HuntError on a condition that is no SQL."""
    _select_artifacts(connection, hunt.where)
    for host in hunt.hosts:
        yield from _hosts(connection, host.lower().rstrip("."))
    for digest in hunt.digests:
        yield from _digests(connection, digest.lower())
    for name in hunt.names:
        yield from _names(connection, name)
    for file, xxh3, sha256 in hunt.members:
        yield from _digests(connection, sha256, f"file {file}")
        yield from _digests(connection, xxh3, f"file {file}")
    for text in hunt.texts:
        yield from _quoted(connection, text)


def files_to_read(connection: "duckdb.DuckDBPyConnection") -> tuple[list[tuple[str, str]], list[int]]:
    """Return (path, file name) of the artifacts that a hunt is about, and their sizes; `hunt_store` comes first."""
    rows = connection.execute("SELECT path, filename, size FROM hunted ORDER BY path").fetchall()
    return [(path, filename) for path, filename, _ in rows], [size for _, _, size in rows]


def facts_of(connection: "duckdb.DuckDBPyConnection", path: str) -> HuntHit:
    """Return a hit that says which artifact has a path, and nothing yet of what was found."""
    statement = f"SELECT {_FACTS}, '', '' FROM hunted a WHERE a.path = $1"  # noqa: S608  our own text
    return next(_hits(connection, "", statement, [path]))


def _select_artifacts(connection: "duckdb.DuckDBPyConnection", where: str) -> None:
    condition = f"WHERE ({where}\n)" if where else ""
    try:
        statements = connection.extract_statements(f"SELECT path FROM artifacts {condition}")  # noqa: S608
        if len(statements) != 1:
            raise HuntError(f"--where {where!r} is more than a condition", "say one condition, like verdict <> 'clear'")
        connection.execute(f"CREATE OR REPLACE TEMP VIEW hunted AS SELECT * FROM artifacts {condition}")  # noqa: S608
        connection.execute("SELECT path FROM hunted LIMIT 0").fetchall()
    except duckdb.Error as error:
        first = str(error).splitlines()[0]
        raise HuntError(
            f"--where is no condition over the view artifacts: {first}",
            "`boojum query 'DESCRIBE artifacts'` lists columns",
        ) from error


def _hits(
    connection: "duckdb.DuckDBPyConnection", asked: str, statement: str, values: Sequence[object]
) -> Iterator[HuntHit]:
    cursor = connection.execute(statement, list(values))
    while rows := cursor.fetchmany(4_096):
        for project, version, filename, path, sha256, verdict, score, place, excerpt in rows:
            yield HuntHit(asked, project, version, filename, path, sha256, verdict, score, place or "", excerpt or "")


def _hosts(connection: "duckdb.DuckDBPyConnection", host: str) -> Iterator[HuntHit]:
    """Yield where a host or one below it is named; "*" stands for any letters."""
    matches = "h.host GLOB $1 OR h.host GLOB '*.' || $1"
    statement = f"""
        SELECT {_FACTS}, h.member || ':' || h.line, h.host
        FROM (
            SELECT path, size, sha256, unnest(list_filter(hosts, lambda h: {matches})) AS h FROM features
            WHERE len(list_filter(hosts, lambda h: {matches})) > 0
        ) f JOIN hunted a {_KEY}
    """  # noqa: S608  our own text
    yield from _hits(connection, f"host {host}", statement, [_glob(host)])


def _digests(connection: "duckdb.DuckDBPyConnection", digest: str, asked: str = "") -> Iterator[HuntHit]:
    """Yield the artifact with a sha256 or blake2b of 64 hex digits, or those with a member of an xxh3-128 of 32."""
    asked = asked or f"digest {digest}"
    if not _HEX.fullmatch(digest) or len(digest) not in {_SHA256, _XXH3}:
        raise HuntError(
            f"{digest!r} is no digest", "give the 64 hex digits of a file (sha256, blake2b-256), or the 32 of a member"
        )
    if len(digest) == _SHA256:
        statement = f"SELECT {_FACTS}, '', '' FROM hunted a WHERE a.sha256 = $1 OR a.blake2b_256 = $1"  # noqa: S608
        yield from _hits(connection, asked, statement, [digest])
        return
    statement = f"""
        SELECT {_FACTS}, m.path, ''
        FROM (
            SELECT path, size, sha256, unnest(list_filter(members, lambda m: m.digest = $1)) AS m FROM features
            WHERE list_contains(list_transform(members, lambda m: m.digest), $1)
        ) f JOIN hunted a {_KEY}
    """  # noqa: S608  our own text
    yield from _hits(connection, asked, statement, [bytes.fromhex(digest)])


def _names(connection: "duckdb.DuckDBPyConnection", name: str) -> Iterator[HuntHit]:
    """Yield artifacts by project or file name, and those with a member of that name, or of that path with a slash."""
    project = _glob(canonicalize_name(name))
    statement = f"SELECT {_FACTS}, '', '' FROM hunted a WHERE a.project GLOB $1 OR a.filename GLOB $2"  # noqa: S608
    yield from _hits(connection, f"name {name}", statement, [project, _glob(name)])
    part = "m.path" if "/" in name else "regexp_extract(m.path, '[^/]*$')"
    matches = f"{part} GLOB $1"
    statement = f"""
        SELECT {_FACTS}, m.path, ''
        FROM (
            SELECT path, size, sha256, unnest(list_filter(members, lambda m: {matches})) AS m FROM features
            WHERE len(list_filter(members, lambda m: {matches})) > 0
        ) f JOIN hunted a {_KEY}
    """  # noqa: S608  our own text
    yield from _hits(connection, f"name {name}", statement, [_glob(name)])


def _quoted(connection: "duckdb.DuckDBPyConnection", text: str) -> Iterator[HuntHit]:
    """Yield the places whose quoted lines hold a text, whatever its case."""
    matches = "contains(lower(e.excerpt), $1) OR contains(lower(e.context), $1)"
    statement = f"""
        SELECT {_FACTS}, e.member || ':' || e.line, e.excerpt
        FROM (
            SELECT path, size, sha256, unnest(list_filter(evidence, lambda e: {matches})) AS e FROM features
            WHERE len(list_filter(evidence, lambda e: {matches})) > 0
        ) f JOIN hunted a {_KEY}
    """  # noqa: S608  our own text
    yield from _hits(connection, f"text {text}", statement, [text.lower()])


def _glob(text: str) -> str:
    """Return a pattern in which only "*" has a meaning."""
    return re.sub(r"[\[\]?]", lambda match: f"[{match[0]}]", text)
