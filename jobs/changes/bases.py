"""Chooses the bases of artifacts: the release before each, and the other file of its own release.

Releases are ordered by version (PEP 440); versions that are equal there are one release. One whose version cannot be
read comes after those that were uploaded before it, then by name. A flagged release is no base, so that the attack of
last week does not excuse that of today, and a yanked one only if no other is there. All steps are linear in the number
of a project's files, apart from sorting them.
"""

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from itertools import groupby
from statistics import median
from typing import NamedTuple

import pyarrow as pa
from packaging.version import InvalidVersion, Version

from features.contract import Kind, Status
from features.packaging.names import normalise
from jobs.changes.contract import BaseKind

RHYTHM_RELEASES = 20
"""Releases before an artifact by which a project's usual rhythm is measured."""
LATER_SECONDS = 86_400
"""Seconds by which a version must follow a higher one to have it as its base, if no lower one is there. Files that were
copied together have times in any order."""

IDENTITY = ("project", "version", "filename", "kind", "path", "size", "sha256")
"""Columns of a file that a pair names for both sides."""
FACTS = ("status", "context_upload_time", "context_yanked")
"""Further columns that the choice depends on."""
PAIRS = pa.schema(
    [
        *(pa.field(name, pa.int64() if name == "size" else pa.string()) for name in IDENTITY),
        pa.field("base_kind", pa.string()),
        *(
            pa.field(f"base_{name}", pa.int64() if name == "size" else pa.string())
            for name in IDENTITY
            if name != "kind"
        ),
        pa.field("earlier_releases", pa.int32()),
        pa.field("usual_days", pa.float32()),
    ]
)
"""Columns of `choose_bases`: an artifact, its base, and facts of its project's history."""

_ARCH = re.compile(r"(?:x86_64|amd64|aarch64|arm64|armv7l|i686|i386|ppc64le|s390x|riscv64|universal2|intel|win32)$")
_FAMILY = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True, eq=False)
class File:
    """One file of a project; `row` is its row in the table, `time` its upload in seconds, None if it is not known."""

    row: int
    project: str
    version: str
    filename: str
    kind: str
    path: str
    sha256: str
    readable: bool
    yanked: bool
    flagged: bool
    time: float | None


@dataclass(frozen=True)
class Release:
    """The files of one version, the readable ones by name. `number` is its version, None if it cannot be read."""

    version: str
    number: Version | None
    files: tuple[File, ...]

    @cached_property
    def time(self) -> float | None:
        """The time of its first file."""
        return min((file.time for file in self.files if file.time is not None), default=None)

    @cached_property
    def usable(self) -> tuple[File, ...]:
        """The files that may be a base: none if any file is flagged, and no yanked one beside others."""
        if any(file.flagged for file in self.files):
            return ()
        readable = tuple(file for file in self.files if file.readable)
        return tuple(file for file in readable if not file.yanked) or readable

    @property
    def withdrawn(self) -> bool:
        """True if all files that may be a base are yanked."""
        return all(file.yanked for file in self.usable)

    @cached_property
    def best(self) -> dict[tuple[str, str], File | None]:
        """The base for each (kind, tags) that was asked for, so that a release of many wheels is searched once."""
        return {}


class Choice(NamedTuple):
    """The base of a file, with the number of releases before its own and their usual distance in days."""

    file: File
    base: File
    kind: BaseKind
    earlier_releases: int
    usual_days: float | None


def choose_bases(table: pa.Table, flagged: Collection[str]) -> pa.Table:
    """Return the pairs (`PAIRS`) of all files of a table with the columns IDENTITY and FACTS.

    A file has at most one base of the kind `release` and one of the kind `sibling`. `flagged` are digests (sha256) of
    artifacts that were found malicious. Where a path occurs twice, the last counts.
    """
    choices = list(choose(read_files(table, flagged)))
    rows = pa.array([choice.file.row for choice in choices], pa.int64())
    bases = pa.array([choice.base.row for choice in choices], pa.int64())
    columns: dict[str, pa.Array | pa.ChunkedArray] = {name: table.column(name).take(rows) for name in IDENTITY}
    columns |= {f"base_{name}": table.column(name).take(bases) for name in IDENTITY}
    columns["base_kind"] = pa.array([choice.kind.value for choice in choices], pa.string())
    columns["earlier_releases"] = pa.array([choice.earlier_releases for choice in choices], pa.int32())
    columns["usual_days"] = pa.array([choice.usual_days for choice in choices], pa.float32())
    return pa.table([columns[each.name].cast(each.type) for each in PAIRS], schema=PAIRS)


