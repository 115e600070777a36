"""The index of known code: which releases of popular projects it is built from, and how.

Listing draws from a crawl, fetching is that of any list (`build_benign`), and building reads a tree's artifacts
in memory into the index that `features.reference.known_code` looks members up in.
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
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from features.contract import Progress as InventoryProgress
from features.limits import Limits
from features.opening import open_release
from features.reference.known_code import KnownCode, is_attributable, is_source, key_of, write_known
from features.runtime.atomic_write import open_temporary
from jobs.corpus.contract import CorpusError, ListedFile, Progress
from jobs.corpus.crawl import CrawlCache, CrawledFile, CrawledProject
from jobs.corpus.layout import package_path
from jobs.corpus.strata import list_file
from jobs.mirror.reading import Mirror, read_inventory

PROJECTS = 2_000
YEARS = (2021, 2022, 2023, 2024, 2025)
LARGEST = 15_000_000
"""Bytes of an artifact that is worth fetching for its sources."""
ENOUGH = 4_000
"""Digests of one project after which its older releases add none: machines wrote most of what is so large."""
RELEASES = 6
"""Releases of one project of a mirror that are read; more are mostly the same files."""
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


@dataclass(frozen=True, slots=True)
class Published:
    """One artifact to read: `key` is what the cache knows it by, a digest or what else tells it from others."""

    project: str
    key: str
    path: Path
    filename: str


def listed_in(files: Sequence[ListedFile], tree: Path) -> list[Published]:
    """Return where a tree that `build_benign` made holds the listed files, in the list's order."""
    return [
        Published(file.project, file.sha256, tree / package_path(file.blake2b_256, file.filename), file.filename)
        for file in files
    ]


def on_mirror(
    mirror: Mirror,
    names: Sequence[str],
    *,
    releases: int = RELEASES,
    largest: int = LARGEST,
    progress: InventoryProgress | None = None,
) -> list[Published]:
    """Return the newest releases that a mirror holds of the named projects, one file of each.

    Every project's newest stand first, then the second newest, and so on; an sdist is taken before a wheel. Files
    that the index has yanked or that are larger than `largest` are left out. Raises MirrorError.
    """
    wanted = list(dict.fromkeys(canonicalize_name(name) for name in names))
    table = read_inventory(mirror, progress).table
    rows = table.filter(pc.is_in(table["project"], value_set=pa.array(wanted, pa.string()))).to_pylist()
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        if row["kind"] in _KINDS and row["size"] <= largest and not row["yanked"]:
            found[row["project"]][row["version"]].setdefault(row["kind"], row)
    chosen = [_newest(found[name], mirror.root, releases) for name in wanted if name in found]
    return [one for rank in zip_longest(*chosen) for one in rank if one is not None]


def _newest(versions: Mapping[str, Mapping[str, Any]], root: Path, releases: int) -> list[Published]:
    ordered = sorted(versions, key=_age, reverse=True)[:releases]
    rows = [next(versions[version][kind] for kind in _KINDS if kind in versions[version]) for version in ordered]
    return [
        Published(
            row["project"],
            row["blake2b_256"] or f"{row['path']} {row['size']} {row['upload_time']}",
            root / row["path"],
            row["filename"],
        )
        for row in rows
    ]


def _age(version: str) -> tuple[bool, Version, str]:
    try:
        parsed = Version(version)
    except InvalidVersion:
        return False, Version("0"), version
    return not parsed.is_prerelease, parsed, version


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

    Otherwise as `build_index`.
    """
    published = listed_in(files, tree)
    return build_index(published, out, cache=cache, processes=processes, limits=limits, progress=progress)


def build_index(
    files: Sequence[Published],
    out: Path,
    *,
    cache: Path,
    as_stored: bool = False,
    processes: int = 1,
    limits: Limits | None = None,
    progress: Progress = None,
) -> KnownReport:
    """Write at `out` the index of what artifacts hold, a project's newest release given first.

    `cache` is a file of what was read, a line for each artifact: a second call reads only what is new. A file that
    is not there or that cannot be read is counted with its reason. `as_stored` adds the digests by which the store
    knows members, which differ from the index's where lines end in CRLF. Raises CorpusError where nothing at all
    could be read.
    """
    began = time.monotonic()
    read = _read_cache(cache)
    left = [file for file in files if file.key not in read]
    read_one = partial(_read_artifact, Limits() if limits is None else limits, as_stored)
    cache.parent.mkdir(parents=True, exist_ok=True)
    with cache.open("a", encoding="utf-8") as lines:
        for done, (file, result) in enumerate(_each(read_one, left, processes), start=1):
            read[file.key] = result
            if not result.reason:
                lines.write(json.dumps([file.key, [f"{key:x}" for key in result.keys]]) + "\n")
                lines.flush()
            if progress is not None:
                progress(len(files) - len(left) + done, len(files), file.filename)
    published: dict[str, set[int]] = defaultdict(set)
    for file in files:
        if len(published[file.project]) < ENOUGH:
            published[file.project].update(read[file.key].keys)
    known = KnownCode.of({name: keys for name, keys in published.items() if keys})
    if not len(known):
        where = str(out) if not files else str(files[0].path.parent)
        raise CorpusError(where, "holds no source of the listed files", "fetch the list first, or name other projects")
    out.parent.mkdir(parents=True, exist_ok=True)
    with open_temporary(out) as temporary:
        write_known(temporary, known)
    return KnownReport(
        artifacts=len(files),
        unread=Counter(read[f.key].reason for f in files if read[f.key].reason),
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


def _read_artifact(limits: Limits, as_stored: bool, file: Published) -> _Read:
    opened = open_release(file.path, file.filename, limits)
    if opened.release is None:
        return _Read((), opened.reason)
    members = [member for member in opened.release.members if is_source(member) and is_attributable(member)]
    keys = {key_of(member) for member in members}
    if as_stored:
        keys.update(int.from_bytes(member.digest[:8], "big") for member in members)
    return _Read(tuple(sorted(keys)))


def _each(read_one: partial[_Read], files: Sequence[Published], processes: int) -> Iterator[tuple[Published, _Read]]:
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
