"""Detects functions of other libraries that are replaced by acting functions of this file."""

import ast
from collections.abc import Iterator

from features.code.detect.contract import CallSite, Detection, Detector, FileContext
from features.code.evaluate.resolve import Resolver


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
            if patches_library(attribute, value, scope, self.resolver):
                function = self.resolver.called_scope(value, scope)
                if self.acting.acts(function):
                    yield Detection("patches_library", attribute, scope)


def patches_library(attribute: ast.Attribute, value: ast.expr, scope: int, resolver: Resolver) -> bool:
    """Return whether a function of this file replaces an attribute of something imported from elsewhere."""
    if not isinstance(value, ast.Name | ast.Lambda) or resolver.called_scope(value, scope) < 0:
        return False
    base: ast.expr = attribute.value
    while isinstance(base, ast.Attribute):
        base = base.value
    if not isinstance(base, ast.Name):
        return False
    bound = resolver.bindings(base.id, scope) or ()
    is_foreign = any(binding.dotted_name and not binding.dotted_name.startswith(".") for binding in bound)
    return is_foreign and bool(resolver.dotted_name(attribute, scope))