def read_files(table: pa.Table, flagged: Collection[str]) -> list[File]:
    """Return the files of a table with the columns IDENTITY and FACTS."""
    columns = [table.column(name).to_pylist() for name in (*IDENTITY, *FACTS) if name != "size"]
    return [
        File(
            row=row,
            project=normalise(project or ""),
            version=version or "",
            filename=filename or "",
            kind=kind or "",
            path=path,
            sha256=sha256 or "",
            readable=status != Status.UNREADABLE,
            yanked=bool(yanked),
            flagged=sha256 in flagged,
            time=time.timestamp() if isinstance(time, datetime) else None,
        )
        for row, (project, version, filename, kind, path, sha256, status, time, yanked) in enumerate(
            zip(*columns, strict=True)
        )
    ]


def choose(files: Iterable[File]) -> Iterator[Choice]:
    """Yield the bases of files, project by project; files without a project have none."""
    distinct = {file.path: file for file in files if file.project}
    ordered = sorted(distinct.values(), key=lambda file: (file.project, file.filename, file.path))
    for _, of_project in groupby(ordered, key=lambda file: file.project):
        yield from _History(of_project).choices()


class _History:
    """The releases of one project."""

    def __init__(self, files: Iterable[File]) -> None:
        by_version: dict[Version | str, list[File]] = {}
        for file in files:
            by_version.setdefault(parse_version(file.version) or file.version, []).append(file)
        releases = [
            Release(of_version[0].version, key if isinstance(key, Version) else None, tuple(of_version))
            for key, of_version in by_version.items()
        ]
        self.numbered = sorted((each for each in releases if each.number is not None), key=_number)
        self.named = sorted((each for each in releases if each.number is None), key=_time_and_name)
        self.timed = sorted((each for each in releases if each.time is not None), key=_time_and_name)
        self.times = [_time_and_name(each) for each in self.timed]
        self.before_timed = _nearest_usable(self.timed)

    def choices(self) -> Iterator[Choice]:
        """Yield the bases of all readable files."""
        below = _nearest_usable(self.numbered)
        rhythm = _rhythm(self.timed)
        for release, lower in zip(self.numbered, below, strict=False):
            yield from self._choices_of(release, lower or self._earlier(release, LATER_SECONDS), rhythm)
        previous = below[-1]
        for release in self.named:
            before = previous if release.time is None else self._earlier(release, 0)
            yield from self._choices_of(release, before, rhythm)
            if release.usable:
                previous = release

    def _choices_of(
        self, release: Release, before: Release | None, rhythm: dict[str, tuple[int, float | None]]
    ) -> Iterator[Choice]:
        earlier, days = rhythm.get(release.version, (0, None))
        for file in release.files:
            if not file.readable:
                continue
            base = None if before is None else file_like(file, before)
            if base is not None:
                yield Choice(file, base, BaseKind.RELEASE, earlier, days)
            sibling = sibling_of(file, release)
            if sibling is not None:
                yield Choice(file, sibling, BaseKind.SIBLING, earlier, days)

    def _earlier(self, release: Release, seconds: float) -> Release | None:
        """Return the last usable release that was uploaded at least so many seconds before this one."""
        if release.time is None:
            return None
        key = release.time - seconds, "" if seconds else release.version
        return self.before_timed[bisect_left(self.times, key)]


