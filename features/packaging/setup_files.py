"""Reads the metadata that pyproject.toml, setup.cfg and setup.py hold as literals.

Nothing is executed: setup.py is parsed to a syntax tree, and the arguments of its calls of `setup` are evaluated if
they are literals, or names to which the module assigns a literal. A computed value is only named in `dynamic`.
"""

import ast
import configparser
import re
import tomllib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from features.code.parse.safe_parse import check_parsable
from features.contract import DeclaredEntryPoint
from features.limits import SYNTAX_BYTES, SYNTAX_DEPTH
from features.packaging.entry_point_syntax import (
    entry_points_of_argument,
    entry_points_of_lines,
    entry_points_of_pyproject,
)
from features.runtime.cache import cached_text
from features.text.decode import decode_source

TEXT_ARGUMENTS = frozenset(
    {
        "name",
        "version",
        "description",
        "long_description",
        "author",
        "author_email",
        "maintainer",
        "maintainer_email",
        "url",
        "license",
        "python_requires",
    }
)
"""Arguments of setup() whose value is one string."""

LIST_ARGUMENTS = frozenset(
    {"classifiers", "keywords", "install_requires", "setup_requires", "dependency_links", "project_urls"}
)
"""Arguments of setup() whose value is several strings."""

_ARGUMENTS = TEXT_ARGUMENTS | LIST_ARGUMENTS
_MAX_ITEMS = 2_000
_CFG_BYTES = 64 * 2**10
"""Bytes of a setup.cfg that are read: configparser takes quadratic time for lines that it does not understand."""
_BLANKS = re.compile(r"[^\S\n]{64,}")
_CFG_NAMES = {"home-page": "url", "summary": "description", "author-email": "author_email", "home_page": "url"}
"""Arguments of setup() by their other spellings in setup.cfg."""
_PROJECT_NAMES = {"dependencies": "install_requires", "urls": "project_urls", "requires-python": "python_requires"}
"""Arguments of setup() by their keys in [project] (PEP 621)."""
_TOML_CHARS = 256 * 2**10
"""Characters of the longest pyproject.toml that is parsed, because tomllib is slow on hostile input."""
_LONG_TOML_KEY = re.compile(r"(?:\.[ \t]*(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*){40}")
"""A dotted key of 40 or more parts, for which tomllib takes quadratic time."""


@dataclass(frozen=True, slots=True)
class StaticMetadata:
    """Literal values of a setup file, by argument of setup(); items of project_urls are "label, URL".

    `dynamic` names the arguments whose value is computed. `problems` are ids ("unparsable:setup.py"). `build_backend`
    is that of pyproject.toml (PEP 517).
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dynamic: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    build_backend: str = ""
    entry_points: tuple[DeclaredEntryPoint, ...] = ()


class _Collector:
    """Collects the values of one file; the first value of a name counts."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.lists: dict[str, tuple[str, ...]] = {}
        self.dynamic: set[str] = set()
        self.build_backend = ""
        self.entry_points: list[DeclaredEntryPoint] = []

    def add(self, name: str, value: object) -> None:
        """Add a value under its argument's name if the argument can have its type."""
        if isinstance(value, str):
            if name in TEXT_ARGUMENTS or name == "keywords":
                self.texts.setdefault(name, value)
            else:
                lines = value.splitlines()[:_MAX_ITEMS]
                self.lists.setdefault(name, tuple(line.strip() for line in lines if line.strip()))
        elif name in LIST_ARGUMENTS and isinstance(value, dict):
            self.lists.setdefault(name, tuple(f"{key}, {item}" for key, item in list(value.items())[:_MAX_ITEMS]))
        elif name in LIST_ARGUMENTS and isinstance(value, (list, tuple, set)):
            items = sorted(value, key=str) if isinstance(value, set) else value
            self.lists.setdefault(name, tuple(item for item in items[:_MAX_ITEMS] if isinstance(item, str)))

    def result(self) -> StaticMetadata:
        """Return the collected values."""
        return StaticMetadata(
            self.texts,
            self.lists,
            frozenset(self.dynamic),
            build_backend=self.build_backend,
            entry_points=tuple(self.entry_points[:_MAX_ITEMS]),
        )

    def add_build_system(self, table: Mapping[str, Any]) -> None:
        """Add the values of [build-system]."""
        self.add("setup_requires", table.get("requires"))
        backend = table.get("build-backend")
        self.build_backend = backend if isinstance(backend, str) else ""


def parse_python(data: bytes) -> ast.Module | None:
    """Return the syntax tree of a Python file, None if it is too large, too deep or not Python 3."""
    if len(data) > SYNTAX_BYTES:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            check_parsable(decode_source(data).text, SYNTAX_DEPTH)
            return ast.parse(data)
        except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError):
            return None


def read_setup_py(data: bytes) -> StaticMetadata:
    """Return the literal keyword arguments of the calls of `setup` in a setup.py."""
    tree = parse_python(data)
    if tree is None:
        return StaticMetadata(problems=("unparsable:setup.py",))
    assigned: dict[str, ast.expr] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            assigned.setdefault(statement.targets[0].id, statement.value)
    found = _Collector()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name_of(node.func) == "setup":
            _add_arguments(node, assigned, found)
    return found.result()


