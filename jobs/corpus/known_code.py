"""Builds an index of known code: the source files of published releases, by digest and project.

The releases come from a list whose tree `build_benign` made, or from a mirror. `features.reference.known_code` looks
members up in the index.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from features.contract import Progress as InventoryProgress
from features.limits import Limits
from features.opening import open_release
from features.reference.known_code import KnownCode, index_key, is_attributable, is_source, write_known
from features.runtime.atomic_write import open_temporary
from jobs.corpus.contract import CorpusError, ListedFile, Progress
from jobs.corpus.layout import tree_path
from jobs.mirror.reading import read_inventory
from jobs.mirror.root import Mirror

MAX_ARTIFACT_BYTES = 15_000_000
"""Bytes of an artifact that is worth reading for its sources."""
MAX_PROJECT_DIGESTS = 4_000
"""Digests of one project after which its older releases add none: so much source is mostly generated."""
RELEASES = 6
"""Releases of one project of a mirror that are read; older ones have mostly the same files."""
PREFERRED_KINDS = ("sdist", "wheel")
"""Kinds of file, the better one first: an sdist has the files of a wheel, and setup.py and tests besides."""


@dataclass(frozen=True, slots=True)
class KnownReport:
    """Result of a build: artifacts, the unread ones by reason, and what the index holds.

    `shared` digests belong to so many projects that they identify none; `bytes` is the size of the index's file.
    """

    artifacts: int
    unread: Mapping[str, int]
    digests: int
    shared: int
    projects: int
    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """One artifact to read; `key` identifies it in the cache: a digest, or path, size and upload time."""

    project: str
    key: str
    path: Path
    filename: str


def locate_listed(files: Sequence[ListedFile], tree: Path) -> list[ReleaseFile]:
    """Return the listed files as paths of a tree that `build_benign` made, in the list's order."""
    return [
        ReleaseFile(file.project, file.sha256, tree / tree_path(file.blake2b_256, file.filename), file.filename)
        for file in files
    ]


