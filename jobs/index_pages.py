"""What a bandersnatch mirror serves: the files that the project pages below `simple/` list.

Pages are read in the form that pip prefers (PEP 691 JSON, then PEP 503 HTML), in trees with and without
`hash-index`, and through the absolute links that `keep_index_versions` leaves, which break in a tree that is
mounted elsewhere.
"""

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import numpy as np

from features.contract import Progress
from features.names import normalise
from jobs.walk import FindingLog, show

PAGE_BYTES = 256 * 2**20
"""A larger page is not read; the largest projects' are below 20 MiB."""

KEY_BYTES = 16

_JSON, _HTML, _OLD_HTML = "index.v1_json", "index.v1_html", "index.html"
_PAGES = (_JSON, _HTML, _OLD_HTML)
_BY_DIGEST = re.compile(r"(?:^|/)(packages/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}/[^/]+)$")
_VERSION = re.compile(r"index_(\d+)_(.+)\.(?:html|v1_html|v1_json)")


class ListedFile(NamedTuple):
    """One link of a page: `path` from "packages/" on, "" where the link leads elsewhere."""

    path: str
    yanked: bool


@dataclass(frozen=True, slots=True)
class ServedFiles:
    """Every listed path of a mirror as a 16-byte key, sorted and without repeats, and whether it was yanked.

    `pages` counts the projects whose page was read; of the projects in `unknown` it could not be.
    """

    keys: "np.ndarray[Any, np.dtype[np.bytes_]]"
    yanked: "np.ndarray[Any, np.dtype[np.bool_]]"
    pages: int
    unknown: frozenset[str]

    def find(self, keys: "np.ndarray[Any, np.dtype[np.bytes_]]") -> "np.ndarray[Any, np.dtype[np.int64]]":
        """Return where each key stands in `keys`, -1 where it does not."""
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        at = np.searchsorted(self.keys, keys)
        at[at == len(self.keys)] = 0
        return np.where(self.keys[at] == keys, at, -1).astype(np.int64)


