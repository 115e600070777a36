"""Finds the scopes of one file that run by themselves: when it is imported, or when it is installed."""

import ast
from collections.abc import Iterator

from features.code.evaluate.resolve import Resolver
from features.code.parse.ast_walk import argument_nodes
from features.code.parse.branch_tests import INSTALLER_WORDS
from features.code.parse.symbol_table import IN_MAIN_GUARD, UNDER_COMMAND_TEST, BindingKind, ScopeKind
from features.contract import Role

TOOL_METHODS = (
    "run",
    "initialize_options",
    "finalize_options",
    "__init__",
    "initialize",
    "finalize",
    "update",
    "__del__",
)
"""Methods of a setuptools command or of a build hook that the build tool calls."""
IMPLICIT_METHODS = (
    "__init__",
    "__new__",
    "__call__",
    "__post_init__",
    "__init_subclass__",
    "__enter__",
    "__exit__",
    "__aenter__",
    "__iter__",
    "__next__",
    "__str__",
    "__repr__",
    "__eq__",
    "__reduce__",
    "__reduce_ex__",
    "__getitem__",
    "__get__",
    "find_spec",
    "find_module",
    "__del__",
    "__set_name__",
)
"""Methods that run when a class is called, or soon after: what every use of an object, or Python itself, calls."""
_METACLASS_METHODS = ("__new__", "__init__", "__prepare__", "__call__")

