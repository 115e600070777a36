"""Which file of a release an import means: module names from places, and no further than the release."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from features.install.roles import is_auxiliary

ROOTS = 24
"""Folders from which modules are imported by their own names."""
_USUAL = ("", "src/", "lib/", "python/")
_SUFFIXES = (".py", ".pyw")


class Modules:
    """The modules among files, by name; `paths` are relative to the release's root, "" for what is no part of it.

    A file stands for its position in `paths`, and -1 for none.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = paths
        self._at: dict[str, int] = {}
        self.packages: dict[str, int] = {}
        """Folder with its slash -> its `__init__`."""
        for index, path in enumerate(paths):
            if path.endswith(_SUFFIXES):
                stem = path.rpartition(".")[0]
                folder, _, name = stem.rpartition("/")
                if name == "__init__":
                    self.packages[folder + "/" if folder else ""] = index
                else:
                    self._at[stem] = index
        self.tops = self._tops()
        self.roots = self._roots()
        self._absolute: dict[str, int] = {}
        self._parents: dict[int, tuple[int, ...]] = {}

    @cached_property
    def _words(self) -> set[str]:
        """Names of folders and files, without ".py"."""
        return {word for path in self.paths if path for word in path.removesuffix(".py").split("/")}

    @cached_property
    def _bases(self) -> dict[str, list[int]]:
        """File name -> the files that are called so."""
        found: dict[str, list[int]] = {}
        for index, path in enumerate(self.paths):
            if path:
                found.setdefault(basename(path), []).append(index)
        return found

    def _tops(self) -> tuple[str, ...]:
        """Return the packages that are inside no other one, the shallowest first."""
        tops = [folder for folder in self.packages if folder and not self._is_inside(folder)]
        return tuple(sorted(tops, key=lambda folder: (folder.count("/"), folder)))

    def _is_inside(self, folder: str) -> bool:
        while folder:
            folder = above(folder)
            if folder and folder in self.packages:
                return True
        return False

    def _roots(self) -> tuple[str, ...]:
        found = dict.fromkeys(_USUAL)
        found.update(dict.fromkeys(above(top) for top in self.tops if not is_auxiliary(top)))
        return tuple(found)[:ROOTS]

    def leads(self, name: str) -> bool:
        """Return whether a module's name can lead to a file of the release; quick."""
        return name[:1] == "." or name.partition(".")[0] in self._words

    def folder(self, index: int) -> str:
        """Return the folder of a file with its slash, "" for the root."""
        return self.paths[index].rpartition("/")[0] + "/" if "/" in self.paths[index] else ""

    def _file(self, base: str) -> int:
        """Return the module or package that stands at a place without a suffix."""
        found = self.packages.get(base + "/")
        return found if found is not None else self._at.get(base, -1)

    def module(self, name: str, at: int) -> int:
        """Return the file that a dotted name means in the file `at`; a relative name begins with "."."""
        if name.startswith("."):
            return self._relative(name, at)
        found = self._absolute.get(name)
        if found is None:
            base = name.replace(".", "/")
            found = next((index for root in self.roots if (index := self._file(root + base)) >= 0), -1)
            self._absolute[name] = found
        if found < 0:
            # A program finds what stands beside it; so does setup.py.
            folder = self.folder(at)
            if folder and folder not in self.packages:
                found = self._file(folder + name.replace(".", "/"))
        return found

    def _relative(self, name: str, at: int) -> int:
        rest = name.lstrip(".")
        folder = self.folder(at)
        for _ in range(len(name) - len(rest) - 1):
            if not folder:
                return -1
            folder = above(folder)
        if not rest:
            return self.packages.get(folder, -1)
        return self._file(folder + rest.replace(".", "/"))

    def split(self, name: str, at: int) -> tuple[int, str]:
        """Return the file that the longest beginning of a dotted name means, and what is left of the name."""
        head, rest = name, ""
        for _ in range(12):
            found = self.module(head, at)
            if found >= 0:
                return found, rest
            cut = head.rfind(".")
            bare = head.lstrip(".")
            if cut < 0 or not bare:
                break
            tail = head[cut + 1 :]
            rest = f"{tail}.{rest}" if rest else tail
            # ".go" is a name of the package itself.
            head = head[: cut + 1] if cut < len(head) - len(bare) else head[:cut]
        return -1, ""

    def parents(self, index: int) -> tuple[int, ...]:
        """Return the `__init__` files that run when this file is imported, from the inside out."""
        found = self._parents.get(index)
        if found is None:
            chain: list[int] = []
            folder = self.folder(index)
            while folder in self.packages and folder:
                if self.packages[folder] != index:
                    chain.append(self.packages[folder])
                folder = above(folder)
            found = self._parents[index] = tuple(chain)
        return found

    def named(self, text: str, at: int) -> int:
        """Return the file that a program or a call means by a file name: the one beside it, else the shallowest."""
        said = text.replace("\\", "/").lstrip("./~")
        found = self._bases.get(basename(said), ())
        best, worth = -1, (-1, 0)
        here = self.folder(at)
        for index in found[:32]:
            path = self.paths[index]
            if path != said and not path.endswith(f"/{said}"):
                continue
            one = (int(path == here + said), -path.count("/"))
            if one > worth or best < 0:
                best, worth = index, one
        return best


def basename(path: str) -> str:
    """Return what follows the last slash."""
    return path.rpartition("/")[2]


def above(folder: str) -> str:
    """Return the folder above a folder, both with their slash."""
    return folder[:-1].rpartition("/")[0] + "/" if "/" in folder[:-1] else ""


def relative(paths: Iterable[str], root: str) -> list[str]:
    """Return members' paths below the root; of wheels as they are installed; "" for what is inside another archive."""
    found: list[str] = []
    for path in paths:
        place = "" if "!/" in path else path.removeprefix(root)
        top, _, inside = place.partition("/") if ".data/" in place else ("", "", "")
        if top.endswith(".data") and inside.startswith(("purelib/", "platlib/", "scripts/")):
            kind, _, rest = inside.partition("/")
            place = rest if kind != "scripts" else inside
        found.append(place)
    return found
