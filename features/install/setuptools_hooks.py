"""Finds modules that setuptools imports to build: entry points of its own groups, and modules with a version."""

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from features.install.named_files import Members, module_paths
from features.packaging.setup_files import parse_python
from features.runtime.deadline import PARSING_COST, Deadline
from features.text.decode import decode_source, decode_text

_BUILD_FILES = ("setup.py", "setup.cfg", "pyproject.toml")
_CHARS = 2**20
"""Characters of a file that are searched."""
_MAX_ENTRY_POINTS = 200
"""Entry points of an artifact, and groups of one file, that are read."""
_MAX_ITEMS = 8
"""Versions, folders of packages and folders of metadata that are read."""

_GROUPS = ("distutils.commands", "distutils.setup_keywords", "setuptools.finalize", "egg_info.writers")
_GROUP = re.compile(
    r"distutils\.(?:commands|setup_keywords)|setuptools\.finalize_distribution_options|egg_info\.writers"
)
"""Entry point groups that every command of setuptools loads."""
_GROUP_CHARS = 2_000
"""Characters after a group's name that are searched for its entry points."""
_GROUP_END = re.compile(r"\n[ \t]*\[|\]\s{0,200}[,})]|\n[^\s=]{1,80}[ \t]*=[ \t]*\n|[\"'][\w.]{1,80}[\"']\s{0,9}:")
_ENTRY_POINT_MODULE = re.compile(r"=[ \t\"']{0,9}([A-Za-z_][\w.]{0,200})[ \t]*:")

_ATTR = re.compile(r"\battr\b(?:[\"']?[ \t]*=[ \t]*[\"']|:)\s{0,99}([A-Za-z_][\w.]{0,200})")
"""`attr: module.name`, which makes setuptools read a value from a module."""
_ESCAPE = re.compile(r"\\u00([0-9a-fA-F]{2})")
_PARSED_CHARS = 256 * 2**10
"""Characters of modules that are parsed to find a literal version."""

_PACKAGE_DIR = re.compile(r"package[_-]dir[\s\"'=:{\[\]()]{1,60}([\w./-]{1,100})")
_SOURCE_FOLDERS = ("", "src/", "lib/", "python/")


def find_entry_point_files(members: Members) -> Iterator[str]:
    """Yield the files of entry points that every command of setuptools loads, even from the folder of setup.py."""
    metadata = [path for path in members if path.endswith(".egg-info/entry_points.txt") and path.count("/") == 1]
    modules: set[str] = set()
    for path in (*_BUILD_FILES, *metadata[:_MAX_ITEMS]):
        text = _text_with(members, path, _GROUPS)
        for group in islice(_GROUP.finditer(text), _MAX_ENTRY_POINTS):
            entries = text[group.end() : group.end() + _GROUP_CHARS].lstrip("]\"' \t")
            end = _GROUP_END.search(entries)
            modules.update(_ENTRY_POINT_MODULE.findall(entries[: end.start() if end else _GROUP_CHARS]))
    return _find_module_files(sorted(modules)[:_MAX_ENTRY_POINTS], members)


def find_version_files(members: Members, deadline: Deadline) -> Iterator[str]:
    """Yield the files that setuptools imports for a version (`attr:`) because they do not assign it literally."""
    chars_left = _PARSED_CHARS
    for attribute in sorted(_find_attributes(members))[:_MAX_ITEMS]:
        module, _, name = attribute.rpartition(".")
        last_part = module.rpartition(".")[2]
        files = list(_find_module_files([module or "__init__"], members))
        for path in files:
            if not path.endswith((f"{last_part}.py", f"{last_part}/__init__.py")):
                continue
            source = _source_up_to(members[path].data, name)
            chars_left -= len(source)
            if chars_left < 0 or deadline.passed(PARSING_COST * len(source)) or not _assigns_literal(source, name):
                yield from files
                break


def _find_attributes(members: Members) -> set[str]:
    """Return the dotted names that setup.cfg and pyproject.toml give with `attr`."""
    attributes: set[str] = set()
    for path in ("setup.cfg", "pyproject.toml"):
        text = _text_with(members, path, ("attr", "\\u00"))
        if path.endswith("toml"):
            text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
            text = text if "setuptools" in text else ""
        attributes.update(_ATTR.findall(text))
    return attributes


def _text_with(members: Members, path: str, words: tuple[str, ...]) -> str:
    """Return the text of a member that contains one of the words, else ""."""
    member = members.get(path)
    if member is None or not any(word.encode() in member.data for word in words):
        return ""
    return decode_text(member.data).text[:_CHARS]


def _find_module_files(modules: Sequence[str], members: Members) -> Iterator[str]:
    """Yield the files of modules in every folder that may hold packages."""
    if not modules:
        return
    texts = [_text_with(members, path, ("package_dir", "package-dir")) for path in _BUILD_FILES]
    package_dirs = [f"{folder.strip('./')}/" for text in texts for folder in _PACKAGE_DIR.findall(text)[:_MAX_ITEMS]]
    for folder in dict.fromkeys((*_SOURCE_FOLDERS, *package_dirs)):
        for module in modules:
            yield from (path for path in module_paths(folder + module.replace(".", "/")) if path in members)


def _source_up_to(data: bytes, name: str) -> str:
    """Return source up to the end of the first line that seems to assign a name, "" if none does."""
    source = decode_source(data[:_CHARS]).text
    match = re.search(rf"^(?:\w+[ \t]*=[ \t]*)?{name}\b[^\n=]{{0,100}}=[^\n]*", source, re.MULTILINE)
    return source[: match.end()] if match else ""


def _assigns_literal(source: str, name: str) -> bool:
    """Return whether a module's first value of a name is a literal, which setuptools reads without importing it."""
    tree = parse_python(source.encode())
    for statement in tree.body if tree else ():
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if any(isinstance(target, ast.Name) and target.id == name for target in targets):
                return _is_literal(statement.value)
    return False


def _is_literal(value: ast.expr | None) -> bool:
    try:
        return value is not None and ast.literal_eval(value) is not None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
