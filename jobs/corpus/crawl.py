"""What the index's JSON says of many projects: a compact record each, on disk, so that a crawl resumes."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from packaging.utils import NormalizedName, canonicalize_name

from features.runtime.atomic_write import open_temporary
from jobs.corpus.contract import Progress
from jobs.corpus.index import IndexClient, IndexUnreachableError, NotOnIndexError, parse_time

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_PART = 2_000  # projects in one part of the cache: what a kill loses at most
_KINDS = {"sdist": "sdist", "bdist_wheel": "wheel", "bdist_egg": "egg"}


@dataclass(frozen=True, slots=True)
class CrawledFile:
    """One file of a project; `kind` is sdist, wheel, native_wheel, egg or other; `upload_time` UTC."""

    filename: str
    version: str
    size: int
    sha256: str
    blake2b_256: str
    upload_time: datetime
    kind: str
    yanked: bool


@dataclass(frozen=True, slots=True)
class CrawledProject:
    """What sampling needs to know of a project; `files` in order of upload, none where it is gone."""

    name: NormalizedName
    summary: str
    keywords: str
    requires: tuple[NormalizedName, ...]
    files: tuple[CrawledFile, ...]


def file_kind(filename: str, packagetype: str) -> str:
    """Return the kind of a distribution file by what the index says and, for wheels, by its platform tag."""
    kind = _KINDS.get(packagetype, "other")
    if kind == "wheel" and not filename.endswith("-any.whl"):
        return "native_wheel"
    return kind


def parse_project(name: NormalizedName, told: Any) -> CrawledProject:
    """Reduce a project's JSON to its record; raises KeyError, TypeError or AttributeError if it is none."""
    info = told["info"]
    requires = (_REQUIREMENT.match(r) for r in info.get("requires_dist") or ())
    files = []
    for version, listed in told["releases"].items():
        for one in listed:
            time = parse_time(one.get("upload_time_iso_8601"))
            digests = one["digests"]
            if time is None or not digests.get("sha256"):
                continue
            files.append(
                CrawledFile(
                    filename=one["filename"],
                    version=version,
                    size=int(one["size"]),
                    sha256=digests["sha256"],
                    blake2b_256=digests.get("blake2b_256") or "",
                    upload_time=time,
                    kind=file_kind(one["filename"], one["packagetype"]),
                    yanked=bool(one.get("yanked")),
                )
            )
    return CrawledProject(
        name=name,
        summary=(info.get("summary") or "")[:500],
        keywords=_words(info.get("keywords")),
        requires=tuple(sorted({canonicalize_name(r[1]) for r in requires if r})),
        files=tuple(sorted(files, key=lambda f: (f.upload_time, f.filename))),
    )


def _words(keywords: object) -> str:
    text = " ".join(map(str, keywords)) if isinstance(keywords, list) else str(keywords or "")
    return text[:500]


class CrawlCache:
    """Records of projects in a folder of gzipped JSON lines, a part for each `keep`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._known: dict[NormalizedName, CrawledProject] = {}
        for part in sorted(folder.glob("part-*.jsonl.gz")):
            for project in _read_part(part):
                self._known[project.name] = project

    def __contains__(self, name: NormalizedName) -> bool:
        return name in self._known

    def __len__(self) -> int:
        return len(self._known)

    def get(self, name: NormalizedName) -> CrawledProject | None:
        """Return a project's record, None where it was not crawled."""
        return self._known.get(name)

    def projects(self) -> Iterator[CrawledProject]:
        """Yield every project that has files, by name."""
        for name in sorted(self._known):
            if self._known[name].files:
                yield self._known[name]

    def keep(self, projects: Collection[CrawledProject]) -> None:
        """Add records, as a new part of the cache on disk."""
        if not projects:
            return
        number = len(list(self.folder.glob("part-*.jsonl.gz")))
        part = self.folder / f"part-{number:05d}.jsonl.gz"
        with open_temporary(part) as temporary, gzip.open(temporary, "wt", encoding="utf-8", compresslevel=4) as file:
            for project in projects:
                file.write(json.dumps(_as_line(project), separators=(",", ":")) + "\n")
        self._known.update((p.name, p) for p in projects)


def _as_line(project: CrawledProject) -> list[object]:
    files = [
        [f.filename, f.version, f.size, f.sha256, f.blake2b_256, f.upload_time.isoformat(), f.kind, f.yanked]
        for f in project.files
    ]
    return [project.name, project.summary, project.keywords, project.requires, files]


def _read_part(part: Path) -> Iterator[CrawledProject]:
    with gzip.open(part, "rt", encoding="utf-8") as file:
        for line in file:
            name, summary, keywords, requires, files = json.loads(line)
            yield CrawledProject(
                name=name,
                summary=summary,
                keywords=keywords,
                requires=tuple(requires),
                files=tuple(
                    CrawledFile(filename, version, size, sha256, blake2b, datetime.fromisoformat(time), kind, yanked)
                    for filename, version, size, sha256, blake2b, time, kind, yanked in files
                ),
            )


def crawl(client: IndexClient, names: Iterable[NormalizedName], cache: CrawlCache, *, progress: Progress = None) -> int:
    """Ask the index for every name that the cache does not hold; return how many could not be had for now.

    A name that the index does not have is kept as a project without files, so that it is not asked for again.
    """
    wanted = [n for n in dict.fromkeys(names) if n not in cache]
    fresh: list[CrawledProject] = []
    failed = done = 0
    queue = iter(wanted)
    with ThreadPoolExecutor(client.threads) as pool:
        running: set[Future[CrawledProject]] = set()
        try:
            while True:
                for name in queue:
                    running.add(pool.submit(_ask, client, name))
                    if len(running) >= client.threads * 4:
                        break
                if not running:
                    break
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    done += 1
                    try:
                        fresh.append(future.result())
                    except IndexUnreachableError:
                        failed += 1
                if len(fresh) >= _PART:
                    cache.keep(fresh)
                    fresh = []
                if progress is not None:
                    progress(done, len(wanted), "project records")
        finally:
            for future in running:
                future.cancel()
            cache.keep(fresh)
    return failed


def _ask(client: IndexClient, name: NormalizedName) -> CrawledProject:
    try:
        return parse_project(name, client.project_json(name))
    except NotOnIndexError:
        return CrawledProject(name, "", "", (), ())
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise IndexUnreachableError(name, f"has JSON of another shape ({error!r})") from error


def count_dependents(projects: Iterable[CrawledProject]) -> list[tuple[NormalizedName, int]]:
    """Return (name, how many of these projects require it), most first, ties by name."""
    count = Counter(name for project in projects for name in project.requires if name != project.name)
    return sorted(count.items(), key=lambda item: (-item[1], item[0]))
