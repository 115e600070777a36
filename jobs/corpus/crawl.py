"""Collects a compact record of many projects from the index's JSON API, kept on disk so that a crawl resumes."""

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

_REQUIREMENT_NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)")
_PROJECTS_PER_PART = 2_000
"""Projects in one part of the cache: the most that a kill loses."""
_MAX_TEXT = 500
"""Characters of a summary or of keywords that are kept."""
_KINDS = {"sdist": "sdist", "bdist_wheel": "wheel", "bdist_egg": "egg"}


@dataclass(frozen=True, slots=True)
class CrawledFile:
    """One file of a project; `kind` is sdist, wheel, native_wheel, egg or other, `upload_time` UTC."""

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
    """The facts of a project that sampling uses; `files` are in order of upload, none where the project is gone."""

    name: NormalizedName
    summary: str
    keywords: str
    requires: tuple[NormalizedName, ...]
    files: tuple[CrawledFile, ...]


def file_kind(filename: str, package_type: str) -> str:
    """Return the kind of a distribution file from the index's `packagetype` and, for wheels, the platform tag."""
    kind = _KINDS.get(package_type, "other")
    if kind == "wheel" and not filename.endswith("-any.whl"):
        return "native_wheel"
    return kind


def parse_project(name: NormalizedName, document: Any) -> CrawledProject:
    """Reduce a project's JSON document to its record; files without a time or a sha256 are left out.

    Raises KeyError, TypeError, AttributeError or ValueError for a document of another shape.
    """
    info = document["info"]
    requirements = (_REQUIREMENT_NAME.match(requirement) for requirement in info.get("requires_dist") or ())
    files = []
    for version, listed in document["releases"].items():
        for file in listed:
            upload_time = parse_time(file.get("upload_time_iso_8601"))
            digests = file["digests"]
            if upload_time is None or not digests.get("sha256"):
                continue
            files.append(
                CrawledFile(
                    filename=file["filename"],
                    version=version,
                    size=int(file["size"]),
                    sha256=digests["sha256"],
                    blake2b_256=digests.get("blake2b_256") or "",
                    upload_time=upload_time,
                    kind=file_kind(file["filename"], file["packagetype"]),
                    yanked=bool(file.get("yanked")),
                )
            )
    return CrawledProject(
        name=name,
        summary=(info.get("summary") or "")[:_MAX_TEXT],
        keywords=_join_keywords(info.get("keywords"))[:_MAX_TEXT],
        requires=tuple(sorted({canonicalize_name(match[1]) for match in requirements if match})),
        files=tuple(sorted(files, key=lambda f: (f.upload_time, f.filename))),
    )


def _join_keywords(keywords: object) -> str:
    return " ".join(map(str, keywords)) if isinstance(keywords, list) else str(keywords or "")


class CrawlCache:
    """Records of projects in a folder of gzipped JSON lines, `part-00000.jsonl.gz` and so on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._projects: dict[NormalizedName, CrawledProject] = {}
        for part in self._parts():
            for project in _read_part(part):
                self._projects[project.name] = project

    def __contains__(self, name: NormalizedName) -> bool:
        return name in self._projects

    def __len__(self) -> int:
        return len(self._projects)

    def get(self, name: NormalizedName) -> CrawledProject | None:
        """Return a project's record, None where it was not crawled."""
        return self._projects.get(name)

    def add(self, projects: Collection[CrawledProject]) -> None:
        """Add records, on disk as a new part."""
        if not projects:
            return
        part = self.folder / f"part-{len(self._parts()):05d}.jsonl.gz"
        with open_temporary(part) as temporary, gzip.open(temporary, "wt", encoding="utf-8", compresslevel=4) as file:
            for project in projects:
                file.write(json.dumps(_as_record(project), separators=(",", ":")) + "\n")
        self._projects.update((p.name, p) for p in projects)

    def _parts(self) -> list[Path]:
        return sorted(self.folder.glob("part-*.jsonl.gz"))


def _as_record(project: CrawledProject) -> list[object]:
    files = [
        [f.filename, f.version, f.size, f.sha256, f.blake2b_256, f.upload_time.isoformat(), f.kind, f.yanked]
        for f in project.files
    ]
    return [project.name, project.summary, project.keywords, project.requires, files]


def _read_part(part: Path) -> Iterator[CrawledProject]:
    with gzip.open(part, "rt", encoding="utf-8") as lines:
        for line in lines:
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
    """Fetch the record of every name that the cache does not hold; return how many could not be had for now.

    A name that the index does not have is cached as a project without files, so that it is not requested again.
    """
    wanted = [name for name in dict.fromkeys(names) if name not in cache]
    fetched: list[CrawledProject] = []
    failed = done = 0
    queue = iter(wanted)
    with ThreadPoolExecutor(client.threads) as pool:
        running: set[Future[CrawledProject]] = set()
        try:
            while True:
                for name in queue:
                    running.add(pool.submit(_fetch_project, client, name))
                    if len(running) >= client.threads * 4:
                        break
                if not running:
                    break
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    done += 1
                    try:
                        fetched.append(future.result())
                    except IndexUnreachableError:
                        failed += 1
                if len(fetched) >= _PROJECTS_PER_PART:
                    cache.add(fetched)
                    fetched = []
                if progress is not None:
                    progress(done, len(wanted), "project records")
        finally:
            for future in running:
                future.cancel()
            cache.add(fetched)
    return failed


def _fetch_project(client: IndexClient, name: NormalizedName) -> CrawledProject:
    try:
        return parse_project(name, client.project_json(name))
    except NotOnIndexError:
        return CrawledProject(name, "", "", (), ())
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise IndexUnreachableError(name, f"has JSON of another shape ({error!r})") from error


def count_dependents(projects: Iterable[CrawledProject]) -> list[tuple[NormalizedName, int]]:
    """Return (name, how many of these projects require it), most first, ties by name."""
    counts = Counter(name for project in projects for name in project.requires if name != project.name)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
