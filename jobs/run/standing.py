"""Decides which known files stand as they were, because a mirror that cannot be seen whole proves nothing gone."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from jobs.contract import AuditRequest, MirrorFault
from jobs.mirror.inventory import register
from jobs.mirror.reading import Walk
from jobs.mirror.root import Mirror, MirrorLayout
from jobs.mirror.walk import FoundFile, WalkLog
from jobs.run.known_files import parquet_sql, view_previous
from jobs.run.manifest import Manifest
from jobs.store.database import open_database

if TYPE_CHECKING:
    import duckdb

FAULTS_LISTED = 100
"""Faults of one code that are written out; one more counts the rest."""

_BATCH_ROWS = 8_192
_FOLDERS_KEPT = 200_000
_STAT = "mtime, ctime, inode"
_MISSING = f"CREATE TABLE missing AS SELECT path, size, {_STAT} FROM p ANTI JOIN w USING (path)"  # noqa: S608  no value of a caller
# A file is below what could not be read if any of the folders of its path is, or the path itself.
_BELOW_UNREAD = """
    CREATE TABLE standing AS SELECT * FROM missing SEMI JOIN (
        SELECT DISTINCT path FROM (
            SELECT path,
                unnest(list_transform(range(1, len(words) + 1), lambda n: array_to_string(words[1:n], '/'))) AS above
            FROM (SELECT path, string_split(path, '/') AS words FROM missing)
        ) JOIN unread ON above = unread.folder
    ) USING (path)"""
_REST = "SELECT path FROM missing ANTI JOIN standing USING (path)"


@dataclass(slots=True)
class KnownMirror:
    """The files that are known of a mirror (`previous`, None before the first run), and what may go of them in a night.

    A call is the step of `read_inventory` after the walk: it writes the walked files to `walked`, fills `faults`, and
    yields the known files that stand.
    """

    request: AuditRequest
    previous: Path | None
    walked: Path
    lost_tree: bool = False
    faults: list[MirrorFault] = field(default_factory=list)

    def __call__(self, walk: Walk) -> Iterator[FoundFile]:
        """Yield the known files that stand as they were; raises StoreFullError."""
        self.walked.parent.mkdir(parents=True, exist_ok=True)
        with open_database(self.walked.parent) as connection:
            register(connection, "found", walk.rows)
            # Two names that are not UTF-8 may have one path.
            only = "DISTINCT ON (path)" if walk.log.counts()["undecodable_names"] else ""
            walked = parquet_sql(self.walked, read=False)
            connection.execute(f"COPY (SELECT {only} path, size, {_STAT} FROM found) TO {walked} (FORMAT parquet)")  # noqa: S608  quoted
            view_previous(connection, self.previous)
            connection.execute(f"CREATE VIEW w AS SELECT * FROM {parquet_sql(self.walked)}")  # noqa: S608  quoted
            connection.execute(_MISSING)
            self._stand(connection, walk)
            reader = connection.sql(f"SELECT path, size, {_STAT} FROM standing").to_arrow_reader(_BATCH_ROWS)  # noqa: S608  no value of a caller
            for batch in reader:
                yield from (FoundFile(**{**row, "inode": row["inode"] % 2**64}) for row in batch.to_pylist())

    def _stand(self, connection: "duckdb.DuckDBPyConnection", walk: Walk) -> None:
        """Make the table `standing` of the missing files that stand, and note the faults."""
        log = walk.log
        unread = {*log.unread, *log.vanished}
        if "" in unread or log.overflowed:
            connection.execute("CREATE TABLE standing AS SELECT * FROM missing")
            return
        connection.register("unread", pa.table({"folder": pa.array(sorted(unread), pa.string())}))
        connection.execute(_BELOW_UNREAD)
        known, missing, standing = (_count(connection, name) for name in ("p", "missing", "standing"))
        gone = missing - standing
        if self.request.accept_shrink:
            return
        if fault := self._fault(walk, known, gone):
            self.faults.append(fault)
            connection.execute(f"INSERT INTO standing SELECT * FROM missing WHERE path IN ({_REST})")  # noqa: S608  no value of a caller
            return
        blocked = _Obstacles(walk.mirror.root, self.faults, log)
        reader = connection.cursor().sql(_REST).to_arrow_reader(_BATCH_ROWS)
        found = [path for batch in reader for path in blocked.filter(batch.column("path").to_pylist())]
        connection.register("obstructed", pa.table({"path": pa.array(found, pa.string())}))
        connection.execute("INSERT INTO standing SELECT * FROM missing SEMI JOIN obstructed USING (path)")

    def _fault(self, walk: Walk, known: int, gone: int) -> MirrorFault | None:
        """Return the fault of a mirror of whose `known` files so many are `gone`, None if that is ordinary."""
        where = self.request.mirror
        stands = f"The {known:,} files known stand as they were" if known else "Nothing is audited"
        hint = "mount it, or run `boojum audit --accept-shrink` if it is meant to be so."
        if self.lost_tree:
            return MirrorFault("empty", f"{where} has no web folder, where a mirror was before. {stands}; {hint}")
        # A tree that bandersnatch has made and not filled yet is no fault.
        is_new = not known and walk.mirror.layout is MirrorLayout.BANDERSNATCH and _has_packages(walk.mirror)
        is_silent = bool(len(walk.rows) or walk.log.unread) or not walk.mirror.options.release_files
        if not is_silent and not is_new and (gone or not known):
            return MirrorFault("empty", f"{where} is empty: no distribution file is there. {stands}; {hint}")
        if gone > max(1, self.request.max_shrink * known):
            share = f"{gone:,} of {known:,} files ({gone / known:.0%}) are gone from {where}"
            bound = f"more than `max_shrink` ({self.request.max_shrink:.0%}) allows in a night"
            return MirrorFault("shrank", f"{share}, {bound}. They stand as they were; {hint}")
        return None


class _Obstacles:
    """Tells for files that were not found whether something is in their place, or in that of a folder above them."""

    def __init__(self, root: Path, faults: list[MirrorFault], log: WalkLog) -> None:
        self._root = os.fspath(root)
        self._faults = faults
        self._log = log
        self._folders: dict[str, bool] = {}
        self._named: set[str] = set()

    def filter(self, paths: Iterable[str]) -> Iterator[str]:
        """Yield the paths of which it is not certain that they are gone."""
        for path in paths:
            folder = path.rpartition("/")[0]
            if self._is_blocked(folder) or self._is_there(path):
                yield path

    def _is_blocked(self, folder: str) -> bool:
        if not folder:
            return False
        if folder not in self._folders:
            if len(self._folders) >= _FOLDERS_KEPT:
                self._folders.clear()
            self._folders[folder] = self._is_blocked(folder.rpartition("/")[0]) or self._is_no_folder(folder)
        return self._folders[folder]

    def _is_no_folder(self, folder: str) -> bool:
        mode = self._mode(folder)
        if mode is None or stat.S_ISDIR(mode):
            return False
        if mode:
            self._note(folder, "It was a folder, and is a link or a file now.")
        return True

    def _is_there(self, path: str) -> bool:
        mode = self._mode(path)
        if mode and not stat.S_ISREG(mode):
            self._note(path, "It was a file, and is a link, a folder or a device now.")
        return mode is not None

    def _mode(self, path: str) -> int | None:
        """Return the type of an entry, None if there is none, 0 if that cannot be told."""
        try:
            return os.lstat(f"{self._root}/{path}").st_mode
        except FileNotFoundError:
            return None
        except OSError as error:
            self._note(path, f"Its status cannot be read ({error.strerror}).")
            return 0

    def _note(self, path: str, detail: str) -> None:
        self._log.miss("unreadable_files", path, detail)


def keep_layout(mirror: Mirror, last: Manifest | None, request: AuditRequest) -> tuple[Mirror, bool]:
    """Return a mirror as the one that was known, and whether it lost its tree.

    A bandersnatch mirror whose web folder is gone looks like a plain folder, of which nothing is known.
    """
    if (
        request.accept_shrink
        or last is None
        or last.mirror.layout != MirrorLayout.BANDERSNATCH
        or mirror.layout is MirrorLayout.BANDERSNATCH
    ):
        return mirror, False
    return replace(mirror, root=mirror.root / "web", layout=MirrorLayout.BANDERSNATCH), True


def _has_packages(mirror: Mirror) -> bool:
    return os.path.isdir(mirror.root / "packages")  # noqa: PTH112  Path raises where permission is lacking


def unread_faults(log: WalkLog) -> list[MirrorFault]:
    """Return a fault for each path that could not be listed or read."""
    return [MirrorFault("unreadable", f"{path or '.'}: {detail}") for path, detail in sorted(log.unread.items())]


def bounded(faults: Iterable[MirrorFault], more: int = 0) -> tuple[MirrorFault, ...]:
    """Return faults by code, the gravest first, at most `FAULTS_LISTED` of each and one that counts the rest."""
    by_code: dict[str, list[MirrorFault]] = {
        code: [] for code in ("empty", "shrank", "unreadable", "replaced", "sidecar")
    }
    for fault in faults:
        by_code[fault.code].append(fault)
    result: list[MirrorFault] = []
    for code, found in by_code.items():
        result += found[:FAULTS_LISTED]
        if rest := len(found) - FAULTS_LISTED + (more if code == "unreadable" else 0):
            result += [MirrorFault(code, f"{rest:,} more are {code}.")] if rest > 0 else []
    return tuple(result)


def _count(connection: "duckdb.DuckDBPyConnection", source: str) -> int:
    return int(connection.sql(f"SELECT count(*) FROM {source}").fetchall()[0][0])  # noqa: S608  no user input
