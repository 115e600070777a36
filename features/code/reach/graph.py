"""What runs of a release at install, at import and by its commands, followed across its files."""

import re
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from features.archive.member_paths import normalise_path
from features.code.contract import ANY_UNIT, MAIN_UNIT, FileAnalysis, size_of_links
from features.code.reach.entrypoints import BY_ITSELF
from features.code.reach.imports import Modules, above, basename, relative
from features.code.reach.links import NO_LINKS, Imported, Links, imports_of, loose_links
from features.contract import FileType, Kind, Member, Release, Role
from features.install.roles import is_auxiliary
from features.runtime.cache import cached, content_key, size_of_words
from features.text.decode import decode_source

WHENS: tuple[str, ...] = ("install", "import", "script", "use")
"""When something runs, the earliest first; use: whatever is imported of it, and what its packages offer is called."""

VISITS = 20_000
"""Parts that are followed for one occasion."""
EDGES = 400_000
"""Names that are looked up for one occasion."""
LOOKUPS = 300_000
"""Names of one release that are looked up, on all occasions and through all modules that hand them on."""
DEPTH = 64
"""Imports of imports that are followed."""
LOOSE_BYTES = 512 * 2**10
"""Source without indicators that is read for its imports alone, because it stands on the way."""
LOOSE_FILE = 256 * 2**10

_ENTRY = re.compile(r"=\s*+[\"']?+\s*+([A-Za-z_][\w.]{0,100})\s*:\s*([A-Za-z_][\w.]{0,100})")
_ENTRY_FILES = frozenset(("entry_points.txt", "pyproject.toml", "setup.cfg", "setup.py"))
_ENTRIES = 64
_SCRIPT_FOLDERS = ("scripts/", "bin/")
_CUSTOMIZE = ("sitecustomize", "usercustomize")
_INSTALLED = frozenset((Kind.WHEEL, Kind.EGG))
_CHECK = 256


class _LooseFile(NamedTuple):
    """A file without a tree, or its beginning, and the `content_key` of that."""

    key: bytes
    data: bytes


@cached("imports", key=lambda file: file.key, size_of=lambda found: sum([100 + size_of_words(i[:3]) for i in found]))
def _imports_of(file: _LooseFile) -> tuple[Imported, ...]:
    """Return what a file without a tree imports."""
    return tuple(imports_of(decode_source(file.data).text))


@cached(
    "import_links",
    key=lambda file, leading: (file.key, leading),
    size_of=lambda links: size_of_links(links.parts, links.aliases),
)
def _links_of(file: _LooseFile, leading: tuple[Imported, ...]) -> Links:
    """Return what of a file without a tree leads to others of its release, by the imports that do."""
    return loose_links(decode_source(file.data).text, {}, leading)


class Node(NamedTuple):
    """A file of the release as the graph needs it; `python` is b"" where it holds no Python.

    `key` is what `content_key` says of `python`, b"" where nobody asked.
    """

    member: Member
    python: bytes
    analysis: FileAnalysis | None
    key: bytes = b""


@dataclass(slots=True)
class Reached:
    """What runs on one occasion: files by position with their distance from an entry file, and what each does.

    `entries` are the files at distance 0; `across` counts parts of other files that are called, `programs` files
    that are run by their name. `cut` says that a bound ended the walk.
    """

    distance: dict[int, int] = field(default_factory=dict)
    does: dict[int, Counter[str]] = field(default_factory=dict)
    across: int = 0
    programs: int = 0
    cut: bool = False

    def run(self) -> Counter[str]:
        """Return everything that runs, over all files."""
        total: Counter[str] = Counter()
        for does in self.does.values():
            total.update(does)
        return total


class Seed(NamedTuple):
    """A part that something outside the release starts."""

    node: int
    part: str
    distance: int


def follow(release: Release, nodes: Sequence[Node]) -> dict[str, Reached]:
    """Return what runs on each occasion of WHENS; raises nothing, and ends at the release's deadline."""
    graph = _Graph(release, nodes)
    return {
        "install": graph.walk(graph.install_seeds()),
        "import": graph.walk(graph.import_seeds()),
        "script": graph.walk(graph.script_seeds()),
        "use": graph.walk(graph.use_seeds()),
    }


