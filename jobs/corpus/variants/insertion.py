"""Inserts code into a package: where it runs at install, at import, at interpreter start, or in an inner module."""

import ast
import base64
import io
import textwrap
import tokenize
from collections.abc import Callable
from dataclasses import dataclass
from posixpath import basename, dirname
from random import Random

from jobs.corpus.variants.contract import NotApplicableError, Package
from jobs.corpus.variants.inert_library import inert_library
from jobs.corpus.variants.module_paths import find_module_paths
from jobs.corpus.variants.packing import with_files
from jobs.corpus.variants.python_source import SOURCE_ERRORS, parse, source_text

_MODULE_NAMES = (
    "_compat", "_core", "_internal", "_loader", "_version_info", "_runtime", "_bootstrap", "helpers", "_telemetry",
    "_support", "_init_utils", "backend", "_env", "_checks", "_vendor_init",
)  # fmt: skip
_GUARDS = (
    ("import platform", 'platform.system() == "Windows"'),
    ("import sys", 'sys.platform == "darwin"'),
    ("import os", 'not os.environ.get("CI")'),
    ("import os", 'os.environ.get("GITHUB_ACTIONS") == "true"'),
    ("import datetime", "datetime.date.today() >= datetime.date(2026, 3, 1)"),
    ("import time", "time.time() > 1767225600"),
    ("import getpass", 'getpass.getuser() not in ("root", "runner", "build")'),
    ("import socket", 'socket.gethostname().startswith(("prod", "web-"))'),
    ("import sys", '"pytest" not in sys.modules and sys.gettrace() is None'),
    ("import random", "random.random() < 0.2"),
)
"""Conditions that malware runs under, each with the import that it needs."""
_LARGEST_INNER = 8
"""Inner modules that a target is chosen from, the largest ones."""


@dataclass(frozen=True, slots=True)
class InsertionPoint:
    """A place where code can be inserted; `payload_loc` is the label that lists give it."""

    name: str
    payload_loc: str
    insert: Callable[[Package, bytes, Random], Package]


def insert_install(package: Package, code: bytes, rng: Random) -> Package:
    """Insert code at the start or the end of setup.py; an sdist without setup.py is given one."""
    paths = find_module_paths(package)
    if package.filename.lower().endswith((".whl", ".egg")):
        raise NotApplicableError(package.filename, "is no sdist: nothing of it runs at install")
    if not paths.setup:
        text = code + b"\nfrom setuptools import setup\n\nsetup()\n"
        return with_files(package, {f"{paths.root}setup.py": text})
    source = package.files()[paths.setup]
    at_end = rng.choice((False, False, True))
    return with_files(package, {paths.setup: insert_statements(source, code, at_end=at_end)})


def insert_import(package: Package, code: bytes, rng: Random) -> Package:
    """Insert code into the `__init__.py` of the main package, or into the only module."""
    init = find_module_paths(package).require_init(package)
    source = insert_statements(package.files()[init], code, at_end=rng.choice((False, True)))
    return with_files(package, {init: source})


def insert_module(package: Package, code: bytes, rng: Random) -> Package:
    """Put code into a new module that `__init__.py` imports."""
    init = find_module_paths(package).require_init(package)
    return _add_module(package, init, code, rng)


def insert_rest(package: Package, code: bytes, rng: Random) -> Package:
    """Put code at the end of an inner module, into a function there, or into a new module that it leads to."""
    files = package.files()
    inner = [p for p in find_module_paths(package).inner if basename(p) != "__init__.py" and files[p].strip()]
    if not inner:
        raise NotApplicableError(package.filename, "has no module inside a package")
    target = rng.choice(sorted(inner, key=lambda p: -len(files[p]))[:_LARGEST_INNER])
    way = rng.randrange(4)
    if way == 0:
        return _add_module(package, target, code, rng)
    if way == 1:
        return _add_module_chain(package, target, code, rng)
    if way == 2:
        code = _in_function(code, rng)
    return with_files(package, {target: insert_statements(files[target], code, at_end=True)})


