"""Walks syntax trees in the order of `ast.walk`, with lists instead of its queue and generators.

The syntax pass walks small trees so often that the difference shows in the stage `code` of `boojum bench`.
"""

import ast
import sys

TEXT_TYPES = (str, bytes)
NAME_NODES = (ast.Name, ast.Attribute)
_FLAT_FIELDS = frozenset(("id", "attr", "arg", "asname", "conversion", "is_async", "kind", "level", "module", "simple"))
"""Fields that never hold a node."""
_NODE_FIELDS: dict[type, tuple[str, ...]] = {
    kind: () if kind is ast.Constant else tuple(name for name in kind._fields if name not in _FLAT_FIELDS)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}


def child_nodes(node: ast.AST) -> list[ast.AST]:
    """Return the nodes that `ast.iter_child_nodes` yields."""
    found: list[ast.AST] = []
    for name in _NODE_FIELDS[type(node)]:
        value = getattr(node, name, None)
        if type(value) is list:
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def walk_nodes(top: ast.AST, limit: int = sys.maxsize) -> list[ast.AST]:
    """Return the first `limit` nodes that `ast.walk` yields, breadth first, including `top`."""
    found = [top]
    fields = _NODE_FIELDS
    node_type = ast.AST
    for node in found:
        for name in fields[type(node)]:
            value = getattr(node, name, None)
            if type(value) is list:
                found += [item for item in value if isinstance(item, node_type)]
            elif isinstance(value, node_type):
                found.append(value)
        if len(found) >= limit:
            return found[:limit]
    return found


def argument_nodes(call: ast.Call) -> list[ast.expr]:
    """Return the arguments of a call, by position and by keyword."""
    return [*call.args, *[keyword.value for keyword in call.keywords]] if call.keywords else call.args