def path_key(path: str) -> bytes:
    """Return 16 bytes that stand for a path; twenty million of them are 320 MB, the paths themselves 2 GB."""
    return hashlib.blake2b(path.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()


def as_keys(joined: bytes | bytearray) -> "np.ndarray[Any, np.dtype[np.bytes_]]":
    """Return keys that were laid end to end as an array."""
    return np.frombuffer(joined, dtype=f"S{KEY_BYTES}")


def read_served(
    web: Path, log: FindingLog, progress: Progress | None = None, *, html_first: bool = False
) -> ServedFiles:
    """Read the page of every project below `web/simple`; a page that cannot be read is logged and known as such."""
    joined, yanked = bytearray(), bytearray()
    unknown: set[str] = set()
    pages = 0
    order = (_HTML, _OLD_HTML, _JSON) if html_first else _PAGES
    for folder in _project_folders(web / "simple", log):
        listed = _read_project(folder, order, log)
        if listed is None:
            unknown.add(normalise(show(folder.name)))
            continue
        pages += 1
        for path, is_yanked in listed:
            if path:
                joined += path_key(path)
                yanked.append(is_yanked)
            else:
                log.count("foreign_urls")
        if progress is not None and pages % 256 == 0:
            progress(pages, 0, "index pages")
    keys, first, at = np.unique(as_keys(joined), return_index=True, return_inverse=True)
    merged = np.zeros(len(first), dtype=np.bool_)
    np.logical_or.at(merged, at, np.frombuffer(yanked, dtype=np.bool_))
    return ServedFiles(keys, merged, pages, frozenset(unknown))


def parse_json_page(content: bytes) -> list[ListedFile]:
    """Return the links of a PEP 691 page; raises ValueError where it is none."""
    try:
        page = json.loads(content)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    files = page.get("files") if isinstance(page, dict) else None
    if not isinstance(files, list):
        raise ValueError("has no list of files")  # noqa: TRY004  # the one error of a page that is none
    listed = []
    for file in files:
        if not isinstance(file, dict) or not isinstance(file.get("url"), str):
            raise ValueError("lists a file without an address")  # noqa: TRY004  # as above
        listed.append(ListedFile(parse_url(file["url"]), bool(file.get("yanked"))))
    return listed


def parse_html_page(content: bytes) -> list[ListedFile]:
    """Return the links of a PEP 503 page; raises ValueError where it is none or breaks off."""
    text = content.decode()
    tail = text[-512:].lower()
    if "</html" not in tail and "<!--serial" not in tail:
        raise ValueError("breaks off")
    links = _Links()
    try:
        links.feed(text)
        links.close()
    except AssertionError as error:  # html.parser's word for a declaration that it does not know
        raise ValueError("is no HTML") from error
    return links.found


def parse_url(url: str) -> str:
    """Return an address's path from "packages/" on, whatever stands before it; "" where there is no such part."""
    path = unquote(re.split(r"[?#]", url, maxsplit=1)[0])
    match = _BY_DIGEST.search(path)
    if match:
        return match[1]
    start = 0 if path.startswith("packages/") else path.find("/packages/") + 1
    if not start and not path.startswith("packages/"):
        return ""
    return path[start:] if ".." not in path[start:].split("/") else ""


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[ListedFile] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "a" and said.get("href"):
            self.found.append(ListedFile(parse_url(said["href"] or ""), "data-yanked" in said))


def _project_folders(simple: Path, log: FindingLog) -> Iterator[Path]:
    """Yield the folder of each project: `simple/<name>`, or `simple/<c>/<name>` where names are hashed."""
    for folder in _folders(simple, log):
        if len(folder.name) > 1 or _is_project(folder):
            yield folder
        else:
            yield from _folders(folder, log)


def _is_project(folder: Path) -> bool:
    return any(os.path.lexists(folder / name) for name in _PAGES) or _newest(folder, _PAGES) is not None


def _folders(parent: Path, log: FindingLog) -> list[Path]:
    try:
        with os.scandir(parent) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []
    except OSError as error:
        detail = f"The folder of index pages cannot be read ({error.strerror})."
        log.add("unreadable_dirs", _place(parent), detail)
        return []


def _read_project(folder: Path, order: tuple[str, ...], log: FindingLog) -> list[ListedFile] | None:
    """Return what a project's page lists, None where no page of it can be read."""
    empty = False
    for name in order:
        path: Path | None = folder / name
        if (folder / name).is_symlink():
            path = _behind_link(folder, name, log)
        if path is None:
            continue
        try:
            content = _read_page(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            log.add("unreadable_pages", _place(path), f"The page cannot be read ({error.strerror}).")
            continue
        if content is None:
            log.add("oversized_pages", _place(path), f"The page is over {PAGE_BYTES} bytes and was not read.")
        elif not content:
            empty = True  # `keep_index_versions` writes an empty page for a format that is off
        else:
            try:
                return parse_json_page(content) if name == _JSON else parse_html_page(content)
            except ValueError as error:
                log.add("malformed_pages", _place(path), f"The page cannot be understood ({_short(error)}).")
    newest = None if any(os.path.lexists(folder / name) for name in order) else _newest(folder, order)
    if newest is not None:
        log.add("index_fallbacks", _place(folder), f"There is no index page; {newest.name} was read instead.")
        return _read_version(newest, log)
    if empty:
        log.add("malformed_pages", _place(folder), "The project's page is empty.")
    return None


def _read_version(path: Path, log: FindingLog) -> list[ListedFile] | None:
    try:
        content = _read_page(path) or b""
        return parse_json_page(content) if path.name.endswith("json") else parse_html_page(content)
    except (OSError, ValueError) as error:
        log.add("malformed_pages", _place(path), f"The page cannot be understood ({_short(error)}).")
        return None


def _short(error: Exception) -> str:
    return str(error)[:200]


def _read_page(path: Path) -> bytes | None:
    """Return a page's bytes, None where it is too large; never follows a link nor waits for a pipe."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(0, "no regular file")
        content = file.read(PAGE_BYTES + 1)
    return content if len(content) <= PAGE_BYTES else None


def _behind_link(folder: Path, name: str, log: FindingLog) -> Path | None:
    """Return the page that a link of `keep_index_versions` means, in the tree that is read and no other."""
    target = (folder / name).readlink()
    kept = folder / "versions" / target.name
    if kept.is_file() and not kept.is_symlink():
        if os.path.realpath(folder / name) != os.path.realpath(kept):
            detail = f"It links to another place; versions/{show(kept.name)} was read instead."
            log.add("index_fallbacks", _place(folder / name), detail)
        return kept
    newest = _newest(folder, (name,))
    detail = f"Its link leads nowhere; {f'versions/{newest.name} was read' if newest else 'nothing was read'} instead."
    log.add("index_fallbacks", _place(folder / name), detail)
    return newest


def _newest(folder: Path, names: tuple[str, ...]) -> Path | None:
    """Return the newest kept page in the first of these forms that has one; the serial in its name may be 0."""
    try:
        kept = [entry.name for entry in os.scandir(folder / "versions") if entry.is_file(follow_symlinks=False)]
    except OSError:
        return None
    for name in names:
        suffix = name.removeprefix("index")
        dated = [(m[2], int(m[1]), n) for n in kept if n.endswith(suffix) and (m := _VERSION.fullmatch(n))]
        if dated:
            return folder / "versions" / max(dated)[2]
    return None


def _place(path: Path) -> str:
    """Return a path from "simple" on, as findings show it."""
    parts = path.parts
    return show("/".join(parts[len(parts) - 1 - parts[::-1].index("simple") :] if "simple" in parts else parts[-2:]))
