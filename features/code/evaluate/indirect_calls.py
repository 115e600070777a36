"""Finds functions that are called without a call: passed on, named as a decorator, put in the place of an operator.

`map(os.system, ["id"])`, `@exec` above a function, `__reduce__` that returns `(os.system, ("id",))`: Python calls the
function all the same. Each is given as a call of its own, so that whatever reads calls reads it too.
"""

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from features.code.evaluate.api_behaviours import EXECUTING, find_behaviours
from features.code.evaluate.name_lookups import object_name
from features.code.evaluate.resolve import Resolver
from features.code.parse.ast_walk import NAME_NODES, walk_nodes
from features.code.parse.executing_names import ACTING_ATTRIBUTES, SOURCE_BUILTINS
from features.code.parse.symbol_table import BindingKind, ScopeKind


class IndirectCall(NamedTuple):
    """A call that Python makes for the code; `name` is the function, `rule` the syntax rule that it matches, or ""."""

    call: ast.Call
    scope: int
    flags: int
    name: str
    rule: str


_PASSED, _DECORATED, _REBUILT = "", "decorator_executes", "reduce_executes"
_BOUND, _CONFIGURED = "operator_executes", "configured_execution"
INDIRECT_RULES = (_DECORATED, _REBUILT, _BOUND, _CONFIGURED)

_NOT_CALLED_BY = frozenset(
    ("isinstance", "issubclass", "hasattr", "getattr", "callable", "id", "repr", "print", "str", "type", "len", "hash",
     "super", "dict", "set", "tuple", "list", "bool", "dir", "vars", "staticmethod", "setattr", "cast", "wraps",
     "update_wrapper", "signature", "getsource", "getdoc", "TypeVar", "NewType", "patch", "object",
     "spec", "append", "add", "isfunction", "ismethod", "iscoroutinefunction", "assertIs", "assertEqual", "assertIsNot",
     "assertRaises", "raises", "partial", "partialmethod", "methodcaller", "attrgetter", "singledispatch", "format",
     "debug", "info", "warning", "error", "warn", "exec", "eval", "copy", "deepcopy", "join", "index", "setitem")
)  # fmt: skip
"""Last names of functions that are given a function and do not call it."""
_MAKERS = ("partial", "getattr", "attrgetter", "methodcaller", "resolve_name", "locate")
"""Last names of functions whose result is a function."""
_METHODS_OF_OS = ("system", "popen", "execv", "spawnv")
_ARGUMENTS = ("args", "initargs", "kwargs")
_REDUCERS = ("__reduce__", "__reduce_ex__")
_COPYREG = ("copyreg.pickle", "copy_reg.pickle")
_CONFIGURATORS = ("logging.config.dictConfig", "logging.config.DictConfigurator", "logging.config.dictConfigClass")
_COMMON_WORDS = frozenset(("run", "call", "main", "spawn", "interact", "getattr", "partial", "eval"))
_TELLING_WORDS = (ACTING_ATTRIBUTES | set(_MAKERS)) - _COMMON_WORDS
"""Names without which nothing in a file gives a function that executes, but for the common ones ..."""
_TELLING_MODULES = frozenset(
    ("subprocess", "builtins", "__builtins__", "posix", "pty", "runpy", "code", "pexpect", "sh", "eval", "pip", "os")
)
"""... which need one of these beside them."""
_CONFIGURING_WORDS = ("dictConfig", "dictConfigClass", "DictConfigurator", "copyreg", "copy_reg")
_FACTORY_KEYS = ("()", "class", "_target_")
_HOOKS = ("excepthook", "displayhook", "breakpointhook", "unraisablehook")
_MAX_NODES = 400
_MAX_RETURNS = 4


def find_indirect_calls(resolver: Resolver) -> list[IndirectCall]:
    """Return the indirect calls of functions that execute code or start a program, in no particular order."""
    symbols = resolver.symbols
    words = symbols.identifiers | {node.attr for node, _, _ in symbols.attributes}
    words |= {name[name.rfind(".") + 1 :] for name, _, _ in symbols.imports}
    found: list[IndirectCall] = []
    if not words.isdisjoint(_CONFIGURING_WORDS):
        found += _configured_calls(resolver)
    if (
        words.isdisjoint(_TELLING_WORDS)
        and (words.isdisjoint(_COMMON_WORDS) or words.isdisjoint(_TELLING_MODULES))
        and not symbols.star_imports
    ):
        return found
    variables = _executing_variables(resolver)
    return [*found, *_passed(resolver, variables), *_from_scopes(resolver, variables), *_bound(resolver, variables)]


