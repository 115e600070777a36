"""Which functions of a file run by themselves: when it is imported, or when it is installed."""

import ast

from features.code.evaluate.resolve import Resolver
from features.code.parse.ast_walk import argument_nodes
from features.code.parse.branch_tests import INSTALLER_WORDS
from features.code.parse.symbol_table import IN_MAIN_GUARD, UNDER_COMMAND_TEST, BindingKind, ScopeKind
from features.contract import Role

_BASES = INSTALLER_WORDS | {"_install", "_develop", "_egg_info", "_build_py", "_build", "BuildHookInterface"}
RUN_BY_TOOL = (
    "run",
    "initialize_options",
    "finalize_options",
    "__init__",
    "initialize",
    "finalize",
    "update",
    "__del__",
)
"""Methods of a command, or of a build hook, that the tool calls."""
_HOOKS = frozenset(
    [
        "build_wheel",
        "build_sdist",
        "build_editable",
        "get_requires_for_build_wheel",
        "get_requires_for_build_sdist",
        "get_requires_for_build_editable",
        "prepare_metadata_for_build_wheel",
        "prepare_metadata_for_build_editable",
    ]
)
_HANDED = (ast.Name, ast.Attribute, ast.Lambda)
BY_ITSELF = (
    "__init__",
    "__new__",
    "__call__",
    "__post_init__",
    "__init_subclass__",
    "__enter__",
    "__del__",
    "__set_name__",
)
"""Methods that run where a class is called, or soon after."""


def running_scopes(names: Resolver, role: Role) -> frozenset[int]:
    """Return the scopes that run when the file does: as a script for INSTALL, as an import otherwise.

    Followed: calls of this file's functions, classes and methods, functions handed to something that is called
    (threads, `map`, `atexit`), decorators; for INSTALL also the classes that setuptools' commands are replaced
    by and the hooks of a build backend.
    """
    outline = names.symbols
    by_scope: dict[int, list[tuple[ast.Call, int]]] = {}
    for call, scope, flags in outline.calls:
        if flags & (UNDER_COMMAND_TEST if role is Role.INSTALL else IN_MAIN_GUARD):
            continue
        by_scope.setdefault(scope, []).append((call, flags))
    running: set[int] = set()
    queue = [0, *started_by_tools(names, role)]
    while queue:
        scope = queue.pop()
        if scope < 0 or scope in running:
            continue
        running.add(scope)
        queue += inside(names, scope)
        for call, _ in by_scope.get(scope, ()):
            queue += called(names, call, scope)
    return frozenset(running)


def inside(names: Resolver, scope: int) -> list[int]:
    """Return the class bodies and decorated functions of a scope: they run with it."""
    found: list[int] = []
    outline = names.symbols
    for bound in outline.scopes[scope].bindings.values():
        for binding in bound:
            if binding.kind is not BindingKind.SCOPE:
                continue
            inner = outline.scopes[binding.scope]
            if inner.kind is ScopeKind.CLASS:
                found.append(inner.index)
            node = inner.node
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found += [names.called_scope(decorator, scope) for decorator in node.decorator_list]
    return found


def called(names: Resolver, call: ast.Call, scope: int) -> list[int]:
    """Return the scopes of this file that a call runs or hands on; -1 stands for none."""
    outline = names.symbols
    found = [names.called_scope(call.func, scope)]
    for value in argument_nodes(call):
        if isinstance(value, _HANDED):
            inner = names.called_scope(value, scope)
            if inner >= 0 and outline.scopes[inner].kind is not ScopeKind.CLASS:
                found.append(inner)
    for inner in tuple(found):
        if inner >= 0 and outline.scopes[inner].kind is ScopeKind.CLASS:
            found += [names.find_method(inner, method) for method in BY_ITSELF]
    return found


def started_by_tools(names: Resolver, role: Role) -> list[int]:
    """Return the scopes of an install file that setuptools or a build frontend runs."""
    if role is not Role.INSTALL:
        return []
    found: list[int] = []
    replaced, other = _command_classes(names)
    for scope in names.symbols.scopes:
        node = scope.node
        if scope.kind is ScopeKind.CLASS and isinstance(node, ast.ClassDef):
            if scope.index in replaced or (scope.index not in other and _is_command(names, node, scope.parent)):
                found.append(scope.index)
                found += [names.find_method(scope.index, method) for method in RUN_BY_TOOL]
        elif scope.kind is ScopeKind.FUNCTION and scope.parent == 0 and scope.name in _HOOKS:
            found.append(scope.index)
    return found


def _command_classes(names: Resolver) -> tuple[set[int], set[int]]:
    """Return the classes that `cmdclass` gives to commands an installer runs, and those it gives to others."""
    replaced: set[int] = set()
    other: set[int] = set()
    for call, scope, _ in names.symbols.calls:
        for keyword in call.keywords:
            if keyword.arg != "cmdclass":
                continue
            for key, value in items(names, keyword.value, scope):
                inner = names.called_scope(value, scope)
                if inner >= 0:
                    (replaced if key is None or key in INSTALLER_WORDS else other).add(inner)
    return replaced, other - replaced


def items(names: Resolver, node: ast.expr, scope: int) -> list[tuple[str | None, ast.expr]]:
    """Return the entries of a dictionary; a key that is not constant is None."""
    if isinstance(node, ast.Name):
        found = [binding.value for binding in names.bindings(node.id, scope) or () if binding.value is not None]
        return [item for value in found[:4] if isinstance(value, ast.Dict) for item in items(names, value, scope)]
    if isinstance(node, ast.Call):
        return [(keyword.arg, keyword.value) for keyword in node.keywords]
    if not isinstance(node, ast.Dict):
        return []
    entries: list[tuple[str | None, ast.expr]] = []
    for key, value in zip(node.keys, node.values, strict=True):
        said = names.constant_value(key, scope) if key is not None else None
        entries.append((said if isinstance(said, str) else None, value))
    return entries


def _is_command(names: Resolver, node: ast.ClassDef, scope: int) -> bool:
    for base in node.bases:
        last = names.dotted_name(base, scope).rpartition(".")[2]
        written = base.id if isinstance(base, ast.Name) else ""
        for name in (last, written):
            if name in _BASES or name.lower().endswith(("install", "develop", "egg_info", "build_py", "build_ext")):
                return True
    return False
