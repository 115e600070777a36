"""A release that a family changes: its files in memory, the payload's code, and the members that hold it."""

from collections.abc import Callable, Sequence
from posixpath import basename, dirname
from random import Random

from jobs.corpus.payloads.blocks import compose_act
from jobs.corpus.payloads.contract import Block, Dress
from jobs.corpus.payloads.source_places import (
    FunctionPlace,
    find_functions,
    insert_at_line,
    insert_with_imports,
    line_after_imports,
)
from jobs.corpus.payloads.triggers import apply_trigger
from jobs.corpus.payloads.vocabulary import Vocabulary
from jobs.corpus.variants.contract import NotApplicableError, Package
from jobs.corpus.variants.insertion import insert_statements
from jobs.corpus.variants.module_paths import ModulePaths, find_module_paths
from jobs.corpus.variants.packing import with_files
from jobs.corpus.variants.python_source import SOURCE_ERRORS

_LARGEST_INNER = 12
BRING_SHARE = 0.15
"""Share of hosts without a file of some kind that are given one; the others are passed over."""
_MAX_SOURCE = 400_000
_MODULE_NAMES = (
    "_compat", "_internal", "_loader", "_runtime", "_support", "_env", "_checks", "telemetry", "_metrics", "helpers",
    "_platform", "_bootstrap", "_hooks", "_resources", "_native", "diagnostics", "_cache", "_fastpath", "plugins",
    "_typing_ext", "updater", "_version_check", "_locale", "registry", "_backports", "optim", "_session",
)  # fmt: skip


