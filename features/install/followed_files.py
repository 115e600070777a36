"""Follows install code to the files that it imports, executes or starts by name."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from features.archive.member_paths import normalise_path
from features.code.parse.executing_names import MODULE_LOADERS, MODULE_RUNNERS, SOURCE_BUILTINS
from features.contract import FileType
from features.install.decoded_texts import MAX_BYTES
from features.install.executed_texts import mark_as_executed
from features.install.named_files import (
    QUOTED,
    Members,
    file_name,
    find_matching_paths,
    index_by_file_name,
    module_paths,
)
from features.install.pth import is_start_file, start_code
from features.install.subprocess_targets import SubprocessTarget, find_subprocess_targets, may_start_processes
from features.runtime.deadline import PARSING_COST, Deadline
from features.text.decode import decode_source
from features.text.import_lines import MODULE_IMPORT

_EXECUTING_NAMES = (*SOURCE_BUILTINS, *MODULE_RUNNERS, *MODULE_LOADERS, "cffi_modules")
_EXECUTING = tuple((name, re.compile(rf"{name}(?<=\b{name})\b")) for name in _EXECUTING_NAMES)
"""Names that execute a file; the patterns begin with a literal to be fast (stage `open` of `boojum bench`)."""
_CFFI_OBJECT = re.compile(r"(?<=[^:/\\]):\w+\Z")
"""Suffix of a file in cffi_modules: `build.py:ffibuilder`; cffi executes a file of any name."""
_CONTEXT_CHARS = 240
"""Characters before and after a call that are searched for the name of an executed file."""
_SOURCE_CHARS = 2**20
"""Characters of a file that are searched."""
_DECODE_BYTES = 2**20
"""Bytes of executed texts of an artifact that are decoded."""
_MAX_FOLLOWED = 200
"""Files whose code is searched."""
_MAX_NAMES = 1_000
"""Distinct file names that are followed as executed by one file."""


def find_followed_files(started: Iterable[str], members: Members, deadline: Deadline) -> set[str]:
    """Return the members that the `started` ones import, execute or start by name, and those that these do in turn.

    Top-level modules and executed files are searched in turn. Of an imported package only the imported files themselves
    count, or else reading a version from a package would make the whole package install code.
    """
    follower = _Follower(members, deadline)
    follower.follow(started)
    return follower.found


class _Follower:
    """Follows names from file to file."""

    def __init__(self, members: Members, deadline: Deadline) -> None:
        self.found: set[str] = set()
        self._members = members
        self._deadline = deadline
        self._pending: list[str] = []
        self._by_file_name: dict[str, list[str]] = {}
        self._targets: set[SubprocessTarget] = set()
        self._decode_budget = _DECODE_BYTES

    def follow(self, started: Iterable[str]) -> None:
        self._pending.extend(started)
        for _ in range(_MAX_FOLLOWED):
            if not self._pending:
                return
            path = self._pending.pop()
            if self._deadline.passed(len(self._members[path].data)):
                return
            source = self._read(path)
            self._follow_imports(path, source)
            for target, call_context in self._find_executed(source):
                if self._deadline.passed(PARSING_COST * min(len(self._members[target].data), MAX_BYTES)):
                    return
                self._follow_executed(target, call_context)

    def _read(self, path: str) -> str:
        source = decode_source(self._members[path].data).text[:_SOURCE_CHARS]
        return start_code(source) if is_start_file(path) else source

    def _follow_imports(self, path: str, source: str) -> None:
        modules = [module.replace(".", "/") for module in _imported_modules(source)]
        if ".data/" in path:
            # Files below a wheel's .data are installed next to the others of their folder.
            folder = path[: path.rfind("/") + 1]
            modules += [folder + module for module in modules]
        for module in modules:
            for target in module_paths(module):
                if target in self._members and target not in self.found:
                    self.found.add(target)
                    if "/" not in target:
                        self._pending.append(target)

    def _follow_executed(self, target: str, call_context: str) -> None:
        if target in self.found:
            return
        self.found.add(target)
        member = self._members[target]
        self._decode_budget -= mark_as_executed(member, call_context, self._decode_budget)
        if member.file_type is FileType.PYTHON:
            self._pending.append(target)

    def _find_executed(self, source: str) -> Iterator[tuple[str, str]]:
        """Yield (executed member, code around the call); the code is "" if another program runs the member."""
        calls = sorted(
            match.span() for name, pattern in _EXECUTING if name in source for match in pattern.finditer(source)
        )
        starts_processes = may_start_processes(source)
        if (calls or starts_processes) and not self._by_file_name:
            self._by_file_name = index_by_file_name(self._members)
        processes = self._find_started(source) if starts_processes else ()
        return chain(self._find_read(source, calls), processes)

    def _find_read(self, source: str, calls: Iterable[tuple[int, int]]) -> Iterator[tuple[str, str]]:
        """Yield members whose name is a literal near a call that executes source, with the code around the call."""
        seen: set[str] = set()
        for start, end in calls:
            context = source[max(start - _CONTEXT_CHARS, 0) : end + _CONTEXT_CHARS]
            for literal in QUOTED.finditer(context):
                written = normalise_path(_CFFI_OBJECT.sub("", literal[1]))
                if written in seen or file_name(written) not in self._by_file_name:
                    continue
                seen.add(written)
                yield from ((path, context) for path in find_matching_paths(written, self._by_file_name))
            if len(seen) > _MAX_NAMES:
                return

    def _find_started(self, source: str) -> Iterator[tuple[str, str]]:
        """Yield members that another program runs, with "" since no code around the call decodes them."""
        for target in find_subprocess_targets(source, self._by_file_name):
            if target in self._targets or len(self._targets) >= _MAX_NAMES:
                continue
            self._targets.add(target)
            if target.is_module:
                module = target.name.replace(".", "/")
                paths = (*module_paths(module), f"{module}/__main__.py")
                yield from ((path, "") for path in paths if path in self._members)
            else:
                yield from ((path, "") for path in find_matching_paths(target.name, self._by_file_name))


def _imported_modules(source: str) -> Iterator[str]:
    """Yield the dotted names of imported modules; a relative import counts as one from the root."""
    for line in source.split("\n"):
        if "import" not in line:
            continue
        for match in MODULE_IMPORT.finditer(line):
            if match["module"]:
                yield match["module"].strip(".")
            else:
                yield from (words[0] for words in map(str.split, match["modules"].split(",")) if words)
