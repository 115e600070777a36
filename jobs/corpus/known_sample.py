"""Draws the list of releases that an index of known code is built from, from a crawl of a package index.

The shipped list, `model/pretrained/known.csv.gz`, was drawn this way (`boojum corpus known --draw`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import zip_longest

from packaging.utils import NormalizedName

from jobs.corpus.contract import ListedFile
from jobs.corpus.crawl import CrawlCache, CrawledFile, CrawledProject
from jobs.corpus.known_code import MAX_ARTIFACT_BYTES, PREFERRED_KINDS
from jobs.corpus.strata import is_final, list_file

PROJECTS = 2_000
YEARS = (2021, 2022, 2023, 2024, 2025)


def sample_known(
    names: Iterable[NormalizedName],
    cache: CrawlCache,
    *,
    exclude: Collection[NormalizedName] = (),
    projects: int = PROJECTS,
    years: Sequence[int] = YEARS,
    max_bytes: int = MAX_ARTIFACT_BYTES,
) -> list[ListedFile]:
    """Return the newest release, and the last one of each year, of the first `projects` names.

    Names that the crawl does not know, that are in `exclude` or that have no suitable file do not count. The newest
    release of every project comes first, then the other releases, the latest year first.
    """
    chosen: list[list[ListedFile]] = []
    for name in names:
        project = None if name in exclude else cache.get(name)
        rows = [] if project is None else _choose_releases(project, years, max_bytes)
        if rows:
            chosen.append(rows)
        if len(chosen) == projects:
            break
    # Every project's newest first, so that a prefix of the list has all projects.
    return [row for rank in zip_longest(*chosen) for row in rank if row is not None]


def _choose_releases(project: CrawledProject, years: Sequence[int], max_bytes: int) -> list[ListedFile]:
    files_of: dict[str, dict[str, CrawledFile]] = defaultdict(dict)
    for file in project.files:
        if file.kind in PREFERRED_KINDS and file.size <= max_bytes and not file.yanked:
            files_of[file.version].setdefault(file.kind, file)
    releases = [next(files[kind] for kind in PREFERRED_KINDS if kind in files) for files in files_of.values()]
    releases.sort(key=lambda f: (is_final(f.version), f.upload_time, f.filename))
    chosen: dict[str, CrawledFile] = {}
    for year in (None, *sorted(years, reverse=True)):
        last = [f for f in releases if year is None or f.upload_time.year == year][-1:]
        chosen.update((f.sha256, f) for f in last)
    return [list_file(project, f, "known") for f in chosen.values()]
