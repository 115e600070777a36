"""Resolves names in code and configuration to the members of an archive that they may refer to."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from features.archive.retention import RawMember

Members = Mapping[str, RawMember]
"""Members of the outermost archive by their path below its root."""


@dataclass(frozen=True, slots=True)
class NamedCode:
    """Folders, with their slash, and files below the root that a configuration file names as code."""

    folders: Sequence[str] = ()
    files: Sequence[str] = ()


QUOTED = re.compile(r"['\"](?=([^'\"\n\\]{1,200})['\"])")
"""Text between any two quotes, as group 1; either quote may open or close a string."""
_MAX_DEPTH = 32
"""Parts of the longest module name that can be a file of a package."""


def module_paths(module: str) -> tuple[str, ...]:
    """Return the files that importing a module may read; `module` has slashes between its parts."""
    parts = module.split("/", _MAX_DEPTH)
    if len(parts) > _MAX_DEPTH:
        return ()
    packages = ["/".join(parts[:count]) + "/__init__.py" for count in range(1, len(parts) + 1)]
    return (f"{module}.py", f"{module}.pyw", *packages)


def find_object_files(reference: str, members: Members) -> Iterator[str]:
    """Yield the members that are imported for an object reference, "module.name" or "module:name"."""
    module, colon, _ = reference.strip().partition(":")
    path = (module if colon else module.rpartition(".")[0]).replace(".", "/")
    yield from (path for path in module_paths(path) if path in members)


def file_name(path: str) -> str:
    """Return the part of a path after its last slash."""
    return path[path.rfind("/") + 1 :]


def index_by_file_name(paths: Iterable[str]) -> dict[str, list[str]]:
    """Return paths by their file name."""
    index: dict[str, list[str]] = {}
    for path in paths:
        index.setdefault(file_name(path), []).append(path)
    return index


def find_matching_paths(written: str, by_file_name: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the paths that a written path may refer to, relative to any folder.

    Raises KeyError if no path has its file name.
    """
    for path in by_file_name[file_name(written)]:
        if path == written or path.endswith(f"/{written}") or "/" not in written:
            yield path
