"""The names that a distribution would put beside everybody else's on the import path."""

import re
from functools import cache
from pathlib import Path

from features.contract import FileType, Kind, Release

_NOT_INSTALLED = frozenset({
    "setup", "conftest", "test", "tests", "testing", "docs", "doc", "examples", "example", "tasks", "noxfile",
    "fabfile", "versioneer", "manage", "ez_setup", "bootstrap", "scripts", "benchmarks", "tools",
})  # fmt: skip
"""Usual names beside an sdist's packages that are not installed as a rule."""

_SUFFIXES = (".py", ".pyx", ".so", ".pyd")
_SOURCE_FOLDERS = frozenset({"src", "lib", "python"})


_STDLIB_FILE = Path(__file__).parents[1] / "data" / "stdlib_names.txt"


@cache
def stdlib_names() -> frozenset[str]:
    """Return Python's own modules of all versions since 3.8; a list of ours, equal under every interpreter."""
    return frozenset(_STDLIB_FILE.read_text(encoding="utf-8").split())


def top_level_names(release: Release) -> tuple[str, ...]:
    """Return top-level packages and modules, sorted.

    For a wheel or an egg all that it installs; for an sdist what would be taken by usual rules: folders with
    an `__init__` and modules, at the top or in `src`; where there is none, what its top_level.txt says.
    """
    return release.once("top level", lambda: _top_level_names(release))


def _top_level_names(release: Release) -> tuple[str, ...]:
    installed = release.kind in {Kind.WHEEL, Kind.EGG}
    found: set[str] = set()
    said: set[str] = set()
    for member in release.members:
        path = member.path
        if "!/" in path:
            continue
        top, slash, _ = path.partition("/")
        if installed and slash and top in found and not path.endswith("/top_level.txt"):
            # Nearly every member.
            continue
        path = path.removeprefix(release.root)
        if not installed and path.count("/") > 2 and not path.endswith("/top_level.txt"):
            continue
        parts = path.split("/")
        if parts[-1] == "top_level.txt" and member.kept:
            said.update(member.data[:65_536].decode("utf-8", "replace").split())
        if installed:
            if parts[0].endswith(".data") and len(parts) > 2 and parts[1] in {"purelib", "platlib"}:
                parts = parts[2:]
            if parts[0].endswith((".dist-info", ".data")) or parts[0] == "EGG-INFO":
                continue
        elif len(parts) > 1 and parts[0] in _SOURCE_FOLDERS:
            parts = parts[1:]
        if len(parts) == 1 and parts[0].endswith(_SUFFIXES):
            found.add(parts[0].split(".")[0])
        elif (
            len(parts) > 1
            and member.file_type in {FileType.PYTHON, FileType.NATIVE, FileType.EMPTY}
            and (installed or (len(parts) == 2 and parts[1] in {"__init__.py", "__init__.pyx"}))
        ):
            found.add(parts[0])
    if not installed:
        found -= _NOT_INSTALLED
    found = found or said
    return tuple(sorted(name for name in found if re.fullmatch(r"\w[\w-]*", name)))
