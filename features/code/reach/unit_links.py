"""Defines the links from the code units of one file to others, and the names that can refer to another file."""

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from features.code.contract import CodeUnit
from features.code.evaluate.resolve import BUILTINS
from features.code.parse.symbol_table import IN_MAIN_GUARD, UNDER_COMMAND_TEST
from features.contract import Role
from features.packaging.top_level import stdlib_names
from features.text.import_lines import IMPORT_IN_STRING

MAIN_SCOPE = -1
"""Scope of the code that runs only if the file is the program."""
ANY_SCOPE = -2
"""Scope of all code but the top level in a file without a syntax tree."""
NO_SCOPE = -3
"""Scope of code under a test for a command that no installer runs."""

MAX_UNITS = 2_000
MAX_NAMES = 200
"""Names of one unit that are kept; a unit with more is a table rather than a program."""
MAX_ALIASES = 400
MAX_STAR_IMPORTS = 16
MAX_NAME_CHARS = 120
"""Characters of the longest dotted name or file name."""

_MAX_FILES = 8
_MAX_MODULES = 4
_FILE_NAME = re.compile(r"(?<![\w./\\~-])[\w./\\~-]{1,200}\.[A-Za-z]\w{0,4}\b")
_MODULE_OPTION = re.compile(r"(?:^|\s)-m\s+([A-Za-z_][\w.]{0,100})")


class FileLinks(NamedTuple):
    """The fields of a FileAnalysis that lead from one file to others."""

    units: tuple[CodeUnit, ...]
    aliases: tuple[tuple[str, str], ...]
    star_imports: tuple[str, ...]


NO_LINKS = FileLinks((), (), ())


class UnitDraft:
    """An unfinished CodeUnit; `runs` holds scopes of the file."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.runs: set[int] = set()
        self.calls: set[str] = set()
        self.imports: set[str] = set()
        self.files: set[str] = set()

    def add_command(self, text: str) -> None:
        """Add the files and modules that a command, or a piece of code in a string, names."""
        self.files.update(name for name in _FILE_NAME.findall(text)[:_MAX_FILES] if len(name) <= MAX_NAME_CHARS)
        modules = _MODULE_OPTION.findall(text)[:_MAX_MODULES]
        self.files.update(f"-m {module}" for module in modules if may_be_in_release(module))
        for match in IMPORT_IN_STRING.finditer(text):
            if match["modules"]:
                self.imports.add(match["modules"])
            else:
                self.imports.update((match["module"], f"{match['module']}.{match['names']}"))

    def is_empty(self) -> bool:
        """Return whether it has no links."""
        return not (self.runs or self.calls or self.imports or self.files)


def finish_units(drafts: Mapping[int, UnitDraft], effects: Mapping[int, Mapping[str, int]]) -> tuple[CodeUnit, ...]:
    """Return the units of a file that have effects or links; both mappings are by scope."""
    kept = [scope for scope, draft in drafts.items() if scope in effects or not draft.is_empty()]
    numbers = {scope: number for number, scope in enumerate(kept)}
    units: list[CodeUnit] = []
    for scope in kept:
        draft = drafts[scope]
        units.append(
            CodeUnit(
                draft.name,
                tuple(sorted(effects.get(scope, {}).items())),
                tuple(sorted(numbers[inner] for inner in draft.runs if inner in numbers and inner != scope)),
                _first_names(draft.calls),
                _first_names(draft.imports),
                _first_names(draft.files),
            )
        )
    return tuple(units)


def unit_scope(scope: int, flags: int, role: Role) -> int:
    """Return the scope of the unit that code runs with: its own, MAIN_SCOPE or NO_SCOPE."""
    if flags & IN_MAIN_GUARD:
        return MAIN_SCOPE
    return NO_SCOPE if flags & UNDER_COMMAND_TEST and role is Role.INSTALL else scope


def may_be_in_release(name: str) -> bool:
    """Return whether a dotted name can refer to another file of the release, not to Python or a build tool."""
    if not name or len(name) > MAX_NAME_CHARS:
        return False
    return name[0] == "." or name.partition(".")[0] not in _names_elsewhere()


@cache
def _names_elsewhere() -> frozenset[str]:
    return stdlib_names() | BUILTINS | {"setuptools", "distutils", "pkg_resources", "?"}


def _first_names(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names)[:MAX_NAMES])
