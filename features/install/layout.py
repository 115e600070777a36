"""What a whole archive says about the places in it: kind, root, and what runs at install time."""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from posixpath import normpath
from typing import Any

from features.archive.file_type import is_script
from features.archive.member_paths import clean, clean_all
from features.archive.retention import HEAD_BYTES, RawMember
from features.code.evaluate.unpack import reads_like_code
from features.code.parse.executing_names import MODULE_LOADERS, MODULE_RUNNERS, SOURCE_BUILTINS
from features.code.parse.safe_parse import check_parsable
from features.contract import FileType, Kind
from features.install.decoded_texts import LARGEST, is_json, readings
from features.install.pth import names_functions, start_code
from features.install.roles import Layout, runs_at_install
from features.install.setuptools_hooks import hooks_of, module_files, versions_of
from features.install.subprocess_targets import may_start, started
from features.limits import SYNTAX_DEPTH
from features.packaging.setup_files import parse_toml
from features.runtime.deadline import PARSING, Deadline
from features.text.decode import decode_source, decode_text
from features.text.import_lines import MODULE_IMPORT

_EXECUTING = (*SOURCE_BUILTINS, *MODULE_RUNNERS, *MODULE_LOADERS, "cffi_modules")
_EXECUTES = tuple((word, re.compile(rf"{word}(?<=\b{word})\b")) for word in _EXECUTING)
"""A pattern that begins with its letters is looked for many times as fast as one that begins with a border."""
_LITERAL = re.compile(r"['\"](?=([^'\"\n\\]{1,200})['\"])")
"""What stands between any two quotes: which of them opens is not known."""
_CFFI_OBJECT = re.compile(r"(?<=\.py):\w+\Z")
"""What follows the file in cffi_modules: `build.py:ffibuilder`."""
_NEAR = 240
_READ_CHARS = 2**20
_DECODED_BYTES = 2**20
"""Texts of an artifact that are executed and no code, and may be when they are decoded."""
_STEPS = 200
_SAID = 1_000
"""Distinct file names that one file is believed to execute, and folders that a build is believed to run."""
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
    ("pdm", re.compile("custom-hook|getter")),
    ("cmdclass", re.compile("setuptools")),
    ("provider-path", re.compile("scikit-build")),
    ("backend-path", re.compile("build-system")),
    # A key may be written with escapes, and then looks like none of them.
    ("\\", re.compile(r"\\[uU]")),
)
"""A text without both of any of these names none."""
_MARKS = ("PKG-INFO", "setup.py", "pyproject.toml")
"""What stands at the root of a source distribution."""
_WHEEL_MARKS = (".dist-info/WHEEL", ".dist-info/METADATA")
_EGG = "EGG-INFO/"
_BUILT = frozenset((Kind.WHEEL, Kind.EGG))
_PYTHON = FileType.PYTHON
_RUN = frozenset((_PYTHON, FileType.PTH))
_BACKEND_PATH = re.compile(r"backend-path[ \t]*=[ \t]*\[([^\]]{0,1000})\]")
_CFG_RUNS = re.compile(
    r"^(cmdclass|command[_-]packages)[ \t]*=((?:[^\n]*\n(?=[ \t]))*[^\n]*)", re.MULTILINE | re.IGNORECASE
)
"""Keys of setup.cfg that name code which setuptools imports to build; a value goes on in lines that are indented."""
_HOOKS = ("hatch_build.py", "pdm_build.py", "build_script.py")


def find_layout(
    container: str, named: Kind, tops: Sequence[str], outer: Sequence[tuple[str, RawMember]], end: Deadline
) -> Layout:
    """Return kind, root and what runs at install time, as far as that is found before `end`.

    `named` is the kind that the file's name claims; `tops` are the names of the outermost container, `outer` its
    visible members by their clean paths.
    """
    names = clean_all(tops)
    kind = _zip_kind(names) if container == "zip" else Kind.UNKNOWN
    if kind is not Kind.UNKNOWN:
        root = ""
    else:
        root = _root(names)
        if any(root + mark in names for mark in _MARKS):
            kind = Kind.SDIST
    setup = kind not in _BUILT or named not in _BUILT
    layout = Layout(root=root, kind=kind, setup=setup)
    return _with_install_files(layout, outer, end)


def _zip_kind(names: Sequence[str]) -> Kind:
    # Writers put them last.
    if any(name.endswith(_WHEEL_MARKS) and name.count("/") == 1 for name in reversed(names)):
        return Kind.WHEEL
    return Kind.EGG if any(len(name) > len(_EGG) and name.startswith(_EGG) for name in names) else Kind.UNKNOWN


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


