"""Links the code units of a file with a syntax tree to other files: by calls, imports and programs run by name."""

import ast
from collections.abc import Iterator, Mapping

from features.code.contract import MAIN_UNIT
from features.code.evaluate.api_behaviours import find_behaviours
from features.code.evaluate.resolve import Resolver
from features.code.parse.ast_walk import NAME_NODES, argument_nodes, child_nodes
from features.code.parse.executing_names import IMPORT_FUNCTIONS
from features.code.parse.symbol_table import Binding, BindingKind
from features.code.reach.running_scopes import (
    TOOL_METHODS,
    called_scopes,
    defined_scopes,
    dict_entries,
    tool_scopes,
)
from features.code.reach.unit_links import (
    MAIN_SCOPE,
    MAX_ALIASES,
    MAX_STAR_IMPORTS,
    MAX_UNITS,
    FileLinks,
    UnitDraft,
    finish_units,
    may_be_in_release,
    unit_scope,
)
from features.contract import Role

MAX_COMMAND_CHARS = 64 * 1024
"""Characters of the constant arguments of one file that are searched for names of files and modules."""

_RUNS_BY_NAME = frozenset(("execute_code", "execute_process", "dynamic_import"))
"""Behaviours of calls that run a file or a module given by its name."""
_COMMAND_ARGUMENTS = ("args", "target")
_MAX_NODES = 80
_MAX_TEXTS = 24
_MAX_TEXT = 2_000
_MAX_HOPS = 3
_MAX_BINDINGS = 4
_MAX_MEANINGS = 3


def links_from_tree(resolver: Resolver, role: Role, effects: Mapping[int, Mapping[str, int]]) -> FileLinks:
    """Return the links of a file; `effects` are behaviours and findings by scope."""
    return _TreeLinks(resolver, role).build(effects)