@lru_cache(maxsize=65_536)
def parse_version(text: str) -> Version | None:
    """Return a version, None if it is none of PEP 440."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _number(release: Release) -> Version:
    assert release.number is not None
    return release.number


def _time_and_name(release: Release) -> tuple[float, str]:
    return (float("-inf") if release.time is None else release.time, release.version)


def _nearest_usable(releases: Sequence[Release]) -> list[Release | None]:
    """Return for each release the nearest usable one before it, and for the end of the list the last usable one.

    One that was yanked counts only if no other is before it.
    """
    found: list[Release | None] = []
    nearest: Release | None = None
    for release in releases:
        found.append(nearest)
        if release.usable and (nearest is None or nearest.withdrawn or not release.withdrawn):
            nearest = release
    return [*found, nearest]


def _rhythm(timed: Sequence[Release]) -> dict[str, tuple[int, float | None]]:
    """Return for each version the number of releases uploaded before it, and the median days between these."""
    found: dict[str, tuple[int, float | None]] = {}
    gaps: deque[float] = deque(maxlen=RHYTHM_RELEASES)
    before: float | None = None
    for number, release in enumerate(timed):
        found[release.version] = number, median(gaps) if gaps else None
        if release.time is not None:
            if before is not None:
                gaps.append((release.time - before) / 86_400)
            before = release.time
    return found


def file_like(file: File, release: Release) -> File | None:
    """Return the file of another release that a file is compared with: the nearest of its kind, else another."""
    tags = _tags_text(file)
    if (file.kind, tags) not in release.best:
        same = [each for each in release.usable if each.kind == file.kind]
        release.best[file.kind, tags] = _nearest_tags(file, same) or _of_other_kind(file, release.usable)
    return release.best[file.kind, tags]


def sibling_of(file: File, release: Release) -> File | None:
    """Return the file of a file's own release that it is compared with.

    For a wheel this is the sdist, for an sdist a pure wheel or else any. Without one it is the file of its own kind
    that was uploaded first, so that a second wheel with a payload has the clean first one beside it.
    """
    if len(release.files) < 2:
        return None
    others = [each for each in release.files if each.readable and not each.flagged and each.sha256 != file.sha256]
    other_kind = _of_other_kind(file, [each for each in others if each.kind != file.kind])
    same_kind = sorted(
        (each for each in others if each.kind == file.kind),
        key=lambda each: (float("inf") if each.time is None else each.time, each.filename, each.path),
    )
    return other_kind or next(iter(same_kind), None)


def _of_other_kind(file: File, files: Sequence[File]) -> File | None:
    if file.kind != Kind.SDIST:
        return next((each for each in files if each.kind == Kind.SDIST), next(iter(files), None))
    wheels = [each for each in files if each.kind == Kind.WHEEL]
    pure = next((each for each in wheels if each.filename.endswith("-any.whl")), None)
    return pure or next(iter(wheels), next(iter(files), None))


def _nearest_tags(file: File, files: Sequence[File]) -> File | None:
    if len(files) <= 1 or file.kind != Kind.WHEEL:
        return next(iter(files), None)
    wanted = parse_tags(file.filename)
    return max(files, key=lambda each: (tag_likeness(wanted, parse_tags(each.filename)), each.filename))


class Tags(NamedTuple):
    """The tags of a wheel's file name; `family` and `arch` are read from the platform."""

    python: str
    abi: str
    platform: str
    family: str
    arch: str


@lru_cache(maxsize=16_384)
def parse_tags(filename: str) -> Tags:
    """Return the tags in the name of a wheel; those that it lacks are ""."""
    parts = filename.removesuffix(".whl").split("-")[-3:]
    python, abi, platform = ["", "", *parts][-3:]
    first = platform.split(".")[-1]
    family, arch = _FAMILY.match(first), _ARCH.search(first)
    return Tags(python, abi, platform, family[0] if family else "", arch[0] if arch else "")


def tag_likeness(left: Tags, right: Tags) -> tuple[bool, bool, bool, bool, bool]:
    """Return how alike the tags of two wheels are: the greater the tuple, the more."""
    return (
        left.family == right.family,
        left.arch == right.arch,
        left.python == right.python,
        left.abi == right.abi,
        left.platform == right.platform,
    )


def _tags_text(file: File) -> str:
    return "-".join(file.filename.removesuffix(".whl").split("-")[-3:]) if file.kind == Kind.WHEEL else ""
