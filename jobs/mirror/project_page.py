"""Parses a project's page of the simple repository API: PEP 503 HTML and PEP 691 JSON.

Both forms become the same: a file object of PEP 691 for each file, with what the page states and nothing else.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from jobs.mirror.html_tags import iterate_tags

FileObject: TypeAlias = Mapping[str, Any]
"""A file as PEP 691 and PEP 700 describe it: `url` (always a string), and what else the page states, unvalidated, of
`filename`, `hashes` (algorithm to hex digest), `size`, `upload-time`, `requires-python` and `yanked` (a reason or
whether it was), and `core-metadata` (PEP 714: its hashes, or true). An HTML page states no filename and no size."""

MOST_BYTES = 400 * 2**20
"""Most bytes of memory that a page may take as values of Python; those of the largest projects take 150 MiB."""
_VALUE_BYTES = 130
_MARKS = b",:[{"
"""Each value of JSON is behind one of these, apart from the first. They stand in texts too, where they cost nothing."""

_STATUS = re.compile(r"[a-z][a-z0-9_-]{0,31}")


class ProjectPage(NamedTuple):
    """A page: its files, and the status of the project (PEP 792), "" if it states none or no word."""

    files: list[FileObject]
    status: str


def parse_json_page(content: bytes) -> list[FileObject]:
    """Return the file objects of a PEP 691 page; raises ValueError if the content is no such page."""
    return parse_json_project(content).files


def parse_json_project(content: bytes) -> ProjectPage:
    """Return the files and the status of a PEP 691 page; raises ValueError if the content is no such page."""
    _require_bounded(content)
    try:
        page = json.loads(content)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    files = page.get("files") if isinstance(page, dict) else None
    if not isinstance(files, list):
        raise ValueError("has no list of files")  # noqa: TRY004  callers expect one error for every malformed page
    for file in files:
        if not isinstance(file, dict) or not isinstance(file.get("url"), str):
            raise ValueError("lists a file without a URL")  # noqa: TRY004  as above
    status = page.get("project-status")
    return ProjectPage(files, _status_word(status.get("status") if isinstance(status, dict) else status))


def parse_html_page(text: str) -> list[FileObject]:
    """Return a file object for each link of a PEP 503 page; raises ValueError if the text cannot be parsed as HTML."""
    return parse_html_project(text).files


def parse_html_project(text: str) -> ProjectPage:
    """Return the files and the status of a PEP 503 page; raises ValueError if the text cannot be parsed as HTML."""
    files: list[FileObject] = []
    status = ""
    for tag in iterate_tags(text):
        if tag.name == "a":
            attributes = tag.attributes()
            if href := attributes.get("href"):
                files.append(_file_object(href, attributes))
        elif tag.name == "meta" and not status:
            attributes = tag.attributes()
            if attributes.get("name") == "pypi:project-status":
                status = _status_word(attributes.get("content"))
    return ProjectPage(files, status)


def _require_bounded(content: bytes) -> None:
    """Raise ValueError if the values of some JSON could take over `MOST_BYTES` of memory."""
    text = len(content) * (2 if content.isascii() else 8)
    if text + _VALUE_BYTES * sum(map(content.count, (_MARKS[at : at + 1] for at in range(4)))) > MOST_BYTES:
        raise ValueError(f"could take over {MOST_BYTES // 2**20} MiB of memory")


def _status_word(value: object) -> str:
    word = value.strip().lower() if isinstance(value, str) else ""
    return word if _STATUS.fullmatch(word) else ""


def _file_object(href: str, attributes: Mapping[str, str | None]) -> FileObject:
    url, _, fragment = href.partition("#")
    file: dict[str, Any] = {"url": url, "yanked": False}
    algorithm, _, digest = fragment.partition("=")
    if digest:
        file["hashes"] = {algorithm: digest}
    if "data-yanked" in attributes:
        # PEP 592: the attribute may have no value, or the empty string, for no reason given.
        file["yanked"] = attributes["data-yanked"] or True
    # PEP 714: the older name stands where a tool has not learnt the newer one.
    metadata = attributes.get("data-core-metadata", attributes.get("data-dist-info-metadata", ""))
    algorithm, _, digest = (metadata or "").partition("=")
    if digest:
        file["core-metadata"] = {algorithm: digest}
    for name in ("upload-time", "requires-python"):
        if value := attributes.get(f"data-{name}"):
            file[name] = value
    return file
