"""Reads the text files that describe the demonstration's projects.

    Name: editspan
    Build: setup.py                         (or setuptools, flit, hatchling)
    Release: 1.0.2 2020-09-09 sdist wheel   (a line for each release)
    ===== editspan/__init__.py
    __version__ = "@VERSION@"
    ===== editspan/fast.py since 1.1.0

Files follow the header. A file with `since` is part of that release and later ones, and replaces an earlier file of
the same path.
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
    """A release: `kinds` are of "sdist" and "wheel", `time` is its upload time (UTC)."""

    version: str
    time: datetime
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoFile:
    """A file of a project, from the release `since` on ("": all)."""

    path: str
    since: str
    text: str


@dataclass(frozen=True, slots=True)
class DemoProject:
    """A project in all its releases; `header` are its fields (name, value) in their order, with repetitions."""

    header: tuple[tuple[str, str], ...]
    releases: tuple[DemoRelease, ...]
    files: tuple[DemoFile, ...]

    @property
    def name(self) -> str:
        """The project's name."""
        return self.field("Name")

    def field(self, name: str) -> str:
        """Return the first value of a field of the header, "" if there is none."""
        return next(iter(self.fields(name)), "")

    def fields(self, name: str) -> tuple[str, ...]:
        """Return all values of a field."""
        return tuple(value for key, value in self.header if key == name)

    def contents(self, version: str) -> dict[str, str]:
        """Return the files of a release by path."""
        present = [f for f in self.files if not f.since or Version(version) >= Version(f.since)]
        return {f.path: f.text.replace("@VERSION@", version) for f in present}


def parse_project(text: str) -> DemoProject:
    """Return the project of a text; raises ValueError if it has no name or no release."""
    pieces = _FILE.split(text)
    header = tuple((key, value.strip()) for key, _, value in (line.partition(":") for line in pieces[0].splitlines()))
    releases = tuple(_parse_release(value) for key, value in header if key == "Release")
    contents = tuple(
        DemoFile(path, since or "", content.removeprefix("\n"))
        for path, since, content in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True)
    )
    project = DemoProject(header, releases, contents)
    if not project.name or not releases:
        raise ValueError("a project has a name and a release")
    return project


def _parse_release(line: str) -> DemoRelease:
    version, day, *kinds = line.split()
    return DemoRelease(version, datetime.fromisoformat(day).replace(hour=9, minute=30, tzinfo=UTC), tuple(kinds))


def read_projects() -> Iterator[DemoProject]:
    """Yield every project of the demonstration, the honest ones first, by file name."""
    for folder in ("projects", "lookalikes"):
        for entry in sorted(files("jobs.demo").joinpath(folder).iterdir(), key=lambda e: e.name):
            if entry.name.endswith(".txt"):
                yield parse_project(entry.read_text(encoding="utf-8"))
