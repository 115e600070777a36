"""Derives the forms of a release's paths that the measurements of its files share."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from features.contract import FileType, Member, Release
from features.file_type_index import by_file_type

_METADATA_FOLDER = re.compile(r"(?:^|/)[^/]+\.(?:dist-info|egg-info)/|^EGG-INFO/")


@dataclass(frozen=True, slots=True)
class ReleasePaths:
    """A release, its members by file type, and its paths in the forms that the measurements need.

    In the order of the members: `relative` are the paths without the archive's root, `lower` and `folded` the whole
    paths in lower case and case-folded, `suffixes` the last suffixes in lower case with their dot ("" for none).
    `own` are the relative paths outside metadata folders, `own_text` the same as one text with a line for each.
    """

    release: Release
    file_types: Mapping[FileType, Sequence[Member]]
    relative: Sequence[str]
    lower: Sequence[str]
    folded: Sequence[str]
    suffixes: Sequence[str]
    own: Sequence[str]
    own_text: str

    @classmethod
    def from_release(cls, release: Release) -> "ReleasePaths":
        """Derive all forms of the paths of a release."""
        paths = [member.path for member in release.members]
        relative = [path.removeprefix(release.root) for path in paths] if release.root else paths
        own = [path for path in relative if not _is_in_metadata_folder(path)]
        lower = _change_case(str.lower, paths)
        return cls(
            release,
            by_file_type(release),
            relative,
            lower,
            _change_case(str.casefold, paths),
            list(map(suffix_of, lower)),
            own,
            "\n".join(own),
        )

    def total_size(self, *file_types: FileType) -> int:
        """Return the bytes of all members of some file types."""
        return sum([member.size for file_type in file_types for member in self.file_types[file_type]])


def suffix_of(path: str) -> str:
    """Return the last suffix of a path with its dot, "" if there is none."""
    dot = path.rfind(".")
    return path[dot:] if dot > path.rfind("/") + 1 else ""


def _change_case(change: Callable[[str], str], paths: Sequence[str]) -> Sequence[str]:
    """Return paths in another case, changed as one text unless a path contains a line end."""
    changed = change("\n".join(paths)).split("\n")
    return changed if len(changed) == len(paths) else list(map(change, paths))


def _is_in_metadata_folder(path: str) -> bool:
    return ("-info/" in path or "EGG-INFO/" in path) and _METADATA_FOLDER.search(path) is not None
