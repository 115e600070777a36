"""Reads which files a bandersnatch mirror serves: those that the project pages below `simple/` list.

Pages are read in the form that pip prefers (PEP 691 JSON, then PEP 503 HTML), with or without the option `hash-index`.
The absolute links of `keep_index_versions` are resolved within the tree, also if it is mounted elsewhere.
"""

import hashlib
import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

import numpy as np

from features.contract import Progress
from features.packaging.names import normalise
from jobs.mirror.file_owner import names_project
from jobs.mirror.project_page import FileObject, ProjectPage, parse_html_project, parse_json_project
from jobs.mirror.walk import WalkLog, show

PAGE_BYTES = 64 * 2**20
"""Most bytes of a page that is read; the pages of the largest projects have less than 20 MiB."""

KEY_BYTES = 16
MOST_OWNERS = 1_000_000
"""Most files whose project is kept because their names do not say it; all of PyPI has some 100,000."""
_LISTED = np.dtype([("key", f"S{KEY_BYTES}"), ("yanked", np.bool_)])

_JSON, _HTML, _OLD_HTML = "index.v1_json", "index.v1_html", "index.html"
_PAGES = (_JSON, _HTML, _OLD_HTML)
_BY_DIGEST = re.compile(r"(?:^|/)(packages/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}/[^/]+)$")
_VERSION = re.compile(r"index_(\d+)_(.+)\.(?:html|v1_html|v1_json)")


class ListedFile(NamedTuple):
    """A link of a page: `path` from "packages/" on, or "" if the link leads elsewhere."""

    path: str
    yanked: bool


@dataclass(frozen=True, slots=True)
class ServedFiles:
    """All that the project pages of a mirror say.

    `keys` (S16, length n, sorted and distinct) are their `path_key`s; `yanked` (bool, length n) is whether each
    was yanked. `pages` is the number of projects whose page was read; `unknown` are the projects whose page could
    not be read, and `is_partial` is true if a folder of projects could not be listed, so that any project may have a
    page. `statuses` are the projects with a status (PEP 792). `owners` are the projects that list the files whose names
    do not say it, by key.
    """

    keys: "np.ndarray[Any, np.dtype[np.bytes_]]"
    yanked: "np.ndarray[Any, np.dtype[np.bool_]]"
    pages: int
    unknown: frozenset[str]
    is_partial: bool
    statuses: Mapping[str, str]
    owners: Mapping[bytes, str] = field(default_factory=dict)

    def find(self, keys: "np.ndarray[Any, np.dtype[np.bytes_]]") -> "np.ndarray[Any, np.dtype[np.int64]]":
        """Return the index in `self.keys` of each of the keys, or -1 (int64, in their order)."""
        if not len(self.keys):
            return np.full(len(keys), -1, dtype=np.int64)
        at = np.searchsorted(self.keys, keys)
        at[at == len(self.keys)] = 0
        return np.where(self.keys[at] == keys, at, -1).astype(np.int64)


def path_key(path: str) -> bytes:
    """Return the 16-byte BLAKE2b of a path; twenty million keys take 320 MB, and the paths themselves 2 GB."""
    return hashlib.blake2b(path.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()


def as_keys(joined: bytes | bytearray) -> "np.ndarray[Any, np.dtype[np.bytes_]]":
    """Return concatenated keys as an array (S16)."""
    return np.frombuffer(joined, dtype=f"S{KEY_BYTES}")


def read_served(web: Path, log: WalkLog, progress: Progress | None = None, *, html_first: bool = False) -> ServedFiles:
    """Return the files on the pages of all projects below `web/simple`; a page that cannot be read is logged."""
    joined = bytearray()
    unknown: set[str] = set()
    statuses: dict[str, str] = {}
    owners: dict[bytes, str] = {}
    pages = 0
    reader = _PageReader(web, (_HTML, _OLD_HTML, _JSON) if html_first else _PAGES, log)
    for folder in reader.projects():
        page = reader.read(folder)
        project = normalise(show(folder.rpartition("/")[2]))
        if page is None:
            unknown.add(project)
            continue
        pages += 1
        if page.status:
            statuses[project] = sys.intern(page.status)
        for path, is_yanked in page.files:
            if path:
                key = path_key(path)
                joined += key
                joined.append(is_yanked)
                if not names_project(path.rpartition("/")[2], project):
                    _add_owner(owners, key, project)
            else:
                log.count("foreign_urls")
        if progress is not None and pages % 256 == 0:
            progress(pages, 0, "index pages")
    unknown |= reader.unknown
    return ServedFiles(*_distinct(joined), pages, frozenset(unknown), reader.is_partial, statuses, owners)


def _add_owner(owners: dict[bytes, str], key: bytes, project: str) -> None:
    """Note the project that lists a file; of a file that several list, none is the owner."""
    if key in owners:
        if owners[key] != project:
            owners[key] = ""
    elif len(owners) < MOST_OWNERS:
        owners[key] = project


def _distinct(
    joined: bytearray,
) -> tuple["np.ndarray[Any, np.dtype[np.bytes_]]", "np.ndarray[Any, np.dtype[np.bool_]]"]:
    """Return the distinct keys, sorted, of concatenated (key, is yanked), and whether any entry of a key is yanked.

    The sort is in place: `np.unique` needs four times the memory.
    """
    listed = np.frombuffer(joined, dtype=_LISTED)
    listed.view(f"S{_LISTED.itemsize}").sort()
    keys, yanked = listed["key"], listed["yanked"]
    # Entries of equal keys are sorted by `yanked`, so the last one is yanked if any is.
    is_last = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=is_last[:-1])
    return keys[is_last], yanked[is_last]


