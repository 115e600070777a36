"""Follows values through the expressions of a file to the sources that they derive from."""

import ast
from collections.abc import Iterable
from typing import NamedTuple

from features.code.evaluate.api_behaviours import find_behaviours
from features.code.evaluate.resolve import Resolver
from features.code.parse.ast_walk import argument_nodes, child_nodes
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

SOURCE_BITS: dict[str, int] = {name: 1 << index for index, name in enumerate(SOURCES)}
UNPACKED = SOURCE_BITS["decode"] | SOURCE_BITS["decompress"] | SOURCE_BITS["crypto"]
SPYING = SOURCE_BITS["screenshot"] | SOURCE_BITS["keyboard"] | SOURCE_BITS["clipboard"]
_DECODING = {"decode", "decompress", "deserialize", "crypto"}
_MAX_DEPTH = 60
_ESCAPES = frozenset(("urllib.parse.unquote", "urllib.parse.unquote_plus", "urllib.unquote", "html.unescape"))
"""Functions that replace the escapes of web addresses and pages."""
_OPENERS = {"open", "io.open", "codecs.open"}
_TEXT_BUILDERS = {"chr", "unichr", "reversed", "bytes", "bytearray", "map"}
_MAX_ARGUMENTS = 12
"""Number of values of one parameter that are followed."""


class Origin(NamedTuple):
    """The bits of the sources that a value derives from, and how many decoding calls it went through."""

    sources: int
    layers: int


_NOWHERE = Origin(0, 0)


def _join(left: Origin, right: Origin) -> Origin:
    return Origin(left.sources | right.sources, max(left.layers, right.layers))


class DataFlow:
    """Origins of the expressions of one file, each found once and on demand."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._origins: dict[int, Origin] = {}
        self._returned: dict[int, Origin] = {}
        self._busy: set[int] = set()
        self._bind_arguments()

    def _bind_arguments(self) -> None:
        """Bind the parameters of this file's functions to the arguments of their calls."""
        scopes = self._resolver.symbols.scopes
        for call, scope, flags in self._resolver.symbols.calls:
            if not call.args and not call.keywords:
                continue
            function = self._resolver.called_scope(call.func, scope)
            if function < 0:
                continue
            if scopes[function].kind is ScopeKind.CLASS:
                function = self._resolver.find_method(function, "__init__")
                if function < 0:
                    continue
            parameters = scopes[function].parameters
            if scopes[function].owner >= 0 and parameters:
                parameters = parameters[1:]
            pairs = [*zip(parameters, call.args, strict=False)]
            pairs += [(keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg is not None]
            for name, value in pairs:
                bound = scopes[function].bindings.get(name)
                if bound is not None and len(bound) < _MAX_ARGUMENTS:
                    bound.append(Binding(BindingKind.ARGUMENT, value, scope=scope, flags=flags))

    def sources(self, values: Iterable[ast.expr], scope: int) -> int:
        """Return the bits of the sources that the values derive from."""
        bits = 0
        for value in values:
            bits |= self.origin(value, scope).sources
        return bits

    def origin(self, node: ast.expr, scope: int, depth: int = 0) -> Origin:
        """Return the origin of the value of an expression."""
        known = self._origins.get(id(node))
        if known is not None:
            return known
        if depth > _MAX_DEPTH or id(node) in self._busy:
            return _NOWHERE
        self._busy.add(id(node))
        origin = self._find_origin(node, scope, depth + 1)
        self._busy.discard(id(node))
        self._origins[id(node)] = origin
        return origin

    def _find_origin(self, node: ast.expr, scope: int, depth: int) -> Origin:
        if isinstance(node, ast.Constant | ast.Lambda):
            return _NOWHERE
        if isinstance(node, ast.Name):
            return _join(self._origin_of_variable(node.id, scope, depth), self._environment(node, scope))
        if isinstance(node, ast.Call):
            return self._origin_of_call(node, scope, depth)
        origin = _NOWHERE
        if isinstance(node, ast.Attribute):
            origin = self._environment(node, scope)
            for binding in self._resolver.symbols.attribute_bindings.get(node.attr, ())[:6]:
                if binding.value is not None and isinstance(node.value, ast.Name):
                    origin = _join(origin, self.origin(binding.value, binding.scope, depth))
        elif isinstance(node, ast.Subscript):
            origin = self._environment(node, scope)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
            origin = Origin(SOURCE_BITS["build_text"], 0)
        for child in child_nodes(node):
            if isinstance(child, ast.expr):
                origin = _join(origin, self.origin(child, scope, depth))
            elif isinstance(child, ast.comprehension):
                origin = _join(origin, self.origin(child.iter, scope, depth))
        return origin

    def _environment(self, node: ast.expr, scope: int) -> Origin:
        if self._resolver.dotted_name(node, scope).startswith("os.environ"):
            return Origin(SOURCE_BITS["environment"], 0)
        return _NOWHERE

    def _origin_of_variable(self, name: str, scope: int, depth: int) -> Origin:
        origin = _NOWHERE
        for binding in self._resolver.bindings(name, scope) or ():
            if binding.value is not None:
                origin = _join(origin, self.origin(binding.value, binding.scope, depth))
        return origin

    def _origin_of_call(self, node: ast.Call, scope: int, depth: int) -> Origin:
        origin = _NOWHERE
        for value in argument_nodes(node):
            origin = _join(origin, self.origin(value, scope, depth))
        name = self._resolver.dotted_name(node.func, scope)
        if isinstance(node.func, ast.Attribute):
            origin = _join(origin, self.origin(node.func.value, scope, depth))
        function = self._resolver.called_scope(node.func, scope)
        if function >= 0:
            origin = _join(origin, self._origin_of_result(function, depth))
        sources, layers = origin
        behaviours = find_behaviours(name)
        if name in _ESCAPES and not any(self._resolver.constant_value(arg, scope) for arg in node.args[:1]):
            # Addresses and pages arrive with escapes; only text of the file itself can be hidden by them.
            behaviours = ()
        for behaviour in behaviours:
            if behaviour != "build_text" or name in _TEXT_BUILDERS:
                sources |= SOURCE_BITS.get(behaviour, 0)
        if name in _OPENERS:
            sources |= SOURCE_BITS["file_read"]
        if behaviours and not _DECODING.isdisjoint(behaviours):
            layers += 1
        return Origin(sources, layers)

    def _origin_of_result(self, function: int, depth: int) -> Origin:
        """Return the origin of the result of a function of this file."""
        known = self._returned.get(function)
        if known is not None:
            return known
        self._returned[function] = _NOWHERE  # ends the search in a recursive function
        origin = _NOWHERE
        for value in self._resolver.symbols.scopes[function].returns[:8]:
            origin = _join(origin, self.origin(value, function, depth))
        self._returned[function] = origin
        return origin
