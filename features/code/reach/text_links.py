"""Links a file without a syntax tree to others by the text of its lines."""

import re
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from features.code.contract import ANY_UNIT
from features.code.reach.unit_links import (
    ANY_SCOPE,
    MAX_ALIASES,
    MAX_NAMES,
    MAX_STAR_IMPORTS,
    FileLinks,
    UnitDraft,
    finish_units,
    may_be_in_release,
)
from features.text.import_lines import IMPORT_LINE, split_names

_MAX_CALLS = 100
"""Occurrences of one name that are searched for calls."""
_MAX_MODULES = 64
_MAX_NAMES_OF_IMPORT = 200
_TOP_LEVEL = re.compile(r"^(?:(def|class|async)\b|[A-Za-z_@])", re.MULTILINE)
_CALL_TAIL = re.compile(r"((?:\.\w{1,60}){0,4})[ \t]*\(")
_CALL = re.compile(r"\b([A-Za-z_]\w{0,60}(?:\.\w{1,60}){0,4})[ \t]*\(")


class ImportedName(NamedTuple):
    """One name that a line imports.

    `name` is that of the attribute, "*", or "" for the module itself; `alias` is the variable that holds it, "" for
    none. `runs` says that the line runs with the file: it is not inside a function or class.
    """

    module: str
    name: str
    alias: str
    runs: bool


def read_imports(text: str) -> tuple[ImportedName, ...]:
    """Return the imported names of source, in the order of its lines."""
    found: list[ImportedName] = []
    blocks: list[tuple[int, bool]] | None = None
    for match in IMPORT_LINE.finditer(text):
        runs = True
        if match["indent"]:
            if blocks is None:
                blocks = [(block.start(), bool(block[1])) for block in _TOP_LEVEL.finditer(text)]
            above = bisect(blocks, (match.start(), True)) - 1
            runs = above < 0 or not blocks[above][1]
        found += [ImportedName(*parts, runs) for parts in _split_import(match)]
    return tuple(found)


def links_from_text(
    text: str, effects: Mapping[int, Mapping[str, int]], imports: Sequence[ImportedName] | None = None
) -> FileLinks:
    """Return the links of a file with two units: lines without indentation, and all others together.

    `effects` are behaviours and findings by scope (0 and ANY_SCOPE). `imports` are those of `read_imports` that
    matter; without them, all that may refer to the release are used.
    """
    if imports is None:
        imports = [imported for imported in read_imports(text) if may_be_in_release(imported.module)]
    top, rest = UnitDraft(""), UnitDraft(ANY_UNIT)
    aliases: dict[str, str] = {}
    stars: list[str] = []
    for module, name, alias, runs in imports:
        draft = top if runs else rest
        draft.imports.add(module)
        meaning = module
        if name == "*":
            stars.append(module)
        elif name:
            meaning = module + name if module.endswith(".") else f"{module}.{name}"
            draft.imports.add(meaning)
        if alias and len(aliases) < MAX_ALIASES:
            aliases[alias] = meaning
    for at, name in _find_calls(text, aliases, stars):
        line_start = text.rfind("\n", 0, at) + 1
        draft = rest if text[line_start : line_start + 1] in (" ", "\t") else top
        if len(draft.calls) < MAX_NAMES:
            draft.calls.add(name)
    units = finish_units({0: top, ANY_SCOPE: rest}, effects)
    return FileLinks(units, tuple(aliases.items()), tuple(dict.fromkeys(stars))[:MAX_STAR_IMPORTS])


def _find_calls(text: str, aliases: Mapping[str, str], stars: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield position and dotted name of each apparent call of an alias or, with star imports, of any name."""
    if stars:
        for match in _CALL.finditer(text):
            first, dot, rest = match[1].partition(".")
            yield match.start(), aliases.get(first, first) + dot + rest
        return
    for alias, meaning in aliases.items():
        at = text.find(alias)
        for _ in range(_MAX_CALLS):
            if at < 0:
                break
            tail = _CALL_TAIL.match(text, at + len(alias))
            before = text[at - 1 : at]
            if tail is not None and not (before.isalnum() or before in ("_", ".")):
                yield at, meaning + tail[1]
            at = text.find(alias, at + len(alias))


def _split_import(match: re.Match[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (module, name, alias) of an import line, as in `ImportedName`; `import a.b` imports `a` and `a.b`."""
    if match["modules"]:
        for clause in match["modules"].split(",")[:_MAX_MODULES]:
            words = clause.split()
            if words:
                first = words[0].partition(".")[0]
                yield (words[0], "", words[2]) if len(words) == 3 else (first, "", first)
                yield words[0], "", ""
        return
    for words in split_names(match["names"], _MAX_NAMES_OF_IMPORT):
        yield match["module"], words[0], words[-1]
