"""Modules that setuptools imports because a file says so: entry points of its own groups, and a version's place."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from features.archive.retention import RawMember
from features.packaging.setup_files import parse_python
from features.runtime.deadline import PARSING, Deadline
from features.text.decode import decode_source, decode_text

_DEEPEST = 32
"""Parts of a module's name beyond which it is no file of a package."""
_CHARS = 2**20
_WINDOW = 2_000
"""Characters behind a group's name in which its entry points are looked for."""
_PARSED_CHARS = 256 * 2**10
"""Characters of modules that are parsed to see whether a version stands there; more is too long for one."""
_SAID = 200
"""Entry points and groups of an artifact that are looked at."""
_FEW = 8
"""Versions, folders of packages and folders of metadata that are."""
_GROUPS = ("distutils.commands", "distutils.setup_keywords", "setuptools.finalize", "egg_info.writers")
_GROUP = re.compile(
    r"distutils\.(?:commands|setup_keywords)|setuptools\.finalize_distribution_options|egg_info\.writers"
)
_GROUP_ENDS = re.compile(r"\n[ \t]*\[|\]\s{0,200}[,})]|\n[^\s=]{1,80}[ \t]*=[ \t]*\n|[\"'][\w.]{1,80}[\"']\s{0,9}:")
_ENTRY = re.compile(r"=[ \t\"']{0,9}([A-Za-z_][\w.]{0,200})[ \t]*:")
_ATTR = re.compile(r"\battr\b(?:[\"']?[ \t]*=[ \t]*[\"']|:)\s{0,99}([A-Za-z_][\w.]{0,200})")
_ESCAPED = re.compile(r"\\u00([0-9a-fA-F]{2})")
_PACKAGE_DIR = re.compile(r"package[_-]dir[\s\"'=:{\[\]()]{1,60}([\w./-]{1,100})")
_ROOTS = ("", "src/", "lib/", "python/")
_BUILD_FILES = ("setup.py", "setup.cfg", "pyproject.toml")


def module_files(module: str) -> tuple[str, ...]:
    """Return the files that importing a module may read; its name's parts are apart by slashes."""
    parts = module.split("/", _DEEPEST)
    if len(parts) > _DEEPEST:
        return ()
    packages = ["/".join(parts[:count]) + "/__init__.py" for count in range(1, len(parts) + 1)]
    return (f"{module}.py", f"{module}.pyw", *packages)


def hooks_of(places: Mapping[str, RawMember]) -> Iterator[str]:
    """Yield the files of entry points that every command of setuptools loads, even from a folder beside setup.py."""
    named = [path for path in places if path.endswith(".egg-info/entry_points.txt") and path.count("/") == 1]
    entries: set[str] = set()
    for path in (*_BUILD_FILES, *named[:_FEW]):
        text = _text(places, path, _GROUPS)
        for group in islice(_GROUP.finditer(text), _SAID):
            window = text[group.end() : group.end() + _WINDOW].lstrip("]\"' \t")
            end = _GROUP_ENDS.search(window)
            entries.update(_ENTRY.findall(window[: end.start() if end else _WINDOW]))
    return _found(sorted(entries)[:_SAID], places)


def versions_of(places: Mapping[str, RawMember], end: Deadline) -> Iterator[str]:
    """Yield the files that are imported for a version (`attr:`) which does not stand there as a literal."""
    said: set[str] = set()
    for path in _BUILD_FILES[1:]:
        text = _text(places, path, ("attr", "\\u00"))
        if path.endswith("toml"):
            text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
            text = text if "setuptools" in text else ""
        said.update(_ATTR.findall(text))
    left = _PARSED_CHARS
    for attr in sorted(said)[:_FEW]:
        module, _, name = attr.rpartition(".")
        last = module.rpartition(".")[2]
        files = list(_found([module or "__init__"], places))
        for place in files:
            if not place.endswith((f"{last}.py", f"{last}/__init__.py")):
                continue
            value = _up_to_value(places[place].data, name)
            left -= len(value)
            if left < 0 or end.passed(PARSING * len(value)) or not _is_literal(value, name):
                yield from files
                break


def _text(places: Mapping[str, RawMember], path: str, words: tuple[str, ...]) -> str:
    draft = places.get(path)
    if draft is None or not any(word.encode() in draft.data for word in words):
        return ""
    return decode_text(draft.data).text[:_CHARS]


def _found(modules: Sequence[str], places: Mapping[str, RawMember]) -> Iterator[str]:
    """Yield the files of modules, wherever the packages may stand."""
    if not modules:
        return
    texts = [_text(places, path, ("package_dir", "package-dir")) for path in _BUILD_FILES]
    said = [f"{folder.strip('./')}/" for text in texts for folder in _PACKAGE_DIR.findall(text)[:_FEW]]
    for root in dict.fromkeys((*_ROOTS, *said)):
        for module in modules:
            yield from (place for place in module_files(root + module.replace(".", "/")) if place in places)


def _up_to_value(data: bytes, name: str) -> str:
    """Return source up to the end of the first line that seems to give a name its value, "" where none does."""
    text = decode_source(data[:_CHARS]).text
    stands = re.search(rf"^(?:\w+[ \t]*=[ \t]*)?{name}\b[^\n=]{{0,100}}=[^\n]*", text, re.MULTILINE)
    return text[: stands.end()] if stands else ""


def _is_literal(source: str, name: str) -> bool:
    """Return whether a module's first value of a name is a literal, which setuptools takes without importing it."""
    tree = parse_python(source.encode())
    for statement in tree.body if tree else ():
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return _is_constant(statement.value)
    return False


def _is_constant(value: ast.expr | None) -> bool:
    try:
        return value is not None and ast.literal_eval(value) is not None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
