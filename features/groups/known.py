"""The known group: how much of a release is code that another project published before.

Source members shorter than `features.reference.known_code.LEAST` are alike by chance and count in no share. Values are
None where no source member was seen whole. What the release's own project published does not count.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from features.contract import Column, Dtype, GroupRow, Release, Role, Scalar
from features.packaging.names import normalise
from features.reference.known_code import Known, KnownCode, known_code, known_digest, match_known_code
from features.reference.popular_names import imitation_of

COPY_SHARE = 0.5
"""Of the bytes of its source: what one other project published makes a release a copy of it."""
COPY_FILES = 2
"""Files that a copy has at least: one alone may be a vendored module."""
MOST_PROJECTS = 99
_SHOWN_NAME = 100
_VENDOR = ("vendor", "_vendor", "vendored", "third_party", "thirdparty", "extern", "externals", "_vendored", "packages")

_SAID: tuple[tuple[str, Dtype, str], ...] = (
    ("files", Dtype.INT32, "the number of source files that other projects published before"),
    ("share", Dtype.FLOAT32, "the share of its source files that other projects published before"),
    ("byte_share", Dtype.FLOAT32, "the share of its source that other projects published before"),
    ("other_files", Dtype.INT32, "the number of source files that are one other project's own"),
    ("other_share", Dtype.FLOAT32, "the share of its source files that are another project's own"),
    ("other_byte_share", Dtype.FLOAT32, "the share of its source that is another project's own"),
    ("shared_byte_share", Dtype.FLOAT32, "the share of its source that many projects carry with them"),
    ("vendored_byte_share", Dtype.FLOAT32, "the share of its source that is another's, in a folder for such code"),
    ("projects", Dtype.INT32, "how many other projects its known code takes to explain"),
    ("top_files", Dtype.INT32, "how many of its source files one single other project published"),
    ("top_share", Dtype.FLOAT32, "the share of its source files that one single other project published"),
    ("top_byte_share", Dtype.FLOAT32, "the share of its source that one single other project published"),
    ("top_name_near", Dtype.BOOL, "code of the very project that its name imitates"),
    ("top_name_within", Dtype.BOOL, "code of a project whose name is a part of its own"),
    ("top_name_likeness", Dtype.FLOAT32, "how near its name is to that of the project whose code it holds"),
    ("top_place_share", Dtype.FLOAT32, "another project's code that stands under that project's own name"),
    ("unknown_files", Dtype.INT32, "the number of its source files that no popular project published"),
    ("unknown_kilobytes", Dtype.FLOAT32, "the amount of source that no popular project published, in kB"),
    ("unknown_share", Dtype.FLOAT32, "the share of its source files that no popular project published"),
    ("unknown_tiny_files", Dtype.INT32, "the number of its source files that are too short to be anybody's"),
    ("unknown_install_files", Dtype.INT32, "files that run at install time and that no popular project published"),
    ("unknown_install_kilobytes", Dtype.FLOAT32, "unpublished code that runs at install time, in kB"),
    ("unknown_import_files", Dtype.INT32, "files that run when it is imported and that no popular project published"),
    ("unknown_import_kilobytes", Dtype.FLOAT32, "unpublished code that runs when it is imported, in kB"),
    ("unknown_rest_files", Dtype.INT32, "inner modules that no popular project published"),
    ("unknown_rest_kilobytes", Dtype.FLOAT32, "unpublished code in inner modules, in kB"),
    ("unknown_largest_share", Dtype.FLOAT32, "how much of what nobody published before is one single file"),
    ("install_known", Dtype.BOOL, "a setup.py that another project published"),
    ("import_known", Dtype.BOOL, "an `__init__` that another project published"),
    ("beside_files", Dtype.INT32, "unpublished files in the folders of another project's code"),
    ("beside_kilobytes", Dtype.FLOAT32, "unpublished code in the folders of another project's code, in kB"),
    ("beside_share", Dtype.FLOAT32, "how much of its unpublished code stands among another project's"),
    ("copy", Dtype.BOOL, "a copy of another project"),
    ("copy_with_changes", Dtype.BOOL, "a copy of another project with files changed or added"),
    ("changed_files", Dtype.INT32, "the number of files changed or added in a copy of another project"),
    ("changed_kilobytes", Dtype.FLOAT32, "the amount of code changed or added in a copy of another project, in kB"),
    ("changed_share", Dtype.FLOAT32, "how small a part of a copy of another project was changed or added"),
    ("changed_install", Dtype.BOOL, "a copy of another project whose install code is another"),
    ("changed_import", Dtype.BOOL, "a copy of another project that does something else when it is imported"),
    ("changed_only_setup", Dtype.BOOL, "a copy of another project in which only setup.py is another"),
)

COLUMNS = tuple(Column(f"known_{name}", dtype, meaning) for name, dtype, meaning in _SAID)


class KnownGroup:
    """Shares of known code, and what is left: `known` is the index, the shipped one where none is given."""

    def __init__(self, known: KnownCode | None = None) -> None:
        self._known = known

    @property
    def name(self) -> str:
        """Return the prefix of the columns."""
        return "known"

    @property
    def version(self) -> str:
        """Return what changes with any value: our own number, and the digest of the index."""
        return f"2-{known_digest(self._known)}"

    @property
    def columns(self) -> tuple[Column, ...]:
        """Return the columns, in the order of the schema."""
        return COLUMNS

    def extract(self, release: Release) -> GroupRow:
        """Return the row of one release."""
        values: dict[str, Scalar] = dict.fromkeys(column.name for column in COLUMNS)
        sources = match_known_code(release, self._index())
        if any(source.member.size for source in sources):
            found = _count(sources, normalise(release.project))
            values.update((f"known_{name}", value) for name, value in found.items())
        return GroupRow(values)

    def _index(self) -> KnownCode:
        return known_code() if self._known is None else self._known


def _count(sources: Sequence[Known], project: str) -> dict[str, Scalar]:
    telling = [source for source in sources if source.is_attributable]
    known = [source for source in telling if source.known]
    others = [source for source in known if source.owners]
    unknown = [source for source in telling if not source.known]
    total = _size(telling)
    top, of_top = _largest_owner(others)
    values: dict[str, Scalar] = {
        "files": len(known),
        "share": _share(len(known), len(telling)),
        "byte_share": _share(_size(known), total),
        "other_files": len(others),
        "other_share": _share(len(others), len(telling)),
        "other_byte_share": _share(_size(others), total),
        "shared_byte_share": _share(_size(known) - _size(others), total),
        "vendored_byte_share": _share(_size(s for s in known if _is_vendored(s.member.path)), total),
        "projects": _explaining(others),
        "unknown_files": len(unknown),
        "unknown_kilobytes": _size(unknown) / 1000,
        "unknown_share": _share(len(unknown), len(telling)),
        "unknown_tiny_files": sum(1 for s in sources if not s.is_attributable and s.member.size),
        "unknown_largest_share": _share(max((s.member.size for s in unknown), default=0), _size(unknown)),
        "install_known": any(s.member.role is Role.INSTALL for s in known),
        "import_known": any(s.member.role is Role.IMPORT for s in known),
    }
    for role in Role:
        of_role = [source for source in unknown if source.member.role is role]
        values[f"unknown_{role}_files"] = len(of_role)
        values[f"unknown_{role}_kilobytes"] = _size(of_role) / 1000
    folders = {_folder(source.member.path) for source in others}
    beside = [s for s in unknown if s.member.role is not Role.INSTALL and _folder(s.member.path) in folders]
    values["beside_files"] = len(beside)
    values["beside_kilobytes"] = _size(beside) / 1000
    values["beside_share"] = _share(_size(beside), _size(unknown))
    values.update(_of_top(top, of_top, project, len(telling), total))
    is_copy = len(of_top) >= COPY_FILES and _size(of_top) >= COPY_SHARE * total
    values.update(_of_copy(unknown, total) if is_copy else _NO_COPY)
    return values


def _of_top(top: str, of_top: Sequence[Known], project: str, files: int, total: int) -> dict[str, Scalar]:
    squashed = top.replace("-", "")
    in_place = [s for s in of_top if squashed in [_squash(part) for part in s.member.path.split("/")[-4:-1]]]
    return {
        "top_files": len(of_top),
        "top_share": _share(len(of_top), files),
        "top_byte_share": _share(_size(of_top), total),
        "top_name_near": bool(top) and top in imitation_of(project).ways.values(),
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


def _of_copy(changed: Sequence[Known], total: int) -> dict[str, Scalar]:
    roles = {source.member.role for source in changed}
    return {
        "copy": True,
        "copy_with_changes": bool(changed),
        "changed_files": len(changed),
        "changed_kilobytes": _size(changed) / 1000,
        "changed_share": _share(_size(changed), total),
        "changed_install": Role.INSTALL in roles,
        "changed_import": Role.IMPORT in roles,
        "changed_only_setup": len(changed) == 1 and roles == {Role.INSTALL},
    }


def _largest_owner(others: Sequence[Known]) -> tuple[str, list[Known]]:
    """Return the project that published the most of it (by bytes, then by name), and what that is."""
    sizes: Counter[str] = Counter()
    for source in others:
        for owner in source.owners:
            sizes[owner] += source.member.size
    if not sizes:
        return "", []
    top = min(sizes, key=lambda name: (-sizes[name], name))
    return top, [source for source in others if top in source.owners]


def _explaining(others: Sequence[Known]) -> int:
    """Return how many projects explain all of it, each time the one that explains the most of what is left."""
    left = [source.owners for source in others]
    taken = 0
    while left and taken < MOST_PROJECTS:
        counts = Counter(owner for owners in left for owner in owners)
        best = min(counts, key=lambda name: (-counts[name], name))
        left = [owners for owners in left if best not in owners]
        taken += 1
    return taken


def _likeness(project: str, top: str) -> float:
    if not top or not project:
        return 0.0
    return SequenceMatcher(None, project[:_SHOWN_NAME], top[:_SHOWN_NAME], autojunk=False).ratio()


def _squash(name: str) -> str:
    return normalise(name).replace("-", "")


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _is_vendored(path: str) -> bool:
    return any(part in _VENDOR for part in path.lower().split("/")[:-1])


def _size(sources: Iterable[Known]) -> int:
    return sum(source.member.size for source in sources)


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
