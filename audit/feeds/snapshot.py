"""Reads a snapshot of the index upstream: the simple index's JSON, pages of projects, or a list of names and files."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from audit.feeds.contract import FeedKind
from audit.feeds.entry import Counts, Entry
from audit.feeds.lists import parse_line
from audit.feeds.source import BrokenRecords, is_zip, read_lines, read_values
from features.packaging.names import normalise, parse_filename


class SnapshotFormat:
    """The names that the index upstream lists, and the files where the snapshot has them."""

    kind = FeedKind.SNAPSHOT
    summary = "what the index upstream lists: its simple JSON, or a list of names or files"

    def read(self, path: Path, counts: Counts, broken: BrokenRecords) -> Iterator[Entry]:
        """Yield the projects and files that upstream lists."""
        if path.is_dir() or is_zip(path) or is_json(path):
            for where, value in read_values(path, broken):
                yield from _from_json(value, where, counts, broken)
            return
        for number, text in read_lines(path, broken):
            line = parse_line(text)
            if line is None:
                continue
            if line.kind == "file":
                counts.records += 1
                yield Entry("listed", "", filename=line.value, project=parse_filename(line.value).project)
            elif line.kind == "name":
                counts.records += 1
                yield Entry("project", "", project=line.value)
            else:
                broken.add(f"line {number}", f"it is neither a name nor a file: {text[:80]!r}")


def is_json(path: Path) -> bool:
    """Return whether a file begins like JSON."""
    with path.open("rb") as file:
        return file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in {b"{", b"["}


def _from_json(value: Any, where: str, counts: Counts, broken: BrokenRecords) -> Iterator[Entry]:
    names: Any = []
    files: Any = []
    if isinstance(value, list):
        names = value
    elif isinstance(value, dict):
        names = value.get("projects") or ([value["name"]] if "name" in value else [])
        files = value.get("files") or []
    if not isinstance(names, list) or not isinstance(files, list) or not (names or files):
        broken.add(where, "it lists neither projects nor files")
        return
    project = ""
    for each in names:
        name = each.get("name") if isinstance(each, dict) else each
        if not isinstance(name, str) or not name.strip():
            broken.add(where, "a project has no name")
            continue
        counts.records += 1
        project = normalise(name.strip())
        yield Entry("project", "", project=project)
    for each in files:
        filename = each.get("filename") if isinstance(each, dict) else None
        if not isinstance(filename, str) or not filename:
            broken.add(where, "a file has no name")
            continue
        counts.records += 1
        hashes = each.get("hashes")
        sha256 = str(hashes.get("sha256") or "").lower() if isinstance(hashes, dict) else ""
        yield Entry("listed", "", filename=filename, project=project, sha256=sha256)
