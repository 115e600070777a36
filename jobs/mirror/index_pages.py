"""What a bandersnatch mirror serves: the files that the project pages below `simple/` list.

Pages are read in the form that pip prefers (PEP 691 JSON, then PEP 503 HTML), in trees with and without
`hash-index`, and through the absolute links that `keep_index_versions` leaves, which break in a tree that is
mounted elsewhere.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import numpy as np

from features.contract import Progress
from features.packaging.names import normalise
from jobs.mirror.project_page import FileObject, parse_html_page, parse_json_page
from jobs.mirror.walk import FindingLog, show

PAGE_BYTES = 256 * 2**20
"""A larger page is not read; the largest projects' are below 20 MiB."""

KEY_BYTES = 16
_LISTED = np.dtype([("key", f"S{KEY_BYTES}"), ("yanked", np.bool_)])

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
    joined = bytearray()
    unknown: set[str] = set()
    pages = 0
    reader = _PageReader(web, (_HTML, _OLD_HTML, _JSON) if html_first else _PAGES, log)
    for folder in reader.projects():
        listed = reader.read(folder)
        if listed is None:
            unknown.add(normalise(show(folder.rpartition("/")[2])))
            continue
        pages += 1
        for path, is_yanked in listed:
            if path:
                joined += path_key(path)
                joined.append(is_yanked)
            else:
                log.count("foreign_urls")
        if progress is not None and pages % 256 == 0:
            progress(pages, 0, "index pages")
    return ServedFiles(*_distinct(joined), pages, frozenset(unknown))


def _distinct(
    joined: bytearray,
) -> tuple["np.ndarray[Any, np.dtype[np.bytes_]]", "np.ndarray[Any, np.dtype[np.bool_]]"]:
    """Return the keys, sorted and each once, of (key, whether yanked) laid end to end, yanked where one of them is.

    They are sorted where they lie: numpy's own way to find what is distinct takes four times their bytes.
    """
    listed = np.frombuffer(joined, dtype=_LISTED)
    listed.view(f"S{_LISTED.itemsize}").sort()
    keys, yanked = listed["key"], listed["yanked"]
    # Of equal keys the last is yanked if any is.
    is_last = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=is_last[:-1])
    return keys[is_last], yanked[is_last]


def read_html(content: bytes) -> list[FileObject]:
    """Return the file objects of an HTML page of bandersnatch; raises ValueError if it is malformed or truncated."""
    text = content.decode()
    tail = text[-512:].lower()
    if "</html" not in tail and "<!--serial" not in tail:
        raise ValueError("breaks off")
    return parse_html_page(text)


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


class _PageReader:
    """Reads pages by the paths of their folders relative to `web`; what is wrong with one is logged."""

    def __init__(self, web: Path, order: tuple[str, ...], log: FindingLog) -> None:
        self.web = os.fspath(web)
        self.order = order
        self.log = log

    def projects(self) -> Iterator[str]:
        """Yield the folder of each project: `simple/<name>`, or `simple/<c>/<name>` where names are hashed."""
        for folder in self._folders("simple"):
            if len(folder) > len("simple/x") or self._is_project(folder):
                yield folder
            else:
                yield from self._folders(folder)

    def read(self, folder: str) -> list[ListedFile] | None:
        """Return what a project's page lists, nothing where it has none, None where no page can be read."""
        there = [name for name in self.order if os.path.lexists(self._at(f"{folder}/{name}"))]
        if not there:
            newest = self._newest(folder, self.order)
            if newest is None:
                return []
            self.log.add("index_fallbacks", show(folder), f"It has no page; {show(newest)} was read instead.")
            return self._parse(newest)
        for name in there:
            path = self._behind_link(folder, name)
            listed = None if path is None else self._parse(path, is_last=name == there[-1])
            if listed is not None:
                return listed
        return None

    def _at(self, relative: str) -> str:
        return f"{self.web}/{relative}"

    def _is_project(self, folder: str) -> bool:
        """Say whether a folder of one letter is a project's and not a shelf of projects."""
        has_page = any(os.path.lexists(self._at(f"{folder}/{name}")) for name in _PAGES)
        return has_page or self._newest(folder, _PAGES) is not None

    def _folders(self, parent: str) -> list[str]:
        try:
            with os.scandir(self._at(parent)) as entries:
                return [f"{parent}/{entry.name}" for entry in entries if entry.is_dir(follow_symlinks=False)]
        except FileNotFoundError:
            return []
        except OSError as error:
            detail = f"The folder of index pages cannot be read ({error.strerror})."
            self.log.add("unreadable_dirs", show(parent), detail)
            return []

    def _parse(self, path: str, *, is_last: bool = True) -> list[ListedFile] | None:
        try:
            content = _read_page(self._at(path))
            if content is None:
                self.log.add("oversized_pages", show(path), f"It is over {PAGE_BYTES} bytes and was not read.")
                return None
            if not content and not is_last:
                return None  # `keep_index_versions` writes an empty page for a format that is off
            files = parse_json_page(content) if path.endswith("json") else read_html(content)
            return [ListedFile(parse_url(file["url"]), bool(file.get("yanked"))) for file in files]
        except OSError as error:
            self.log.add("unreadable_pages", show(path), f"It cannot be read ({error.strerror}).")
        except ValueError as error:
            self.log.add("malformed_pages", show(path), f"It cannot be understood ({str(error)[:200]}).")
        return None

    def _behind_link(self, folder: str, name: str) -> str | None:
        """Return the page that a link of `keep_index_versions` means, in the tree that is read and in no other."""
        link = self._at(f"{folder}/{name}")
        try:
            target = os.readlink(link)  # noqa: PTH115  # a Path for each of a million pages costs
        except OSError:
            return f"{folder}/{name}"  # no link, or gone by now
        kept = f"{folder}/versions/{target.rpartition('/')[2]}"
        found: str | None = kept
        if not Path(self._at(kept)).is_file():
            found = self._newest(folder, (name,))
        elif os.path.realpath(link) == os.path.realpath(self._at(kept)):
            return kept
        detail = f"Its link leads out of the tree; {show(found) if found else 'nothing'} was read instead."
        self.log.add("index_fallbacks", show(f"{folder}/{name}"), detail)
        return found

    def _newest(self, folder: str, names: tuple[str, ...]) -> str | None:
        """Return the newest kept page of the first of these forms that has one; serials in names may be 0."""
        try:
            with os.scandir(self._at(f"{folder}/versions")) as entries:
                kept = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
        except OSError:
            return None
        for name in names:
            suffix = name.removeprefix("index")
            dated = [(m[2], int(m[1]), n) for n in kept if n.endswith(suffix) and (m := _VERSION.fullmatch(n))]
            if dated:
                return f"{folder}/versions/{max(dated)[2]}"
        return None


def _read_page(path: str) -> bytes | None:
    """Return a page's bytes, None where it is too large; never follows a link nor waits for a pipe."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(0, "no regular file")
    with os.fdopen(handle, "rb") as file:
        content = file.read(PAGE_BYTES + 1)
    return content if len(content) <= PAGE_BYTES else None
