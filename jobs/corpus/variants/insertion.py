"""Code put into a package where it runs at install, at import, or further inside: in place, or in a new module."""

import ast
import base64
import io
import textwrap
import tokenize
from collections.abc import Callable
from dataclasses import dataclass
from posixpath import basename, dirname

from jobs.corpus.variants.contract import Package, UnfitError
from jobs.corpus.variants.native import stub
from jobs.corpus.variants.packing import with_files
from jobs.corpus.variants.places import find_places
from jobs.corpus.variants.rewriting import FAULTS, parse
from jobs.corpus.variants.wrapping import Numbers, source_text

_MODULES = (
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where code can be put; `located` is the word for it in a list's `payload_loc`."""

    name: str
    located: str
    put: Callable[[Package, bytes, Numbers], Package]


def put_install(package: Package, code: bytes, numbers: Numbers) -> Package:
    """Put code into setup.py, in front or behind; an sdist that has none is given one."""
    places = find_places(package)
    if not _is_sdist(package):
        raise UnfitError(package.filename, "is no sdist: nothing of it runs at install")
    if not places.setup:
        text = code + b"\nfrom setuptools import setup\n\nsetup()\n"
        return with_files(package, {f"{places.root}setup.py": text})
    source = package.files()[places.setup]
    where = numbers.choice(("first", "first", "last"))
    return with_files(package, {places.setup: insert(source, code, where)})


def put_import(package: Package, code: bytes, numbers: Numbers) -> Package:
    """Put code into the `__init__` of the main package, or into the only module."""
    init = find_places(package).require_init(package)
    return with_files(package, {init: insert(package.files()[init], code, numbers.choice(("first", "last")))})


def put_module(package: Package, code: bytes, numbers: Numbers) -> Package:
    """Put code into a new module beside `__init__`, which imports it."""
    init = find_places(package).require_init(package)
    return _new_module(package, init, code, numbers)


def put_rest(package: Package, code: bytes, numbers: Numbers) -> Package:
    """Put code behind an inner module, into a function there, or into a new module at the end of a chain."""
    inner = [p for p in find_places(package).inner if basename(p) != "__init__.py" and package.files()[p].strip()]
    if not inner:
        raise UnfitError(package.filename, "has no module inside a package")
    files = package.files()
    largest = sorted(inner, key=lambda p: -len(files[p]))[:8]
    target = numbers.choice(largest)
    way = numbers.randrange(4)
    if way == 0:
        return _new_module(package, target, code, numbers)
    if way == 1:
        deeper = _new_module(package, target, b"from . import _state\n", numbers)
        made = next(path for path in deeper.files() if path not in files)
        beside = f"{dirname(made)}/_state.py"
        if beside in files:
            raise UnfitError(package.filename, "has a module of that name")
        return with_files(deeper, {beside: code})
    if way == 2:
        code = _in_function(code, numbers)
    return with_files(package, {target: insert(files[target], code, "last")})


def put_conditional(package: Package, code: bytes, numbers: Numbers) -> Package:
    """Put code behind a condition: a system, a date, a user, an environment."""
    imported, condition = numbers.choice(_GUARDS)
    guarded = f"{imported}\n\nif {condition}:\n{_indented(code)}"
    return put_import(package, _checked(guarded, package), numbers)


def put_pth(package: Package, code: bytes, numbers: Numbers) -> Package:
    """Put code where the interpreter runs it at every start: a `.pth` file at the root of a wheel."""
    if not package.filename.endswith(".whl"):
        raise UnfitError(package.filename, "is no wheel")
    stem = package.project.lower().replace("-", "_").replace(".", "_")
    way = numbers.randrange(3)
    name = f"{numbers.choice((stem, f'{stem}-nspkg', f'_{stem}_init', 'distutils-fix'))}.pth"
    if way == 0:
        module = f"_{stem}_startup"
        return with_files(package, {name: f"import {module}\n".encode(), f"{module}.py": code})
    text = f"import sys; exec({source_text(code)!r})\n"
    if way == 1:
        encoded = base64.b64encode(code).decode()
        text = f"import os, base64;exec(base64.b64decode({encoded!r}))\n"
    return with_files(package, {name: text.encode("utf-8", "surrogatepass")})


def put_native(package: Package, code: bytes, numbers: Numbers) -> Package:
    """Put an inert program with the code's strings into the package, and load it where the package is imported."""
    places = find_places(package)
    init = places.require_init(package)
    windows = numbers.random() < 0.5
    name = numbers.choice(("_speedups", "_accel", "_fast", "libhelper"))
    path = f"{places.package}{name}{'.dll' if windows else '.so'}"
    if path in package.files():
        raise UnfitError(package.filename, "has a library of that name")
    there = f'_os.path.join(_os.path.dirname(__file__), "{basename(path)}")'
    loaders = (
        f"import ctypes as _ct, os as _os\n_ct.CDLL({there})\n",
        f"import ctypes\nimport os as _os\n\ntry:\n    ctypes.cdll.LoadLibrary({there})\nexcept OSError:\n    pass\n",
    )
    loader = insert(package.files()[init], numbers.choice(loaders).encode(), "last")
    return with_files(package, {init: loader, path: stub(_texts(code), windows=windows, numbers=numbers)})


def put_dependency(package: Package, code: bytes, numbers: Numbers) -> Package:
    """Put no code at all: a dependency that brings it, by a name or by an address."""
    del code
    name = numbers.choice(("requests-telemetry-core", "urllib3-secure-transport", "numpyy-utils", "colorama-ansi-fix"))
    wanted = numbers.choice(
        (name, f"{name}>=1.0.3", f"{name} @ https://files.example.invalid/{name}-1.0.tar.gz", f"{name}==99.9.9")
    )
    changed: dict[str, bytes] = {}
    for path, data in package.files().items():
        if basename(path) in {"METADATA", "PKG-INFO"}:
            head, found, body = data.partition(b"\n\n")
            changed[path] = (
                head.rstrip(b"\n") + f"\nRequires-Dist: {wanted}\n".encode() + (b"\n" + body if found else b"")
            )
        elif basename(path) == "requires.txt":
            changed[path] = wanted.encode() + b"\n" + data
        elif basename(path) == "setup.py" and b"install_requires=[" in data:
            changed[path] = data.replace(b"install_requires=[", f"install_requires=[{wanted!r}, ".encode(), 1)
    if not changed:
        raise UnfitError(package.filename, "says nothing of what it depends on")
    return with_files(package, changed)


PLACES = (
    Place("install", "setup", put_install),
    Place("import", "init", put_import),
    Place("rest", "other", put_rest),
    Place("module", "other", put_module),
    Place("pth", "pth", put_pth),
    Place("native", "native", put_native),
    Place("conditional", "init", put_conditional),
    Place("dependency", "dependency", put_dependency),
)
"""All places; a name on disk, in lists, is a name here."""


def put_code(package: Package, place: str, code: bytes, numbers: Numbers) -> Package:
    """Put code (source of whole statements) into a place by its name; raises UnfitError."""
    return {one.name: one for one in PLACES}[place].put(package, code, numbers)


def insert(source: bytes, code: bytes, where: str) -> bytes:
    """Return source with code "first" (behind the docstring and imports from the future) or "last"."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        text, added = source_text(source), source_text(code).rstrip("\n") + "\n"
        lines = text.splitlines(keepends=True)
        at = len(lines) if where == "last" else _head(parse(source), lines)
        before, after = "".join(lines[:at]), "".join(lines[at:])
        if before and not before.endswith("\n"):
            before += "\n"
        made = (before + added + after).encode(encoding)
        parse(made)
    except FAULTS:
        # What cannot be read as Python 3 is left as it is, and the code stands in front or behind it.
        return source.rstrip(b"\n") + b"\n" + code if where == "last" else code.rstrip(b"\n") + b"\n" + source
    return made


def _head(tree: ast.Module, lines: list[str]) -> int:
    """Return the number of lines that must stay in front."""
    at = 0
    for number, line in enumerate(lines[:2], start=1):
        at = number if line.startswith("#") else at
    for number, node in enumerate(tree.body):
        is_doc = number == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_doc or (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            at = max(at, node.end_lineno or 0)
    return at


def _new_module(package: Package, importer: str, code: bytes, numbers: Numbers) -> Package:
    """Put code into a new module beside another, which is made to import it."""
    files = package.files()
    folder = f"{dirname(importer)}/" if "/" in importer else ""
    free = [
        name for name in _MODULES if f"{folder}{name}.py" not in files and f"{folder}{name}/__init__.py" not in files
    ]
    if not free:
        raise UnfitError(package.filename, "has modules of all those names")
    name = numbers.choice(free)
    if f"{folder}__init__.py" in files:
        lines = (f"from . import {name}\n", f"from .{name} import *\n", f"from . import {name} as _{name.strip('_')}\n")
    else:
        lines = (f"import {name}\n", f"from {name} import *\n", f"import {name} as _{name.strip('_')}\n")
    made = insert(files[importer], numbers.choice(lines).encode(), numbers.choice(("first", "last")))
    return with_files(package, {importer: made, f"{folder}{name}.py": code})


def _in_function(code: bytes, numbers: Numbers) -> bytes:
    name = numbers.choice(("_setup_environment", "_check", "_initialise", "_warm_cache", "_register"))
    try:
        made = f"\n\ndef {name}():\n{_indented(code)}\n\n{name}()\n".encode()
        parse(made)
    except FAULTS:
        return code
    return made


def _indented(code: bytes) -> str:
    return textwrap.indent(source_text(code).rstrip("\n") or "pass", "    ") + "\n"


def _checked(text: str, package: Package) -> bytes:
    made = text.encode("utf-8", "surrogatepass")
    try:
        parse(made)
    except FAULTS as error:
        raise UnfitError(package.filename, "its code cannot be indented") from error
    return made


def _texts(code: bytes) -> tuple[str, ...]:
    """Return the strings of source, those that a compiled program would hold too."""
    try:
        tree = parse(code)
    except FAULTS:
        return ()
    found = (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str))
    return tuple(dict.fromkeys(text for text in found if 3 < len(text) < 300))


def _is_sdist(package: Package) -> bool:
    return not package.filename.lower().endswith((".whl", ".egg"))
