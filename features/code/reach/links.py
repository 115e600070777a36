"""What the parts of one file do and ask of other files, so that what runs can be followed across modules."""

import ast
import re
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from features.code.contract import ANY_UNIT, MAIN_UNIT, CodeUnit
from features.code.evaluate.api_behaviours import find_behaviours
from features.code.evaluate.resolve import BUILTINS, Resolver
from features.code.parse.ast_walk import NAME_NODES, argument_nodes, child_nodes
from features.code.parse.executing_names import IMPORT_FUNCTIONS
from features.code.parse.symbol_table import IN_MAIN_GUARD, UNDER_COMMAND_TEST, Binding, BindingKind, SymbolTable
from features.code.reach.entrypoints import RUN_BY_TOOL, called, inside, items, started_by_tools
from features.contract import Role
from features.packaging.top_level import stdlib_names
from features.text.import_lines import IMPORT_IN_STRING, IMPORT_LINE

MAIN_SCOPE = -1
"""Stands for what runs only where the file is the program."""
ANY_SCOPE = -2
"""Stands for everything but the top level of a file without a tree."""
_NEVER = -3
"""Stands for what an installer does not ask for."""

PARTS = 2_000
NAMES = 200
"""Names of one part; a file that calls more of others is a table, not a program."""
ALIASES = 400
LONGEST = 120
"""A longer dotted name or file name is no name."""

_ACTING = {"execute_code", "execute_process", "dynamic_import"}
_NODES = 80
_TEXTS = 24
_TEXT = 2_000
_TEXTS_OF_ALL = 64 * 1024
"""Characters of one file that are searched for the names of files and modules."""
_FILE = re.compile(r"(?<![\w./\\~-])[\w./\\~-]{1,200}\.[A-Za-z]\w{0,4}\b")
_MODULE = re.compile(r"(?:^|\s)-m\s+([A-Za-z_][\w.]{0,100})")
_TOP = re.compile(r"^(?:(def|class|async)\b|[A-Za-z_@])", re.MULTILINE)
_TAIL = re.compile(r"((?:\.\w{1,60}){0,4})[ \t]*\(")
_USES = 100
_USED = re.compile(r"\b([A-Za-z_]\w{0,60}(?:\.\w{1,60}){0,4})[ \t]*\(")


class Links(NamedTuple):
    """The fields of a MemberAnalysis that lead to other files."""

    parts: tuple[CodeUnit, ...]
    aliases: tuple[tuple[str, str], ...]
    stars: tuple[str, ...]


NO_LINKS = Links((), (), ())


