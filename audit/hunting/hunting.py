"""Makes a hunt: asks the store, then reads again what the store cannot answer."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from audit.cluster_settings import cluster_settings
from audit.config import Settings, out_folder
from audit.hunting.contract import Hunt, HuntError, HuntHit, HuntResult
from audit.hunting.patterns import text_pattern
from audit.hunting.store import facts_of, files_to_read, hunt_store
from audit.outcome import severity
from audit.query import connect
from features.contract import Progress
from jobs.hunt.contract import SearchedFile
from jobs.hunt.reading import estimate_seconds, search_files
from jobs.hunt.search import SearchUnit
from jobs.run.lazy_cluster import lazy_cluster
from jobs.run.manifest import read_manifest
from jobs.run.run_folder import LATEST
from jobs.store.lock import LOCK_FILE, reading

UNREAD = 1_000
"""Files that could not be searched which a result names."""


def hunt_mirror(
    settings: Settings,
    hunt: Hunt,
    progress: Progress,
    announce: Callable[[str], None],
    *,
    stored: bool = False,
    limit: int = 1_000,
) -> HuntResult:
    """Return what a hunt finds on the mirror of the last run.

    `announce` is told how many files will be read again, and how long that takes, before it is done; with `stored`
    none is. At most `limit` hits are kept, the gravest verdicts first. Raises HuntError, QueryError and JobsError.
    """
    if hunt == Hunt(where=hunt.where):
        raise HuntError("nothing to hunt for is named", "name a --host, --sha256, --name, --text, --file or --patterns")
    out = out_folder(settings)
    with reading(out), contextlib.closing(connect(out)) as connection:
        progress(0, 0, "asking the store")
        kept = _Kept(limit)
        kept.add(hunt_store(connection, hunt))
        if not hunt.reads or stored:
            return kept.result()
        paths, sizes = files_to_read(connection)
        workers = settings.workers or 0
        announce(_describe_reading(sizes, workers))
        root = Path(read_manifest(out / "runs" / LATEST).mirror.root)
        patterns = (*map(text_pattern, hunt.texts), *hunt.patterns)
        task = SearchUnit(root, patterns, hunt.rules, settings.limits)
        files = [SearchedFile(path, filename) for path, filename in paths]
        unread: list[tuple[str, str]] = []
        with lazy_cluster(cluster_settings(settings, out), (root, out / LOCK_FILE), progress) as open_cluster:
            if files:
                for answer in search_files(open_cluster, task, files, progress):
                    if answer.unread and len(unread) < UNREAD:
                        unread.append((answer.file.filename, answer.unread))
                    if answer.hits:
                        found = facts_of(connection, answer.file.path)
                        kept.add(
                            replace(found, asked=hit.pattern, place=f"{hit.member}:{hit.line}", excerpt=hit.excerpt)
                            for hit in answer.hits
                        )
        return kept.result(len(files), tuple(unread))


def _describe_reading(sizes: Sequence[int], workers: int) -> str:
    seconds = estimate_seconds(sizes)
    each = f", {_duration(seconds / workers)} on {workers} workers" if workers > 1 else ""
    return (
        f"the store holds no text of members: reading {len(sizes):,} files again ({sum(sizes) / 2**30:,.2f} GiB), "
        f"about {_duration(seconds)} of one processor{each}; --stored leaves it out, --where narrows it"
    )


def _duration(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{max(seconds, 1):,.0f} s"


class _Kept:
    """Hits, each place once, of which the gravest are kept."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._hits: list[HuntHit] = []
        self._places: set[tuple[str, str, str]] = set()
        self._artifacts: set[str] = set()

    def add(self, hits: Iterator[HuntHit]) -> None:
        for hit in hits:
            place = (hit.asked, hit.path, hit.place)
            if place in self._places:
                continue
            self._places.add(place)
            self._artifacts.add(hit.path)
            self._hits.append(hit)
            if len(self._hits) > 4 * self._limit:
                self._shorten()

    def result(self, searched: int = 0, unread: tuple[tuple[str, str], ...] = ()) -> HuntResult:
        self._shorten()
        return HuntResult(tuple(self._hits), len(self._places), len(self._artifacts), searched, unread)

    def _shorten(self) -> None:
        self._hits.sort(key=lambda hit: (-severity(hit.verdict), -(hit.score or 0.0), hit.path, hit.place))
        del self._hits[self._limit :]
