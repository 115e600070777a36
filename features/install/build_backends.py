"""Finds the code of an sdist that pyproject.toml makes build backends run (PEP 517)."""

import re
from collections.abc import Iterator, Mapping
from posixpath import normpath
from typing import Any

from features.archive.member_paths import normalise_path
from features.install.named_files import QUOTED, Members, NamedCode, find_object_files, module_paths
from features.packaging.setup_files import parse_toml
from features.text.decode import decode_text

_HOOK_FILES = ("hatch_build.py", "pdm_build.py", "build_script.py")
"""Files that a backend runs by their name, if they exist."""
_SCRIPT_KEYS = (
    ("tool", "poetry", "build"),
    ("tool", "poetry", "build", "script"),
    ("tool", "pdm", "build", "custom-hook"),
    ("tool", "hatch", "build", "hooks", "custom", "path"),
    ("tool", "hatch", "metadata", "hooks", "custom", "path"),
    ("tool", "hatch", "version", "path"),
)
"""Keys whose value is a file that the build backend runs."""
_NECESSARY_WORDS = (
    ("poetry", re.compile(r"(?<![\w-])build(?![\w-])", re.ASCII)),
    ("hatch", re.compile(r"(?<![\w-])path(?![\w-])", re.ASCII)),
    ("pdm", re.compile("custom-hook|getter")),
    ("cmdclass", re.compile("setuptools")),
    ("provider-path", re.compile("scikit-build")),
    ("backend-path", re.compile("build-system")),
    # A key with escapes does not contain its own letters.
    ("\\", re.compile(r"\\[uU]")),
)
"""Pairs of a word and a pattern; a file without any complete pair names no code and is not parsed."""
_BACKEND_PATH = re.compile(r"backend-path[ \t]*=[ \t]*\[([^\]]{0,1000})\]")


def find_backend_code(members: Members) -> NamedCode:
    """Return the folders and files that a build backend imports or runs because of pyproject.toml.

    In a file that is too large to parse, only a literal backend-path is found.
    """
    member = members.get("pyproject.toml")
    if member is None or not member.data:
        return NamedCode()
    files = [path for path in _HOOK_FILES if path in members]
    text = decode_text(member.data).text
    if not _may_name_code(text):
        return NamedCode(files=files)
    document = parse_toml(text)
    if document is None:
        match = _BACKEND_PATH.search(text)
        return NamedCode(list(_as_folders(QUOTED.findall(match[1]) if match else [])), files)
    files += [*_backend_files(document, members), *_script_files(document, members), *_object_files(document, members)]
    return NamedCode([*_backend_folders(document), *_provider_folders(document)], files)


def _backend_folders(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the folders of `backend-path` other than the root."""
    for path in _backend_paths(document):
        if not _is_root(path):
            yield f"{path}/"


def _backend_files(document: Mapping[str, Any], members: Members) -> Iterator[str]:
    """Yield the files of an in-tree backend that is imported from the root."""
    backend = _value_at(document, "build-system", "build-backend")
    if isinstance(backend, str) and any(map(_is_root, _backend_paths(document))):
        module = backend.partition(":")[0].strip().replace(".", "/")
        yield from (path for path in module_paths(module) if path in members)


def _script_files(document: Mapping[str, Any], members: Members) -> Iterator[str]:
    """Yield the files that Poetry, PDM and Hatch run."""
    targets = _value_at(document, "tool", "hatch", "build", "targets")
    scripts = [_value_at(document, *keys) for keys in _SCRIPT_KEYS]
    if isinstance(targets, dict):
        scripts += [_value_at(target, "hooks", "custom", "path") for target in targets.values()]
    for script in scripts:
        if isinstance(script, str) and normalise_path(script) in members:
            yield normalise_path(script)


def _object_files(document: Mapping[str, Any], members: Members) -> Iterator[str]:
    """Yield the files of PDM's version getter and of setuptools' command classes."""
    commands = _value_at(document, "tool", "setuptools", "cmdclass")
    references = [_value_at(document, "tool", "pdm", "version", "getter")]
    references += commands.values() if isinstance(commands, dict) else ()
    for reference in references:
        if isinstance(reference, str):
            yield from find_object_files(reference, members)


def _provider_folders(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the folders of metadata providers of scikit-build."""
    providers = _value_at(document, "tool", "scikit-build", "metadata")
    for provider in providers.values() if isinstance(providers, dict) else ():
        yield from _as_folders([_value_at(provider, "provider-path")])


def _may_name_code(text: str) -> bool:
    return any(word in text and pattern.search(text) for word, pattern in _NECESSARY_WORDS)


def _backend_paths(document: Mapping[str, Any]) -> list[str]:
    """Return the paths of `backend-path`, normalised, without slashes around them."""
    paths = _value_at(document, "build-system", "backend-path")
    strings = [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else []
    return [normpath(path.replace("\\", "/")).strip("/") for path in strings]


def _is_root(path: str) -> bool:
    return path in {".", ".."}


def _as_folders(paths: list[Any]) -> Iterator[str]:
    yield from (f"{normalise_path(path)}/" for path in paths if isinstance(path, str) and normalise_path(path))


def _value_at(table: Any, *keys: str) -> Any:
    """Return the value at a path of keys, None if there is none."""
    for key in keys:
        if not isinstance(table, dict):
            return None
        table = table.get(key)
    return table
