"""Finds the bindings, functions and classes of a file that are visible from a scope."""

import ast

from features.code.parse.symbol_table import Binding, BindingKind, Scope, ScopeKind, SymbolTable

MAX_DEPTH = 40
"""Depth to which names and nested expressions are followed."""
_CALLABLE_NODES = (ast.Name, ast.Lambda, ast.Attribute)
"""Expressions that may refer to a function of the file; others are not followed."""


class ScopeLookup:
    """Looks up names of one file; results are kept, so that the time is linear in the size of the file."""

    def __init__(self, symbols: SymbolTable) -> None:
        self.symbols = symbols
        self._lambdas = {id(scope.node): scope.index for scope in symbols.scopes if scope.kind is ScopeKind.LAMBDA}
        self._callable_names, self._method_names = _names_of_callables(symbols)
        self._called_scopes: dict[int, int] = {}

    def bindings(self, name: str, scope: int) -> list[Binding] | None:
        """Return the bindings of a name that are visible from a scope; None if this file never binds it."""
        scopes = self.symbols.scopes
        at = scope
        while at >= 0:
            here: Scope = scopes[at]
            found = here.bindings.get(name)
            if found is not None and (at == scope or here.kind is not ScopeKind.CLASS):
                return found
            at = here.parent
        return None

    def called_scope(self, func: ast.expr, scope: int, depth: int = 0) -> int:
        """Return the index of the scope of this file that calling `func` runs, or -1."""
        if isinstance(func, ast.Name):
            if func.id not in self._callable_names:
                return -1
        elif isinstance(func, ast.Attribute) and func.attr not in self._method_names:
            return -1
        found = self._called_scopes.get(id(func))
        if found is None:
            self._called_scopes[id(func)] = -1  # ends the search if a name leads back to itself
            found = self._called_scopes[id(func)] = self._find_called_scope(func, scope, depth)
        return found

    def _find_called_scope(self, func: ast.expr, scope: int, depth: int) -> int:
        if depth > MAX_DEPTH:
            return -1
        if isinstance(func, ast.Lambda):
            return self._lambdas.get(id(func), -1)
        if isinstance(func, ast.Name):
            for binding in self.bindings(func.id, scope) or ():
                if binding.kind is BindingKind.SCOPE:
                    return binding.scope
                if binding.kind is BindingKind.VALUE and isinstance(
                    binding.value, ast.Name | ast.Lambda | ast.Attribute
                ):
                    found = self.called_scope(binding.value, binding.scope, depth + 1)
                    if found >= 0:
                        return found
        if isinstance(func, ast.Attribute):
            return self._called_method(func, scope, depth)
        return -1

    def _called_method(self, func: ast.Attribute, scope: int, depth: int) -> int:
        owner = -1
        base = func.value
        if isinstance(base, ast.Name) and base.id in ("self", "cls"):
            owner = self._enclosing_class(scope)
        elif isinstance(base, ast.Call):
            owner = self.called_scope(base.func, scope, depth + 1)
        elif isinstance(base, ast.Name):
            owner = self._class_of(base, scope, depth)
        if owner < 0 or self.symbols.scopes[owner].kind is not ScopeKind.CLASS:
            return -1
        return self.find_method(owner, func.attr)

    def _class_of(self, base: ast.Name, scope: int, depth: int) -> int:
        """Return the scope of the class that a name refers to or is an instance of, or -1."""
        for binding in self.bindings(base.id, scope) or ():
            if binding.kind is BindingKind.SCOPE:
                return binding.scope
            if binding.kind is BindingKind.VALUE and isinstance(binding.value, ast.Call):
                return self.called_scope(binding.value.func, binding.scope, depth + 1)
        return -1

    def _enclosing_class(self, scope: int) -> int:
        """Return the scope of the class with the method that contains a scope, or -1."""
        owner = -1
        while scope >= 0 and owner < 0:
            owner = self.symbols.scopes[scope].owner
            scope = self.symbols.scopes[scope].parent
        return owner

    def find_method(self, owner: int, name: str) -> int:
        """Return the scope of a method of a class of this file, or -1."""
        for binding in self.symbols.scopes[owner].bindings.get(name, ()):
            if binding.kind is BindingKind.SCOPE:
                return binding.scope
        return -1


def _names_of_callables(symbols: SymbolTable) -> tuple[set[str], set[str]]:
    """Return the names that may refer to a function or class of the file, and the names of its methods."""
    callables: set[str] = set()
    methods: set[str] = set()
    for scope in symbols.scopes:
        for name, bound in scope.bindings.items():
            for binding in bound:
                if binding.kind is BindingKind.SCOPE:
                    callables.add(name)
                    if scope.kind is ScopeKind.CLASS:
                        methods.add(name)
                elif binding.kind is BindingKind.VALUE and isinstance(binding.value, _CALLABLE_NODES):
                    callables.add(name)
    return callables, methods
