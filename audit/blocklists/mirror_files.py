"""Looks up on the mirror, as a run found it, the files that the record or a person's block names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from audit.blocklists.contract import BlocklistEntry, EntryState

if TYPE_CHECKING:
    import duckdb

STANDS = "stands"
"""Value of the column `seen` for a file that stands as it was, because its place could not be read."""


@dataclass(frozen=True, slots=True)
class MirrorFile:
    """A file of scores.parquet; `stands` if its place on the mirror could not be read in that run."""

    project: str
    version: str
    filename: str
    path: str
    sha256: str
    blake2b_256: str
    score: float | None
    verdict: str
    stands: bool = False
    first_seen: date | None = None


@dataclass(frozen=True, slots=True)
class MirrorFiles:
    """Files of one run by digest, and the paths of those whose digest is unknown because they could not be read."""

    by_sha256: Mapping[str, tuple[MirrorFile, ...]] = field(default_factory=dict)
    unread_paths: frozenset[str] = frozenset()

    def find(self, entry: BlocklistEntry) -> MirrorFile | None:
        """Return the file of an entry, one of the same name before a copy under another, or None if it is gone."""
        files = self.by_sha256.get(entry.sha256, ())
        return next((file for file in files if file.filename == entry.filename), next(iter(files), None))

    def state_of(self, entry: BlocklistEntry) -> EntryState:
        """Return where the file of an entry is; what could not be read is not gone."""
        file = self.find(entry)
        if file is None:
            return EntryState.STANDS if entry.path in self.unread_paths else EntryState.GONE
        return EntryState.STANDS if file.stands else EntryState.ON_MIRROR


def find_files(
    connection: "duckdb.DuckDBPyConnection",
    entries: Iterable[BlocklistEntry],
    digests: Iterable[str],
    projects: Iterable[str],
) -> MirrorFiles:
    """Return the files of entries, of digests and of projects, from the view `artifacts` of a connection."""
    listed, digests, projects = list(entries), set(digests), set(projects)
    if not listed and not digests and not projects:
        return MirrorFiles()
    columns = {row[0] for row in connection.execute("DESCRIBE artifacts").fetchall()}
    # Runs of an older boojum have neither column.
    stands = f"coalesce(seen, '') = '{STANDS}'" if "seen" in columns else "false"
    first_seen = "first_seen" if "first_seen" in columns else "NULL"
    rows = connection.execute(
        f"""SELECT project, version, filename, path, sha256, blake2b_256, score, verdict, {stands}, {first_seen}
        FROM artifacts
        WHERE sha256 IN (SELECT unnest(?::VARCHAR[])) OR project IN (SELECT unnest(?::VARCHAR[]))
        OR (sha256 = '' AND path IN (SELECT unnest(?::VARCHAR[])))
        ORDER BY path""",  # noqa: S608  no user input
        [
            sorted({*digests, *(entry.sha256 for entry in listed)}),
            sorted(projects),
            sorted({entry.path for entry in listed} - {""}),
        ],
    ).fetchall()
    files: dict[str, list[MirrorFile]] = {}
    unread = set()
    for row in rows:
        file = MirrorFile(*row)
        if file.sha256:
            files.setdefault(file.sha256, []).append(file)
        else:
            unread.add(file.path)
    return MirrorFiles({sha256: tuple(group) for sha256, group in files.items()}, frozenset(unread))