class _Graph:
    """The files of one release, and what leads from one to another."""

    def __init__(self, release: Release, nodes: Sequence[Node]) -> None:
        self._release = release
        self._nodes = nodes
        self._modules = Modules(relative((normalise_path(node.member.path) for node in nodes), release.root))
        self._links: dict[int, _Linked] = {}
        self._found: dict[tuple[int, str], tuple[tuple[int, int], ...]] = {}
        self._imported: dict[tuple[int, int], tuple[int, ...]] = {}
        self._left = LOOSE_BYTES
        self._lookups = LOOKUPS
        self._import_seeds = self._find_import_seeds()
        begun = {seed.node for seed in self._import_seeds}
        # What lies between is only worth reading where something could lie behind it.
        if not any(
            node.analysis is not None and node.member.role is not Role.INSTALL and _does_anything(node.analysis)
            for index, node in enumerate(nodes)
            if index not in begun and not is_auxiliary(self._modules.paths[index])
        ):
            self._left = 0

    # -- what is started from outside ---------------------------------------------------------------------------

    def install_seeds(self) -> list[Seed]:
        """Return what an installer, a build frontend or the interpreter itself starts."""
        seeds: list[Seed] = []
        for index, node in enumerate(self._nodes):
            if node.member.role is not Role.INSTALL:
                continue
            name = basename(node.member.path).lower()
            first = name.startswith(("setup.py", *_CUSTOMIZE)) or node.member.file_type is FileType.PTH
            seeds += (Seed(index, "", int(not first)), Seed(index, MAIN_UNIT, int(not first)))
        return sorted(seeds, key=lambda seed: seed.distance)

    def import_seeds(self) -> list[Seed]:
        """Return what runs when somebody imports the release's packages and modules by their own names."""
        return self._import_seeds

    def use_seeds(self) -> list[Seed]:
        """Return all modules, each imported by its name, and what the packages offer to be called."""
        modules = self._modules
        seeds = list(self._import_seeds)
        for seed in self._import_seeds:
            linked = self._linked(seed.node)
            seeds += (Seed(seed.node, part.name, 0) for part in linked.links.parts if part.name != MAIN_UNIT)
            for name in linked.aliases:
                seeds += self._started(self._attribute(seed.node, name, 0))
            for star in linked.links.stars:
                index = modules.module(star, seed.node)
                if index >= 0:
                    names = self._linked(index).links.parts
                    seeds += (Seed(index, part.name, 1) for part in names if part.name != MAIN_UNIT)
        seeds += (
            Seed(index, "", 1)
            for index, node in enumerate(self._nodes)
            if node.analysis is not None
            and node.member.role is not Role.INSTALL
            and modules.paths[index]
            and not is_auxiliary(modules.paths[index])
        )
        return list(dict.fromkeys(seeds))

    def _find_import_seeds(self) -> list[Seed]:
        """Return what runs when somebody imports the release's packages and modules by their own names."""
        modules = self._modules
        installed = self._release.kind in _INSTALLED
        shallow = ("", "src/", "lib/", "python/")
        tops = [top for top in modules.tops if installed or above(top) in shallow]
        found = [modules.packages[top] for top in tops if not is_auxiliary(top)]
        found += [
            index
            for index, node in enumerate(self._nodes)
            if node.member.role is Role.IMPORT
            and modules.paths[index]
            and not basename(modules.paths[index]).startswith("__init__.")
        ]
        if not found:
            found = [modules.packages[top] for top in modules.tops if not is_auxiliary(top)]
        if not found:
            found = [modules.packages[top] for top in modules.tops] or self._namespace()
        return [Seed(index, "", 0) for index in dict.fromkeys(found)]

    def _namespace(self) -> list[int]:
        """Return the modules of top folders that have no `__init__` at all."""
        return [
            index
            for index, path in enumerate(self._modules.paths)
            if path.endswith(".py")
            and path.removeprefix("src/").count("/") == 1
            and not is_auxiliary(path)
            and self._nodes[index].python
        ][:_ENTRIES]

    def script_seeds(self) -> list[Seed]:
        """Return what runs when a command that the release installs is given, or a package run with -m."""
        modules = self._modules
        seeds: list[Seed] = []
        for index, node in enumerate(self._nodes):
            path = modules.paths[index]
            name = basename(path)
            if is_entry_file(path) and (path.count("/") <= 1) and len(seeds) < _ENTRIES:
                data = node.member.data[: 2**18].decode("utf-8", "replace")
                for module, function in islice(_entries(data), _ENTRIES):
                    seeds += self._command(module, function, index)
            elif (name == "__main__.py" or (path.startswith(_SCRIPT_FOLDERS) and node.python)) and not is_auxiliary(
                path
            ):
                seeds += (Seed(index, "", 0), Seed(index, MAIN_UNIT, 0))
        return list(dict.fromkeys(seeds))

    def _command(self, module: str, function: str, at: int) -> Iterator[Seed]:
        index = self._modules.module(module, at)
        if index >= 0:
            yield Seed(index, "", 0)
            yield from self._started(self._attribute(index, function, 0))

    def _started(self, found: Iterable[tuple[int, int]]) -> Iterator[Seed]:
        for node, part in found:
            yield Seed(node, self._linked(node).links.parts[part].name, 0)

    # -- the walk -----------------------------------------------------------------------------------------------

    def walk(self, seeds: Sequence[Seed]) -> Reached:
        """Return what the seeds run."""
        reached = Reached()
        walk = _Walk(reached)
        for seed in seeds:
            walk.reach(seed.node, seed.distance)
            for begin in self._linked(seed.node).names.get(seed.part, ()):
                walk.add(seed.node, begin, seed.distance, near=False)
            self._import_parents(walk, seed.node, seed.distance + 1)
        edges = 0
        while walk.queue:
            if walk.visits > VISITS or edges > EDGES or self._lookups < 0:
                reached.cut = True
                break
            if walk.visits % _CHECK == 0 and time.process_time() > self._release.deadline:
                reached.cut = True
                break
            node, number, distance = walk.queue.popleft()
            part = self._linked(node).links.parts[number]
            walk.visits += 1
            if part.effects:
                does = reached.does.setdefault(node, Counter())
                for key, count in part.effects:
                    does[key] += count
            for inner in part.runs:
                walk.add(node, inner, distance, near=True)
            if distance >= DEPTH:
                continue
            edges += len(part.runs) + len(part.calls) + len(part.imports) + len(part.files)
            for index in self._imports(node, number, part.imports) if part.imports else ():
                if index not in walk.imported:
                    self._import(walk, index, distance + 1)
            for name in part.calls:
                for found, other in self._find(name, node, 0):
                    reached.across += walk.add(found, other, distance + (found != node), near=found == node)
            for name in part.files:
                self._program(walk, name, node, distance + 1)
        return reached

    def _imports(self, node: int, number: int, names: Sequence[str]) -> tuple[int, ...]:
        """Return the files of the release that a part imports."""
        known = self._imported.get((node, number))
        if known is None:
            found = dict.fromkeys(self._modules.module(name, node) for name in names)
            known = self._imported[node, number] = tuple(index for index in found if index >= 0)
        return known

    def _import(self, walk: "_Walk", index: int, distance: int) -> None:
        if index < 0 or index in walk.imported:
            return
        walk.imported.add(index)
        walk.reach(index, distance)
        for part in self._linked(index).names.get("", ()):
            walk.add(index, part, distance, near=False)
        self._import_parents(walk, index, distance)

    def _import_parents(self, walk: "_Walk", index: int, distance: int) -> None:
        for parent in self._modules.parents(index):
            self._import(walk, parent, distance)

    def _program(self, walk: "_Walk", name: str, at: int, distance: int) -> None:
        if name.startswith("-m "):
            found = self._modules.module(name[3:], at)
            if found >= 0 and basename(self._modules.paths[found]).startswith("__init__."):
                main = self._modules.module(name[3:] + ".__main__", at)
                self._import(walk, found, distance)
                found = main
        else:
            found = self._modules.named(name, at)
        if found < 0 or found == at:
            return
        if found not in walk.programs:
            walk.programs.add(found)
            walk.reached.programs += 1
        self._import(walk, found, distance)
        for part in self._linked(found).names.get(MAIN_UNIT, ()):
            walk.add(found, part, distance, near=False)

    # -- names --------------------------------------------------------------------------------------------------

    def _linked(self, index: int) -> "_Linked":
        linked = self._links.get(index)
        if linked is None:
            linked = self._links[index] = _Linked(self._read(index))
        return linked

    def _read(self, index: int) -> Links:
        node = self._nodes[index]
        if node.analysis is not None:
            return Links(node.analysis.units, node.analysis.aliases, node.analysis.star_imports)
        if not node.python or self._left <= 0:
            return NO_LINKS
        data = node.python[:LOOSE_FILE]
        self._left -= len(data)
        key = node.key if len(data) == len(node.python) and node.key else content_key(data)
        loose = _LooseFile(key, data)
        leading = tuple(imported for imported in _imports_of(loose) if self._modules.leads(imported.module))
        return _links_of(loose, leading) if leading else NO_LINKS

    def _find(self, name: str, at: int, depth: int) -> tuple[tuple[int, int], ...]:
        """Return the parts that a dotted name outside a file means to that file."""
        key = (at, name)
        found = self._found.get(key)
        if found is None:
            self._found[key] = ()
            found = self._found[key] = self._find_now(name, at, depth)
        return found

    def _find_now(self, name: str, at: int, depth: int) -> tuple[tuple[int, int], ...]:
        self._lookups -= 1
        if depth > 8 or self._lookups < 0:
            return ()
        index, rest = self._modules.split(name, at)
        if index >= 0:
            return self._attribute(index, rest, depth) if rest else ()
        if not name.startswith("."):
            return self._starred(at, name, depth)
        return ()

    def _starred(self, at: int, name: str, depth: int) -> tuple[tuple[int, int], ...]:
        for star in self._linked(at).links.stars:
            index = self._modules.module(star, at)
            if index >= 0 and index != at:
                found = self._attribute(index, name, depth + 1)
                if found:
                    return found
        return ()

    def _attribute(self, index: int, rest: str, depth: int) -> tuple[tuple[int, int], ...]:
        """Return the parts that run when `rest` of a module is called: a function, or a class and what it starts."""
        key = (index, "=" + rest)
        known = self._found.get(key)
        if known is None:
            self._found[key] = ()  # for what leads back to itself
            known = self._found[key] = self._attribute_now(index, rest, depth)
        return known

    def _attribute_now(self, index: int, rest: str, depth: int) -> tuple[tuple[int, int], ...]:
        self._lookups -= 1
        if depth > 8 or self._lookups < 0:
            return ()
        linked = self._linked(index)
        names = linked.names
        found = [*names.get(rest, ())]
        for method in BY_ITSELF:
            found += names.get(f"{rest}.{method}", ())
        if found:
            return tuple((index, part) for part in found)
        first, dot, tail = rest.partition(".")
        for alias in linked.aliases.get(first, ()):
            if alias.startswith("="):
                inner = self._attribute(index, alias[1:] + dot + tail, depth + 1)
            else:
                inner = self._find(alias + dot + tail, index, depth + 1)
            if inner:
                return inner
        if linked.links.stars:
            inner = self._starred(index, rest, depth)
            if inner:
                return inner
        return tuple((index, part) for part in names.get(ANY_UNIT, ()))