def _executing_name(node: ast.expr, scope: int, resolver: Resolver) -> str:
    """Return the dotted name of a function that executes, "" for any other and for a class."""
    name = resolver.dotted_name(node, scope)
    if not name or name == "compile" or name.startswith("?.") or name.rpartition(".")[2][:1].isupper():
        return ""
    return "" if EXECUTING.isdisjoint(find_behaviours(name)) else name


def _executing_variables(resolver: Resolver) -> frozenset[str]:
    """Return the names that may stand for a function that executes, judged by their last part alone."""
    found = set(SOURCE_BUILTINS)
    for scope in resolver.symbols.scopes:
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                value = binding.value
                if value is None:
                    if binding.dotted_name.rpartition(".")[2] in ACTING_ATTRIBUTES:
                        found.add(name)
                elif _last_name(value) in ACTING_ATTRIBUTES or _is_maker(value):
                    found.add(name)
    if resolver.symbols.star_imports:
        found |= ACTING_ATTRIBUTES
    return frozenset(found)


def _last_name(node: ast.expr | None) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _is_maker(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and _last_name(node.func) in _MAKERS


def _may_execute(node: ast.expr, variables: frozenset[str]) -> bool:
    """Return whether an expression has the name of a function that executes, which costs less than to resolve it."""
    if isinstance(node, ast.Name):
        return node.id in variables
    return isinstance(node, ast.Attribute) and node.attr in ACTING_ATTRIBUTES


def _passed(resolver: Resolver, variables: frozenset[str]) -> Iterator[IndirectCall]:
    """Yield the functions that another function is given to call."""
    for call, scope, flags in resolver.symbols.calls:
        for argument in (*call.args, *[keyword.value for keyword in call.keywords]) if call.keywords else call.args:
            if not (_may_execute(argument, variables) or _is_maker(argument)):
                continue
            name = _passed_name(argument, scope, resolver)
            if name and _last_name(call.func) not in _NOT_CALLED_BY and name != resolver.called_name(call, scope):
                yield IndirectCall(_call_of(argument, _others(call, argument), call), scope, flags, name, _PASSED)


def _configured_calls(resolver: Resolver) -> Iterator[IndirectCall]:
    """Yield the functions that a configuration of logging names, and those that `copyreg` is given."""
    for call, scope, flags in resolver.symbols.calls:
        name = resolver.dotted_name(call.func, scope)
        if name in _CONFIGURATORS and call.args:
            yield from _configured(call, scope, flags, resolver)
        elif name in _COPYREG and len(call.args) > 1:
            yield from _rebuilt(resolver.called_scope(call.args[1], scope), scope, flags, resolver)


def _passed_name(argument: ast.expr, scope: int, resolver: Resolver) -> str:
    if isinstance(argument, ast.Call) and resolver.dotted_name(argument.func, scope) == "operator.methodcaller":
        method = resolver.constant_value(argument.args[0], scope) if argument.args else None
        return f"os.{method}" if isinstance(method, str) and method in _METHODS_OF_OS else ""
    return _executing_name(argument, scope, resolver)


def _others(call: ast.Call, argument: ast.expr) -> list[ast.expr]:
    """Return what a passed function may be called with: the other arguments, those of `args=(...)` by themselves."""
    others: list[ast.expr] = list(argument.args[1:]) if isinstance(argument, ast.Call) else []
    others += [other for other in call.args if other is not argument]
    for keyword in call.keywords:
        if keyword.value is argument:
            continue
        if keyword.arg in _ARGUMENTS and isinstance(keyword.value, ast.Tuple | ast.List):
            others += keyword.value.elts
        else:
            others.append(keyword.value)
    if len(others) == 1 and isinstance(others[0], ast.List | ast.Tuple) and others[0].elts:
        return list(others[0].elts)
    return others


def _call_of(func: ast.expr, args: Sequence[ast.expr], at: ast.AST) -> ast.Call:
    """Return a call that stands where `at` does in the source."""
    return ast.copy_location(ast.Call(func, list(args), []), at)


def _configured(call: ast.Call, scope: int, flags: int, resolver: Resolver) -> Iterator[IndirectCall]:
    """Yield the functions that a dictionary of `logging.config.dictConfig` names as makers of handlers."""
    table: ast.expr | None = call.args[0]
    if isinstance(table, ast.Name):
        bound = resolver.bindings(table.id, scope) or ()
        table = next((b.value for b in bound if b.value is not None), None)
    for node in walk_nodes(table, _MAX_NODES) if table is not None else ():
        if not isinstance(node, ast.Dict):
            continue
        for key, value in zip(node.keys, node.values, strict=True):
            if not isinstance(key, ast.Constant) or key.value not in _FACTORY_KEYS:
                continue
            text = resolver.constant_value(value, scope)
            name = object_name(text) if isinstance(text, str) else _executing_name(value, scope, resolver)
            if name and not EXECUTING.isdisjoint(find_behaviours(name)):
                others = [other for other in node.values if other is not value]
                yield IndirectCall(_call_of(call.func, others, node), scope, flags, name, _CONFIGURED)


def _from_scopes(resolver: Resolver, variables: frozenset[str]) -> Iterator[IndirectCall]:
    """Yield the decorators of functions and classes, and the functions that `__reduce__` names."""
    for scope in resolver.symbols.scopes:
        node = scope.node
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and node.decorator_list
            and any(_may_execute(decorator, variables) for decorator in node.decorator_list)
        ):
            yield from _decorated(node, scope.parent, resolver)
        if scope.kind is ScopeKind.CLASS:
            for method in _REDUCERS:
                for binding in scope.bindings.get(method, ()):
                    inner = binding.scope if binding.kind is BindingKind.SCOPE else -1
                    if isinstance(binding.value, ast.Lambda | ast.Name):
                        inner = resolver.called_scope(binding.value, binding.scope)
                    yield from _rebuilt(inner, scope.index, binding.flags, resolver)