class Draft:
    """A mutable copy of a release; `members` are the paths of what was put in, in order."""

    def __init__(
        self, package: Package, words: Vocabulary, rng: Random, *, dress: Dress, trigger: Block, code: str | None = None
    ) -> None:
        self.package = package
        self.words = words
        self.rng = rng
        self.dress = dress
        self.trigger = trigger
        self.paths: ModulePaths = find_module_paths(package)
        self.files = package.files()
        self.members: list[str] = []
        self.changed: dict[str, bytes] = {}
        self.act = "own"
        self._code = code

    @property
    def is_wheel(self) -> bool:
        """Tell whether the release is a wheel."""
        return self.package.filename.endswith(".whl")

    def plain(self) -> str:
        """Return the act's statements, without trigger and dress."""
        if self._code is None:
            self.act, self._code = compose_act(self.words, self.rng)
        return self._code

    def code(self) -> str:
        """Return the payload's statements: the act in its dress, behind its trigger (or the other way about)."""
        if self.rng.random() < 0.5:
            return apply_trigger(self.trigger, self.dress.apply(self.plain(), self.rng), self.words)
        return self.dress.apply(apply_trigger(self.trigger, self.plain(), self.words), self.rng)

    def triggered(self) -> str:
        """Return the act behind its trigger, for a family that hides it by itself."""
        return apply_trigger(self.trigger, self.plain(), self.words)

    def fail(self, reason: str) -> NotApplicableError:
        """Return the error of a host that lacks what a family needs."""
        return NotApplicableError(self.package.filename, reason)

    def put(self, path: str, content: str | bytes) -> None:
        """Add or replace a member of the payload."""
        data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        self.files[path] = self.changed[path] = data
        if path not in self.members:
            self.members.append(path)

    def put_new(self, path: str, content: str | bytes) -> None:
        """Add a member; raises NotApplicableError where the host has it."""
        if path in self.files:
            raise self.fail(f"has {basename(path)} already")
        self.put(path, content)

    def put_aside(self, path: str, content: str | bytes) -> None:
        """Add or replace a member that holds nothing of the payload."""
        data = content.encode() if isinstance(content, str) else content
        self.files[path] = self.changed[path] = data

    def finish(self) -> Package:
        """Return the changed release, with a true RECORD and SOURCES.txt."""
        if not self.changed:
            raise self.fail("was not changed")
        return with_files(self.package, self.changed)

    @property
    def root(self) -> str:
        """Return the top folder of an sdist with its slash, "" for a wheel."""
        return self.paths.root

    @property
    def init(self) -> str:
        """Return the main package's `__init__.py` or the only module; raises NotApplicableError without one."""
        return self.paths.require_init(self.package)

    @property
    def folder(self) -> str:
        """Return the folder of the main package with its slash; raises NotApplicableError where there is none."""
        if not self.init.endswith("/__init__.py"):
            raise self.fail("is no package with a folder")
        return self.paths.package

    @property
    def import_name(self) -> str:
        """Return the dotted name that the main package or module is imported by."""
        path = self.init.removeprefix(self.root).removeprefix("src/")
        return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def find_file(self, *suffixes: str, holds: bytes = b"", sizes: tuple[int, int] = (1, _MAX_SOURCE)) -> str:
        """Return a file of the host, "" for one of the few hosts without one that are given one.

        Raises NotApplicableError for the other hosts without one.
        """
        found = sorted(
            p
            for p, data in self.files.items()
            if p.endswith(suffixes) and holds in data and sizes[0] <= len(data) < sizes[1]
        )
        if found:
            return self.rng.choice(found)
        if self.rng.random() > BRING_SHARE:
            raise self.fail(f"has no file {suffixes[0]}")
        return ""

    def inner(self) -> list[str]:
        """Return paths of the larger inner modules, in random order; raises NotApplicableError where there is none."""
        files = self.files
        found = [p for p in self.paths.inner if files[p].strip() and len(files[p]) < _MAX_SOURCE and not _is_test(p)]
        found = [p for p in found if basename(p) != "__init__.py"] or found
        if not found:
            raise self.fail("has no module inside a package")
        largest = sorted(found, key=lambda p: (-len(files[p]), p))[:_LARGEST_INNER]
        return self.rng.sample(largest, len(largest))

    def module_name(self, folder: str) -> str:
        """Return a name that no module of a folder has."""
        for name in self.rng.sample(_MODULE_NAMES, len(_MODULE_NAMES)):
            if f"{folder}{name}.py" not in self.files and f"{folder}{name}/__init__.py" not in self.files:
                return name
        raise self.fail("has modules of all those names")

    def insert(self, path: str, code: str, *, aside: bool = False) -> None:
        """Put statements into a module: first, behind its imports, or at its end, in a style that is drawn."""
        source = self.files[path]
        way = self.rng.randrange(4)
        try:
            if way == 0:
                changed = insert_with_imports(source, code)
            elif way == 1:
                changed = insert_at_line(source, line_after_imports(source), code)
            else:
                changed = insert_statements(source, code.encode("utf-8", "surrogatepass"), at_end=way == 2)
        except SOURCE_ERRORS:
            changed = insert_statements(source, code.encode("utf-8", "surrogatepass"), at_end=True)
        (self.put_aside if aside else self.put)(path, changed)

    def add_module(self, importer: str, code: str, *, name: str = "") -> str:
        """Put code into a new module beside `importer`, which imports it; returns the new module's path."""
        folder = f"{dirname(importer)}/" if "/" in importer else ""
        name = name or self.module_name(folder)
        is_relative = f"{folder}__init__.py" in self.files
        forms = (f"from . import {name}", f"from .{name} import *", f"from . import {name} as _{name.strip('_')}")
        if not is_relative:
            forms = (f"import {name}", f"from {name} import *", f"import {name} as _{name.strip('_')}")
        comment = self.rng.choice(("", "", "  # noqa: F401", "  # noqa"))
        self.put_new(f"{folder}{name}.py", code)
        self.insert(importer, self.rng.choice(forms) + comment + "\n", aside=True)
        return f"{folder}{name}.py"

    def insert_in_function(
        self, code: "str | Callable[[FunctionPlace], str]", wanted: Callable[[FunctionPlace], bool] = lambda _: True
    ) -> FunctionPlace:
        """Put statements at the start of a function of an inner module; raises NotApplicableError without one."""
        for path in [*self._inner_or_init()]:
            places = [place for place in find_functions(self.files[path]) if wanted(place) and not place.is_async]
            for place in self.rng.sample(places, min(3, len(places))):
                text = code if isinstance(code, str) else code(place)
                try:
                    changed = insert_at_line(self.files[path], place.line, text, place.indent)
                except SOURCE_ERRORS:
                    continue
                self.put(path, changed)
                return place
        raise self.fail("has no function that code can be put into")

    def _inner_or_init(self) -> Sequence[str]:
        try:
            return self.inner()
        except NotApplicableError:
            return [self.init]

    def somewhere(self) -> str:
        """Return the package's `__init__.py` or one of its larger modules."""
        return self.init if self.rng.random() < 0.6 else self._inner_or_init()[0]

    def lead(self, code: str) -> None:
        """Put statements into a module that `somewhere` draws."""
        self.insert(self.somewhere(), code)


def _is_test(path: str) -> bool:
    return any(part in {"tests", "test", "testing", "examples", "docs", "benchmarks"} for part in path.split("/"))
