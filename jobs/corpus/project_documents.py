"""Renders the JSON document of a project and its pages of the simple API (PEP 503, 691, 700)."""

import html
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from packaging.version import InvalidVersion, Version

from jobs.corpus.layout import PlacedFile, tree_path

_PACKAGE_TYPES = {
    ".whl": "bdist_wheel",
    ".egg": "bdist_egg",
    ".exe": "bdist_wininst",
    ".msi": "bdist_msi",
    ".rpm": "bdist_rpm",
}


@dataclass(slots=True)
class ProjectListing:
    """The files of one project by (version, filename, sha256), and the other information of its JSON document."""

    name: str
    info: dict[str, object] = field(default_factory=dict)
    files: dict[tuple[str, str, str], PlacedFile] = field(default_factory=dict)

    def sorted_files(self) -> list[PlacedFile]:
        """Return the files by name, version and digest."""
        return sorted(self.files.values(), key=lambda f: (f.filename, f.version, f.sha256))


def render_json_document(project: ProjectListing, serial: int) -> str:
    """Return the document at `web/json/<project>`, in the form of the index's own JSON API."""
    releases: dict[str, list[dict[str, object]]] = {}
    for file in project.sorted_files():
        releases.setdefault(file.version, []).append(_release_file(file))
    newest = max(releases, key=_version_key, default="")
    document = {
        "info": {**project.info, "name": project.name, "version": newest},
        "last_serial": serial,
        "releases": releases,
        "urls": releases.get(newest, []),
        "vulnerabilities": [],
    }
    return json.dumps(document, indent=4, sort_keys=True)


def parse_json_document(document: bytes) -> ProjectListing:
    """Parse what `render_json_document` returned; raises KeyError, TypeError, ValueError or AttributeError."""
    parsed = json.loads(document)
    info = {key: value for key, value in parsed["info"].items() if key not in ("name", "version")}
    project = ProjectListing(parsed["info"]["name"], info)
    for version, files in parsed["releases"].items():
        for file in files:
            digests = file["digests"]
            placed = PlacedFile(
                version=version,
                filename=file["filename"],
                path=tree_path(digests["blake2b_256"], file["filename"]),
                size=file["size"],
                sha256=digests["sha256"],
                blake2b_256=digests["blake2b_256"],
                upload_time=datetime.fromisoformat(file["upload_time_iso_8601"]),
                requires_python=file["requires_python"],
                yanked=file["yanked"],
                yanked_reason=file["yanked_reason"],
            )
            project.files[version, placed.filename, placed.sha256] = placed
    return project


def render_html_page(project: ProjectListing, serial: int) -> str:
    """Return the project's page in HTML (PEP 503), with the serial in the comment that bandersnatch writes."""
    links = "".join(
        f'    <a href="{_url(f)}#sha256={f.sha256}"{_data_attributes(f)}>{html.escape(f.filename)}</a><br/>\n'
        for f in project.sorted_files()
    )
    return _html_page(f"Links for {project.name}", links, with_heading=True) + f"<!--SERIAL {serial}-->"


def render_json_page(project: ProjectListing, normalized_name: str, serial: int) -> str:
    """Return the project's page in JSON (PEP 691 and 700)."""
    files = project.sorted_files()
    page = {
        "files": [
            {
                "filename": file.filename,
                "hashes": {"sha256": file.sha256},
                "requires-python": file.requires_python or "",
                "size": file.size,
                "upload-time": _iso_time(file.upload_time),
                "url": _url(file),
                "yanked": (file.yanked_reason or True) if file.yanked else False,
            }
            for file in files
        ],
        "meta": {"api-version": "1.1", "_last-serial": str(serial)},
        "name": normalized_name,
        "versions": sorted({file.version for file in files}),
    }
    return json.dumps(page)


def render_html_index(names: Sequence[str]) -> str:
    """Return the root page of the simple API in HTML."""
    links = "".join(f'    <a href="{quote(name)}/">{html.escape(name)}</a><br/>\n' for name in names)
    return _html_page("Simple Index", links)


def render_json_index(names: Sequence[str], serial: int) -> str:
    """Return the root page of the simple API in JSON."""
    meta = {"_last-serial": serial, "api-version": "1.1"}
    return json.dumps({"meta": meta, "projects": [{"name": name} for name in names]})


def _release_file(file: PlacedFile) -> dict[str, object]:
    package_type = _PACKAGE_TYPES.get(Path(file.filename).suffix.lower(), "sdist")
    facts = asdict(file)
    return {
        **{key: facts[key] for key in ("filename", "size", "requires_python", "yanked", "yanked_reason")},
        "digests": {"blake2b_256": file.blake2b_256, "sha256": file.sha256},
        "packagetype": package_type,
        "python_version": "source" if package_type == "sdist" else file.filename.split("-")[-3:][0],
        "upload_time": file.upload_time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "upload_time_iso_8601": _iso_time(file.upload_time),
        # Without a host: the tree may be served from any URL, and readers use the part from /packages/ on.
        "url": quote(file.path.removeprefix("web")),
    }


def _url(file: PlacedFile) -> str:
    return "../../" + quote(file.path.removeprefix("web/"))


def _data_attributes(file: PlacedFile) -> str:
    attributes = f' data-requires-python="{html.escape(file.requires_python)}"' if file.requires_python else ""
    return attributes + (f' data-yanked="{html.escape(file.yanked_reason or "")}"' if file.yanked else "")


def _html_page(title: str, links: str, *, with_heading: bool = False) -> str:
    title = html.escape(title)
    return (
        "<!DOCTYPE html>\n<html>\n  <head>\n"
        '    <meta name="pypi:repository-version" content="1.0">\n'
        f"    <title>{title}</title>\n  </head>\n  <body>\n"
        f"{f'    <h1>{title}</h1>{chr(10)}' if with_heading else ''}{links}"
        "  </body>\n</html>\n"
    )


def _iso_time(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _version_key(version: str) -> tuple[int, Version, str]:
    try:
        return 1, Version(version), version
    except InvalidVersion:
        return 0, Version("0"), version