def _add_arguments(call: ast.Call, assigned: Mapping[str, ast.expr], found: _Collector) -> None:
    for keyword in call.keywords:
        if keyword.arg not in _ARGUMENTS and keyword.arg != "entry_points":
            continue
        argument = keyword.value
        if isinstance(argument, ast.Name):
            argument = assigned.get(argument.id, argument)
        try:
            value = ast.literal_eval(argument)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            if keyword.arg in _ARGUMENTS:
                found.dynamic.add(keyword.arg)
            continue
        if keyword.arg == "entry_points":
            found.entry_points += entry_points_of_argument(value)
        else:
            found.add(keyword.arg, value)


def _name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def read_setup_cfg(data: bytes) -> StaticMetadata:
    """Return the values of [metadata] and [options] of a setup.cfg."""
    parser = configparser.RawConfigParser(strict=False, delimiters=("=", ":"))
    try:
        parser.read_string(_BLANKS.sub(" " * 64, data[:_CFG_BYTES].decode("utf-8-sig")))
    except (configparser.Error, UnicodeDecodeError):
        return StaticMetadata(problems=("unparsable:setup.cfg",))
    found = _Collector()
    for section in ("metadata", "options"):
        for key, value in parser.items(section) if parser.has_section(section) else ():
            name = _CFG_NAMES.get(key, key.replace("-", "_"))
            if name not in _ARGUMENTS:
                continue
            if value.lstrip().startswith(("file:", "attr:")):
                found.dynamic.add(name)
            else:
                found.add(name, value.replace("=", ",", 1) if name == "project_urls" else value.strip())
    section = "options.entry_points"
    for group, value in parser.items(section) if parser.has_section(section) else ():
        found.entry_points += entry_points_of_lines(group, value.split("\n"))
    return found.result()


def _size_of_document(value: object) -> int:
    """Return about how many bytes a TOML document takes."""
    if isinstance(value, Mapping):
        return sum([64 + len(name) + _size_of_document(inner) for name, inner in value.items()], start=64)
    if isinstance(value, list):
        return sum(map(_size_of_document, value), start=64)
    return 64 + len(value) if isinstance(value, str) else 64


_BUILD_SYSTEM = re.compile(r"^\[build-system\][ \t]*(?:#[^\n]*)?\r?\n((?:(?!\[)[^\n]*(?:\n|\Z))*+)", re.MULTILINE)


@cached_text("toml_documents", size_of=_size_of_document)
def parse_toml(text: str) -> Mapping[str, Any] | None:
    """Return a TOML document, None if it is invalid, too large or built to make tomllib slow."""
    if len(text) > _TOML_CHARS or _LONG_TOML_KEY.search(text):
        return None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        # TOMLDecodeError is a ValueError; integers with more digits than the interpreter converts raise another.
        return None


def read_build_system(data: bytes) -> StaticMetadata:
    """Return the build requirements of a pyproject.toml as `read_pyproject` does, without parsing the whole file.

    The table [build-system] is parsed alone if the file names it once and has no multi-line strings.
    """
    try:
        text = data[:SYNTAX_BYTES].decode("utf-8-sig")
    except UnicodeDecodeError:
        return read_pyproject(data)
    is_plain = text.count("build-system") == 1 and '"""' not in text and "'''" not in text
    match = _BUILD_SYSTEM.search(text) if is_plain else None
    build_system = parse_toml(match[1]) if match else None
    if build_system is None:
        return read_pyproject(data)
    found = _Collector()
    found.add_build_system(build_system)
    return found.result()


def read_pyproject(data: bytes) -> StaticMetadata:
    """Return the metadata of [project], or else [tool.poetry], of a pyproject.toml, and its build requirements."""
    try:
        document = parse_toml(data[:SYNTAX_BYTES].decode("utf-8-sig"))
    except UnicodeDecodeError:
        document = None
    if document is None:
        return StaticMetadata(problems=("unparsable:pyproject.toml",))
    found = _Collector()
    build_system = document.get("build-system")
    if isinstance(build_system, dict):
        found.add_build_system(build_system)
    found.entry_points += entry_points_of_pyproject(document)
    project = document.get("project")
    if not isinstance(project, dict):
        project = _poetry_project(document)
    if project is not None:
        _add_project(project, found)
    return found.result()


def _poetry_project(document: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return [tool.poetry] without the interpreter, which Poetry lists among the dependencies."""
    tool = document.get("tool")
    project = tool.get("poetry") if isinstance(tool, dict) else None
    if not isinstance(project, dict):
        return None
    if isinstance(project.get("dependencies"), dict):
        dependencies = {name: version for name, version in project["dependencies"].items() if name != "python"}
        return {**project, "dependencies": dependencies}
    return project


def _add_project(project: Mapping[str, Any], found: _Collector) -> None:
    for key, value in project.items():
        name = _PROJECT_NAMES.get(key, key)
        if key in {"authors", "maintainers"}:
            found.texts[f"{key[:-1]}_email"] = _format_people(value)
        elif key == "license" and isinstance(value, dict):
            found.add("license", value.get("text") or value.get("file"))
        elif name in _ARGUMENTS:
            found.add(name, value)
    for key in ("homepage", "repository"):
        found.add("url", project.get(key))
    dynamic = project.get("dynamic")
    for name in map(str, dynamic if isinstance(dynamic, list) else ()):
        found.dynamic.add(_PROJECT_NAMES.get(name, name))


def _format_people(value: object) -> str:
    """Return authors of [project] as core metadata writes them: `Name <address>, ...`."""
    people = []
    for person in value if isinstance(value, list) else []:
        if isinstance(person, str):
            people.append(person)
        elif isinstance(person, dict):
            name, email = str(person.get("name", "")), str(person.get("email", ""))
            people.append(f"{name} <{email}>" if email else f"{name} <>")
    return ", ".join(people)