def insert_conditional(package: Package, code: bytes, rng: Random) -> Package:
    """Insert code as `insert_import` does, behind a condition: a system, a date, a user, an environment."""
    imported, condition = rng.choice(_GUARDS)
    guarded = f"{imported}\n\nif {condition}:\n{_indent(code)}".encode("utf-8", "surrogatepass")
    try:
        parse(guarded)
    except SOURCE_ERRORS as error:
        raise NotApplicableError(package.filename, "its code cannot be indented") from error
    return insert_import(package, guarded, rng)


def insert_pth(package: Package, code: bytes, rng: Random) -> Package:
    """Put code into a `.pth` file at the root of a wheel, which the interpreter runs at every start."""
    if not package.filename.endswith(".whl"):
        raise NotApplicableError(package.filename, "is no wheel")
    stem = package.project.lower().replace("-", "_").replace(".", "_")
    way = rng.randrange(3)
    name = f"{rng.choice((stem, f'{stem}-nspkg', f'_{stem}_init', 'distutils-fix'))}.pth"
    if way == 0:
        module = f"_{stem}_startup"
        return with_files(package, {name: f"import {module}\n".encode(), f"{module}.py": code})
    line = f"import sys; exec({source_text(code)!r})\n"
    if way == 1:
        encoded = base64.b64encode(code).decode()
        line = f"import os, base64;exec(base64.b64decode({encoded!r}))\n"
    return with_files(package, {name: line.encode("utf-8", "surrogatepass")})


def insert_native(package: Package, code: bytes, rng: Random) -> Package:
    """Add an inert shared library with the strings of the code, and load it where the package is imported."""
    paths = find_module_paths(package)
    init = paths.require_init(package)
    is_windows = rng.random() < 0.5
    name = rng.choice(("_speedups", "_accel", "_fast", "libhelper"))
    path = f"{paths.package}{name}{'.dll' if is_windows else '.so'}"
    if path in package.files():
        raise NotApplicableError(package.filename, "has a library of that name")
    at = f'_os.path.join(_os.path.dirname(__file__), "{basename(path)}")'
    loaders = (
        f"import ctypes as _ct, os as _os\n_ct.CDLL({at})\n",
        f"import ctypes\nimport os as _os\n\ntry:\n    ctypes.cdll.LoadLibrary({at})\nexcept OSError:\n    pass\n",
    )
    loader = insert_statements(package.files()[init], rng.choice(loaders).encode(), at_end=True)
    library = inert_library(_string_constants(code), is_windows=is_windows, rng=rng)
    return with_files(package, {init: loader, path: library})


def insert_dependency(package: Package, code: bytes, rng: Random) -> Package:
    """Add a dependency that would bring the code, by name or by URL; the code itself is not used."""
    del code
    name = rng.choice(("requests-telemetry-core", "urllib3-secure-transport", "numpyy-utils", "colorama-ansi-fix"))
    requirement = rng.choice(
        (name, f"{name}>=1.0.3", f"{name} @ https://files.example.invalid/{name}-1.0.tar.gz", f"{name}==99.9.9")
    )
    changed: dict[str, bytes] = {}
    for path, data in package.files().items():
        if basename(path) in {"METADATA", "PKG-INFO"}:
            head, separator, body = data.partition(b"\n\n")
            head = head.rstrip(b"\n") + f"\nRequires-Dist: {requirement}\n".encode()
            changed[path] = head + (b"\n" + body if separator else b"")
        elif basename(path) == "requires.txt":
            changed[path] = requirement.encode() + b"\n" + data
        elif basename(path) == "setup.py" and b"install_requires=[" in data:
            changed[path] = data.replace(b"install_requires=[", f"install_requires=[{requirement!r}, ".encode(), 1)
    if not changed:
        raise NotApplicableError(package.filename, "declares no dependencies anywhere")
    return with_files(package, changed)


INSERTION_POINTS = (
    InsertionPoint("install", "setup", insert_install),
    InsertionPoint("import", "init", insert_import),
    InsertionPoint("rest", "other", insert_rest),
    InsertionPoint("module", "other", insert_module),
    InsertionPoint("pth", "pth", insert_pth),
    InsertionPoint("native", "native", insert_native),
    InsertionPoint("conditional", "init", insert_conditional),
    InsertionPoint("dependency", "dependency", insert_dependency),
)
"""All insertion points; recipes in lists contain these names."""