def _decorated(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, scope: int, resolver: Resolver
) -> Iterator[IndirectCall]:
    inner: ast.expr = ast.copy_location(ast.Name(node.name, ast.Load()), node)
    for decorator in reversed(node.decorator_list):
        call = _call_of(decorator, [inner], decorator)
        if isinstance(decorator, NAME_NODES) and (name := _executing_name(decorator, scope, resolver)):
            yield IndirectCall(call, scope, 0, name, _DECORATED)
        inner = call


def _rebuilt(function: int, scope: int, flags: int, resolver: Resolver) -> Iterator[IndirectCall]:
    """Yield the functions that a reducer tells `pickle` and `copy` to call, with their arguments."""
    if function < 0:
        return
    for value in resolver.symbols.scopes[function].returns[:_MAX_RETURNS]:
        if isinstance(value, ast.Tuple) and value.elts:
            maker, *rest = value.elts
            name = _executing_name(maker, function, resolver)
            if not name and "Popen" in resolver.dotted_name(maker, function):
                name = "subprocess.Popen"
            if name:
                args = rest[0].elts if rest and isinstance(rest[0], ast.Tuple) else rest[:1]
                yield IndirectCall(_call_of(maker, args, value), scope, flags, name, _REBUILT)


def _bound(resolver: Resolver, variables: frozenset[str]) -> Iterator[IndirectCall]:
    """Yield the functions that take the place of an operator of a class, or of a hook of the interpreter."""
    for scope in resolver.symbols.scopes:
        if scope.kind is not ScopeKind.CLASS:
            continue
        for method, bindings in scope.bindings.items():
            for binding in bindings if _is_dunder(method) else ():
                value = binding.value
                if value is not None and binding.kind is BindingKind.VALUE and _may_execute(value, variables):
                    yield from _bound_call(value, scope.index, binding.flags, value, resolver)
    for attribute, value, index in resolver.symbols.attribute_stores:
        if (_is_dunder(attribute.attr) or attribute.attr in _HOOKS) and _may_execute(value, variables):
            yield from _bound_call(value, index, 0, attribute, resolver)


def _bound_call(value: ast.expr, scope: int, flags: int, at: ast.AST, resolver: Resolver) -> Iterator[IndirectCall]:
    if name := _executing_name(value, scope, resolver):
        yield IndirectCall(_call_of(value, (), at), scope, flags, name, _BOUND)


def _is_dunder(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
