"""Writes a package index's files in bandersnatch's on-disk layout, so that every tree we make is a mirror.

The layout is that of bandersnatch 6.8 with `json = true` and `simple-format = ALL`: files under
`web/packages/aa/bb/<60 hex>/` by the BLAKE2b-256 of their bytes, mtime = upload time; `web/json/<project>`
and `web/pypi/<project>/json`; `web/simple/<project>/index.{html,v1_html,v1_json}` (PEP 503, 691, 700); root
indexes, `status`, `generation` and `last-modified`.
"""

import hashlib
import html
import json
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from features.runtime.atomic_write import write_atomically
from jobs.corpus.contract import CorpusError

_LONGEST_COMPONENT = 255  # bytes; the limit of the common file systems
_PACKAGE_TYPES = {
    ".whl": "bdist_wheel",
    ".egg": "bdist_egg",
    ".exe": "bdist_wininst",
    ".msi": "bdist_msi",
    ".rpm": "bdist_rpm",
}
_NO_INFO: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """A file of the tree: `path` is relative to the tree's root, `filename` its true name, times are UTC."""

    version: str
    filename: str
    path: str
    size: int
    sha256: str
    blake2b_256: str
    upload_time: datetime
    requires_python: str | None = None
    yanked: bool = False
    yanked_reason: str | None = None


@dataclass(slots=True)
class _Project:
    """What the tree says of one project; `files` by (version, filename, sha256)."""

    name: str
    info: dict[str, object] = field(default_factory=dict)
    files: dict[tuple[str, str, str], PlacedFile] = field(default_factory=dict)
    dirty: bool = False


def safe_component(name: str) -> str:
    """Return `name` as one path component of the tree: unchanged where it is one, else with `_` in places.

    Separators, control characters and lone surrogates are replaced, a leading dot (which readers of a mirror
    take for a partial download) too, and an over-long name is cut in the middle so that its suffix stays.
    """
    clean = "".join("_" if c in "/\\" or not (c.isprintable() or c == " ") else c for c in name)
    clean = clean.encode("utf-8", "replace").decode("utf-8")
    if not clean or clean.startswith("."):
        clean = "_" + clean[1:]
    encoded = clean.encode()
    if len(encoded) > _LONGEST_COMPONENT:
        half = (_LONGEST_COMPONENT - 1) // 2
        clean = encoded[:half].decode("utf-8", "ignore") + "_" + encoded[-half:].decode("utf-8", "ignore")
    return clean


def package_path(blake2b_256: str, filename: str) -> str:
    """Return where a file of this digest (64 hex digits) stands, relative to the tree's root."""
    digest = blake2b_256
    return f"web/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}/{safe_component(filename)}"


def place_file(
    root: Path, filename: str, content: bytes, upload_time: datetime, *, durable: bool = False
) -> PlacedFile:
    """Write one file's bytes where its digest says, listed nowhere; the same bytes again change nothing."""
    blake2b_256 = hashlib.blake2b(content, digest_size=32).hexdigest()
    relative = package_path(blake2b_256, filename)
    path = root / relative
    if not (path.is_file() and path.stat().st_size == len(content)):
        write_atomically(path, content, mtime=upload_time, durable=durable, parents=True)
    return PlacedFile(
        version="",
        filename=filename,
        path=relative,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        blake2b_256=blake2b_256,
        upload_time=upload_time,
    )


