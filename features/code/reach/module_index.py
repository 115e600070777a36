"""Resolves an import or a file name to a file of the release."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from features.install.roles import is_auxiliary

MAX_ROOTS = 24
"""Maximum number of folders from which modules are imported by their own names."""
_USUAL_ROOTS = ("", "src/", "lib/", "python/")
_SUFFIXES = (".py", ".pyw")
_MAX_LABELS = 12
_MAX_SAME_NAME = 32


class ModuleIndex:
    """The modules and packages among the files of a release.

    `paths` are relative to the folder of installation, "" for files that are not installed (`installed_paths`). A file
    is identified by its index in `paths`; -1 means none. `packages` maps a folder with its slash to the index of its
    `__init__`; `tops` are the folders of the packages inside no other package, the shallowest first.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = paths
        self.packages: dict[str, int] = {}
        self._modules: dict[str, int] = {}
        for index, path in enumerate(paths):
            if path.endswith(_SUFFIXES):
                stem = path.rpartition(".")[0]
                folder, _, name = stem.rpartition("/")
                if name == "__init__":
                    self.packages[folder + "/" if folder else ""] = index
                else:
                    self._modules[stem] = index
        self.tops = self._find_tops()
        self._roots = self._find_roots()
        self._absolute: dict[str, int] = {}
        self._parents: dict[int, tuple[int, ...]] = {}

    def may_contain(self, module: str) -> bool:
        """Return, without resolving it, whether a module's name may refer to a file of the release."""
        return module[:1] == "." or module.partition(".")[0] in self._words

    def find_module(self, name: str, importer: int) -> int:
        """Return the file that a dotted name refers to in the file `importer`; a relative name begins with "."."""
        if name.startswith("."):
            return self._find_relative(name, importer)
        found = self._absolute.get(name)
        if found is None:
            path = name.replace(".", "/")
            found = next((index for root in self._roots if (index := self._at(root + path)) >= 0), -1)
            self._absolute[name] = found
        if found < 0:
            # A program, such as setup.py, imports modules from its own folder.
            folder = self._folder(importer)
            if folder and folder not in self.packages:
                found = self._at(folder + name.replace(".", "/"))
        return found

    def split_name(self, name: str, importer: int) -> tuple[int, str]:
        """Return the file that the longest prefix of a dotted name refers to, and the rest of the name."""
        head, rest = name, ""
        for _ in range(_MAX_LABELS):
            found = self.find_module(head, importer)
            if found >= 0:
                return found, rest
            last_dot = head.rfind(".")
            bare = head.lstrip(".")
            if last_dot < 0 or not bare:
                break
            label = head[last_dot + 1 :]
            rest = f"{label}.{rest}" if rest else label
            # ".go" is an attribute of the package itself.
            head = head[: last_dot + 1] if last_dot < len(head) - len(bare) else head[:last_dot]
        return -1, ""

    def parents(self, index: int) -> tuple[int, ...]:
        """Return the `__init__` files that an import of a file runs before it, from the inside out."""
        found = self._parents.get(index)
        if found is None:
            chain: list[int] = []
            folder = self._folder(index)
            while folder in self.packages and folder:
                if self.packages[folder] != index:
                    chain.append(self.packages[folder])
                folder = parent_folder(folder)
            found = self._parents[index] = tuple(chain)
        return found

    def find_file(self, name: str, caller: int) -> int:
        """Return the file that a file name in `caller` refers to: the one in the same folder, else the shallowest."""
        wanted = name.replace("\\", "/").lstrip("./~")
        best, best_rank = -1, (-1, 0)
        beside = self._folder(caller) + wanted
        for index in self._by_base_name.get(base_name(wanted), ())[:_MAX_SAME_NAME]:
            path = self.paths[index]
            if path != wanted and not path.endswith(f"/{wanted}"):
                continue
            rank = (int(path == beside), -path.count("/"))
            if rank > best_rank or best < 0:
                best, best_rank = index, rank
        return best

    @cached_property
    def _words(self) -> set[str]:
        """Names of folders and files, without ".py"."""
        return {word for path in self.paths if path for word in path.removesuffix(".py").split("/")}

    @cached_property
    def _by_base_name(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for index, path in enumerate(self.paths):
            if path:
                found.setdefault(base_name(path), []).append(index)
        return found

    def _find_tops(self) -> tuple[str, ...]:
        tops = [folder for folder in self.packages if folder and not self._is_inside_package(folder)]
        return tuple(sorted(tops, key=lambda folder: (folder.count("/"), folder)))

    def _is_inside_package(self, folder: str) -> bool:
        while folder:
            folder = parent_folder(folder)
            if folder and folder in self.packages:
                return True
        return False

    def _find_roots(self) -> tuple[str, ...]:
        found = dict.fromkeys(_USUAL_ROOTS)
        found.update(dict.fromkeys(parent_folder(top) for top in self.tops if not is_auxiliary(top)))
        return tuple(found)[:MAX_ROOTS]

    def _find_relative(self, name: str, importer: int) -> int:
        rest = name.lstrip(".")
        folder = self._folder(importer)
        for _ in range(len(name) - len(rest) - 1):
            if not folder:
                return -1
            folder = parent_folder(folder)
        if not rest:
            return self.packages.get(folder, -1)
        return self._at(folder + rest.replace(".", "/"))

    def _at(self, path: str) -> int:
        """Return the package or module at a path without suffix."""
        found = self.packages.get(path + "/")
        return found if found is not None else self._modules.get(path, -1)

    def _folder(self, index: int) -> str:
        """Return the folder of a file with its slash, "" for the root."""
        return self.paths[index].rpartition("/")[0] + "/" if "/" in self.paths[index] else ""


def base_name(path: str) -> str:
    """Return the part of a path after its last slash."""
    return path.rpartition("/")[2]


def parent_folder(folder: str) -> str:
    """Return the folder above a folder, both with their slash."""
    return folder[:-1].rpartition("/")[0] + "/" if "/" in folder[:-1] else ""


def installed_paths(paths: Iterable[str], root: str) -> list[str]:
    """Return members' paths as they are installed; "" for members of a nested archive.

    `root` is the top folder of an sdist. The `.data` folder of a wheel is spread as an installer spreads it.
    """
    found: list[str] = []
    for path in paths:
        installed = "" if "!/" in path else path.removeprefix(root)
        top, _, inside = installed.partition("/") if ".data/" in installed else ("", "", "")
        if top.endswith(".data") and inside.startswith(("purelib/", "platlib/", "scripts/")):
            kind, _, rest = inside.partition("/")
            installed = rest if kind != "scripts" else inside
        found.append(installed)
    return found
