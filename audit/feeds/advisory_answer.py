"""Answers which artifacts of a mirror an advisory speaks of."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.specifiers import SpecifierSet

from audit.feeds.advisory import Advisory, NamedProject, parse_advisory
from audit.feeds.versions import canonical_version
from audit.query import connect
from jobs.store.lock import reading

if TYPE_CHECKING:
    import duckdb

LISTED = 1_000
"""Artifacts that an answer lists for each of its questions."""
_FACTS = "project, version, filename, path, sha256, verdict"


@dataclass(frozen=True, slots=True)
class SpokenOf:
    """An artifact that a text speaks of, and `why`; names are hostile, unescaped."""

    project: str
    version: str
    filename: str
    path: str
    sha256: str
    verdict: str
    why: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The parts of a text that were understood, and the artifacts of the mirror that it speaks of."""

    understood: Advisory
    artifacts: tuple[SpokenOf, ...]


def read_advisory(out: Path, text: str) -> Answer:
    """Return the artifacts of the last run that a text speaks of; raises QueryError where no run has finished."""
    advisory = parse_advisory(text)
    with reading(out), contextlib.closing(connect(out)) as connection:
        found = list(_find(connection, advisory))
    return Answer(advisory, tuple(dict.fromkeys(found)))


def _find(connection: "duckdb.DuckDBPyConnection", advisory: Advisory) -> Iterator[SpokenOf]:
    by_digest = f"""SELECT {_FACTS} FROM artifacts WHERE list_contains($values, sha256) OR
        list_contains($values, blake2b_256) LIMIT {LISTED}"""  # noqa: S608  no value of a caller
    by_file = f"SELECT {_FACTS} FROM artifacts WHERE list_contains($values, filename) LIMIT {LISTED}"  # noqa: S608
    for statement, values, why in ((by_digest, advisory.digests, "its digest"), (by_file, advisory.files, "its name")):
        if values:
            rows = connection.execute(statement, {"values": list(values)}).fetchall()
            yield from (_spoken(row, why) for row in rows)
    named = {each.project: each for each in advisory.projects}
    if named:
        result = connection.execute(
            f"SELECT {_FACTS} FROM artifacts WHERE list_contains($values, project) ORDER BY project, version, filename",  # noqa: S608
            {"values": list(named)},
        )
        count = 0
        while count < LISTED and (row := result.fetchone()) is not None:
            if why := _why(named[row[0]], row[1]):
                count += 1
                yield _spoken(row, why)
    for host in advisory.hosts:
        rows = connection.execute(
            f"""SELECT DISTINCT a.{_FACTS.replace(", ", ", a.")} FROM hosts h
            JOIN artifacts a USING (path, size, sha256)
            WHERE lower(h.host) = $host OR ends_with(lower(h.host), '.' || $host) LIMIT {LISTED}""",  # noqa: S608
            {"host": host},
        ).fetchall()
        yield from (_spoken(row, f"its code names {host}") for row in rows)


def _spoken(row: Sequence[Any], why: str) -> SpokenOf:
    return SpokenOf(**dict(zip(_FACTS.split(", "), row, strict=True)), why=why)


def _why(named: NamedProject, version: str) -> str:
    """Return why a release is spoken of, "" if it is not."""
    if not named.versions and not named.specifiers:
        return "its project, without a version"
    if canonical_version(version) in {canonical_version(each) for each in named.versions}:
        return f"version {version}"
    for specifier in named.specifiers:
        with contextlib.suppress(ValueError):
            if SpecifierSet(specifier).contains(version, prereleases=True):
                return f"version {version} is {specifier}"
    return ""


def render_answer(answer: Answer) -> str:
    """Return an answer as lines."""
    return "\n".join(_lines(answer))


def _lines(answer: Answer) -> Iterator[str]:
    advisory = answer.understood
    yield "understood:"
    for project in advisory.projects:
        yield f"  project {project.project} {', '.join((*project.versions, *project.specifiers)) or '(all versions)'}"
    for word, values in (("sha256 or blake2b", advisory.digests), ("file", advisory.files), ("host", advisory.hosts)):
        yield from (f"  {word} {value}" for value in values)
    if not (advisory.projects or advisory.digests or advisory.files or advisory.hosts):
        yield "  nothing: no project in a context that names one, no digest, no host"
    if advisory.not_understood:
        yield "not used:"
        yield from (f"  {what}: {why}" for what, why in advisory.not_understood)
    count = len(answer.artifacts)
    yield f"{count:,} {'answer' if count == 1 else 'answers'} on this mirror{':' if count else ''}"
    for each in answer.artifacts:
        yield f"  {each.filename} ({each.verdict}): {each.why}"
        yield f"    {each.sha256} {each.path}"