class MirrorWriter:
    """A tree in bandersnatch's layout that files are added to; an existing one is taken up where it stands.

    `add` places and lists a file, `flush` writes the JSON and simple pages of the projects changed since, and
    `finish` writes the root indexes and the state files as well. Threads may add at the same time.
    """

    def __init__(self, root: Path, *, durable: bool = False) -> None:
        self.root = root
        self.durable = durable
        self._projects: dict[str, _Project] = {}
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
        content: bytes | Path,
        upload_time: datetime,
        *,
        requires_python: str | None = None,
        yanked: bool = False,
        yanked_reason: str | None = None,
        info: Mapping[str, object] = _NO_INFO,
    ) -> PlacedFile:
        """Place a file and list it under its project; `info` (summary, author, ...) goes into its JSON."""
        data = content if isinstance(content, bytes) else content.read_bytes()
        placed = place_file(self.root, filename, data, upload_time, durable=self.durable)
        placed = replace(
            placed,
            version=version,
            requires_python=requires_python,
            yanked=yanked,
            yanked_reason=yanked_reason,
        )
        self.list_file(project, placed, info=info)
        return placed

    def list_file(self, project: str, placed: PlacedFile, *, info: Mapping[str, object] = _NO_INFO) -> None:
        """List a file that stands in the tree already; listing it twice changes nothing."""
        key = (placed.version, placed.filename, placed.sha256)
        with self._lock:
            known = self._project(project)
            if known.files.get(key) != placed or any(known.info.get(k) != v for k, v in info.items()):
                known.files[key] = placed
                known.info.update(info)
                known.dirty = True

    def find(self, project: str, filename: str, sha256: str) -> PlacedFile | None:
        """Return the listed file of this name and digest if it stands in the tree in its full size."""
        with self._lock:
            for placed in self._project(project).files.values():
                if placed.filename == filename and placed.sha256 == sha256:
                    return placed if self._stands(placed.path, placed.size) else None
        return None

    def _stands(self, relative: str, size: int) -> bool:
        try:
            return (self.root / relative).stat().st_size == size
        except (FileNotFoundError, NotADirectoryError):
            return False

    def files(self) -> Iterator[tuple[str, PlacedFile]]:
        """Yield (project, file) for all that the tree lists, in order of project and file name."""
        with self._lock:
            names = sorted({*self._listed_projects(), *self._projects})
        for name in names:
            for placed in _in_order(self._project(name)):
                yield name, placed

    def flush(self, serial: int | None = None) -> None:
        """Write the JSON and the simple pages of every project that changed since the last flush."""
        serial = self._serial() + 1 if serial is None else serial
        with self._lock:
            for name, project in sorted(self._projects.items()):
                if project.dirty:
                    self._write_project(name, project, serial)
                    project.dirty = False

    def finish(self, serial: int | None = None, *, when: datetime | None = None) -> int:
        """Write all that is listed, root indexes and state files; return the serial (by default the next)."""
        serial = self._serial() + 1 if serial is None else serial
        self.flush(serial)
        names = self._listed_projects()
        links = "".join(f'    <a href="{quote(n)}/">{html.escape(n)}</a><br/>\n' for n in names)
        page = _page("Simple Index", links)
        meta = {"_last-serial": serial, "api-version": "1.1"}
        index = json.dumps({"meta": meta, "projects": [{"name": n} for n in names]})
        simple = self.root / "web" / "simple"
        for name, text in (("index.html", page), ("index.v1_html", page), ("index.v1_json", index)):
            self._write(simple / name, text)
        (self.root / "web" / "local-stats" / "days").mkdir(parents=True, exist_ok=True)
        self._write(self.root / "generation", "5")
        self._write(self.root / "web" / "last-modified", f"{when or datetime.now(UTC):%Y%m%dT%H:%M:%S}\n")
        self._write(self.root / "status", str(serial))
        return serial

    def _write(self, path: Path, text: str) -> None:
        write_atomically(path, text.encode("utf-8", "surrogatepass"), durable=self.durable, parents=True)

    def _serial(self) -> int:
        try:
            return int((self.root / "status").read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0

    def _listed_projects(self) -> list[str]:
        try:
            return sorted(e.name for e in os.scandir(self.root / "web" / "json") if e.name[0] != ".")
        except FileNotFoundError:
            return []

    def _project(self, project: str) -> _Project:
        """Return the project's record, read from its JSON the first time; the lock is held by the caller."""
        name = safe_component(canonicalize_name(project))
        known = self._projects.get(name)
        if known is None:
            known = _Project(project)
            path = self.root / "web" / "json" / name
            try:
                known = _parse_project(path.read_bytes())
            except FileNotFoundError:
                pass
            except (KeyError, TypeError, ValueError) as error:
                reason = f"is not a JSON that we wrote ({error!r})"
                raise CorpusError(str(path), reason, "give another folder, or delete that file") from error
            self._projects[name] = known
        return known

    def _write_project(self, name: str, project: _Project, serial: int) -> None:
        files = list(_in_order(project))
        document = json.dumps(_document(project, files, serial), indent=4, sort_keys=True)
        web = self.root / "web"
        self._write(web / "pypi" / name / "json", document)
        links = "".join(
            f'    <a href="{_url(f)}#sha256={f.sha256}"{_tags(f)}>{html.escape(f.filename)}</a><br/>\n' for f in files
        )
        page = _page(f"Links for {project.name}", links, heading=True) + f"<!--SERIAL {serial}-->"
        listing = {
            "files": [
                {
                    "filename": f.filename,
                    "hashes": {"sha256": f.sha256},
                    "requires-python": f.requires_python or "",
                    "size": f.size,
                    "upload-time": _iso(f.upload_time),
                    "url": _url(f),
                    "yanked": (f.yanked_reason or True) if f.yanked else False,
                }
                for f in files
            ],
            "meta": {"api-version": "1.1", "_last-serial": str(serial)},
            "name": name,
            "versions": sorted({f.version for f in files}),
        }
        simple = web / "simple" / name
        self._write(simple / "index.html", page)
        self._write(simple / "index.v1_html", page)
        self._write(simple / "index.v1_json", json.dumps(listing))
        # Last, because its presence is what says that the project is listed.
        self._write(web / "json" / name, document)


def _in_order(project: _Project) -> list[PlacedFile]:
    return sorted(project.files.values(), key=lambda f: (f.filename, f.version, f.sha256))


def _url(file: PlacedFile) -> str:
    return "../../" + quote(file.path.removeprefix("web/"))


def _tags(file: PlacedFile) -> str:
    tags = f' data-requires-python="{html.escape(file.requires_python)}"' if file.requires_python else ""
    return tags + (f' data-yanked="{html.escape(file.yanked_reason or "")}"' if file.yanked else "")


def _page(title: str, links: str, *, heading: bool = False) -> str:
    title = html.escape(title)
    return (
        "<!DOCTYPE html>\n<html>\n  <head>\n"
        '    <meta name="pypi:repository-version" content="1.0">\n'
        f"    <title>{title}</title>\n  </head>\n  <body>\n"
        f"{f'    <h1>{title}</h1>{chr(10)}' if heading else ''}{links}"
        "  </body>\n</html>\n"
    )


def _iso(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _version_order(version: str) -> tuple[int, Version, str]:
    try:
        return 1, Version(version), version
    except InvalidVersion:
        return 0, Version("0"), version


def _document(project: _Project, files: list[PlacedFile], serial: int) -> dict[str, object]:
    """Return the project's JSON in the form that the index's own JSON interface has."""
    releases: dict[str, list[dict[str, object]]] = {}
    for file in files:
        releases.setdefault(file.version, []).append(_release_file(file))
    newest = max(releases, key=_version_order, default="")
    return {
        "info": {**project.info, "name": project.name, "version": newest},
        "last_serial": serial,
        "releases": releases,
        "urls": releases.get(newest, []),
        "vulnerabilities": [],
    }


def _release_file(file: PlacedFile) -> dict[str, object]:
    suffix = Path(file.filename).suffix.lower()
    kind = _PACKAGE_TYPES.get(suffix, "sdist")
    facts = asdict(file)
    return {
        **{k: facts[k] for k in ("filename", "size", "requires_python", "yanked", "yanked_reason")},
        "digests": {"blake2b_256": file.blake2b_256, "sha256": file.sha256},
        "packagetype": kind,
        "python_version": "source" if kind == "sdist" else file.filename.split("-")[-3:][0],
        "upload_time": file.upload_time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "upload_time_iso_8601": _iso(file.upload_time),
        # No host: the tree may be served from anywhere, and readers take the part from /packages/ on.
        "url": quote(file.path.removeprefix("web")),
    }


def _parse_project(document: bytes) -> _Project:
    """Read back what `_document` wrote; raises KeyError, TypeError or ValueError on anything else."""
    told = json.loads(document)
    info = {k: v for k, v in told["info"].items() if k not in ("name", "version")}
    project = _Project(told["info"]["name"], info)
    for version, listed in told["releases"].items():
        for one in listed:
            placed = PlacedFile(
                version=version,
                filename=one["filename"],
                path=package_path(one["digests"]["blake2b_256"], one["filename"]),
                size=one["size"],
                sha256=one["digests"]["sha256"],
                blake2b_256=one["digests"]["blake2b_256"],
                upload_time=datetime.fromisoformat(one["upload_time_iso_8601"]),
                requires_python=one["requires_python"],
                yanked=one["yanked"],
                yanked_reason=one["yanked_reason"],
            )
            project.files[version, placed.filename, placed.sha256] = placed
    return project