def read_html(content: bytes) -> list[FileObject]:
    """Return the file objects of an HTML page of bandersnatch; raises ValueError if it is malformed or truncated."""
    return _read_html_project(content).files


def _read_html_project(content: bytes) -> ProjectPage:
    text = content.decode()
    tail = text[-512:].lower()
    if "</html" not in tail and "<!--serial" not in tail:
        raise ValueError("is truncated")
    return parse_html_project(text)


def parse_url(url: str) -> str:
    """Return the path of a URL from "packages/" on, without what precedes it; "" if it contains no such folder."""
    path = unquote(re.split(r"[?#]", url, maxsplit=1)[0])
    match = _BY_DIGEST.search(path)
    if match:
        return match[1]
    start = 0 if path.startswith("packages/") else path.find("/packages/") + 1
    if not start and not path.startswith("packages/"):
        return ""
    return path[start:] if ".." not in path[start:].split("/") else ""


class _ReadPage(NamedTuple):
    files: list[ListedFile]
    status: str = ""


class _PageReader:
    """Reads project pages by the paths of their folders relative to `web`; logs those that are damaged.

    `is_partial` if a folder of projects could not be listed; `unknown` are projects in whose place is no folder.
    """

    def __init__(self, web: Path, order: tuple[str, ...], log: WalkLog) -> None:
        self.web = os.fspath(web)
        self.order = order
        self.log = log
        self.is_partial = False
        self.unknown: set[str] = set()

    def projects(self) -> Iterator[str]:
        """Yield the folder of each project: `simple/<name>`, or `simple/<first letter>/<name>` with `hash-index`."""
        for folder in self._folders("simple"):
            if len(folder) > len("simple/x") or self._is_project(folder):
                yield folder
            else:
                yield from self._folders(folder)

    def read(self, folder: str) -> _ReadPage | None:
        """Return a project's page; one without files if it has no page, None if no page can be read."""
        try:
            present = [name for name in self.order if self._exists(f"{folder}/{name}")]
            newest = None if present else self._newest(folder, self.order)
        except OSError as error:
            self.log.miss(
                "unreadable_dirs", show(folder), f"The folder of its pages cannot be read ({error.strerror})."
            )
            return None
        if not present:
            if newest is None:
                return _ReadPage([])
            self.log.add("index_fallbacks", show(folder), f"It has no page; {show(newest)} was read instead.")
            return self._parse(newest)
        for name in present:
            try:
                path = self._behind_link(folder, name)
            except OSError as error:
                self.log.miss("unreadable_pages", show(f"{folder}/{name}"), f"It cannot be read ({error.strerror}).")
                continue
            page = None if path is None else self._parse(path, is_last=name == present[-1])
            if page is not None:
                return page
        return None

    def _exists(self, relative: str) -> bool:
        """Return whether there is such an entry; raises OSError if that cannot be told."""
        try:
            os.lstat(self._at(relative))
        except FileNotFoundError:
            return False
        return True

    def _at(self, relative: str) -> str:
        return f"{self.web}/{relative}"

    def _is_project(self, folder: str) -> bool:
        """Return whether a folder with a name of one letter is a project's, and not one of `hash-index`."""
        try:
            has_page = any(self._exists(f"{folder}/{name}") for name in _PAGES)
            return has_page or self._newest(folder, _PAGES) is not None
        except OSError:
            return False  # to list it fails likewise

    def _folders(self, parent: str) -> list[str]:
        try:
            with os.scandir(self._at(parent)) as entries:
                return [f"{parent}/{entry.name}" for entry in entries if self._is_folder(entry, parent)]
        except FileNotFoundError:
            return []
        except OSError as error:
            detail = f"The folder of index pages cannot be read ({error.strerror})."
            self.log.miss("unreadable_dirs", show(parent), detail)
            self.is_partial = True
            return []

    def _is_folder(self, entry: "os.DirEntry[str]", parent: str) -> bool:
        """Return whether an entry of a folder of projects is a folder; in a project's place may be something else."""
        if entry.is_dir(follow_symlinks=False):
            return True
        if not entry.name.startswith((".", "index.")):
            self.unknown.add(normalise(show(entry.name)))
            path = show(f"{parent}/{entry.name}")
            if entry.is_symlink():
                self.log.add("folder_links", path, "A link to a folder of index pages; it is not followed.")
            else:
                self.log.miss("unreadable_pages", path, "It is no folder, so that it holds no page.")
        return False

    def _parse(self, path: str, *, is_last: bool = True) -> _ReadPage | None:
        try:
            content = _read_page(self._at(path))
            if content is None:
                self.log.miss("oversized_pages", show(path), f"It is over {PAGE_BYTES} bytes and was not read.")
                return None
            if not content and not is_last:
                return None  # `keep_index_versions` writes an empty page for a disabled format
            files, status = parse_json_project(content) if path.endswith("json") else _read_html_project(content)
            return _ReadPage([ListedFile(parse_url(f["url"]), bool(f.get("yanked"))) for f in files], status)
        except FileNotFoundError:
            self.log.vanish(show(path), "The page vanished while it was read.")
        except OSError as error:
            self.log.miss("unreadable_pages", show(path), f"It cannot be read ({error.strerror}).")
        except ValueError as error:
            self.log.miss("malformed_pages", show(path), f"It is malformed ({str(error)[:200]}).")
        return None

    def _behind_link(self, folder: str, name: str) -> str | None:
        """Return the page that a link of `keep_index_versions` points to, resolved within this tree; raises OSError."""
        link = self._at(f"{folder}/{name}")
        try:
            target = os.readlink(link)  # noqa: PTH115  # Path shows in stage "walk" of `boojum bench`
        except OSError:
            return f"{folder}/{name}"  # no link, or it vanished
        kept = f"{folder}/versions/{target.rpartition('/')[2]}"
        found: str | None = kept
        if not Path(self._at(kept)).is_file():
            found = self._newest(folder, (name,))
        elif os.path.realpath(link) == os.path.realpath(self._at(kept)):
            return kept
        if found is None:
            self.log.miss("unreadable_pages", show(f"{folder}/{name}"), "It is a link to nothing.")
        else:
            detail = f"It is a link out of the tree; {show(found)} was read instead."
            self.log.add("index_fallbacks", show(f"{folder}/{name}"), detail)
        return found

    def _newest(self, folder: str, names: tuple[str, ...]) -> str | None:
        """Return the newest kept page of the first of these names that has any; serials in file names may be 0.

        Raises OSError if the folder of kept pages is there and cannot be listed.
        """
        try:
            with os.scandir(self._at(f"{folder}/versions")) as entries:
                kept = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
        except (FileNotFoundError, NotADirectoryError):
            return None
        for name in names:
            suffix = name.removeprefix("index")
            dated = [(m[2], int(m[1]), n) for n in kept if n.endswith(suffix) and (m := _VERSION.fullmatch(n))]
            if dated:
                return f"{folder}/versions/{max(dated)[2]}"
        return None


def _read_page(path: str) -> bytes | None:
    """Return a page's bytes, or None if it is too large; never follows a link and never waits for a pipe."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(0, "not a regular file")
    with os.fdopen(handle, "rb") as file:
        content = file.read(PAGE_BYTES + 1)
    return content if len(content) <= PAGE_BYTES else None
