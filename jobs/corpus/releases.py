"""Draws a list of consecutive releases of real projects from a package index, in strata of popularity."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import InvalidVersion, Version

from features.packaging.names import parse_filename
from features.reference.popular_names import POPULAR_FILE
from jobs.corpus.contract import ListedFile, Progress
from jobs.corpus.index import IndexClient, IndexFile, IndexUnreachableError, NotOnIndexError
from jobs.corpus.listing import write_list
from jobs.corpus.strata import draw

STRATA = ("popular", "middle", "tail")
VERSIONS = 4
"""Newest final releases of a project that are listed."""
MAX_BYTES = 5_000_000
_POPULAR_NAMES = 1_200
"""First names of the list of popular names that are the stratum "popular"; the others are "middle"."""
_TAIL_TRIES = 6
"""Names of the tail that are asked for each project wanted: most have one release."""
_BATCH = 512


@dataclass(frozen=True, slots=True)
class ReleasesReport:
    """Result of a drawing: files, projects of each stratum, and names that the index did not answer for."""

    files: int
    projects: Mapping[str, int]
    unanswered: int


def draw_releases(
    out: Path,
    *,
    client: IndexClient,
    projects: int,
    seed: int = 1,
    popular: Path = POPULAR_FILE,
    exclude: Iterable[str] = (),
    progress: Progress = None,
) -> ReleasesReport:
    """Write a list of the newest releases of about `projects` projects with two releases or more.

    A quarter of them is popular (the first names of `popular`), a quarter middle (its other names) and half of them
    tail (any other project of the index), as far as there are enough. Raises CorpusError.
    """
    left_out = frozenset(map(canonicalize_name, exclude))
    ranked = [canonicalize_name(name) for name in popular.read_text(encoding="utf-8").split()]
    others = sorted(set(client.project_names()) - set(ranked))
    rng = random.Random(f"{seed}:releases")  # noqa: S311 - no secret
    names = {
        "popular": ranked[:_POPULAR_NAMES],
        "middle": rng.sample(ranked[_POPULAR_NAMES:], len(ranked[_POPULAR_NAMES:])),
        "tail": sorted(others, key=lambda name: draw(seed, "releases", name))[: projects * _TAIL_TRIES],
    }
    wanted = {"popular": projects // 4, "middle": projects // 4, "tail": projects - projects // 4 * 2}
    rows: list[ListedFile] = []
    found: Counter[str] = Counter()
    unanswered = 0
    for stratum in STRATA:
        candidates = (name for name in names[stratum] if name not in left_out)
        for name, files in _project_pages(client, candidates):
            if found[stratum] >= wanted[stratum]:
                break
            if files is None:
                unanswered += 1
            elif chosen := choose_releases(name, files, stratum):
                rows += chosen
                found[stratum] += 1
            if progress is not None:
                progress(found.total(), projects, name)
    write_list(out, rows)
    return ReleasesReport(len(rows), dict(found), unanswered)


def choose_releases(project: NormalizedName, files: Sequence[IndexFile], stratum: str) -> list[ListedFile]:
    """Return the files of a project's newest final releases, oldest first: of each one sdist and one wheel.

    Of wheels a pure one is preferred, then one for Linux. Returns [] where there are not two releases with such files.
    """
    by_version: dict[Version, list[tuple[str, IndexFile]]] = {}
    for file in files:
        claims = parse_filename(file.filename)
        if claims.kind not in {"sdist", "wheel"} or not file.sha256 or file.yanked or (file.size or 0) > MAX_BYTES:
            continue
        try:
            version = Version(claims.version)
        except InvalidVersion:
            continue
        if not version.is_prerelease:
            by_version.setdefault(version, []).append((claims.kind, file))
    versions = sorted(by_version)[-VERSIONS:]
    if len(versions) < 2:
        return []
    return [
        ListedFile(
            project=project,
            version=str(version),
            filename=file.filename,
            sha256=file.sha256 or "",
            size=file.size,
            upload_time=file.upload_time,
            stratum=stratum,
        )
        for version in versions
        for file in _choose_files(by_version[version])
    ]


def _choose_files(listed: Sequence[tuple[str, IndexFile]]) -> Iterator[IndexFile]:
    sdists = sorted((file for kind, file in listed if kind == "sdist"), key=lambda f: f.filename)
    wheels = sorted((file for kind, file in listed if kind == "wheel"), key=lambda f: (_wheel_rank(f), f.filename))
    yield from sdists[:1]
    yield from wheels[:1]


def _wheel_rank(file: IndexFile) -> int:
    if "none-any" in file.filename:
        return 0
    return 1 if "manylinux" in file.filename and "x86_64" in file.filename else 2


def _project_pages(
    client: IndexClient, names: Iterable[NormalizedName]
) -> Iterator[tuple[NormalizedName, Sequence[IndexFile] | None]]:
    """Yield each name with its files in the order given, None where the index did not answer, in batches of threads."""

    def ask(name: NormalizedName) -> Sequence[IndexFile] | None:
        try:
            return client.project_files(name)
        except NotOnIndexError:
            return ()
        except IndexUnreachableError:
            return None

    remaining = iter(names)
    with ThreadPoolExecutor(client.threads) as pool:
        while batch := list(islice(remaining, _BATCH)):
            yield from zip(batch, pool.map(ask, batch), strict=True)
