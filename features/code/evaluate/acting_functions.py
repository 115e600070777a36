"""Finds the acting functions of a file, which start a program, execute code or use the network."""

import ast

from features.code.evaluate.api_behaviours import ACTING, find_behaviours
from features.code.evaluate.resolve import Resolver

_MAX_DEPTH = 6
"""Depth to which calls from function to function are followed."""


class ActingFunctions:
    """Finds whether a function of one file acts, itself or through the functions that it calls."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._known: dict[int, bool] = {}
        self._calls_by_scope: dict[int, list[tuple[ast.Call, int]]] | None = None

    def acts(self, function: int, depth: int = 0) -> bool:
        """Return whether a function acts, given the index of its scope, or -1 for an unknown function."""
        if function < 0 or depth > _MAX_DEPTH:
            return False
        known = self._known.get(function)
        if known is not None:
            return known
        self._known[function] = False  # ends the search in a recursive function
        found = any(
            not ACTING.isdisjoint(find_behaviours(self._resolver.dotted_name(call.func, scope)))
            or self.acts(self._resolver.called_scope(call.func, scope), depth + 1)
            for call, scope in self._calls_of(function)
        )
        self._known[function] = found
        return found

    def _calls_of(self, function: int) -> list[tuple[ast.Call, int]]:
        if self._calls_by_scope is None:
            self._calls_by_scope = {}
            for call, scope, _ in self._resolver.symbols.calls:
                self._calls_by_scope.setdefault(scope, []).append((call, scope))
        return self._calls_by_scope.get(function, [])
