"""Detects functions of other libraries that are replaced by acting functions of this file."""

import ast
from collections.abc import Iterator

from features.code.detect.contract import CallSite, Detection, Detector, FileContext
from features.code.evaluate.resolve import Resolver

_WRAPPERS = frozenset(
    ("staticmethod", "classmethod", "property", "functools.partial", "functools.lru_cache", "types.MethodType",
     "types.FunctionType", "wrapt.wrap_function_wrapper")
)  # fmt: skip
"""Functions whose first argument is the function that is called in the end."""
_MAX_STEPS = 4
"""Wrappers around a function that are taken off."""
_MAX_INNER = 64


class PatchedLibraries(Detector):
    """Reads the attributes that are set on imported modules, by assignment or by `setattr`."""

    rules = ("patches_library",)
    behaviours = frozenset(("dynamic_attribute",))

    def __init__(self, file: FileContext) -> None:
        super().__init__(file)
        self._set_by_name: list[tuple[ast.Attribute, ast.expr, int]] = []

    def check_call(self, site: CallSite) -> tuple[()]:
        """Record an attribute that `setattr` sets; return no rule."""
        if site.name == "setattr" and len(site.call.args) == 3:
            owner, _, value = site.call.args
            attribute = ast.copy_location(ast.Attribute(owner, "", ast.Store()), site.call)
            self._set_by_name.append((attribute, value, site.scope))
        return ()

    def check_file(self) -> Iterator[Detection]:
        """Yield `patches_library` for each attribute of another library that a function of this file replaces."""
        for attribute, value, scope in (*self.resolver.symbols.attribute_stores, *self._set_by_name):
            if is_foreign(attribute, scope, self.resolver):
                function = replacement(value, scope, self.resolver)
                if function >= 0 and self._acts(function):
                    yield Detection("patches_library", attribute, scope)

    def _acts(self, function: int) -> bool:
        """Return whether a function acts, or a function, a lambda or a method inside it."""
        if self.acting.acts(function):
            return True
        inside = {function}
        for scope in self.resolver.symbols.scopes[function + 1 :]:
            if scope.parent in inside and len(inside) < _MAX_INNER:
                if self.acting.acts(scope.index):
                    return True
                inside.add(scope.index)
        return False


def replacement(value: ast.expr, scope: int, resolver: Resolver) -> int:
    """Return the scope of the function or class of this file that a value is or wraps, -1 if there is none."""
    for _ in range(_MAX_STEPS):
        if isinstance(value, ast.Attribute) and value.attr in {"__code__", "__func__"}:
            value = value.value
        elif isinstance(value, ast.Call) and value.args and _is_wrapper(value.func, scope, resolver):
            value = value.args[0]
        else:
            break
    # The result of a decorator of this file is one of the functions inside it.
    called = value.func if isinstance(value, ast.Call) else value
    return resolver.called_scope(called, scope) if isinstance(called, ast.Name | ast.Lambda) else -1


def is_foreign(attribute: ast.Attribute, scope: int, resolver: Resolver) -> bool:
    """Return whether an attribute belongs to something imported from elsewhere."""
    base: ast.expr = attribute.value
    while isinstance(base, ast.Attribute):
        base = base.value
    if not isinstance(base, ast.Name):
        return False
    bound = resolver.bindings(base.id, scope) or ()
    imported = any(binding.dotted_name and not binding.dotted_name.startswith(".") for binding in bound)
    return imported and bool(resolver.dotted_name(attribute, scope))


def _is_wrapper(func: ast.expr, scope: int, resolver: Resolver) -> bool:
    """Return whether a call passes on its first argument, as `staticmethod` and `functools.wraps(old)` do."""
    if isinstance(func, ast.Call):
        return resolver.dotted_name(func.func, scope) in {"functools.wraps", "functools.update_wrapper"}
    return resolver.dotted_name(func, scope) in _WRAPPERS
