"""Measures the code of a release that other projects published before, and the remaining code.

Files too short to attribute count in no share. Code that the release's own project published does not count as known.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from features.contract import Role, Scalar
from features.packaging.names import normalise
from features.reference.known_code import KnownMember
from features.reference.popular_names import compare_name

COPY_SHARE = 0.5
"""Share of its source, in bytes, from which a release with the code of one other project is a copy of it."""
COPY_FILES = 2
"""Least number of files that a copy shares: a single one may be a vendored module."""
MAX_PROJECTS = 99
_NAME_CHARS = 100
_FOLDERS = 3
"""Folders above a file that are compared with the name of the project it comes from."""
_VENDOR_FOLDERS = frozenset(
    ("vendor", "_vendor", "vendored", "third_party", "thirdparty", "extern", "externals", "_vendored", "packages")
)


def reuse_values(sources: Sequence[KnownMember], project: str) -> dict[str, Scalar]:
    """Return the values by noun; `project` is the normalised name of the release's own project."""
    attributable = [source for source in sources if source.is_attributable]
    known = [source for source in attributable if source.known]
    owned = [source for source in known if source.owners]
    unknown = [source for source in attributable if not source.known]
    files, size = len(attributable), _size(attributable)
    top, of_top = largest_owner(owned)
    is_copy = len(of_top) >= COPY_FILES and _size(of_top) >= COPY_SHARE * size
    return {
        "files": len(known),
        "share": _share(len(known), files),
        "byte_share": _share(_size(known), size),
        "other_files": len(owned),
        "other_share": _share(len(owned), files),
        "other_byte_share": _share(_size(owned), size),
        "shared_byte_share": _share(_size(known) - _size(owned), size),
        "vendored_byte_share": _share(_size(s for s in known if _is_vendored(s.member.path)), size),
        "projects": count_projects(owned),
        "unknown_share": _share(len(unknown), files),
        "unknown_tiny_files": sum(1 for s in sources if not s.is_attributable and s.member.size),
        "install_known": any(s.member.role is Role.INSTALL for s in known),
        "import_known": any(s.member.role is Role.IMPORT for s in known),
        **_unknown_values(unknown),
        **_beside_values(owned, unknown),
        **_top_values(top, of_top, project, files, size),
        **(_copy_values(unknown, size) if is_copy else _NO_COPY),
    }


def _unknown_values(unknown: Sequence[KnownMember]) -> dict[str, Scalar]:
    size = _size(unknown)
    values: dict[str, Scalar] = {
        "unknown_files": len(unknown),
        "unknown_kilobytes": size / 1000,
        "unknown_largest_share": _share(max((s.member.size for s in unknown), default=0), size),
    }
    for role in Role:
        of_role = [source for source in unknown if source.member.role is role]
        values[f"unknown_{role}_files"] = len(of_role)
        values[f"unknown_{role}_kilobytes"] = _size(of_role) / 1000
    return values


def _beside_values(owned: Sequence[KnownMember], unknown: Sequence[KnownMember]) -> dict[str, Scalar]:
    """Return the figures of unknown files in the folders of files that another project owns."""
    folders = {_folder(source.member.path) for source in owned}
    beside = [s for s in unknown if s.member.role is not Role.INSTALL and _folder(s.member.path) in folders]
    return {
        "beside_files": len(beside),
        "beside_kilobytes": _size(beside) / 1000,
        "beside_share": _share(_size(beside), _size(unknown)),
    }


def _top_values(top: str, of_top: Sequence[KnownMember], project: str, files: int, size: int) -> dict[str, Scalar]:
    squashed = top.replace("-", "")
    in_place = [source for source in of_top if squashed in _folder_names(source.member.path)]
    return {
        "top_files": len(of_top),
        "top_share": _share(len(of_top), files),
        "top_byte_share": _share(_size(of_top), size),
        "top_name_near": bool(top) and top in compare_name(project).changes.values(),
        "top_name_within": bool(top) and squashed in project.replace("-", ""),
        "top_name_likeness": _likeness(project, top),
        "top_place_share": _share(_size(in_place), _size(of_top)),
    }


_NO_COPY: dict[str, Scalar] = {
    "copy": False,
    "copy_with_changes": False,
    "changed_files": 0,
    "changed_kilobytes": 0.0,
    "changed_share": 0.0,
    "changed_install": False,
    "changed_import": False,
    "changed_only_setup": False,
}


def _copy_values(changed: Sequence[KnownMember], size: int) -> dict[str, Scalar]:
    roles = {source.member.role for source in changed}
    return {
        "copy": True,
        "copy_with_changes": bool(changed),
        "changed_files": len(changed),
        "changed_kilobytes": _size(changed) / 1000,
        "changed_share": _share(_size(changed), size),
        "changed_install": Role.INSTALL in roles,
        "changed_import": Role.IMPORT in roles,
        "changed_only_setup": len(changed) == 1 and roles == {Role.INSTALL},
    }


def largest_owner(owned: Sequence[KnownMember]) -> tuple[str, list[KnownMember]]:
    """Return the project that owns the most bytes (the first by name of equals) and its files; "" for none."""
    sizes: Counter[str] = Counter()
    for source in owned:
        for owner in source.owners:
            sizes[owner] += source.member.size
    if not sizes:
        return "", []
    top = min(sizes, key=lambda name: (-sizes[name], name))
    return top, [source for source in owned if top in source.owners]


def count_projects(owned: Sequence[KnownMember]) -> int:
    """Return the number of projects that together own all files, by greedy set cover."""
    left = [source.owners for source in owned]
    projects = 0
    while left and projects < MAX_PROJECTS:
        counts = Counter(owner for owners in left for owner in owners)
        best = min(counts, key=lambda name: (-counts[name], name))
        left = [owners for owners in left if best not in owners]
        projects += 1
    return projects


def _likeness(project: str, top: str) -> float:
    if not top or not project:
        return 0.0
    return SequenceMatcher(None, project[:_NAME_CHARS], top[:_NAME_CHARS], autojunk=False).ratio()


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _folder_names(path: str) -> list[str]:
    """Return the names of the nearest folders above a file, squashed as project names are."""
    return [normalise(name).replace("-", "") for name in path.split("/")[-_FOLDERS - 1 : -1]]


def _is_vendored(path: str) -> bool:
    return not _VENDOR_FOLDERS.isdisjoint(path.lower().split("/")[:-1])


def _size(sources: Iterable[KnownMember]) -> int:
    return sum(source.member.size for source in sources)


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
