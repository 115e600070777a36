"""What a whole archive says about the places in it: kind, root, and what runs at install time."""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from posixpath import normpath
from typing import Any

from features.archive.keeping import Draft
from features.contract import Kind, Sort
from features.decode import decode_source, decode_text
from features.limits import Limits
from features.roles import Layout, clean, runs_at_install
from features.setupfiles import parse_toml
from features.syntax.guard import check

_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+\.?([\w.]+)[ \t]+import\b|import[ \t]+([^\n#;]+))|;[ \t]*import[ \t]+([^\n#;]+)", re.MULTILINE
)
_EXECUTING = (
    "exec", "execfile", "eval", "compile", "run_path", "run_module", "spec_from_file_location", "SourceFileLoader",
    "load_source",
)  # fmt: skip
_EXECUTES = tuple((word, re.compile(rf"{word}(?<=\b{word})\b")) for word in _EXECUTING)
"""A pattern that begins with its letters is looked for many times as fast as one that begins with a border."""
_LITERAL = re.compile(r"['\"]([^'\"\n\\]{1,200})['\"]")
_NEAR = 240
_PARSED_BYTES = 256 * 2**10
_READ_CHARS = 2**20
_STEPS = 200
_DEEPEST = 32
"""Parts of a module's name beyond which it is no file of a package."""
_SAID = 1_000
"""Distinct file names that one file is believed to execute."""
_RUN_KEYS = (
    ("tool", "poetry", "build"),
    ("tool", "poetry", "build", "script"),
    ("tool", "pdm", "build", "custom-hook"),
    ("tool", "hatch", "build", "hooks", "custom", "path"),
    ("tool", "hatch", "metadata", "hooks", "custom", "path"),
    ("tool", "hatch", "version", "path"),
)
"""Where a pyproject.toml names a file that its build backend runs."""
_MAY_RUN = (
    ("poetry", re.compile(r"(?<![\w-])build(?![\w-])", re.ASCII)),
    ("hatch", re.compile(r"(?<![\w-])path(?![\w-])", re.ASCII)),
    ("custom-hook", re.compile("pdm")),
    ("backend-path", re.compile("build-system")),
    # A key may be written with escapes, and then looks like none of them.
    ("\\", re.compile(r"\\[uU]")),
)
"""A text without both of any of these names none."""
_MARKS = ("PKG-INFO", "setup.py", "pyproject.toml")
"""What stands at the root of a source distribution."""
_BUILT = frozenset((Kind.WHEEL, Kind.EGG))
_RUN = frozenset((Sort.PYTHON, Sort.PTH))
_HOOKS = ("hatch_build.py", "pdm_build.py", "build_script.py")


def find_layout(container: str, named: Kind, tops: Sequence[str], drafts: Sequence[Draft]) -> Layout:
    """Return kind, root and what runs at install time.

    `named` is the kind that the file's name claims; `tops` are the names of the outermost container.
    """
    names = [clean(name) for name in tops]
    kind = _zip_kind(names) if container == "zip" else Kind.UNKNOWN
    if kind is not Kind.UNKNOWN:
        root = ""
    else:
        root = _root(names)
        if any(root + mark in names for mark in _MARKS):
            kind = Kind.SDIST
    setup = kind not in _BUILT or named not in _BUILT
    layout = Layout(root=root, kind=kind, setup=setup)
    return _with_install_files(layout, drafts)


def _zip_kind(names: Iterable[str]) -> Kind:
    egg = False
    for name in names:
        top, _, rest = name.partition("/")
        if rest in {"WHEEL", "METADATA"} and top.endswith(".dist-info"):
            return Kind.WHEEL
        egg = egg or (top == "EGG-INFO" and bool(rest))
    return Kind.EGG if egg else Kind.UNKNOWN


def _root(names: Iterable[str]) -> str:
    """Return the one top folder with its slash, else "".

    Where stray files stand beside it (".DS_Store", "._name" of macOS), the one folder that holds a project.
    """
    folders: dict[str, bool] = {}
    for name in names:
        top, slash, rest = name.partition("/")
        if slash and top:
            if rest in _MARKS:
                folders[top] = True
            else:
                folders.setdefault(top, False)
        elif top in {"setup.py", "pyproject.toml"}:
            return ""
    projects = list(folders) if len(folders) == 1 else [top for top, is_project in folders.items() if is_project]
    return f"{projects[0]}/" if len(projects) == 1 else ""


def _with_install_files(layout: Layout, drafts: Sequence[Draft]) -> Layout:
    """Return the layout with the files that setup.py, a build backend or a `.pth` run by name."""
    places: dict[str, Draft] = {}
    for draft in drafts:
        if not draft.place:
            # The last of several with one name is the one that stays on disk.
            places[clean(draft.path).removeprefix(layout.root)] = draft
    folders: tuple[str, ...] = ()
    files: set[str] = set()
    if layout.setup:
        if not layout.root and "setup.py" not in places:
            files.update(place for place in places if place.lower().endswith("/setup.py") and place.count("/") == 1)
        folders = tuple(_backends(places, files))
    layout = Layout(layout.root, layout.kind, layout.setup, folders, frozenset(files))
    begin = [
        place for place, draft in places.items() if draft.sort in _RUN and runs_at_install(place, draft.sort, layout)
    ]
    files.update(_reachable(begin, places))
    return Layout(layout.root, layout.kind, layout.setup, folders, frozenset(files))


def _backends(places: Mapping[str, Draft], files: set[str]) -> Iterator[str]:
    """Yield folders of in-tree build backends (PEP 517), and add the single files that backends run."""
    draft = places.get("pyproject.toml")
    if draft is None or not draft.data:
        return
    files.update(hook for hook in _HOOKS if hook in places)
    text = decode_text(draft.data).text
    # A table takes long to parse, and most say nothing of what runs; a key may be written with escapes.
    project = parse_toml(text) if any(word in text and key.search(text) for word, key in _MAY_RUN) else None
    if project is None:
        return
    backend = _at(project, "build-system", "build-backend")
    paths = _at(project, "build-system", "backend-path")
    for path in paths if isinstance(paths, list) else []:
        if not isinstance(path, str):
            continue
        folder = normpath(path.replace("\\", "/")).strip("/")
        if folder not in {".", ".."}:
            yield f"{folder}/"
        elif isinstance(backend, str):
            module = backend.partition(":")[0].strip().replace(".", "/")
            files.update(place for place in _module_files(module) if place in places)
    for keys in _RUN_KEYS:
        named = _at(project, *keys)
        if isinstance(named, str) and clean(named) in places:
            files.add(clean(named))


def _at(table: Any, *keys: str) -> Any:
    for key in keys:
        if not isinstance(table, dict):
            return None
        table = table.get(key)
    return table


def _reachable(begin: Iterable[str], places: Mapping[str, Draft]) -> set[str]:
    """Return what these files import or execute by name, and what that does in turn.

    Modules beside them are followed; of a package that is imported only the files that are named, not what
    these import, else a version read from a package would make all of it install code.
    """
    found: set[str] = set()
    todo = list(begin)
    names: dict[str, list[str]] = {}
    steps = 0
    while todo and steps < _STEPS:
        steps += 1
        place = todo.pop()
        text = decode_source(places[place].data).text[:_READ_CHARS]
        for module in _imported(text):
            for target in _module_files(module.replace(".", "/")):
                if target in places and target not in found:
                    found.add(target)
                    if "/" not in target:
                        todo.append(target)
        calls = sorted(call.span() for word, pattern in _EXECUTES if word in text for call in pattern.finditer(text))
        if calls and not names:
            for known in places:
                names.setdefault(_base(known), []).append(known)
        for target in _executed(text, calls, names):
            if target not in found:
                found.add(target)
                _promote(places[target])
    return found


def _imported(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if "import" not in line:
            continue
        for match in _IMPORT.finditer(line):
            if match[1]:
                yield match[1].strip(".")
            else:
                for part in (match[2] or match[3]).split(","):
                    word = part.split()
                    if word:
                        yield word[0]


def _module_files(module: str) -> tuple[str, ...]:
    parts = module.split("/", _DEEPEST)
    if len(parts) > _DEEPEST:
        return ()
    packages = ["/".join(parts[:count]) + "/__init__.py" for count in range(1, len(parts) + 1)]
    return (f"{module}.py", f"{module}.pyw", *packages)


def _executed(text: str, calls: Iterable[tuple[int, int]], names: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield members whose file name stands as a literal near a call that executes source."""
    seen: set[str] = set()
    for start, end in calls:
        near = text[max(start - _NEAR, 0) : end + _NEAR]
        for literal in _LITERAL.finditer(near):
            said = clean(literal[1])
            if said in seen or _base(said) not in names:
                continue
            seen.add(said)
            for place in names[_base(said)]:
                if place == said or place.endswith(f"/{said}") or "/" not in said:
                    yield place
        if len(seen) > _SAID:
            return


def _base(path: str) -> str:
    return path[path.rfind("/") + 1 :]


def _promote(draft: Draft) -> None:
    """Let a text that is executed by name count as Python, where it can be read as such; name what cannot be."""
    if draft.sort is Sort.BINARY and not draft.data:
        draft.problem = draft.problem or "executed binary"
    if draft.sort is not Sort.TEXT or not draft.data:
        return
    if len(draft.data) <= _PARSED_BYTES:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                text = decode_source(draft.data).text
                check(text, Limits().syntax_depth)
                compile(text, "member", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError):
            return
    draft.sort = Sort.PYTHON