def _with_install_files(layout: Layout, outer: Sequence[tuple[str, RawMember]], end: Deadline) -> Layout:
    """Return the layout with the files that setup.py, a build backend or a `.pth` run by name."""
    # The last of several with one name is the one that stays on disk.
    places = {place.removeprefix(layout.root): draft for place, draft in outer}
    folders: tuple[str, ...] = ()
    files: set[str] = set()
    if layout.setup:
        if not layout.root and "setup.py" not in places:
            files.update(place for place in places if place.lower().endswith("/setup.py") and place.count("/") == 1)
        files.update(hooks_of(places))
        named = chain(_backends(places, files), _command_packages(places, files))
        # Each is compared with each member.
        folders = tuple(islice(dict.fromkeys(named), _SAID))
    layout = Layout(layout.root, layout.kind, layout.setup, folders, frozenset(files))
    begin = [
        place
        for place, draft in places.items()
        if draft.file_type in _RUN and runs_at_install(place, draft.file_type, layout)
    ]
    files.update(_reachable(begin, places, end))
    if layout.setup:
        files.update(versions_of(places, end))
    return Layout(layout.root, layout.kind, layout.setup, folders, frozenset(files))


def _backends(places: Mapping[str, RawMember], files: set[str]) -> Iterator[str]:
    """Yield folders of in-tree build backends (PEP 517), and add the single files that backends run."""
    draft = places.get("pyproject.toml")
    if draft is None or not draft.data:
        return
    files.update(hook for hook in _HOOKS if hook in places)
    text = decode_text(draft.data).text
    # A table takes long to parse, and most say nothing of what runs; a key may be written with escapes.
    if not any(word in text and key.search(text) for word, key in _MAY_RUN):
        return
    project = parse_toml(text)
    if project is None:
        # Too large to parse, say: what stands there literally is believed.
        said = _BACKEND_PATH.search(text)
        yield from (f"{clean(path)}/" for path in (_LITERAL.findall(said[1]) if said else ()) if clean(path))
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
            files.update(place for place in module_files(module) if place in places)
    for keys in _RUN_KEYS:
        named = _at(project, *keys)
        if isinstance(named, str) and clean(named) in places:
            files.add(clean(named))
    targets = _at(project, "tool", "hatch", "build", "targets")
    for target in targets.values() if isinstance(targets, dict) else ():
        named = _at(target, "hooks", "custom", "path")
        if isinstance(named, str) and clean(named) in places:
            files.add(clean(named))
    getter, classes = _at(project, "tool", "pdm", "version", "getter"), _at(project, "tool", "setuptools", "cmdclass")
    for named in (getter, *(classes.values() if isinstance(classes, dict) else ())):
        if isinstance(named, str):
            files.update(_files_of(named, places))
    providers = _at(project, "tool", "scikit-build", "metadata")
    for provider in providers.values() if isinstance(providers, dict) else ():
        folder = _at(provider, "provider-path")
        if isinstance(folder, str) and clean(folder):
            yield f"{clean(folder)}/"


def _command_packages(places: Mapping[str, RawMember], files: set[str]) -> Iterator[str]:
    """Yield folders of commands that setup.cfg adds to setuptools' own, and add the files of its command classes."""
    draft = places.get("setup.cfg")
    if draft is None or (b"cmdclass" not in draft.data.lower() and b"packages" not in draft.data):
        return
    for match in _CFG_RUNS.finditer(decode_text(draft.data).text[:_READ_CHARS]):
        if match[1].lower() == "cmdclass":
            for named in re.findall(r"=[ \t]*([\w.]+)", match[2]):
                files.update(_files_of(named, places))
        else:
            yield from (f"{package.replace('.', '/')}/" for package in re.findall(r"[\w.]+", match[2]))


def _files_of(named: str, places: Mapping[str, RawMember]) -> Iterator[str]:
    """Yield the files that are imported for a function or class that is named "module.name" or "module:name"."""
    module, colon, _ = named.strip().partition(":")
    path = (module if colon else module.rpartition(".")[0]).replace(".", "/")
    yield from (place for place in module_files(path) if place in places)


def _at(table: Any, *keys: str) -> Any:
    for key in keys:
        if not isinstance(table, dict):
            return None
        table = table.get(key)
    return table


