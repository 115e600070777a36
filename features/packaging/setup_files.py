"""What stands literally in pyproject.toml, setup.cfg and setup.py; a value that is computed is only named.

Nothing is run: setup.py is parsed to a syntax tree and its calls of `setup` are looked at. A name that the
same file assigns a literal to once, at module level, counts as that literal.
"""

import ast
import configparser
import re
import tomllib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from features.code.parse.safe_parse import check_parsable
from features.limits import Limits
from features.text.decode import decode_source

TEXTS = frozenset(
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
"""Keyword arguments of setup() that are one text."""

LISTS = frozenset({"classifiers", "keywords", "install_requires", "setup_requires", "dependency_links", "project_urls"})
"""Keyword arguments of setup() that are several."""

_MAX_ITEMS = 2_000
_CFG_BYTES = 64 * 2**10
"""Bytes of a setup.cfg that are read: configparser takes quadratic time for lines that it does not understand."""
_BLANKS = re.compile(r"[^\S\n]{64,}")
_TOML_CHARS = 256 * 2**10
"""Characters of a pyproject.toml that are read; tomllib is slow."""
_TOML_KEY = re.compile(r"(?:\.[ \t]*(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*){40}")
"""A dotted key of so many parts: tomllib takes quadratic time for them."""


@dataclass(frozen=True, slots=True)
class Literals:
    """Values by setup()'s own argument names; project_urls are "label, address"."""

    texts: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    computed: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()


def parse_syntax(data: bytes) -> ast.Module | None:
    """Return the syntax tree of a Python file, None where it is too large, too deep or not Python 3."""
    if len(data) > Limits().syntax_bytes:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            check_parsable(decode_source(data).text, Limits().syntax_depth)
            return ast.parse(data)
        except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError):
            return None


def read_setup_py(data: bytes) -> Literals:
    """Return the literal keyword arguments of the calls of `setup` in a setup.py."""
    tree = parse_syntax(data)
    if tree is None:
        return Literals(problems=("unparsable:setup.py",))
    constants: dict[str, ast.expr] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            constants.setdefault(statement.targets[0].id, statement.value)
    texts: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    computed: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or _called(node.func) != "setup":
            continue
        for keyword in node.keywords:
            if keyword.arg not in TEXTS | LISTS:
                continue
            given = keyword.value
            if isinstance(given, ast.Name):
                given = constants.get(given.id, given)
            try:
                value = ast.literal_eval(given)
            except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
                computed.add(keyword.arg)
                continue
            _put(keyword.arg, value, texts, lists)
    return Literals(texts, lists, frozenset(computed))


def _called(func: ast.expr) -> str:
    if isinstance(func, ast.Attribute):
        return func.attr
    return func.id if isinstance(func, ast.Name) else ""


def _put(name: str, value: object, texts: dict[str, str], lists: dict[str, tuple[str, ...]]) -> None:
    """Keep a value under its argument's name if it is of a shape that the argument can have."""
    if isinstance(value, str):
        if name in TEXTS or name == "keywords":
            texts.setdefault(name, value)
        else:
            lists.setdefault(name, tuple(line.strip() for line in value.splitlines()[:_MAX_ITEMS] if line.strip()))
    elif name in LISTS and isinstance(value, dict):
        lists.setdefault(name, tuple(f"{key}, {item}" for key, item in list(value.items())[:_MAX_ITEMS]))
    elif name in LISTS and isinstance(value, (list, tuple, set)):
        items = sorted(value, key=str) if isinstance(value, set) else value
        lists.setdefault(name, tuple(item for item in items[:_MAX_ITEMS] if isinstance(item, str)))


