"""Parses a project's page of the simple repository API: PEP 503 HTML and PEP 691 JSON.

Both forms become the same: a file object of PEP 691 for each file, with what the page states and nothing else.
"""

import json
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any, TypeAlias

FileObject: TypeAlias = Mapping[str, Any]
"""A file as PEP 691 and PEP 700 describe it: `url` (always a string), and what else the page states, unvalidated, of
`filename`, `hashes` (algorithm to hex digest), `size`, `upload-time`, `requires-python` and `yanked` (a reason or
whether it was). An HTML page states no filename and no size."""


def parse_json_page(content: bytes) -> list[FileObject]:
    """Return the file objects of a PEP 691 page; raises ValueError if the content is no such page."""
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
    return files


def parse_html_page(text: str) -> list[FileObject]:
    """Return a file object for each link of a PEP 503 page; raises ValueError if the text cannot be parsed as HTML."""
    links = _Links()
    try:
        links.feed(text)
        links.close()
    except AssertionError as error:  # html.parser raises it for an unknown declaration
        raise ValueError("is no HTML") from error
    return links.files


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.files: list[FileObject] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        href = attributes.get("href")
        if tag == "a" and href:
            self.files.append(_file_object(href, attributes))


def _file_object(href: str, attributes: Mapping[str, str | None]) -> FileObject:
    url, _, fragment = href.partition("#")
    file: dict[str, Any] = {"url": url, "yanked": False}
    algorithm, _, digest = fragment.partition("=")
    if digest:
        file["hashes"] = {algorithm: digest}
    if "data-yanked" in attributes:
        # PEP 592: the attribute may have no value, or the empty string, for no reason given.
        file["yanked"] = attributes["data-yanked"] or True
    for name in ("upload-time", "requires-python"):
        if value := attributes.get(f"data-{name}"):
            file[name] = value
    return file