def _reachable(begin: Iterable[str], places: Mapping[str, RawMember], end: Deadline) -> set[str]:
    """Return what these files import or execute by name, and what that does in turn.

    Modules beside them are followed; of a package that is imported only the files that are named, not what
    these import, else a version read from a package would make all of it install code.
    """
    found: set[str] = set()
    todo = list(begin)
    names: dict[str, list[str]] = {}
    said: set[tuple[str, bool]] = set()
    steps, left = 0, _DECODED_BYTES
    while todo and steps < _STEPS:
        steps += 1
        place = todo.pop()
        if end.passed(len(places[place].data)):
            break
        text = decode_source(places[place].data).text[:_READ_CHARS]
        if names_functions(place):
            text = start_code(text)
        # What a wheel's .data holds lands beside its other files.
        beside = place[: place.rfind("/") + 1] if ".data/" in place else ""
        named = [module.replace(".", "/") for module in _imported(text)]
        for module in chain(named, [beside + module for module in named] if beside else ()):
            for target in module_files(module):
                if target in places and target not in found:
                    found.add(target)
                    if "/" not in target:
                        todo.append(target)
        calls = sorted(call.span() for word, pattern in _EXECUTES if word in text for call in pattern.finditer(text))
        starts = may_start(text)
        if (calls or starts) and not names:
            for known in places:
                names.setdefault(_base(known), []).append(known)
        run = _executed(text, calls, names)
        if starts:
            run = chain(run, _started(text, places, names, said))
        for target, near in run:
            if end.passed(PARSING * min(len(places[target].data), LARGEST)):
                # Whoever looks at the files next sees it too, and says so.
                return found
            if target not in found:
                found.add(target)
                left -= _promote(places[target], near, left)
                if places[target].file_type is _PYTHON:
                    todo.append(target)
    return found


def _imported(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if "import" not in line:
            continue
        for match in MODULE_IMPORT.finditer(line):
            if match["module"]:
                yield match["module"].strip(".")
            else:
                for part in match["modules"].split(","):
                    word = part.split()
                    if word:
                        yield word[0]


def _executed(text: str, calls: Iterable[tuple[int, int]], names: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Yield members whose file name stands as a literal near a call that executes source, and what stands there."""
    seen: set[str] = set()
    for start, end in calls:
        near = text[max(start - _NEAR, 0) : end + _NEAR]
        for literal in _LITERAL.finditer(near):
            said = clean(_CFFI_OBJECT.sub("", literal[1]))
            if said in seen or _base(said) not in names:
                continue
            seen.add(said)
            yield from ((place, near) for place in _called(said, names))
        if len(seen) > _SAID:
            return


def _started(
    text: str, places: Mapping[str, RawMember], names: Mapping[str, list[str]], known: set[tuple[str, bool]]
) -> Iterator[tuple[str, str]]:
    """Yield members that another program runs and `known` lacks, with no code around them that would decode them."""
    for one in started(text, names):
        if one in known or len(known) >= _SAID:
            continue
        known.add(one)
        said, module = one
        if module:
            path = said.replace(".", "/")
            yield from ((place, "") for place in (*module_files(path), f"{path}/__main__.py") if place in places)
        else:
            yield from ((place, "") for place in _called(said, names))


def _called(said: str, names: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the members that a path may mean, wherever the folder is that it starts from."""
    for place in names[_base(said)]:
        if place == said or place.endswith(f"/{said}") or "/" not in said:
            yield place


def _base(path: str) -> str:
    return path[path.rfind("/") + 1 :]


def _promote(draft: RawMember, near: str, left: int) -> int:
    """Let a text that is executed by name count as Python, where it can be read as such; name what cannot be.

    One that is code only when it is decoded first is looked at as that code, `near` being what stands around the call;
    returns how many of `left` bytes that took.
    """
    if draft.file_type is FileType.BINARY and not draft.data and near:
        draft.problem = draft.problem or "executed binary"
    if draft.file_type is not FileType.TEXT or not draft.data or (not near and is_script(draft.path, draft.head)):
        return 0
    tried = 0
    if len(draft.data) <= LARGEST:
        compiles = _compiles(draft.data)
        # Base64 is a name to a compiler, and says nothing; JSON is an expression.
        if near and (not (compiles and reads_like_code(draft.data)) or is_json(draft.data)) and len(draft.data) <= left:
            tried = len(draft.data)
            for plain in filter(reads_like_code, readings(draft.data, near)):
                tried += len(plain)
                if _compiles(plain):
                    draft.data, draft.head, draft.key, compiles = plain, plain[:HEAD_BYTES], b"", True
                    break
                if tried > left:
                    break
        if not compiles:
            return tried
    draft.file_type = _PYTHON
    return tried


def _compiles(data: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = decode_source(data).text
            check_parsable(text, SYNTAX_DEPTH)
            compile(text, "member", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError):
        return False
    return True
