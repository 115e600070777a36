"""Writes a tree in bandersnatch's layout, so that each corpus and the demonstration is a mirror.

The layout is that of bandersnatch 6.8 with `json = true` and `simple-format = ALL`: files below `web/packages`;
`web/json/<project>` and `web/pypi/<project>/json`; `web/simple/<project>/index.{html,v1_html,v1_json}`; root indexes,
`status`, `generation` and `last-modified`.
"""

import os
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from packaging.utils import canonicalize_name

from features.runtime.atomic_write import write_atomically
from jobs.corpus.contract import CorpusError
from jobs.corpus.layout import PlacedFile, place_file, safe_component
from jobs.corpus.project_documents import (
    ProjectListing,
    parse_json_document,
    render_html_index,
    render_html_page,
    render_json_document,
    render_json_index,
    render_json_page,
)

_NO_INFO: Mapping[str, object] = MappingProxyType({})


class MirrorWriter:
    """A tree that files are added to; an existing tree is continued.

    `add` places and lists a file, `flush` writes the documents of the projects that changed, and `finish` writes the
    root indexes and the state files too. Threads may add at the same time.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._projects: dict[str, ProjectListing] = {}
        self._changed: set[str] = set()
        self._lock = threading.RLock()
        try:
            (root / "web" / "packages").mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise CorpusError(str(root), "is not a folder", "give a folder that is new or a mirror") from error

    def add(
        self,
        project: str,
        version: str,
        filename: str,
        content: bytes,
        upload_time: datetime,
        *,
        requires_python: str | None = None,
        yanked: bool = False,
        yanked_reason: str | None = None,
        info: Mapping[str, object] = _NO_INFO,
    ) -> PlacedFile:
        """Place a file and list it under its project; `info` (summary, author, ...) goes into the project's JSON."""
        placed = replace(
            place_file(self.root, filename, content, upload_time),
            version=version,
            requires_python=requires_python,
            yanked=yanked,
            yanked_reason=yanked_reason,
        )
        self.list_file(project, placed, info=info)
        return placed

    def list_file(self, project: str, placed: PlacedFile, *, info: Mapping[str, object] = _NO_INFO) -> None:
        """List a file that is in the tree already; listing it twice changes nothing."""
        key = (placed.version, placed.filename, placed.sha256)
        with self._lock:
            name, listing = self._listing(project)
            if listing.files.get(key) != placed or any(listing.info.get(k) != v for k, v in info.items()):
                listing.files[key] = placed
                listing.info.update(info)
                self._changed.add(name)

    def find(self, project: str, filename: str, sha256: str) -> PlacedFile | None:
        """Return the listed file of this name and digest if the tree holds it in its full size."""
        with self._lock:
            for placed in self._listing(project)[1].files.values():
                if placed.filename == filename and placed.sha256 == sha256:
                    return placed if self._is_complete(placed) else None
        return None

    def flush(self, serial: int | None = None) -> None:
        """Write the documents of every project that changed since the last flush."""
        serial = self._read_serial() + 1 if serial is None else serial
        with self._lock:
            for name in sorted(self._changed):
                self._write_project(name, serial)
                self._changed.remove(name)

    def finish(self, serial: int | None = None, *, when: datetime | None = None) -> int:
        """Write everything listed, root indexes and state files; return the serial, by default the next one."""
        serial = self._read_serial() + 1 if serial is None else serial
        self.flush(serial)
        names = self._listed_names()
        page = render_html_index(names)
        simple = self.root / "web" / "simple"
        self._write(simple / "index.html", page)
        self._write(simple / "index.v1_html", page)
        self._write(simple / "index.v1_json", render_json_index(names, serial))
        (self.root / "web" / "local-stats" / "days").mkdir(parents=True, exist_ok=True)
        self._write(self.root / "generation", "5")
        self._write(self.root / "web" / "last-modified", f"{when or datetime.now(UTC):%Y%m%dT%H:%M:%S}\n")
        self._write(self.root / "status", str(serial))
        return serial

    def _is_complete(self, placed: PlacedFile) -> bool:
        try:
            return (self.root / placed.path).stat().st_size == placed.size
        except (FileNotFoundError, NotADirectoryError):
            return False

    def _write(self, path: Path, text: str) -> None:
        write_atomically(path, text.encode("utf-8", "surrogatepass"), parents=True)

    def _read_serial(self) -> int:
        try:
            return int((self.root / "status").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0

    def _listed_names(self) -> list[str]:
        try:
            return sorted(e.name for e in os.scandir(self.root / "web" / "json") if e.name[0] != ".")
        except FileNotFoundError:
            return []

    def _listing(self, project: str) -> tuple[str, ProjectListing]:
        """Return a project's name in paths and its listing, read from disk the first time; needs the lock."""
        name = safe_component(canonicalize_name(project))
        if name not in self._projects:
            path = self.root / "web" / "json" / name
            try:
                self._projects[name] = parse_json_document(path.read_bytes())
            except FileNotFoundError:
                self._projects[name] = ProjectListing(project)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                reason = f"was not written by boojum ({error!r})"
                raise CorpusError(str(path), reason, "give another folder, or delete that file") from error
        return name, self._projects[name]

    def _write_project(self, name: str, serial: int) -> None:
        project = self._projects[name]
        document = render_json_document(project, serial)
        page = render_html_page(project, serial)
        web = self.root / "web"
        self._write(web / "pypi" / name / "json", document)
        self._write(web / "simple" / name / "index.html", page)
        self._write(web / "simple" / name / "index.v1_html", page)
        self._write(web / "simple" / name / "index.v1_json", render_json_page(project, name, serial))
        # Last, because a project counts as listed once this file is there.
        self._write(web / "json" / name, document)
