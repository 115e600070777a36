"""Where the value of an expression comes from: the sources that meet in an argument of a call."""

import ast
from typing import NamedTuple

from features.code.evaluate.api_behaviours import find_behaviours
from features.code.evaluate.resolve import Resolver
from features.code.parse.ast_walk import child_nodes
from features.code.parse.symbol_table import Binding, BindingKind, ScopeKind

SOURCES: tuple[str, ...] = (
    "decode",
    "decompress",
    "deserialize",
    "crypto",
    "network_receive",
    "file_read",
    "environment",
    "host_info",
    "secrets",
    "screenshot",
    "keyboard",
    "clipboard",
    "execute_process",
    "build_text",
)
"""Behaviours whose result is followed."""

SOURCE_BITS: dict[str, int] = {name: 1 << place for place, name in enumerate(SOURCES)}
UNPACKED = SOURCE_BITS["decode"] | SOURCE_BITS["decompress"] | SOURCE_BITS["crypto"]
SPYING = SOURCE_BITS["screenshot"] | SOURCE_BITS["keyboard"] | SOURCE_BITS["clipboard"]
_LAYERS = {"decode", "decompress", "deserialize", "crypto"}
_DEPTH = 60
_CALLS_ONLY_LOCALLY = {"open", "io.open", "codecs.open"}
_BUILDERS = {"chr", "unichr", "reversed", "bytes", "bytearray", "map"}


class Origin(NamedTuple):
    """Bits of the sources that a value derives from, and how many decoding calls lie on top of each other."""

    bits: int
    layers: int


_NOTHING = Origin(0, 0)


def _join(left: Origin, right: Origin) -> Origin:
    return Origin(left.bits | right.bits, max(left.layers, right.layers))


class DataFlow:
    """Origins of the expressions of one file, each worked out once and only when asked for."""

    def __init__(self, names: Resolver) -> None:
        self._names = names
        self._known: dict[int, Origin] = {}
        self._scopes: dict[int, Origin] = {}
        self._busy: set[int] = set()
        self._bind_arguments()

    def _bind_arguments(self) -> None:
        """Bind the parameters of this file's functions to what they are called with."""
        scopes = self._names.symbols.scopes
        for call, scope, flags in self._names.symbols.calls:
            if not call.args and not call.keywords:
                continue
            inner = self._names.called_scope(call.func, scope)
            if inner < 0:
                continue
            if scopes[inner].kind is ScopeKind.CLASS:
                inner = self._names.find_method(inner, "__init__")
                if inner < 0:
                    continue
            params = scopes[inner].parameters
            if scopes[inner].owner >= 0 and params:
                params = params[1:]
            pairs = [*zip(params, call.args, strict=False)]
            pairs += [(keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg is not None]
            for name, value in pairs:
                bound = scopes[inner].bindings.get(name)
                if bound is not None and len(bound) < 12:
                    bound.append(Binding(BindingKind.ARGUMENT, value, scope=scope, flags=flags))

    def origin(self, node: ast.expr, scope: int, depth: int = 0) -> Origin:
        """Return where a value comes from."""
        known = self._known.get(id(node))
        if known is not None:
            return known
        if depth > _DEPTH or id(node) in self._busy:
            return _NOTHING
        self._busy.add(id(node))
        found = self._origin(node, scope, depth + 1)
        self._busy.discard(id(node))
        self._known[id(node)] = found
        return found

    def _origin(self, node: ast.expr, scope: int, depth: int) -> Origin:
        if isinstance(node, ast.Constant):
            return _NOTHING
        if isinstance(node, ast.Name):
            return _join(self._variable(node.id, scope, depth), self._direct(node, scope))
        if isinstance(node, ast.Call):
            return self._call(node, scope, depth)
        if isinstance(node, ast.Lambda):
            return _NOTHING
        found = _NOTHING
        if isinstance(node, ast.Attribute):
            found = self._direct(node, scope)
            for binding in self._names.symbols.attribute_bindings.get(node.attr, ())[:6]:
                if binding.value is not None and isinstance(node.value, ast.Name):
                    found = _join(found, self.origin(binding.value, binding.scope, depth))
        elif isinstance(node, ast.Subscript):
            found = self._direct(node, scope)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
            found = Origin(SOURCE_BITS["build_text"], 0)
        for child in child_nodes(node):
            if isinstance(child, ast.expr):
                found = _join(found, self.origin(child, scope, depth))
            elif isinstance(child, ast.comprehension):
                found = _join(found, self.origin(child.iter, scope, depth))
        return found

    def _direct(self, node: ast.expr, scope: int) -> Origin:
        name = self._names.dotted_name(node, scope)
        if name.startswith("os.environ"):
            return Origin(SOURCE_BITS["environment"], 0)
        return _NOTHING

    def _variable(self, name: str, scope: int, depth: int) -> Origin:
        found = _NOTHING
        for binding in self._names.bindings(name, scope) or ():
            if binding.value is not None:
                found = _join(found, self.origin(binding.value, binding.scope, depth))
        return found

    def _call(self, node: ast.Call, scope: int, depth: int) -> Origin:
        found = _NOTHING
        for arg in node.args:
            found = _join(found, self.origin(arg, scope, depth))
        for keyword in node.keywords:
            found = _join(found, self.origin(keyword.value, scope, depth))
        name = self._names.dotted_name(node.func, scope)
        if isinstance(node.func, ast.Attribute):
            found = _join(found, self.origin(node.func.value, scope, depth))
        inner = self._names.called_scope(node.func, scope)
        if inner >= 0:
            found = _join(found, self._returned(inner, depth))
        layers = found.layers
        bits = found.bits
        kinds = find_behaviours(name)
        for kind in kinds:
            bits |= SOURCE_BITS.get(kind, 0) if kind != "build_text" or name in _BUILDERS else 0
        if name in _CALLS_ONLY_LOCALLY:
            bits |= SOURCE_BITS["file_read"]
        if kinds and not _LAYERS.isdisjoint(kinds):
            layers += 1
        return Origin(bits, layers)

    def _returned(self, inner: int, depth: int) -> Origin:
        known = self._scopes.get(inner)
        if known is not None:
            return known
        self._scopes[inner] = _NOTHING
        found = _NOTHING
        for value in self._names.symbols.scopes[inner].returns[:8]:
            found = _join(found, self.origin(value, inner, depth))
        self._scopes[inner] = found
        return found
