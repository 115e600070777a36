"""Where in a package code can stand: its setup.py, the `__init__` of its main package, the modules inside."""

from dataclasses import dataclass
from posixpath import basename, dirname

from packaging.utils import canonicalize_name

from jobs.corpus.variants.contract import Package, UnfitError

_ASIDE = frozenset((
    "tests", "test", "testing", "docs", "doc", "examples", "example", "benchmarks", "scripts", "tools", "demo", "build",
))  # fmt: skip
_NO_MODULE = frozenset(
    ("__init__.py", "setup.py", "conftest.py", "noxfile.py", "tasks.py", "fabfile.py", "versioneer.py")
)


@dataclass(frozen=True, slots=True)
class Places:
    """Paths of a package, "" where it has no such place.

    `root` is an sdist's top folder with its slash. `package` is the main package's folder with its slash, `init` its
    `__init__`; of a project that is one module, `package` is the module's folder and `init` the module.
    `inner` are the other modules of the package, sorted.
    """

    root: str
    setup: str
    package: str
    init: str
    inner: tuple[str, ...]

    def require_init(self, package: Package) -> str:
        """Return `init`; raises UnfitError where there is nothing that is imported."""
        if not self.init:
            raise UnfitError(package.filename, "has no package and no module")
        return self.init

    @property
    def dotted(self) -> str:
        """The package's name as it is imported, "" for a single module."""
        if not self.init.endswith("/__init__.py"):
            return ""
        return self.package.removeprefix(self.root).removeprefix("src/").strip("/").replace("/", ".")


def find_places(package: Package) -> Places:
    """Return the places of a package."""
    files = package.files()
    tops = {path.partition("/")[0] for path in files}
    is_wheel = any(top.endswith((".dist-info", "EGG-INFO")) for top in tops)
    nested = all("/" in path for path in files)
    root = f"{tops.pop()}/" if len(tops) == 1 and nested and not is_wheel else ""
    setup = f"{root}setup.py" if f"{root}setup.py" in files else ""
    python = sorted(path for path in files if path.endswith(".py") and path.startswith(root))
    inits = [path for path in python if basename(path) == "__init__.py" and not _is_aside(path, root)]
    project = canonicalize_name(package.project).replace("-", "_")
    if inits:
        depth = min(path.count("/") for path in inits)
        shallow = [path for path in inits if path.count("/") == depth]
        init = min(
            shallow,
            key=lambda p: (
                basename(dirname(p)).lower() != project,
                -sum(other.startswith(dirname(p) + "/") for other in python),
                p,
            ),
        )
        folder = dirname(init) + "/"
        inner = tuple(path for path in python if path.startswith(folder) and path != init)
        return Places(root, setup, folder, init, inner)
    single = [
        path
        for path in python
        if dirname(path).removeprefix(root.rstrip("/")).strip("/") in {"", "src"} and basename(path) not in _NO_MODULE
    ]
    if not single:
        return Places(root, setup, root, "", ())
    module = min(single, key=lambda p: (basename(p).lower() != f"{project}.py", p))
    return Places(root, setup, module.rpartition("/")[0] + "/" if "/" in module else "", module, ())


def _is_aside(path: str, root: str) -> bool:
    parts = path.removeprefix(root).split("/")[:-1]
    return not parts or parts[0].lower() in _ASIDE or any(not part.isidentifier() for part in parts[-1:])