def insert_code(package: Package, point: str, code: bytes, rng: Random) -> Package:
    """Insert code (source of whole statements) at the point of this name; raises NotApplicableError, KeyError."""
    return {listed.name: listed for listed in INSERTION_POINTS}[point].insert(package, code, rng)


def insert_statements(source: bytes, code: bytes, *, at_end: bool) -> bytes:
    """Return source with code at its end, or first (after the docstring and imports from `__future__`).

    The encoding of the source is kept. Where the source is not Python 3, the code is put in front or behind it as
    bytes.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        lines = source_text(source).splitlines(keepends=True)
        inserted = source_text(code).rstrip("\n") + "\n"
        index = len(lines) if at_end else _count_head_lines(parse(source), lines)
        before, after = "".join(lines[:index]), "".join(lines[index:])
        if before and not before.endswith("\n"):
            before += "\n"
        result = (before + inserted + after).encode(encoding)
        parse(result)
    except SOURCE_ERRORS:
        if at_end:
            return source.rstrip(b"\n") + b"\n" + code
        return code.rstrip(b"\n") + b"\n" + source
    return result


def _count_head_lines(tree: ast.Module, lines: list[str]) -> int:
    """Return how many lines must stay first: shebang, encoding cookie, docstring, imports from `__future__`."""
    count = 0
    for number, line in enumerate(lines[:2], start=1):
        count = number if line.startswith("#") else count
    for index, node in enumerate(tree.body):
        is_docstring = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_docstring or (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            count = max(count, node.end_lineno or 0)
    return count


def _add_module(package: Package, importer: str, code: bytes, rng: Random) -> Package:
    """Put code into a new module next to `importer`, which imports it."""
    files = package.files()
    folder = f"{dirname(importer)}/" if "/" in importer else ""
    free = [
        name
        for name in _MODULE_NAMES
        if f"{folder}{name}.py" not in files and f"{folder}{name}/__init__.py" not in files
    ]
    if not free:
        raise NotApplicableError(package.filename, "has modules of all those names")
    name = rng.choice(free)
    if f"{folder}__init__.py" in files:
        lines = (f"from . import {name}\n", f"from .{name} import *\n", f"from . import {name} as _{name.strip('_')}\n")
    else:
        lines = (f"import {name}\n", f"from {name} import *\n", f"import {name} as _{name.strip('_')}\n")
    changed = insert_statements(files[importer], rng.choice(lines).encode(), at_end=rng.choice((False, True)))
    return with_files(package, {importer: changed, f"{folder}{name}.py": code})


def _add_module_chain(package: Package, importer: str, code: bytes, rng: Random) -> Package:
    """Put code into `_state.py`, which a new module next to `importer` imports."""
    chained = _add_module(package, importer, b"from . import _state\n", rng)
    link = next(path for path in chained.files() if path not in package.files())
    path = f"{dirname(link)}/_state.py"
    if path in package.files():
        raise NotApplicableError(package.filename, "has a module of that name")
    return with_files(chained, {path: code})


def _in_function(code: bytes, rng: Random) -> bytes:
    """Return code inside a function that is called, or as it is where it cannot be indented."""
    name = rng.choice(("_setup_environment", "_check", "_initialise", "_warm_cache", "_register"))
    try:
        wrapped = f"\n\ndef {name}():\n{_indent(code)}\n\n{name}()\n".encode()
        parse(wrapped)
    except SOURCE_ERRORS:
        return code
    return wrapped


def _indent(code: bytes) -> str:
    return textwrap.indent(source_text(code).rstrip("\n") or "pass", "    ") + "\n"


def _string_constants(code: bytes) -> tuple[str, ...]:
    """Return the string literals of source, which a compiled program would contain too."""
    try:
        tree = parse(code)
    except SOURCE_ERRORS:
        return ()
    texts = (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return tuple(dict.fromkeys(text for text in texts if 3 < len(text) < 300))
