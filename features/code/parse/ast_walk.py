"""Nodes below a node, in the order of `ast.walk`, without its queue and generators: trees are read very often."""

import ast
import sys

TEXT_TYPES = (str, bytes)
NAME_NODES = (ast.Name, ast.Attribute)
"""Tuples, made once: `isinstance` is asked a hundred thousand times for one release."""
_FLAT = frozenset(("id", "attr", "arg", "asname", "conversion", "is_async", "kind", "level", "module", "simple"))
"""Fields that never hold a node."""
_FIELDS: dict[type, tuple[str, ...]] = {
    kind: () if kind is ast.Constant else tuple(name for name in kind._fields if name not in _FLAT)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}


def child_nodes(node: ast.AST) -> list[ast.AST]:
    """Return what `ast.iter_child_nodes` yields."""
    found: list[ast.AST] = []
    for name in _FIELDS[type(node)]:
        value = getattr(node, name, None)
        if type(value) is list:
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def walk_nodes(top: ast.AST, most: int = sys.maxsize) -> list[ast.AST]:
    """Return what `ast.walk` yields, the nearest first, up to so many nodes."""
    found = [top]
    fields = _FIELDS
    node_type = ast.AST
    for node in found:
        for name in fields[type(node)]:
            value = getattr(node, name, None)
            if type(value) is list:
                found += [item for item in value if isinstance(item, node_type)]
            elif isinstance(value, node_type):
                found.append(value)
        if len(found) >= most:
            return found[:most]
    return found