def select_from_mirror(
    mirror: Mirror,
    names: Sequence[str],
    *,
    releases: int = RELEASES,
    max_bytes: int = MAX_ARTIFACT_BYTES,
    progress: InventoryProgress | None = None,
) -> list[ReleaseFile]:
    """Return the newest releases of the named projects on a mirror, one file of each, an sdist before a wheel.

    The newest release of every project comes first, then the second newest, and so on. Yanked files and files larger
    than `max_bytes` are left out. Raises MirrorError.
    """
    wanted = list(dict.fromkeys(canonicalize_name(name) for name in names))
    table = read_inventory(mirror, progress).table
    rows = table.filter(pc.is_in(table["project"], value_set=pa.array(wanted, pa.string()))).to_pylist()
    rows_of: dict[str, dict[str, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        if row["kind"] in PREFERRED_KINDS and row["size"] <= max_bytes and not row["yanked"]:
            rows_of[row["project"]][row["version"]].setdefault(row["kind"], row)
    chosen = [_newest_releases(rows_of[name], mirror.root, releases) for name in wanted if name in rows_of]
    return [file for rank in zip_longest(*chosen) for file in rank if file is not None]


def _newest_releases(versions: Mapping[str, Mapping[str, Any]], root: Path, releases: int) -> list[ReleaseFile]:
    ordered = sorted(versions, key=_version_key, reverse=True)[:releases]
    rows = [
        next(versions[version][kind] for kind in PREFERRED_KINDS if kind in versions[version]) for version in ordered
    ]
    return [
        ReleaseFile(
            row["project"],
            row["blake2b_256"] or f"{row['path']} {row['size']} {row['upload_time']}",
            root / row["path"],
            row["filename"],
        )
        for row in rows
    ]


def _version_key(version: str) -> tuple[bool, Version, str]:
    try:
        parsed = Version(version)
    except InvalidVersion:
        return False, Version("0"), version
    return not parsed.is_prerelease, parsed, version


def build_known_code(
    files: Sequence[ReleaseFile],
    out: Path,
    *,
    cache: Path,
    as_stored: bool = False,
    processes: int = 1,
    limits: Limits | None = None,
    progress: Progress = None,
) -> KnownReport:
    """Write at `out` the index of the source files in artifacts; a project's newest release comes first in `files`.

    `cache` is a JSON-lines file of the digests read, so that a second call reads only new artifacts. A file that is
    absent or cannot be read is counted with its reason. `as_stored` also adds the digests that the feature store has,
    which differ from the index's where lines end in CRLF. Raises CorpusError where nothing could be read.
    """
    began = time.monotonic()
    results = _read_cache(cache)
    unread = [file for file in files if file.key not in results]
    read_one = partial(_read_artifact, Limits() if limits is None else limits, as_stored)
    cache.parent.mkdir(parents=True, exist_ok=True)
    with cache.open("a", encoding="utf-8") as lines:
        for done, (file, result) in enumerate(_read_all(read_one, unread, processes), start=1):
            results[file.key] = result
            if not result.reason:
                lines.write(json.dumps([file.key, [f"{key:x}" for key in result.keys]]) + "\n")
                lines.flush()
            if progress is not None:
                progress(len(files) - len(unread) + done, len(files), file.filename)
    published: dict[str, set[int]] = defaultdict(set)
    for file in files:
        if len(published[file.project]) < MAX_PROJECT_DIGESTS:
            published[file.project].update(results[file.key].keys)
    known = KnownCode.of({name: keys for name, keys in published.items() if keys})
    if not len(known):
        where = str(out) if not files else str(files[0].path.parent)
        raise CorpusError(where, "holds no source of the listed files", "fetch the list first, or name other projects")
    out.parent.mkdir(parents=True, exist_ok=True)
    with open_temporary(out) as temporary:
        write_known(temporary, known)
    return KnownReport(
        artifacts=len(files),
        unread=Counter(results[f.key].reason for f in files if results[f.key].reason),
        digests=len(known),
        shared=int((known.first[1:] == known.first[:-1]).sum()),
        projects=len(known.projects),
        bytes=out.stat().st_size,
        seconds=time.monotonic() - began,
    )


@dataclass(frozen=True, slots=True)
class _ReadResult:
    """Keys of one artifact's source members that a project can be known by, or the reason why it was not read."""

    keys: tuple[int, ...]
    reason: str = ""


def _read_artifact(limits: Limits, as_stored: bool, file: ReleaseFile) -> _ReadResult:
    opened = open_release(file.path, file.filename, limits)
    if opened.release is None:
        return _ReadResult((), opened.reason)
    members = [member for member in opened.release.members if is_source(member) and is_attributable(member)]
    keys = {index_key(member) for member in members}
    if as_stored:
        keys.update(int.from_bytes(member.digest[:8], "big") for member in members)
    return _ReadResult(tuple(sorted(keys)))


def _read_all(
    read_one: partial[_ReadResult], files: Sequence[ReleaseFile], processes: int
) -> Iterator[tuple[ReleaseFile, _ReadResult]]:
    if processes <= 1:
        yield from ((file, read_one(file)) for file in files)
        return
    # A forked child would inherit locks that other threads of the caller hold.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from zip(files, pool.map(read_one, files, chunksize=8), strict=True)


def _read_cache(cache: Path) -> dict[str, _ReadResult]:
    """Return earlier results by key; the artifact of a last line that a kill cut short is read again."""
    found: dict[str, _ReadResult] = {}
    try:
        lines = cache.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return found
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(str(cache), f"cannot be read ({error})", "remove it: it is written again") from error
    for line in lines:
        try:
            key, digests = json.loads(line)
            found[key] = _ReadResult(tuple(int(digest, 16) for digest in digests))
        except (ValueError, TypeError):
            continue
    return found
