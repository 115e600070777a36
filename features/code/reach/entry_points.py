"""Finds the entry points of a release: the code that an installer, an import, a command or a user starts."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from features.code.contract import MAIN_UNIT
from features.code.reach.module_index import base_name, parent_folder
from features.code.reach.release_index import ReleaseIndex, Target
from features.contract import FileType, Kind, Role
from features.install.roles import is_auxiliary

_MAX_COMMANDS = 64
_ENTRY_FILE_BYTES = 2**18
_ENTRY_FILES = frozenset(("entry_points.txt", "pyproject.toml", "setup.cfg", "setup.py"))
_ENTRY_POINT = re.compile(r"=\s*+[\"']?+\s*+([A-Za-z_][\w.]{0,100})\s*:\s*([A-Za-z_][\w.]{0,100})")
_SCRIPT_FOLDERS = ("scripts/", "bin/")
_SOURCE_FOLDERS = ("", "src/", "lib/", "python/")
"""Folders of an sdist from which packages are installed."""
_INSTALLED_KINDS = frozenset((Kind.WHEEL, Kind.EGG))
_CUSTOMIZE = ("sitecustomize", "usercustomize")


class EntryPoint(NamedTuple):
    """A unit of a file that starts from outside the release; `distance` is 1 for a file that another file runs."""

    file: int
    unit: str
    distance: int


def install_entry_points(index: ReleaseIndex) -> list[EntryPoint]:
    """Return the code that an installer, a build frontend or the interpreter's start runs, in order of execution."""
    found: list[EntryPoint] = []
    for number, file in enumerate(index.files):
        if file.member.role is not Role.INSTALL:
            continue
        name = base_name(file.member.path).lower()
        is_first = name.startswith(("setup.py", *_CUSTOMIZE)) or file.member.file_type is FileType.PTH
        distance = 0 if is_first else 1
        found += (EntryPoint(number, "", distance), EntryPoint(number, MAIN_UNIT, distance))
    return sorted(found, key=lambda entry: entry.distance)


def import_entry_points(index: ReleaseIndex, kind: Kind) -> list[EntryPoint]:
    """Return the code that runs when the packages and modules of a release are imported by their own names."""
    modules = index.modules
    packages = [
        folder for folder in modules.tops if kind in _INSTALLED_KINDS or parent_folder(folder) in _SOURCE_FOLDERS
    ]
    found = [modules.packages[folder] for folder in packages if not is_auxiliary(folder)]
    found += [
        number
        for number, file in enumerate(index.files)
        if file.member.role is Role.IMPORT
        and modules.paths[number]
        and not base_name(modules.paths[number]).startswith("__init__.")
    ]
    if not found:
        found = [modules.packages[folder] for folder in modules.tops if not is_auxiliary(folder)]
    if not found:
        found = [modules.packages[folder] for folder in modules.tops] or _namespace_modules(index)
    return [EntryPoint(number, "", 0) for number in dict.fromkeys(found)]


def script_entry_points(index: ReleaseIndex) -> list[EntryPoint]:
    """Return the code that an installed command, a script or `python -m` of a package runs."""
    modules = index.modules
    found: list[EntryPoint] = []
    for number, file in enumerate(index.files):
        path = modules.paths[number]
        name = base_name(path)
        if is_entry_file(path) and path.count("/") <= 1 and len(found) < _MAX_COMMANDS:
            text = file.member.data[:_ENTRY_FILE_BYTES].decode("utf-8", "replace")
            for module, function in islice(parse_entry_points(text), _MAX_COMMANDS):
                found += _command_entry_points(index, module, function, number)
        elif is_auxiliary(path):
            continue
        elif name == "__main__.py" or (path.startswith(_SCRIPT_FOLDERS) and file.python):
            found += (EntryPoint(number, "", 0), EntryPoint(number, MAIN_UNIT, 0))
    return list(dict.fromkeys(found))


def api_entry_points(index: ReleaseIndex, imports: Iterable[EntryPoint]) -> list[EntryPoint]:
    """Return all modules, as imported by their names, and all functions that a user of the packages can call.

    `imports` are the entry points of an import.
    """
    modules = index.modules
    found = list(imports)
    for entry in tuple(found):
        file = index.file(entry.file)
        found += _offered_units(index, entry.file, 0)
        for alias in file.aliases:
            found += _as_entry_points(index, index.attribute_units(entry.file, alias))
        for star in file.links.star_imports:
            number = modules.find_module(star, entry.file)
            if number >= 0:
                found += _offered_units(index, number, 1)
    found += (
        EntryPoint(number, "", 1)
        for number, file in enumerate(index.files)
        if file.analysis is not None
        and file.member.role is not Role.INSTALL
        and modules.paths[number]
        and not is_auxiliary(modules.paths[number])
    )
    return list(dict.fromkeys(found))


def parse_entry_points(text: str) -> Iterator[tuple[str, str]]:
    """Yield module and function of each `name = module:function`, in setup files and entry_points.txt alike."""
    end = 0
    for match in _ENTRY_POINT.finditer(text):
        last = match.start() - 1
        while last >= end and text[last].isspace():
            last -= 1
        if last >= end and (text[last].isalnum() or text[last] in "_.-"):
            end = match.end()
            yield match[1], match[2]


def is_entry_file(path: str) -> bool:
    """Return whether a file may name the commands of a release."""
    return base_name(path) in _ENTRY_FILES


def _namespace_modules(index: ReleaseIndex) -> list[int]:
    """Return the modules of top folders without any `__init__`."""
    return [
        number
        for number, path in enumerate(index.modules.paths)
        if path.endswith(".py")
        and path.removeprefix("src/").count("/") == 1
        and not is_auxiliary(path)
        and index.files[number].python
    ][:_MAX_COMMANDS]


def _command_entry_points(index: ReleaseIndex, module: str, function: str, file: int) -> Iterator[EntryPoint]:
    number = index.modules.find_module(module, file)
    if number >= 0:
        yield EntryPoint(number, "", 0)
        yield from _as_entry_points(index, index.attribute_units(number, function))


def _offered_units(index: ReleaseIndex, file: int, distance: int) -> Iterator[EntryPoint]:
    for unit in index.file(file).links.units:
        if unit.name != MAIN_UNIT:
            yield EntryPoint(file, unit.name, distance)


def _as_entry_points(index: ReleaseIndex, targets: Iterable[Target]) -> Iterator[EntryPoint]:
    for target in targets:
        yield EntryPoint(target.file, index.file(target.file).links.units[target.unit].name, 0)