class _TreeLinks:
    """The drafts of a file's units, by scope, while its symbols are read."""

    def __init__(self, resolver: Resolver, role: Role) -> None:
        self._resolver = resolver
        self._symbols = resolver.symbols
        self._role = role
        self._command_chars_left = MAX_COMMAND_CHARS
        self._drafts = {scope.index: UnitDraft(scope.name) for scope in self._symbols.scopes[:MAX_UNITS]}
        self._drafts[MAIN_SCOPE] = UnitDraft(MAIN_UNIT)
        self._imported_names = frozenset(
            name
            for scope in self._symbols.scopes
            for name, bindings in scope.bindings.items()
            for binding in bindings
            if binding.kind is BindingKind.IMPORT and may_be_in_release(binding.dotted_name)
        )
        """Variables of any scope with an imported value that may come from the release."""
        self._imports_names = bool(self._imported_names or self._symbols.star_imports)

    def build(self, effects: Mapping[int, Mapping[str, int]]) -> FileLinks:
        for call, scope, flags in self._symbols.calls:
            draft = self._drafts.get(unit_scope(scope, flags, self._role))
            if draft is not None:
                self._add_call(draft, call, scope)
                if scope == 0 and self._role is Role.INSTALL:
                    draft.calls.update(self._command_classes(call, scope))
        for module, scope, flags in self._symbols.imports:
            draft = self._drafts.get(unit_scope(scope, flags, self._role))
            if draft is not None and may_be_in_release(module):
                draft.imports.add(module)
        for scope in range(min(len(self._symbols.scopes), MAX_UNITS)):
            self._drafts[scope].runs.update(defined_scopes(self._resolver, scope))
            if self._imports_names:
                self._drafts[scope].calls.update(self._decorators(scope))
        self._drafts[0].runs.update(tool_scopes(self._resolver, self._role))
        if self._role is Role.INSTALL:
            self._drafts[0].calls.update(self._inherited_methods())
        stars = tuple(dict.fromkeys(self._symbols.star_imports))[:MAX_STAR_IMPORTS]
        return FileLinks(finish_units(self._drafts, effects), tuple(self._aliases()), stars)

    def _add_call(self, draft: UnitDraft, call: ast.Call, scope: int) -> None:
        draft.runs.update(inner for inner in called_scopes(self._resolver, call, scope) if inner >= 0)
        name = self._resolver.dotted_name(call.func, scope)
        if ("." in name or self._symbols.star_imports) and may_be_in_release(name):
            draft.calls.add(name)
        if name and not _RUNS_BY_NAME.isdisjoint(find_behaviours(name)):
            self._add_run_by_name(draft, call, name, scope)
        if self._imports_names:
            for argument in argument_nodes(call):
                if isinstance(argument, NAME_NODES) and (passed := self._imported_name(argument, scope)):
                    draft.calls.add(passed)

    def _imported_name(self, node: ast.expr, scope: int) -> str:
        """Return the dotted name of an expression that begins with an imported variable, else "".

        After a star import, a variable that nothing in the file binds counts as imported.
        """
        base = node
        while isinstance(base, ast.Attribute):
            base = base.value
        if not isinstance(base, ast.Name):
            return ""
        if base.id not in self._imported_names and not (
            self._symbols.star_imports and self._resolver.bindings(base.id, scope) is None
        ):
            return ""
        name = self._resolver.dotted_name(node, scope)
        return name if may_be_in_release(name) else ""

    def _decorators(self, scope: int) -> Iterator[str]:
        scopes = self._symbols.scopes
        for bindings in scopes[scope].bindings.values():
            for binding in bindings:
                node = scopes[binding.scope].node if binding.kind is BindingKind.SCOPE else None
                if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    continue
                for decorator in node.decorator_list:
                    if isinstance(decorator, NAME_NODES):
                        name = self._resolver.dotted_name(decorator, scope)
                        if ("." in name or self._symbols.star_imports) and may_be_in_release(name):
                            yield name

    def _command_classes(self, call: ast.Call, scope: int) -> Iterator[str]:
        """Yield the methods that setup() runs of command classes of other files."""
        for keyword in call.keywords:
            if keyword.arg == "cmdclass":
                for _, value in dict_entries(self._resolver, keyword.value, scope):
                    name = self._resolver.dotted_name(value, scope)
                    if may_be_in_release(name):
                        yield from (f"{name}.{method}" for method in TOOL_METHODS)

    def _inherited_methods(self) -> Iterator[str]:
        """Yield the methods that classes of an install file inherit from classes of other files."""
        for scope in self._symbols.scopes:
            if isinstance(scope.node, ast.ClassDef):
                for base in scope.node.bases:
                    if name := self._imported_name(base, scope.parent):
                        yield from (f"{name}.{method}" for method in TOOL_METHODS)

    def _aliases(self) -> Iterator[tuple[str, str]]:
        """Yield the variables of the module, each with the name that it refers to (see `FileAnalysis.aliases`)."""
        count = 0
        for name, bindings in self._symbols.scopes[0].bindings.items():
            for binding in bindings[:_MAX_MEANINGS]:
                meaning = self._meaning(binding)
                if meaning and meaning != name and count < MAX_ALIASES:
                    count += 1
                    yield name, meaning

    def _meaning(self, binding: Binding) -> str:
        if binding.kind is BindingKind.IMPORT:
            return binding.dotted_name if may_be_in_release(binding.dotted_name) else ""
        value = binding.value.func if isinstance(binding.value, ast.Call) else binding.value
        if binding.kind is not BindingKind.VALUE or not isinstance(value, NAME_NODES):
            return ""
        inner = self._resolver.called_scope(value, binding.scope)
        if inner >= 0:
            return "=" + self._symbols.scopes[inner].name
        return self._imported_name(value, binding.scope)

    def _add_run_by_name(self, draft: UnitDraft, call: ast.Call, name: str, scope: int) -> None:
        """Add the files and modules that a call runs by their names."""
        if name in IMPORT_FUNCTIONS:
            module = self._resolver.constant_value(call.args[0], scope) if call.args else None
            if isinstance(module, str) and may_be_in_release(module):
                draft.imports.add(module)
            return
        texts = list(self._argument_texts(call, scope)) if self._command_chars_left >= 0 else []
        for text in (*texts, " ".join(texts)[:_MAX_TEXT]) if len(texts) > 1 else texts:
            if self._command_chars_left < 0:
                return
            self._command_chars_left -= len(text) + 16
            draft.add_command(text)
        if name.startswith("runpy.run_module") and texts and may_be_in_release(texts[0]):
            draft.files.add(f"-m {texts[0]}")

    def _argument_texts(self, call: ast.Call, scope: int) -> Iterator[str]:
        """Yield the constant texts in the arguments of a call, and in the values of their variables."""
        todo: list[tuple[ast.AST, int]] = [(argument, _MAX_HOPS) for argument in reversed(call.args)]
        todo += [(keyword.value, _MAX_HOPS) for keyword in call.keywords if keyword.arg in _COMMAND_ARGUMENTS]
        visited = found = 0
        while todo and visited < _MAX_NODES and found < _MAX_TEXTS:
            node, hops = todo.pop()
            visited += 1
            if isinstance(node, ast.Constant):
                if isinstance(node.value, str) and len(node.value) <= _MAX_TEXT:
                    found += 1
                    yield node.value
            elif isinstance(node, ast.BinOp | ast.JoinedStr) and isinstance(
                text := self._resolver.constant_value(node, scope), str
            ):
                if len(text) <= _MAX_TEXT:
                    found += 1
                    yield text
            elif isinstance(node, ast.Name):
                bindings = (self._resolver.bindings(node.id, scope) or ())[:_MAX_BINDINGS] if hops else ()
                todo += [(binding.value, hops - 1) for binding in bindings if binding.value is not None]
            else:
                todo += [(child, hops) for child in reversed(child_nodes(node))]
