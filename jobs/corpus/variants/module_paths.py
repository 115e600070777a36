"""Finds where code can go in a package: setup.py, the `__init__` of the main package, and the modules inside."""

from collections.abc import Sequence
from dataclasses import dataclass
from posixpath import basename, dirname

from packaging.utils import canonicalize_name

from jobs.corpus.variants.contract import NotApplicableError, Package

_AUXILIARY_FOLDERS = frozenset((
    "tests", "test", "testing", "docs", "doc", "examples", "example", "benchmarks", "scripts", "tools", "demo", "build",
))  # fmt: skip
_NOT_IMPORTED = frozenset(
    ("__init__.py", "setup.py", "conftest.py", "noxfile.py", "tasks.py", "fabfile.py", "versioneer.py")
)


@dataclass(frozen=True, slots=True)
class ModulePaths:
    """Paths in a package, "" for what it does not have; folders end in a slash.

    `root` is an sdist's top folder, `package` the main package's folder and `init` its `__init__.py`. For a project
    that is a single module, `init` is the module and `package` its folder. `inner` are the other modules of the
    package, sorted.
    """

    root: str
    setup: str
    package: str
    init: str
    inner: tuple[str, ...]

    def require_init(self, package: Package) -> str:
        """Return `init`; raises NotApplicableError where nothing can be imported."""
        if not self.init:
            raise NotApplicableError(package.filename, "has no package and no module")
        return self.init


def find_module_paths(package: Package) -> ModulePaths:
    """Return the paths of a package's setup.py, main package and modules."""
    files = package.files()
    root = _sdist_root(files)
    setup = f"{root}setup.py" if f"{root}setup.py" in files else ""
    python = sorted(path for path in files if path.endswith(".py") and path.startswith(root))
    import_name = canonicalize_name(package.project).replace("-", "_")
    if init := _main_init(python, root, import_name):
        folder = dirname(init) + "/"
        inner = tuple(path for path in python if path.startswith(folder) and path != init)
        return ModulePaths(root, setup, folder, init, inner)
    module = _single_module(python, root, import_name)
    folder = root if not module else f"{dirname(module)}/" if "/" in module else ""
    return ModulePaths(root, setup, folder, module, ())


def _sdist_root(files: dict[str, bytes]) -> str:
    """Return the one folder that holds everything, "" in a wheel or an egg."""
    tops = {path.partition("/")[0] for path in files}
    is_installed_form = any(top.endswith((".dist-info", "EGG-INFO")) for top in tops)
    return f"{tops.pop()}/" if len(tops) == 1 and all("/" in path for path in files) and not is_installed_form else ""


def _main_init(python: Sequence[str], root: str, import_name: str) -> str:
    """Return the `__init__.py` of the project's name, else of the largest top-level package, "" without any."""
    inits = [path for path in python if basename(path) == "__init__.py" and not _is_auxiliary(path, root)]
    depth = min((path.count("/") for path in inits), default=0)
    return min(
        (path for path in inits if path.count("/") == depth),
        key=lambda p: (
            basename(dirname(p)).lower() != import_name,
            -sum(other.startswith(dirname(p) + "/") for other in python),
            p,
        ),
        default="",
    )


def _single_module(python: Sequence[str], root: str, import_name: str) -> str:
    """Return the top-level module of the project's name, else the first, "" without any."""
    modules = [
        path
        for path in python
        if dirname(path).removeprefix(root.rstrip("/")).strip("/") in {"", "src"}
        and basename(path) not in _NOT_IMPORTED
    ]
    return min(modules, key=lambda p: (basename(p).lower() != f"{import_name}.py", p), default="")


def _is_auxiliary(path: str, root: str) -> bool:
    folders = path.removeprefix(root).split("/")[:-1]
    return not folders or folders[0].lower() in _AUXILIARY_FOLDERS or not folders[-1].isidentifier()
