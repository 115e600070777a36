"""Determines the kind of a distribution and where its files begin, from the names in its archive."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from features.archive.member_paths import normalise_paths
from features.contract import Kind

BUILT_KINDS = frozenset((Kind.WHEEL, Kind.EGG))
"""Kinds that are installed without a build."""
_ROOT_MARKERS = ("PKG-INFO", "setup.py", "pyproject.toml")
"""Files at the root of a source distribution."""
_WHEEL_MARKERS = (".dist-info/WHEEL", ".dist-info/METADATA")
_EGG_FOLDER = "EGG-INFO/"


@dataclass(frozen=True, slots=True)
class InstallLayout:
    """Properties of a whole archive that determine when the code at a path in it runs.

    `root` is the top folder with its slash, or "". `runs_setup` says whether an installer would run its setup.py; only
    a wheel or an egg that is also named as one has no setup.py that runs. `install_folders` and `install_files` are
    paths below the root, folders with their slash, whose code runs at build, install or interpreter start.
    """

    root: str = ""
    kind: Kind = Kind.UNKNOWN
    runs_setup: bool = True
    install_folders: tuple[str, ...] = ()
    install_files: AbstractSet[str] = field(default_factory=frozenset)


def read_layout(container: str, claimed_kind: Kind, names: Sequence[str]) -> InstallLayout:
    """Return the layout of an archive, without its install files.

    `container` is the archive's format, `claimed_kind` the kind that the file's name claims, and `names` are the names
    of everything in the outermost container, folders too.
    """
    paths = normalise_paths(names)
    kind = _kind_of_zip(paths) if container == "zip" else Kind.UNKNOWN
    root = ""
    if kind is Kind.UNKNOWN:
        root = _find_root(paths)
        if any(root + marker in paths for marker in _ROOT_MARKERS):
            kind = Kind.SDIST
    return InstallLayout(root, kind, runs_setup=kind not in BUILT_KINDS or claimed_kind not in BUILT_KINDS)


def _kind_of_zip(paths: Sequence[str]) -> Kind:
    # Writers put the metadata last.
    if any(path.endswith(_WHEEL_MARKERS) and path.count("/") == 1 for path in reversed(paths)):
        return Kind.WHEEL
    is_egg = any(path.startswith(_EGG_FOLDER) and len(path) > len(_EGG_FOLDER) for path in paths)
    return Kind.EGG if is_egg else Kind.UNKNOWN


def _find_root(paths: Iterable[str]) -> str:
    """Return the single top folder with its slash, else "".

    If stray files add other folders (".DS_Store", "._name" of macOS), it is the folder that holds a project.
    """
    holds_project: dict[str, bool] = {}
    for path in paths:
        top, slash, rest = path.partition("/")
        if slash and top:
            if rest in _ROOT_MARKERS:
                holds_project[top] = True
            else:
                holds_project.setdefault(top, False)
        elif top in {"setup.py", "pyproject.toml"}:
            return ""
    folders = list(holds_project)
    if len(folders) > 1:
        folders = [folder for folder in folders if holds_project[folder]]
    return f"{folders[0]}/" if len(folders) == 1 else ""