class _Draft:
    """A part in the making."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.inner: set[int] = set()
        self.calls: set[str] = set()
        self.imports: set[str] = set()
        self.files: set[str] = set()

    def take(self, text: str) -> None:
        """Add the files and modules that a command or a piece of code names."""
        self.files.update(found for found in _FILE.findall(text)[:8] if len(found) <= LONGEST)
        self.files.update(f"-m {module}" for module in _MODULE.findall(text)[:4] if is_foreign(module))
        for match in IMPORT_IN_STRING.finditer(text):
            if match["modules"]:
                self.imports.add(match["modules"])
            else:
                self.imports.update((match["module"], f"{match['module']}.{match['names']}"))

    def __bool__(self) -> bool:
        return bool(self.inner or self.calls or self.imports or self.files)


def place(scope: int, flags: int, role: Role) -> int:
    """Return the scope with which something runs: its own, or one of the special ones."""
    if flags & IN_MAIN_GUARD:
        return MAIN_SCOPE
    return _NEVER if flags & UNDER_COMMAND_TEST and role is Role.INSTALL else scope


def links_of(names: Resolver, role: Role, does: Mapping[int, Mapping[str, int]]) -> Links:
    """Return the links of a file with a tree; `does` are behaviours and findings by scope."""
    outline = names.symbols
    foreign = _foreign(outline)
    left = [_TEXTS_OF_ALL]
    drafts: dict[int, _Draft] = {scope.index: _Draft(scope.name) for scope in outline.scopes[:PARTS]}
    drafts[MAIN_SCOPE] = _Draft(MAIN_UNIT)
    for call, scope, flags in outline.calls:
        draft = drafts.get(place(scope, flags, role))
        if draft is not None:
            _add_call(draft, names, call, scope, foreign, left)
            if scope == 0 and role is Role.INSTALL:
                draft.calls.update(_commands(names, call, scope))
    for module, scope, flags in outline.imports:
        draft = drafts.get(place(scope, flags, role))
        if draft is not None and is_foreign(module):
            draft.imports.add(module)
    for scope in range(min(len(outline.scopes), PARTS)):
        drafts[scope].inner.update(inside(names, scope))
        if foreign:
            drafts[scope].calls.update(_decorators(names, scope))
    drafts[0].inner.update(started_by_tools(names, role))
    if role is Role.INSTALL:
        drafts[0].calls.update(_inherited(names, foreign))
    return Links(_parts(drafts, does), tuple(_aliases(names, foreign)), tuple(dict.fromkeys(outline.star_imports))[:16])


def is_foreign(name: str) -> bool:
    """Return whether a dotted name can lead to another file of the release: not what Python itself brings."""
    return bool(name) and len(name) <= LONGEST and (name[0] == "." or name.partition(".")[0] not in _of_python())


@cache
def _of_python() -> frozenset[str]:
    return stdlib_names() | BUILTINS | {"setuptools", "distutils", "pkg_resources", "?"}


def _foreign(outline: SymbolTable) -> frozenset[str]:
    """Return the names that are bound to imports, in any scope, which may come from the release itself."""
    return frozenset(
        name
        for scope in outline.scopes
        for name, bound in scope.bindings.items()
        for binding in bound
        if binding.kind is BindingKind.IMPORT and is_foreign(binding.dotted_name)
    )


def _parts(drafts: Mapping[int, _Draft], does: Mapping[int, Mapping[str, int]]) -> tuple[CodeUnit, ...]:
    kept = [at for at, draft in drafts.items() if draft or at in does]
    index = {at: number for number, at in enumerate(kept)}
    return tuple(
        CodeUnit(
            drafts[at].name,
            tuple(sorted(does.get(at, {}).items())),
            tuple(sorted(index[inner] for inner in drafts[at].inner if inner in index and inner != at)),
            _capped(drafts[at].calls),
            _capped(drafts[at].imports),
            _capped(drafts[at].files),
        )
        for at in kept
    )


def _capped(names: set[str]) -> tuple[str, ...]:
    return tuple(sorted(names)[:NAMES])


def _add_call(
    draft: _Draft, names: Resolver, call: ast.Call, scope: int, foreign: frozenset[str], left: list[int]
) -> None:
    for inner in called(names, call, scope):
        if inner >= 0:
            draft.inner.add(inner)
    name = names.dotted_name(call.func, scope)
    if "." in name or names.symbols.star_imports:
        if is_foreign(name):
            draft.calls.add(name)
        if not _ACTING.isdisjoint(find_behaviours(name)):
            _add_files(draft, names, call, name, scope, left)
    elif name and not _ACTING.isdisjoint(find_behaviours(name)):
        _add_files(draft, names, call, name, scope, left)
    if foreign:
        for value in argument_nodes(call):
            if isinstance(value, NAME_NODES) and (said := _said(names, value, scope, foreign)):
                draft.calls.add(said)


def _said(names: Resolver, value: ast.expr, scope: int, foreign: frozenset[str]) -> str:
    """Return the dotted name of a plain expression whose first name was imported, else ""."""
    base = value
    while isinstance(base, ast.Attribute):
        base = base.value
    if not isinstance(base, ast.Name) or base.id not in foreign:
        return ""
    name = names.dotted_name(value, scope)
    return name if is_foreign(name) else ""


def _decorators(names: Resolver, scope: int) -> Iterator[str]:
    for bound in names.symbols.scopes[scope].bindings.values():
        for binding in bound:
            node = names.symbols.scopes[binding.scope].node if binding.kind is BindingKind.SCOPE else None
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Name | ast.Attribute):
                        name = names.dotted_name(decorator, scope)
                        if is_foreign(name) and "." in name:
                            yield name


def _commands(names: Resolver, call: ast.Call, scope: int) -> Iterator[str]:
    """Yield what setup() runs of command classes that stand in other files."""
    for keyword in call.keywords:
        if keyword.arg == "cmdclass":
            for _, value in items(names, keyword.value, scope):
                name = names.dotted_name(value, scope)
                if is_foreign(name):
                    yield from (f"{name}.{method}" for method in RUN_BY_TOOL)


def _inherited(names: Resolver, foreign: frozenset[str]) -> Iterator[str]:
    """Yield what command classes of an install file inherit from classes of other files."""
    for scope in names.symbols.scopes:
        if isinstance(scope.node, ast.ClassDef):
            for base in scope.node.bases:
                name = _said(names, base, scope.parent, foreign)
                if name:
                    yield from (f"{name}.{method}" for method in RUN_BY_TOOL)


def _aliases(names: Resolver, foreign: frozenset[str]) -> Iterator[tuple[str, str]]:
    count = 0
    for name, bound in names.symbols.scopes[0].bindings.items():
        for binding in bound[:3]:
            said = _alias(names, binding, foreign)
            if said and said != name and count < ALIASES:
                count += 1
                yield name, said


def _alias(names: Resolver, binding: Binding, foreign: frozenset[str]) -> str:
    if binding.kind is BindingKind.IMPORT:
        return binding.dotted_name if is_foreign(binding.dotted_name) else ""
    value = binding.value.func if isinstance(binding.value, ast.Call) else binding.value
    if binding.kind is not BindingKind.VALUE or not isinstance(value, ast.Name | ast.Attribute):
        return ""
    inner = names.called_scope(value, binding.scope)
    if inner >= 0:
        return "=" + names.symbols.scopes[inner].name
    return _said(names, value, binding.scope, foreign)


# -- files and modules that are run by name ---------------------------------------------------------------------


def _add_files(draft: _Draft, names: Resolver, call: ast.Call, name: str, scope: int, left: list[int]) -> None:
    """Add what a call runs by name; `left` holds the characters that may still be searched."""
    if name in IMPORT_FUNCTIONS:
        value = names.constant_value(call.args[0], scope) if call.args else None
        if isinstance(value, str) and is_foreign(value):
            draft.imports.add(value)
        return
    texts = list(_texts(names, call, scope)) if left[0] >= 0 else []
    for text in (*texts, " ".join(texts)[:_TEXT]) if len(texts) > 1 else texts:
        if left[0] < 0:
            return
        left[0] -= len(text) + 16
        draft.take(text)
    if name.startswith("runpy.run_module") and texts and is_foreign(texts[0]):
        draft.files.add(f"-m {texts[0]}")


def _texts(names: Resolver, call: ast.Call, scope: int) -> Iterator[str]:
    """Yield the constant texts that meet in the arguments of a call, those of variables too."""
    todo: list[tuple[ast.AST, int]] = [(value, 3) for value in reversed(call.args)]
    todo += [(keyword.value, 3) for keyword in call.keywords if keyword.arg in ("args", "target")]
    seen = told = 0
    while todo and seen < _NODES and told < _TEXTS:
        node, hops = todo.pop()
        seen += 1
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str) and len(node.value) <= _TEXT:
                told += 1
                yield node.value
        elif isinstance(node, ast.BinOp | ast.JoinedStr) and isinstance(text := names.constant_value(node, scope), str):
            if len(text) <= _TEXT:
                told += 1
                yield text
        elif isinstance(node, ast.Name):
            if hops:
                for binding in (names.bindings(node.id, scope) or ())[:4]:
                    if binding.value is not None:
                        todo.append((binding.value, hops - 1))
        else:
            todo += [(child, hops) for child in reversed(child_nodes(node))]


# -- files without a tree ---------------------------------------------------------------------------------------


class Imported(NamedTuple):
    """One thing that a line imports: `name` of it is "" where it is the module itself, `alias` what it is called here.

    `runs` says that it runs with the file: that no function or class stands above its line.
    """

    module: str
    name: str
    alias: str
    runs: bool


def imports_of(text: str) -> tuple[Imported, ...]:
    """Return what the lines of source import, in their order."""
    found: list[Imported] = []
    blocks: list[tuple[int, bool]] | None = None
    for match in IMPORT_LINE.finditer(text):
        runs = True
        if match["indent"]:
            if blocks is None:
                blocks = [(top.start(), bool(top[1])) for top in _TOP.finditer(text)]
            above = bisect(blocks, (match.start(), True)) - 1
            runs = above < 0 or not blocks[above][1]
        found += [Imported(*said, runs) for said in _imported(match)]
    return tuple(found)


def loose_links(text: str, does: Mapping[int, Mapping[str, int]], imports: Sequence[Imported] | None = None) -> Links:
    """Return the links of a file by its lines alone: what is not indented runs with it, the rest if anything does.

    Also for files that have a tree, but nothing that makes one worth building. `imports` are those of `imports_of`
    that matter; where none are given, what is not Python's own.
    """
    if imports is None:
        imports = [said for said in imports_of(text) if is_foreign(said.module)]
    top, rest = _Draft(""), _Draft(ANY_UNIT)
    aliases: dict[str, str] = {}
    stars: list[str] = []
    for module, name, alias, runs in imports:
        draft = top if runs else rest
        if name == "*":
            stars.append(module)
        draft.imports.add(module)
        if name and name != "*":
            full = module + name if module.endswith(".") else f"{module}.{name}"
            draft.imports.add(full)
            if len(aliases) < ALIASES:
                aliases[alias] = full
        elif alias and len(aliases) < ALIASES:
            aliases[alias] = module
    for at, name in _used(text, aliases, stars):
        begin = text.rfind("\n", 0, at) + 1
        draft = rest if text[begin : begin + 1] in (" ", "\t") else top
        if len(draft.calls) < NAMES:
            draft.calls.add(name)
    drafts = {0: top, ANY_SCOPE: rest}
    return Links(_parts(drafts, does), tuple(aliases.items())[:ALIASES], tuple(dict.fromkeys(stars))[:16])


def _used(text: str, aliases: Mapping[str, str], stars: list[str]) -> Iterator[tuple[int, str]]:
    """Yield what seems to be called of the names, and where; anything at all where names come in by `*`."""
    if stars:
        for match in _USED.finditer(text):
            first, dot, tail = match[1].partition(".")
            yield match.start(), aliases.get(first, first) + dot + tail
        return
    for alias, full in aliases.items():
        at = text.find(alias)
        for _ in range(_USES):
            if at < 0:
                break
            found = _TAIL.match(text, at + len(alias))
            if found is not None and not (text[at - 1 : at].isalnum() or text[at - 1 : at] in ("_", ".")):
                yield at, full + found[1]
            at = text.find(alias, at + len(alias))


def _imported(match: re.Match[str]) -> Iterator[tuple[str, str, str]]:
    """Yield (module, what is taken from it, what that is called here)."""
    if match["modules"]:
        for piece in match["modules"].split(",")[:64]:
            words = piece.split()
            if words:
                first = words[0].partition(".")[0]
                yield (words[0], "", words[2]) if len(words) == 3 else (first, "", first)
                yield words[0], "", ""
        return
    for piece in match["names"].strip("( \t\\").split(",")[:200]:
        words = piece.partition("#")[0].split()
        if words:
            yield match["module"], words[0], words[-1]
