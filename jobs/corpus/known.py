"""The index of known code: which releases of popular projects it is built from, and how.

Listing draws from a crawl, fetching is that of any list (`build_benign`), and building reads a tree's artifacts
in memory into the index that `features.known` looks members up in.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from multiprocessing import get_context
from pathlib import Path

from packaging.utils import NormalizedName
from packaging.version import InvalidVersion, Version

from features.archive import open_release
from features.known import KnownCode, is_source, key_of, tells, write_known
from features.limits import Limits
from jobs.corpus.contract import CorpusError, ListedFile, Progress
from jobs.corpus.crawl import CrawlCache, CrawledFile, CrawledProject
from jobs.corpus.layout import package_path
from jobs.corpus.strata import list_file

PROJECTS = 2_000
YEARS = (2021, 2022, 2023, 2024, 2025)
LARGEST = 15_000_000
"""Bytes of an artifact that is worth fetching for its sources."""
ENOUGH = 4_000
"""Digests of one project after which its older releases add none: machines wrote most of what is so large."""
_KINDS = ("sdist", "wheel")
"""An sdist holds what a wheel does, and setup.py and tests beside; a native wheel only repeats them."""


@dataclass(frozen=True, slots=True)
class KnownReport:
    """What building gave: artifacts listed and those that could not be read, by reason; what the index holds.

    `shared` digests are nobody's own; `bytes` are those of the index's file.
    """

    artifacts: int
    unread: Mapping[str, int]
    digests: int
    shared: int
    projects: int
    bytes: int
    seconds: float


def sample_known(
    names: Iterable[NormalizedName],
    cache: CrawlCache,
    *,
    exclude: Collection[NormalizedName] = (),
    projects: int = PROJECTS,
    years: Sequence[int] = YEARS,
    largest: int = LARGEST,
) -> list[ListedFile]:
    """Return the list to build from: of the first `projects` names their newest release and that of each year.

    Names that the crawl does not know or that have no fitting file do not count, nor do those of `exclude`. The
    newest of every project stand first, then what else there is, the latest year first.
    """
    chosen: list[list[ListedFile]] = []
    for name in names:
        project = None if name in exclude else cache.get(name)
        of_one = [] if project is None else _choose(project, years, largest)
        if of_one:
            chosen.append(of_one)
        if len(chosen) == projects:
            break
    # Every project's newest first: a prefix knows all projects, and a project's page is asked for once.
    return [row for rank in zip_longest(*chosen) for row in rank if row is not None]


def _choose(project: CrawledProject, years: Sequence[int], largest: int) -> list[ListedFile]:
    releases: dict[str, dict[str, CrawledFile]] = defaultdict(dict)
    for file in project.files:
        if file.kind in _KINDS and file.size <= largest and not file.yanked:
            releases[file.version].setdefault(file.kind, file)
    one_each = [next(found[kind] for kind in _KINDS if kind in found) for found in releases.values()]
    one_each.sort(key=lambda f: (_is_final(f.version), f.upload_time, f.filename))
    chosen: dict[str, CrawledFile] = {}
    for year in (None, *sorted(years, reverse=True)):
        last = [f for f in one_each if year is None or f.upload_time.year == year][-1:]
        chosen.update((f.sha256, f) for f in last)
    return [list_file(project, f, "known") for f in chosen.values()]


def _is_final(version: str) -> bool:
    try:
        return not Version(version).is_prerelease
    except InvalidVersion:
        return False


def build_known(
    files: Sequence[ListedFile],
    tree: Path,
    out: Path,
    *,
    cache: Path,
    processes: int = 1,
    limits: Limits | None = None,
    progress: Progress = None,
) -> KnownReport:
    """Write at `out` the index of what the listed files of a tree hold, a project's newest release listed first.

    `cache` is a file of what was read, a line for each artifact: a second call reads only what is new. A file that
    the tree does not hold or that cannot be read is counted with its reason. Raises CorpusError where
    nothing at all could be read.
    """
    began = time.monotonic()
    read = _read_cache(cache)
    left = [file for file in files if file.sha256 not in read]
    read_one = partial(_read_artifact, tree, Limits() if limits is None else limits)
    cache.parent.mkdir(parents=True, exist_ok=True)
    with cache.open("a", encoding="utf-8") as lines:
        for done, (file, result) in enumerate(_each(read_one, left, processes), start=1):
            read[file.sha256] = result
            if not result.reason:
                lines.write(json.dumps([file.sha256, [f"{key:x}" for key in result.keys]]) + "\n")
                lines.flush()
            if progress is not None:
                progress(len(files) - len(left) + done, len(files), file.filename)
    published: dict[str, set[int]] = defaultdict(set)
    for file in files:
        if len(published[file.project]) < ENOUGH:
            published[file.project].update(read[file.sha256].keys)
    known = KnownCode.of({name: keys for name, keys in published.items() if keys})
    if not len(known):
        raise CorpusError(str(tree), "holds no source of the listed files", "fetch the list into it first")
    out.parent.mkdir(parents=True, exist_ok=True)
    beside = out.with_name(f".{out.name}")
    write_known(beside, known)
    beside.replace(out)
    return KnownReport(
        artifacts=len(files),
        unread=Counter(read[f.sha256].reason for f in files if read[f.sha256].reason),
        digests=len(known),
        shared=int((known.first[1:] == known.first[:-1]).sum()),
        projects=len(known.projects),
        bytes=out.stat().st_size,
        seconds=time.monotonic() - began,
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """Keys of one artifact's telling source members, or the reason why there are none."""

    keys: tuple[int, ...]
    reason: str = ""


def _read_artifact(tree: Path, limits: Limits, file: ListedFile) -> _Read:
    opened = open_release(tree / package_path(file.blake2b_256, file.filename), file.filename, limits)
    if opened.release is None:
        return _Read((), opened.reason)
    return _Read(tuple(sorted({key_of(m) for m in opened.release.members if is_source(m) and tells(m)})))


def _each(read_one: partial[_Read], files: Sequence[ListedFile], processes: int) -> Iterator[tuple[ListedFile, _Read]]:
    if processes <= 1:
        yield from ((file, read_one(file)) for file in files)
        return
    # Forked children would inherit the threads' locks of whoever calls.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from zip(files, pool.map(read_one, files, chunksize=8), strict=True)


def _read_cache(cache: Path) -> dict[str, _Read]:
    """Return what was read before, by sha256; a last line that a kill cut short is read again."""
    found: dict[str, _Read] = {}
    try:
        lines = cache.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return found
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(str(cache), f"cannot be read ({error})", "remove it: it is built again") from error
    for line in lines:
        try:
            sha256, keys = json.loads(line)
            found[sha256] = _Read(tuple(int(key, 16) for key in keys))
        except (ValueError, TypeError):
            continue
    return found
