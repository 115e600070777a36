"""Determines when the code of a member runs, from its path in the archive."""

import re

from features.archive.file_type import PYTHON_SUFFIXES
from features.archive.member_paths import path_on_windows
from features.contract import FileType, Role
from features.install.layout import BUILT_KINDS, InstallLayout
from features.runtime.cache import cached_text

# Global names: looking up a member of an enum takes as long as a call (stage `open` of `boojum bench`).
_EMPTY, _PYTHON, _PTH = FileType.EMPTY, FileType.PYTHON, FileType.PTH
_IMPORT, _REST = Role.IMPORT, Role.REST
_CODE = frozenset((FileType.PYTHON, FileType.BYTECODE, FileType.NATIVE))

_ENDS_DROPPED_ON_WINDOWS = frozenset(". aA")
"""Last characters of paths that end otherwise on Windows: "setup.py." and "setup.py::$DATA"."""

_SETUP_FILES = frozenset(("setup.py", "setup.pyw"))
_CUSTOMIZE = frozenset(("sitecustomize", "usercustomize"))
_SITE_FOLDER = re.compile(r"site-packages|dist-packages|python\d[\d.]*|Lib")
"""Folders from which an installation imports modules by their own name, as from the standard library."""
_AUXILIARY = re.compile(
    r"(?:^|/)(?:tests?|testing|docs?|examples?|samples?|benchmarks?|fixtures?|demos?|[^/]*\.dist-info|[^/]*\.egg-info)/|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$"
)
_TEST_MODULE = re.compile(r"(?:conftest|tests?|test_.*|.*_test)\Z")


def role_of(path: str, file_type: FileType, layout: InstallLayout, *, nested: bool = False) -> Role:
    """Return when the code of a member runs.

    `path` is its normalised path; of a member of a `nested` archive, the path inside that. Install is an sdist's own
    setup.py, its in-tree build backend and the files that these run by name; also `.pth` and `.start` files,
    sitecustomize and usercustomize if they may be installed in site-packages. Import is `__init__` of any package and
    modules at the top. All other code is rest; no folder is exempt because of its name.
    """
    if path[-1:] in _ENDS_DROPPED_ON_WINDOWS:
        path = path_on_windows(path)
    if not nested:
        path = path.removeprefix(layout.root)
        if runs_at_install(path, file_type, layout):
            return Role.INSTALL
    if file_type is not _PYTHON and file_type is not _EMPTY:
        return _REST
    name = path[path.rfind("/") + 1 :]
    is_top = not nested and _is_top(path, layout)
    if not is_top and not name.startswith("__init__"):
        return _REST
    stem, _, suffix = name.rpartition(".")
    if file_type is _EMPTY and suffix not in {"py", "pyw"}:
        return _REST
    if stem == "__init__":
        return _IMPORT
    if is_top and stem != "__main__" and f".{suffix}" in PYTHON_SUFFIXES:
        return _REST if stem == "setup" or _TEST_MODULE.match(stem) else _IMPORT
    return _REST


def runs_at_install(path: str, file_type: FileType, layout: InstallLayout) -> bool:
    """Return whether the role of a member of the outermost archive is install; `path` is relative to the root."""
    if path in layout.install_files or (layout.install_folders and path.startswith(layout.install_folders)):
        return True
    if file_type is not _PTH and "/" in path and "customize" not in path.lower():
        return False
    name = path[path.rfind("/") + 1 :].lower()
    # On file systems that ignore case, Setup.py runs too.
    if name in _SETUP_FILES and layout.runs_setup and "/" not in path:
        return True
    if file_type is _PTH:
        return layout.runs_setup or _is_site(path)
    if "customize" in name and name.partition(".")[0] in _CUSTOMIZE and file_type in _CODE:
        return layout.runs_setup or _is_site(path)
    if name == "__init__.py" and "customize/" in path and path.split("/")[-2] in _CUSTOMIZE:
        return layout.runs_setup or _is_site(path.rpartition("/")[0])
    return False


def _is_site(path: str) -> bool:
    """Return whether a member of a wheel is installed directly into site-packages."""
    if ".data/" not in path:
        return "/" not in path
    folder = path.rpartition("/")[0]
    if not folder:
        return True
    top, _, inside = folder.partition("/")
    if not top.endswith(".data"):
        return False
    if inside in {"purelib", "platlib"}:
        return True
    return inside.startswith("data") and _SITE_FOLDER.fullmatch(folder[folder.rfind("/") + 1 :]) is not None


def _is_top(path: str, layout: InstallLayout) -> bool:
    """Return whether the folder of a module lets it be imported by its own name alone."""
    if layout.kind in BUILT_KINDS:
        return _is_site(path)
    folder = path.rpartition("/")[0]
    return not folder or folder in {"src", "lib", "python"}


@cached_text("auxiliary_paths")
def is_auxiliary(path: str) -> bool:
    """Return whether a member is among tests, documentation or examples; it counts less but is never skipped."""
    return _AUXILIARY.search(path) is not None
