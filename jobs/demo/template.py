"""The text files that the demonstration's projects are written in.

    Name: editspan
    Build: setup.py                         (or setuptools, flit, hatchling)
    Release: 1.0.2 2020-09-09 sdist wheel   (one line a release)
    ===== editspan/__init__.py
    __version__ = "@VERSION@"
    ===== editspan/fast.py since 1.1.0

What follows the header are files; one with `since` is there from that release on and takes the place of an earlier
one of the same path.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

from packaging.version import Version

_FILE = re.compile(r"^===== (\S+)(?: since (\S+))?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DemoRelease:
    """One release: `kinds` are "sdist" and "wheel", `time` is when it was uploaded (UTC)."""

    version: str
    time: datetime
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoFile:
    """One file of a project, from the release `since` on ("" for all)."""

    path: str
    since: str
    text: str


@dataclass(frozen=True, slots=True)
class DemoProject:
    """A project in all its releases; `header` holds its fields as they stand, in order, repeated ones too."""

    header: tuple[tuple[str, str], ...]
    releases: tuple[DemoRelease, ...]
    files: tuple[DemoFile, ...]

    @property
    def name(self) -> str:
        """The project's name."""
        return self.field("Name")

    def field(self, name: str) -> str:
        """Return a field of the header, "" where it has none."""
        return next(iter(self.fields(name)), "")

    def fields(self, name: str) -> tuple[str, ...]:
        """Return a field that may be repeated."""
        return tuple(value for key, value in self.header if key == name)

    def contents(self, version: str) -> dict[str, str]:
        """Return the files of a release by path."""
        there = [f for f in self.files if not f.since or Version(version) >= Version(f.since)]
        return {f.path: f.text.replace("@VERSION@", version) for f in there}


def parse_project(text: str) -> DemoProject:
    """Read one project; raises ValueError where the text has no name or no release."""
    pieces = _FILE.split(text)
    header = tuple((key, value.strip()) for key, _, value in (line.partition(":") for line in pieces[0].splitlines()))
    releases = tuple(_parse_release(value) for key, value in header if key == "Release")
    found = tuple(
        DemoFile(path, since or "", content.removeprefix("\n"))
        for path, since, content in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True)
    )
    project = DemoProject(header, releases, found)
    if not project.name or not releases:
        raise ValueError("a project has a name and a release")
    return project


def _parse_release(line: str) -> DemoRelease:
    version, day, *kinds = line.split()
    return DemoRelease(version, datetime.fromisoformat(day).replace(hour=9, minute=30, tzinfo=UTC), tuple(kinds))


def read_projects() -> Iterator[DemoProject]:
    """Yield every project that comes with boojum, the honest ones first, by file name."""
    for folder in ("projects", "lookalikes"):
        for entry in sorted(files("jobs.demo").joinpath(folder).iterdir(), key=lambda e: e.name):
            if entry.name.endswith(".txt"):
                yield parse_project(entry.read_text(encoding="utf-8"))
