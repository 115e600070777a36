"""Reads plain lists, one item a line: sha256 digests, names, or `name==version`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from audit.feeds.contract import FeedKind
from audit.feeds.entry import Counts, Entry
from audit.feeds.source import BrokenRecords, read_lines
from audit.feeds.versions import canonical_version
from features.packaging.names import OTHER_SUFFIXES, SDIST_SUFFIXES, normalise

_SHA256 = re.compile(r"(?:sha256[:=])?([0-9a-fA-F]{64})(?:[\s,;*].*)?")
_RELEASE = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*===?\s*([A-Za-z0-9][A-Za-z0-9.!+_-]*)(?:[\s,;#].*)?"
)
_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)/?(?:\s+#.*)?")
_SUFFIXES = (".whl", ".egg", *SDIST_SUFFIXES, *OTHER_SUFFIXES)


class Line(NamedTuple):
    """A line of a list: its kind ("sha256", "release", "file", "name", or "" for none), and what it says."""

    kind: str
    value: str = ""
    version: str = ""


def parse_line(line: bytes) -> Line | None:
    """Return what a line of a list says, None for a comment."""
    text = line.decode("utf-8", "replace").strip()
    if not text or text.startswith("#"):
        return None
    if match := _SHA256.fullmatch(text):
        return Line("sha256", match[1].lower())
    if match := _RELEASE.fullmatch(text):
        return Line("release", normalise(match[1]), canonical_version(match[2]))
    base = text.partition("#")[0].partition("?")[0].strip().rsplit("/", 1)[-1]
    if base.lower().endswith(_SUFFIXES) and not re.search(r"\s", base):
        return Line("file", base)
    if match := _NAME.fullmatch(text):
        return Line("name", normalise(match[1]))
    return Line("")


class Sha256List:
    """A list of sha256 digests, also as `sha256sum` writes it."""

    kind = FeedKind.SHA256
    summary = "a list of sha256 digests, one a line"

    def read(self, path: Path, counts: Counts, broken: BrokenRecords) -> Iterator[Entry]:
        """Yield a digest for each line."""
        for number, text in read_lines(path, broken):
            line = parse_line(text)
            if line is not None and line.kind == "sha256":
                counts.records += 1
                yield Entry("digest", f"line {number}", sha256=line.value)
            elif line is not None:
                broken.add(f"line {number}", f"it is no sha256: {text[:80]!r}")


class _NamedList:
    """A list of projects, and of releases as `name==version`."""

    def read(self, path: Path, counts: Counts, broken: BrokenRecords) -> Iterator[Entry]:
        """Yield a project or a release for each line."""
        for number, text in read_lines(path, broken):
            line = parse_line(text)
            if line is None:
                continue
            if line.kind == "release":
                counts.records += 1
                yield Entry("version", f"line {number}", project=line.value, version=line.version)
            elif line.kind == "name":
                counts.records += 1
                yield Entry("name", f"line {number}", project=line.value)
            else:
                broken.add(f"line {number}", f"it is no name: {text[:80]!r}")


class NameList(_NamedList):
    """A list of names of projects that are bad as a whole."""

    kind = FeedKind.NAMES
    summary = "a list of names of projects that are bad as a whole"


class ReleaseList(_NamedList):
    """A list of releases."""

    kind = FeedKind.RELEASES
    summary = "a list of releases, as name==version"