_MAX_VALUES = 4
_COMMAND_BASES = INSTALLER_WORDS | {"_install", "_develop", "_egg_info", "_build_py", "_build", "BuildHookInterface"}
_COMMAND_SUFFIXES = ("install", "develop", "egg_info", "build_py", "build_ext")
_BUILD_HOOKS = frozenset(
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
"""Functions of a build backend (PEP 517, PEP 660)."""
_PASSED_NODES = (ast.Name, ast.Attribute, ast.Lambda)


def running_scopes(resolver: Resolver, role: Role) -> frozenset[int]:
    """Return the scopes that run when the file does: as a script for INSTALL, as an import otherwise.

    It follows calls of the file's functions, classes and methods, functions passed as arguments of calls
    (threads, `map`, `atexit`) and decorators; for INSTALL also the classes given to setuptools as commands and the
    hooks of a build backend.
    """
    skipped = UNDER_COMMAND_TEST if role is Role.INSTALL else IN_MAIN_GUARD
    calls: dict[int, list[ast.Call]] = {}
    for call, scope, flags in resolver.symbols.calls:
        if not flags & skipped:
            calls.setdefault(scope, []).append(call)
    running: set[int] = set()
    queue = [0, *tool_scopes(resolver, role)]
    while queue:
        scope = queue.pop()
        if scope < 0 or scope in running:
            continue
        running.add(scope)
        queue += defined_scopes(resolver, scope)
        for call in calls.get(scope, ()):
            queue += called_scopes(resolver, call, scope)
    return frozenset(running)


def defined_scopes(resolver: Resolver, scope: int) -> list[int]:
    """Return the scopes that run because a scope defines them: class bodies, and the decorators of functions.

    -1 means a decorator of another file.
    """
    found: list[int] = []
    symbols = resolver.symbols
    for bindings in symbols.scopes[scope].bindings.values():
        for binding in bindings:
            if binding.kind is not BindingKind.SCOPE:
                continue
            inner = symbols.scopes[binding.scope]
            if inner.kind is ScopeKind.CLASS:
                found.append(inner.index)
            node = inner.node
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found += [resolver.called_scope(decorator, scope) for decorator in node.decorator_list]
            if isinstance(node, ast.ClassDef):
                found += _class_hooks(resolver, node, scope)
    return found


def _class_hooks(resolver: Resolver, node: ast.ClassDef, scope: int) -> Iterator[int]:
    """Yield the methods of bases and of the metaclass that run because a class is defined."""
    scopes = resolver.symbols.scopes
    for base in node.bases:
        inner = resolver.called_scope(base, scope)
        if inner >= 0 and scopes[inner].kind is ScopeKind.CLASS:
            yield resolver.find_method(inner, "__init_subclass__")
    for keyword in node.keywords:
        inner = resolver.called_scope(keyword.value, scope)
        if inner >= 0 and scopes[inner].kind is ScopeKind.CLASS:
            yield from (resolver.find_method(inner, method) for method in _METACLASS_METHODS)


def called_scopes(resolver: Resolver, call: ast.Call, scope: int) -> list[int]:
    """Return the scopes of the file that a call runs or passes on; -1 means code outside the file."""
    scopes = resolver.symbols.scopes
    found = [resolver.called_scope(call.func, scope)]
    for argument in argument_nodes(call):
        if isinstance(argument, _PASSED_NODES):
            inner = resolver.called_scope(argument, scope)
            if inner >= 0 and scopes[inner].kind is not ScopeKind.CLASS:
                found.append(inner)
    for inner in tuple(found):
        if inner >= 0 and scopes[inner].kind is ScopeKind.CLASS:
            found += [resolver.find_method(inner, method) for method in IMPLICIT_METHODS]
    return found


def tool_scopes(resolver: Resolver, role: Role) -> list[int]:
    """Return the scopes of an install file that setuptools or a build frontend runs; [] for other files."""
    if role is not Role.INSTALL:
        return []
    found: list[int] = []
    installing, other = _command_classes(resolver)
    for scope in resolver.symbols.scopes:
        node = scope.node
        if scope.kind is ScopeKind.CLASS and isinstance(node, ast.ClassDef):
            if scope.index in installing or (scope.index not in other and _is_command(resolver, node, scope.parent)):
                found.append(scope.index)
                found += [resolver.find_method(scope.index, method) for method in TOOL_METHODS]
        elif scope.kind is ScopeKind.FUNCTION and scope.parent == 0 and scope.name in _BUILD_HOOKS:
            found.append(scope.index)
    return found


def dict_entries(resolver: Resolver, node: ast.expr, scope: int) -> list[tuple[str | None, ast.expr]]:
    """Return the keys and values of a dictionary, or of a call of `dict`; a key is None if it is not constant text."""
    if isinstance(node, ast.Name):
        values = [binding.value for binding in resolver.bindings(node.id, scope) or () if binding.value is not None]
        dictionaries = [value for value in values[:_MAX_VALUES] if isinstance(value, ast.Dict)]
        return [entry for dictionary in dictionaries for entry in dict_entries(resolver, dictionary, scope)]
    if isinstance(node, ast.Call):
        return [(keyword.arg, keyword.value) for keyword in node.keywords]
    if not isinstance(node, ast.Dict):
        return []
    entries: list[tuple[str | None, ast.expr]] = []
    for key, value in zip(node.keys, node.values, strict=True):
        text = resolver.constant_value(key, scope) if key is not None else None
        entries.append((text if isinstance(text, str) else None, value))
    return entries


def _command_classes(resolver: Resolver) -> tuple[set[int], set[int]]:
    """Return the classes that `cmdclass` assigns to commands an installer runs, and those only for other commands."""
    installing: set[int] = set()
    other: set[int] = set()
    for call, scope, _ in resolver.symbols.calls:
        for keyword in call.keywords:
            if keyword.arg != "cmdclass":
                continue
            for command, value in dict_entries(resolver, keyword.value, scope):
                inner = resolver.called_scope(value, scope)
                if inner >= 0:
                    (installing if command is None or command in INSTALLER_WORDS else other).add(inner)
    return installing, other - installing


def _is_command(resolver: Resolver, node: ast.ClassDef, scope: int) -> bool:
    """Return whether a base of a class has the name of a command that an installer runs."""
    for base in node.bases:
        resolved = resolver.dotted_name(base, scope).rpartition(".")[2]
        written = base.id if isinstance(base, ast.Name) else ""
        for name in (resolved, written):
            if name in _COMMAND_BASES or name.lower().endswith(_COMMAND_SUFFIXES):
                return True
    return False