def _entries(text: str) -> Iterator[tuple[str, str]]:
    """Yield module and function of what reads `name = module:function`, names not shared between two of them."""
    end = 0
    for match in _ENTRY.finditer(text):
        before = match.start() - 1
        while before >= end and text[before].isspace():
            before -= 1
        if before >= end and (text[before].isalnum() or text[before] in "_.-"):
            end = match.end()
            yield match[1], match[2]


def is_entry_file(path: str) -> bool:
    """Return whether a file may name the release's commands."""
    return basename(path) in _ENTRY_FILES


def _does_anything(analysis: FileAnalysis) -> bool:
    return any(part.effects for part in analysis.units)


class _Linked:
    """The links of one file, by name."""

    def __init__(self, links: Links) -> None:
        self.links = links
        self.names: dict[str, list[int]] = {}
        self.aliases: dict[str, list[str]] = {}
        for number, part in enumerate(links.parts):
            self.names.setdefault(part.name, []).append(number)
        for name, said in links.aliases:
            self.aliases.setdefault(name, []).append(said)


class _Walk:
    """The state of one walk: what waits, and what was met."""

    def __init__(self, reached: Reached) -> None:
        self.reached = reached
        self.queue: deque[tuple[int, int, int]] = deque()
        self.imported: set[int] = set()
        self.programs: set[int] = set()
        self.visits = 0
        self._seen: set[tuple[int, int]] = set()

    def reach(self, node: int, distance: int) -> None:
        """Note that a file is reached."""
        before = self.reached.distance.get(node)
        if before is None or distance < before:
            self.reached.distance[node] = distance

    def add(self, node: int, part: int, distance: int, *, near: bool) -> int:
        """Let a part wait, the near ones first; return how many that are new."""
        if (node, part) in self._seen:
            return 0
        self._seen.add((node, part))
        self.reach(node, distance)
        if near:
            self.queue.appendleft((node, part, distance))
        else:
            self.queue.append((node, part, distance))
        return 1