def read_setup_cfg(data: bytes) -> Literals:
    """Return what [metadata] and [options] of a setup.cfg say."""
    parser = configparser.RawConfigParser(strict=False, delimiters=("=", ":"))
    try:
        parser.read_string(_BLANKS.sub(" " * 64, data[:_CFG_BYTES].decode("utf-8-sig")))
    except (configparser.Error, UnicodeDecodeError):
        return Literals(problems=("unparsable:setup.cfg",))
    texts: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    computed: set[str] = set()
    older = {"home-page": "url", "summary": "description", "author-email": "author_email", "home_page": "url"}
    for section in ("metadata", "options"):
        for key, value in parser.items(section) if parser.has_section(section) else ():
            name = older.get(key, key.replace("-", "_"))
            if name not in TEXTS | LISTS:
                continue
            if value.lstrip().startswith(("file:", "attr:")):
                computed.add(name)
            else:
                _put(
                    name,
                    value.replace("=", ",", 1) if name == "project_urls" else value.strip(),
                    texts,
                    lists,
                )
    return Literals(texts, lists, frozenset(computed))


_BUILD_SYSTEM = re.compile(r"^\[build-system\][ \t]*(?:#[^\n]*)?\r?\n((?:(?!\[)[^\n]*(?:\n|\Z))*+)", re.MULTILINE)


@lru_cache(maxsize=4)
def parse_toml(text: str) -> Mapping[str, Any] | None:
    """Return a TOML document, None where it is none, too large or meant to hold up its reader."""
    if len(text) > _TOML_CHARS or _TOML_KEY.search(text):
        return None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        # Of these TOMLDecodeError is one; integers of more digits than the interpreter converts another.
        return None


def read_build_system(data: bytes) -> Literals:
    """Return what building requires by a pyproject.toml: as `read_pyproject`, and fast where its table is plain.

    To parse the whole file takes milliseconds. Where that one table begins and ends is plain if the file names it
    once and has no strings of several lines.
    """
    try:
        text = data[: Limits().syntax_bytes].decode("utf-8-sig")
    except UnicodeDecodeError:
        return read_pyproject(data)
    plain = text.count("build-system") == 1 and '"""' not in text and "'''" not in text
    found = _BUILD_SYSTEM.search(text) if plain else None
    build = parse_toml(found[1]) if found else None
    if build is None:
        return read_pyproject(data)
    texts: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    _put("setup_requires", build.get("requires"), texts, lists)
    return Literals(texts, lists)


def read_pyproject(data: bytes) -> Literals:
    """Return what [project], or else [tool.poetry], of a pyproject.toml says, and what building it requires."""
    try:
        document = parse_toml(data[: Limits().syntax_bytes].decode("utf-8-sig"))
    except UnicodeDecodeError:
        document = None
    if document is None:
        return Literals(problems=("unparsable:pyproject.toml",))
    texts: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    build = document.get("build-system")
    if isinstance(build, dict):
        _put("setup_requires", build.get("requires"), texts, lists)
    project = document.get("project")
    if not isinstance(project, dict):
        tool = document.get("tool")
        project = tool.get("poetry") if isinstance(tool, dict) else None
        if isinstance(project, dict) and isinstance(project.get("dependencies"), dict):
            # Poetry lists the interpreter among the projects that are depended on.
            needed = {name: version for name, version in project["dependencies"].items() if name != "python"}
            project = {**project, "dependencies": needed}
    if not isinstance(project, dict):
        return Literals(texts, lists)
    same = {"dependencies": "install_requires", "urls": "project_urls", "requires-python": "python_requires"}
    for key, value in project.items():
        name = same.get(key, key)
        if key in {"authors", "maintainers"}:
            texts[f"{key[:-1]}_email"] = _persons(value)
        elif key == "license" and isinstance(value, dict):
            _put("license", value.get("text") or value.get("file"), texts, lists)
        elif name in TEXTS | LISTS:
            _put(name, value, texts, lists)
    for key in ("homepage", "repository"):
        _put("url", project.get(key), texts, lists)
    dynamic = project.get("dynamic")
    named = frozenset(str(name) for name in dynamic) if isinstance(dynamic, list) else frozenset()
    return Literals(texts, lists, frozenset(same.get(name, name) for name in named))


def _persons(value: object) -> str:
    """Return [project] authors as core metadata would write them: `Name <address>, ...`."""
    said = []
    for person in value if isinstance(value, list) else []:
        if isinstance(person, str):
            said.append(person)
        elif isinstance(person, dict):
            name, email = str(person.get("name", "")), str(person.get("email", ""))
            said.append(f"{name} <{email}>" if email else f"{name} <>")
    return ", ".join(said)
