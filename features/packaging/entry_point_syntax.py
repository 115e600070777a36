"""Parses the entry points that a file declares (entry points specification of the PyPA)."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from features.contract import DeclaredEntryPoint
from features.packaging.bounded_text import bounded_text

MOST_ENTRY_POINTS = 256
"""Entry points of one release that are kept."""
_NAME_CHARS = 100
_TARGET_CHARS = 200
_PYPROJECT_TABLES = (
    (("project", "scripts"), "console_scripts"),
    (("project", "gui-scripts"), "gui_scripts"),
    (("tool", "poetry", "scripts"), "console_scripts"),
)
_PYPROJECT_GROUPS = (("project", "entry-points"), ("tool", "poetry", "plugins"))


def entry_points_of_text(text: str) -> list[DeclaredEntryPoint]:
    """Return the entry points of an entry_points.txt, the first ones of many; lines that declare none are skipped."""
    return list(islice(_points_of_sections(text.split("\n")), MOST_ENTRY_POINTS))


def entry_points_of_lines(group: str, lines: Iterable[str]) -> list[DeclaredEntryPoint]:
    """Return the entry points of a group, one for each line of the form `name = target`."""
    return list(islice(_points_of_group(group, lines), MOST_ENTRY_POINTS))


def entry_points_of_argument(value: object) -> list[DeclaredEntryPoint]:
    """Return the entry points of the literal value of setup()'s argument `entry_points`: a text, or lists by group."""
    if isinstance(value, str):
        return entry_points_of_text(value)
    found: list[DeclaredEntryPoint] = []
    for group, declared in list(value.items())[:MOST_ENTRY_POINTS] if isinstance(value, dict) else ():
        lines = declared.split("\n") if isinstance(declared, str) else declared
        if isinstance(group, str) and isinstance(lines, list | tuple | set):
            found += entry_points_of_lines(group, [line for line in lines if isinstance(line, str)])
    return found[:MOST_ENTRY_POINTS]


def entry_points_of_pyproject(document: Mapping[str, Any]) -> list[DeclaredEntryPoint]:
    """Return the entry points of a pyproject.toml: those of [project] (PEP 621) and of Poetry."""
    tables = [(_table_at(document, keys), group) for keys, group in _PYPROJECT_TABLES]
    for keys in _PYPROJECT_GROUPS:
        tables += [(table, group) for group, table in _table_at(document, keys).items() if isinstance(table, dict)]
    found: list[DeclaredEntryPoint] = []
    for table, group in tables[:MOST_ENTRY_POINTS]:
        for name, target in list(table.items())[:MOST_ENTRY_POINTS]:
            # Poetry also takes a table for a target.
            reference = target.get("reference") if isinstance(target, dict) else target
            if isinstance(reference, str):
                found.append(_entry_point(group, name, reference))
    return found[:MOST_ENTRY_POINTS]


def _points_of_sections(lines: Iterable[str]) -> Iterator[DeclaredEntryPoint]:
    group = ""
    for line in lines:
        text = line.strip()
        if text.startswith("[") and text.endswith("]"):
            group = text[1:-1].strip()
        elif group:
            yield from _points_of_group(group, (text,))


def _points_of_group(group: str, lines: Iterable[str]) -> Iterator[DeclaredEntryPoint]:
    for line in lines:
        name, sign, target = line.partition("=")
        if sign and name.strip() and not line.lstrip().startswith(("#", ";")):
            yield _entry_point(group, name, target)


def _entry_point(group: str, name: str, target: str) -> DeclaredEntryPoint:
    return DeclaredEntryPoint(
        bounded_text(group, _NAME_CHARS), bounded_text(name, _NAME_CHARS), bounded_text(target, _TARGET_CHARS)
    )


def _table_at(document: Mapping[str, Any], keys: Iterable[str]) -> Mapping[str, Any]:
    table: Any = document
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}
