"""Finds the top-level modules and packages that a distribution adds to the import path."""

import re
from functools import cache
from pathlib import Path

from features.contract import FileType, Kind, Release
from features.runtime.memo import memoize

_NOT_INSTALLED = frozenset({
    "setup", "conftest", "test", "tests", "testing", "docs", "doc", "examples", "example", "tasks", "noxfile",
    "fabfile", "versioneer", "manage", "ez_setup", "bootstrap", "scripts", "benchmarks", "tools",
})  # fmt: skip
"""Names that are common next to the packages of an sdist and usually not installed."""

_SUFFIXES = (".py", ".pyx", ".so", ".pyd")
_SOURCE_FOLDERS = frozenset({"src", "lib", "python"})
_TOP_LEVEL_BYTES = 64 * 2**10
"""Bytes of a top_level.txt that are read."""

_STDLIB_FILE = Path(__file__).parents[1] / "data" / "stdlib_names.txt"


@cache
def stdlib_names() -> frozenset[str]:
    """Return the modules of the standard library since Python 3.8, independent of the running interpreter."""
    return frozenset(_STDLIB_FILE.read_text(encoding="utf-8").split())


@memoize
def top_level_names(release: Release) -> tuple[str, ...]:
    """Return the top-level packages and modules, sorted.

    Of a wheel or an egg these are all that it installs. Of an sdist these are folders with an `__init__` and modules,
    at the top or in `src`. If there are none, the names in top_level.txt count.
    """
    installed = release.kind in {Kind.WHEEL, Kind.EGG}
    found: set[str] = set()
    declared: set[str] = set()
    for member in release.members:
        path = member.path
        if "!/" in path:
            continue
        top, slash, _ = path.partition("/")
        if installed and slash and top in found and not path.endswith("/top_level.txt"):
            continue
        path = path.removeprefix(release.root)
        if not installed and path.count("/") > 2 and not path.endswith("/top_level.txt"):
            continue
        parts = path.split("/")
        if parts[-1] == "top_level.txt" and member.kept:
            declared.update(member.data[:_TOP_LEVEL_BYTES].decode("utf-8", "replace").split())
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
    found = found or declared
    return tuple(sorted(name for name in found if re.fullmatch(r"\w[\w-]*", name)))
