"""Tells when the code of a member runs, by its place in the archive."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from features.archive.file_type import PYTHON_SUFFIXES
from features.contract import FileType, Kind, Role
from features.runtime.cache import cached_text

_EMPTY, _PYTHON, _PTH = FileType.EMPTY, FileType.PYTHON, FileType.PTH
"""By names of this module: an enum's member looked up in its class takes as long as a call, for each file of each."""
_IMPORT, _REST = Role.IMPORT, Role.REST
_CODE = frozenset((FileType.PYTHON, FileType.BYTECODE, FileType.NATIVE))
_BUILT = frozenset((Kind.WHEEL, Kind.EGG))

_SETUP_FILES = frozenset(("setup.py", "setup.pyw"))
_CUSTOMIZE = frozenset(("sitecustomize", "usercustomize"))
_SITE_FOLDER = re.compile(r"site-packages|dist-packages|python\d[\d.]*|Lib")
"""Folders of an installation that modules are imported from by their own name: the standard library's too."""
_AUXILIARY = re.compile(
    r"(?:^|/)(?:tests?|testing|docs?|examples?|samples?|benchmarks?|fixtures?|demos?|[^/]*\.dist-info|[^/]*\.egg-info)/|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$"
)
_TEST_MODULE = re.compile(r"(?:conftest|tests?|test_.*|.*_test)\Z")


@dataclass(frozen=True, slots=True)
class Layout:
    """What must be known of a whole archive before a place in it means anything.

    `root` is the top folder with its slash or "". `setup` says whether an installer would run a setup.py of
    it: true of everything but a wheel or an egg that is named as one. `folders` are in-tree build backends'
    folders (relative to the root, with their slash), `files` single files that run at install or start.
    """

    root: str = ""
    kind: Kind = Kind.UNKNOWN
    setup: bool = True
    folders: tuple[str, ...] = ()
    files: AbstractSet[str] = field(default_factory=frozenset)


def role_of(rel: str, file_type: FileType, layout: Layout, *, nested: bool = False) -> Role:
    """Return when the code of a member runs; `rel` is its clean path, of a `nested` archive's member that inside it.

    Install: an sdist's own setup.py, its in-tree build backend and what these run by name; `.pth` and `.start` files,
    sitecustomize and usercustomize where they can land in site-packages. Import: `__init__` of any package
    and modules at the top. Everything else is rest; no folder is left out for its name.
    """
    if not nested:
        rel = rel.removeprefix(layout.root)
        if runs_at_install(rel, file_type, layout):
            return Role.INSTALL
    if file_type is not _PYTHON and file_type is not _EMPTY:
        return _REST
    name = rel[rel.rfind("/") + 1 :]
    is_top = not nested and _is_top(rel, layout)
    if not is_top and not name.startswith("__init__"):
        # Nearly every file.
        return _REST
    stem, _, suffix = name.rpartition(".")
    if file_type is _EMPTY and suffix not in {"py", "pyw"}:
        return _REST
    if stem == "__init__":
        return _IMPORT
    if is_top and stem != "__main__" and f".{suffix}" in PYTHON_SUFFIXES:
        return _REST if stem == "setup" or _TEST_MODULE.match(stem) else _IMPORT
    return _REST


def runs_at_install(rel: str, file_type: FileType, layout: Layout) -> bool:
    """Return whether `role_of` a member of the outermost archive is install; `rel` is its clean path below the root."""
    if rel in layout.files or (layout.folders and rel.startswith(layout.folders)):
        return True
    if file_type is not _PTH and "/" in rel and "customize" not in rel.lower():
        # Nearly every file.
        return False
    name = rel[rel.rfind("/") + 1 :].lower()
    # File systems that fold case run Setup.py too.
    if name in _SETUP_FILES and layout.setup and "/" not in rel:
        return True
    if file_type is _PTH:
        return layout.setup or _is_site(rel)
    if "customize" in name and name.partition(".")[0] in _CUSTOMIZE and file_type in _CODE:
        return layout.setup or _is_site(rel)
    if name == "__init__.py" and "customize/" in rel and rel.split("/")[-2] in _CUSTOMIZE:
        return layout.setup or _is_site(rel.rpartition("/")[0])
    return False


def _is_site(rel: str) -> bool:
    """Return whether a wheel's member lands directly in site-packages."""
    if ".data/" not in rel:
        return "/" not in rel
    folder = rel.rpartition("/")[0]
    if not folder:
        return True
    top, _, inside = folder.partition("/")
    if not top.endswith(".data"):
        return False
    if inside in {"purelib", "platlib"}:
        return True
    return inside.startswith("data") and _SITE_FOLDER.fullmatch(folder[folder.rfind("/") + 1 :]) is not None


def _is_top(rel: str, layout: Layout) -> bool:
    """Return whether a module stands where it is imported by its own name alone."""
    if layout.kind in _BUILT:
        return _is_site(rel)
    folder = rel.rpartition("/")[0]
    return not folder or folder in {"src", "lib", "python"}


@cached_text("auxiliary_paths")
def is_auxiliary(path: str) -> bool:
    """Return whether a member stands among tests, documentation or examples: weighed less, never skipped."""
    return _AUXILIARY.search(path) is not None
