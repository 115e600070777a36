"""Finds expressions that name a file of the package itself."""

import ast

from features.code.evaluate.resolve import Resolver
from features.code.parse.ast_walk import walk_nodes

_RESOURCES = (
    "importlib.resources.", "importlib_resources.", "pkgutil.get_data", "pkg_resources.resource_",
    "importlib.util.find_spec", "inspect.getfile", "inspect.getsourcefile",
)  # fmt: skip
_OWN = ("__file__", "__path__", "__spec__", "__loader__")
_MAX_NODES = 61
_MAX_STEPS = 4


def names_own_file(node: ast.expr, scope: int, resolver: Resolver) -> bool:
    """Return whether an expression, or a variable in it, derives from `__file__` or from the package's resources."""
    queue: list[tuple[ast.expr, int, int]] = [(node, scope, 0)]
    while queue:
        path, at, steps = queue.pop()
        for inner in walk_nodes(path, _MAX_NODES):
            if isinstance(inner, ast.Name):
                if inner.id in _OWN:
                    return True
                if steps < _MAX_STEPS:
                    bound = resolver.bindings(inner.id, at) or ()
                    queue += [(b.value, b.scope, steps + 1) for b in bound[:2] if b.value is not None]
            elif isinstance(inner, ast.Call) and resolver.dotted_name(inner.func, at).startswith(_RESOURCES):
                return True
    return False
