"""Which functions of a file run by themselves: when it is imported, or when it is installed."""

import ast

from features.contract import Role
from features.syntax.outline import MAIN, Bind
from features.syntax.resolve import Resolver

_COMMANDS = frozenset(
    """install develop egg_info build_py build_ext build sdist bdist bdist_egg bdist_wheel Command install_lib
    install_scripts install_data editable_wheel easy_install test upload build_clib build_scripts dist_info
    InstallCommand PostInstallCommand _install _develop _egg_info _build_py _build InstallLib Install Develop
    BuildHookInterface MetadataHookInterface""".split()
)
_RUN_BY_TOOL = ("run", "initialize_options", "finalize_options", "__init__", "initialize", "finalize", "update", "__del__")
_HOOKS = frozenset(
    """build_wheel build_sdist build_editable get_requires_for_build_wheel get_requires_for_build_sdist
    get_requires_for_build_editable prepare_metadata_for_build_wheel prepare_metadata_for_build_editable""".split()
)
_BY_ITSELF = ("__init__", "__new__", "__call__", "__post_init__", "__init_subclass__", "__enter__", "__del__", "__set_name__")


def running_scopes(names: Resolver, role: Role) -> frozenset[int]:
    """Return the scopes that run when the file does: as a script for INSTALL, as an import otherwise.

    Followed: calls of this file's functions, classes and methods, functions handed to something that is called
    (threads, `map`, `atexit`), decorators; for INSTALL also the classes that setuptools' commands are replaced
    by and the hooks of a build backend.
    """
    outline = names.outline
    by_scope: dict[int, list[tuple[ast.Call, int]]] = {}
    for call, scope, flags in outline.calls:
        if role is not Role.INSTALL and flags & MAIN:
            continue
        by_scope.setdefault(scope, []).append((call, flags))
    running: set[int] = set()
    queue = [0, *_started_by_tools(names, role)]
    while queue:
        scope = queue.pop()
        if scope < 0 or scope in running:
            continue
        running.add(scope)
        queue += _inside(names, scope)
        for call, _ in by_scope.get(scope, ()):
            queue += _called(names, call, scope)
    return frozenset(running)


def _inside(names: Resolver, scope: int) -> list[int]:
    """Return the class bodies and decorated functions of a scope: they run with it."""
    found: list[int] = []
    outline = names.outline
    for bound in outline.scopes[scope].bindings.values():
        for binding in bound:
            if binding.how is not Bind.SCOPE:
                continue
            inner = outline.scopes[binding.scope]
            if inner.kind == "class":
                found.append(inner.index)
            node = inner.node
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found += [names.target(decorator, scope) for decorator in node.decorator_list]
    return found


def _called(names: Resolver, call: ast.Call, scope: int) -> list[int]:
    outline = names.outline
    found = [names.target(call.func, scope)]
    for value in (*call.args, *(keyword.value for keyword in call.keywords)):
        if isinstance(value, ast.Name | ast.Attribute | ast.Lambda):
            inner = names.target(value, scope)
            if inner >= 0 and outline.scopes[inner].kind != "class":
                found.append(inner)
    for inner in tuple(found):
        if inner >= 0 and outline.scopes[inner].kind == "class":
            found += [names.member(inner, method) for method in _BY_ITSELF]
    return found


def _started_by_tools(names: Resolver, role: Role) -> list[int]:
    if role is not Role.INSTALL:
        return []
    found: list[int] = []
    for scope in names.outline.scopes:
        if scope.kind == "class" and isinstance(scope.node, ast.ClassDef) and _is_command(names, scope.node, scope.parent):
            found.append(scope.index)
            found += [names.member(scope.index, method) for method in _RUN_BY_TOOL]
        elif scope.kind == "function" and scope.parent == 0 and scope.name in _HOOKS:
            found.append(scope.index)
    return found


def _is_command(names: Resolver, node: ast.ClassDef, scope: int) -> bool:
    for base in node.bases:
        last = names.dotted(base, scope).rpartition(".")[2]
        if isinstance(base, ast.Name):
            last = last if last in _COMMANDS else base.id
        if last in _COMMANDS or last.lower().endswith(("install", "develop", "egg_info", "build_py", "command", "build_ext")):
            return True
    return False
