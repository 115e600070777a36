"""Follows imports and calls across the files of a release, from its entry points to all code that they run."""

import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from features.code.analysed_file import AnalysedFile
from features.code.contract import MAIN_UNIT
from features.code.reach.entry_points import (
    EntryPoint,
    api_entry_points,
    import_entry_points,
    install_entry_points,
    script_entry_points,
)
from features.code.reach.module_index import base_name
from features.code.reach.release_index import ReleaseIndex
from features.contract import Release, Role
from features.install.roles import is_auxiliary

TRIGGERS: tuple[str, ...] = ("install", "import", "script", "use")
"""Events that make code run, the earliest first: installation, import, a command, and use of the API."""

MAX_VISITS = 20_000
"""Units that are followed for one trigger."""
MAX_EDGES = 400_000
"""Imports and calls that are followed for one trigger."""
MAX_DISTANCE = 64
"""Length of the longest chain of imports that is followed."""
_VISITS_BETWEEN_CLOCK_READS = 256


@dataclass(slots=True)
class ReachableCode:
    """The code that runs after one trigger; files are identified by their index.

    `distances` maps each reached file to the number of imports that lead to it, 0 for an entry file. `effects` maps a
    file to the behaviours and findings of its units that run. `cross_file_calls` counts the units of other files that
    are called, `programs` the files that are run as programs. `truncated` says that a bound or the deadline ended
    the traversal.
    """

    distances: dict[int, int] = field(default_factory=dict)
    effects: dict[int, Counter[str]] = field(default_factory=dict)
    cross_file_calls: int = 0
    programs: int = 0
    truncated: bool = False

    def total_effects(self) -> Counter[str]:
        """Return the effects of all files together."""
        total: Counter[str] = Counter()
        for effects in self.effects.values():
            total.update(effects)
        return total


def find_reachable_code(release: Release, files: Sequence[AnalysedFile]) -> dict[str, ReachableCode]:
    """Return the code that each trigger of TRIGGERS runs, in their order; ends at the release's deadline."""
    index = ReleaseIndex(files, release.root)
    imports = import_entry_points(index, release.kind)
    index.reads_text = _is_worth_reading_text(index, imports)
    # All triggers share one bound for reading text, so each is followed before the entry points of the next are found.
    return {
        "install": _traverse(index, install_entry_points(index), release.deadline),
        "import": _traverse(index, imports, release.deadline),
        "script": _traverse(index, script_entry_points(index), release.deadline),
        "use": _traverse(index, api_entry_points(index, imports), release.deadline),
    }


def _is_worth_reading_text(index: ReleaseIndex, imports: Sequence[EntryPoint]) -> bool:
    """Return whether files without analysis may lead to effects in a file that no import starts."""
    started = {entry.file for entry in imports}
    return any(
        file.analysis is not None
        and file.member.role is not Role.INSTALL
        and any(unit.effects for unit in file.analysis.units)
        for number, file in enumerate(index.files)
        if number not in started and not is_auxiliary(index.modules.paths[number])
    )


def _traverse(index: ReleaseIndex, entry_points: Sequence[EntryPoint], deadline: float) -> ReachableCode:
    traversal = _Traversal(index)
    for entry in entry_points:
        traversal.start(entry)
    traversal.run(deadline)
    return traversal.reachable


class _Traversal:
    """One walk over the units of a release, breadth first across files and depth first within one."""

    def __init__(self, index: ReleaseIndex) -> None:
        self.reachable = ReachableCode()
        self._index = index
        self._queue: deque[tuple[int, int, int]] = deque()
        self._queued: set[tuple[int, int]] = set()
        self._imported: set[int] = set()
        self._programs: set[int] = set()
        self._visits = 0
        self._edges = 0

    def start(self, entry: EntryPoint) -> None:
        """Queue the units of an entry point and the packages that importing its file imports."""
        self._reach(entry.file, entry.distance)
        for unit in self._index.file(entry.file).units.get(entry.unit, ()):
            self._queue_unit(entry.file, unit, entry.distance)
        self._import_parents(entry.file, entry.distance + 1)

    def run(self, deadline: float) -> None:
        """Visit the queued units until the queue is empty or a bound is reached."""
        while self._queue:
            if self._is_over(deadline):
                self.reachable.truncated = True
                return
            self._visit(*self._queue.popleft())

    def _is_over(self, deadline: float) -> bool:
        if self._visits > MAX_VISITS or self._edges > MAX_EDGES or self._index.lookups_left < 0:
            return True
        return self._visits % _VISITS_BETWEEN_CLOCK_READS == 0 and time.process_time() > deadline

    def _visit(self, file: int, number: int, distance: int) -> None:
        unit = self._index.file(file).links.units[number]
        self._visits += 1
        if unit.effects:
            effects = self.reachable.effects.setdefault(file, Counter())
            for effect, count in unit.effects:
                effects[effect] += count
        for inner in unit.runs:
            self._queue_unit(file, inner, distance, first=True)
        if distance >= MAX_DISTANCE:
            return
        self._edges += len(unit.runs) + len(unit.calls) + len(unit.imports) + len(unit.files)
        for imported in self._index.imported_files(file, number, unit.imports) if unit.imports else ():
            self._import(imported, distance + 1)
        for name in unit.calls:
            for target in self._index.called_units(name, file):
                is_inside = target.file == file
                further = distance if is_inside else distance + 1
                self.reachable.cross_file_calls += self._queue_unit(*target, further, first=is_inside)
        for name in unit.files:
            self._run_program(name, file, distance + 1)

    def _import(self, file: int, distance: int) -> None:
        if file < 0 or file in self._imported:
            return
        self._imported.add(file)
        self._reach(file, distance)
        for unit in self._index.file(file).units.get("", ()):
            self._queue_unit(file, unit, distance)
        self._import_parents(file, distance)

    def _import_parents(self, file: int, distance: int) -> None:
        for parent in self._index.modules.parents(file):
            self._import(parent, distance)

    def _run_program(self, name: str, at: int, distance: int) -> None:
        """Run a file, or a module given as "-m name", as a program."""
        modules = self._index.modules
        if name.startswith("-m "):
            found = modules.find_module(name[3:], at)
            if found >= 0 and base_name(modules.paths[found]).startswith("__init__."):
                self._import(found, distance)
                found = modules.find_module(name[3:] + ".__main__", at)
        else:
            found = modules.find_file(name, at)
        if found < 0 or found == at:
            return
        if found not in self._programs:
            self._programs.add(found)
            self.reachable.programs += 1
        self._import(found, distance)
        for unit in self._index.file(found).units.get(MAIN_UNIT, ()):
            self._queue_unit(found, unit, distance)

    def _reach(self, file: int, distance: int) -> None:
        before = self.reachable.distances.get(file)
        if before is None or distance < before:
            self.reachable.distances[file] = distance

    def _queue_unit(self, file: int, unit: int, distance: int, *, first: bool = False) -> int:
        """Queue a unit unless it was queued before; return the number of queued units."""
        if (file, unit) in self._queued:
            return 0
        self._queued.add((file, unit))
        self._reach(file, distance)
        if first:
            self._queue.appendleft((file, unit, distance))
        else:
            self._queue.append((file, unit, distance))
        return 1
