"""Resolves expressions to constants: folds operations, pure calls, variables with one value and small functions."""

import ast
import weakref
from abc import ABC, abstractmethod

from features.code.evaluate import fold
from features.code.evaluate.contract import Constant
from features.code.evaluate.decoders import call_decoder
from features.code.evaluate.expressions import MAX_ELEMENTS, OPERATOR_SIGNS
from features.code.evaluate.interpret import Interpreter
from features.code.evaluate.scope_lookup import MAX_DEPTH, ScopeLookup
from features.code.parse.symbol_table import CONDITION_UNIT, IN_LOOP, Binding, BindingKind, ScopeKind, SymbolTable

_MAX_CHARS = 4_000_000
"""Characters and elements of all constants that are computed for one file."""
_MAX_STEPS = 500_000
"""Steps of the interpreter for one file."""
_SINGLE_VALUES = (BindingKind.VALUE, BindingKind.ARGUMENT)
_CONSTANT_TYPES = (str, bytes, int)
_SIZED_TYPES = (str, bytes, tuple)
_CALLED_WITHOUT_ARGUMENTS = ("bytes", "bytearray", "str", "list", "tuple")
_EMPTY: tuple[Constant, ...] = ("", b"", ())


class ConstantResolver(ScopeLookup, ABC):
    """Computes constants of one file, each once."""

    def __init__(self, symbols: SymbolTable) -> None:
        super().__init__(symbols)
        self._busy: set[int] = set()
        """Ids of the expressions that are being resolved, those of constants negative."""
        self._constants: dict[int, Constant | None] = {}
        self._dictionaries: dict[int, dict[Constant, Constant]] = {}
        self._chars_left = _MAX_CHARS
        self._steps_left = _MAX_STEPS
        # A proxy, because a cycle would keep the tree in memory until garbage collection.
        self._interpreter = Interpreter(weakref.proxy(self))

    @abstractmethod
    def dotted_name(self, node: ast.expr, scope: int, depth: int = 0) -> str:
        """Return the full name that an expression resolves to, or ""."""

    def constant_value(self, node: ast.expr, scope: int, depth: int = 0) -> Constant | None:
        """Return the value of an expression of constants and pure functions; None if it is not constant."""
        if isinstance(node, ast.Constant):
            literal = node.value
            return literal if isinstance(literal, _CONSTANT_TYPES) and not isinstance(literal, bool) else None
        key = id(node)
        if key in self._constants:
            return self._constants[key]
        if depth > MAX_DEPTH or -key in self._busy or self._chars_left < 0:
            return None
        self._busy.add(-key)
        value = self._fold(node, scope, depth + 1)
        self._busy.discard(-key)
        if isinstance(value, _SIZED_TYPES):
            self._chars_left -= len(value)
        self._constants[key] = value
        return value

    def _fold(self, node: ast.expr, scope: int, depth: int) -> Constant | None:
        if isinstance(node, ast.Name):
            return self._variable(node.id, scope, depth)
        if isinstance(node, ast.BinOp):
            return self._binary_operation(node, scope, depth)
        if isinstance(node, ast.JoinedStr):
            return self._f_string(node, scope, depth)
        if isinstance(node, ast.List | ast.Tuple):
            return self._tuple(node.elts, scope, depth)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, scope, depth)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            value = self.constant_value(node.operand, scope, depth)
            return -value if isinstance(value, int) else None
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            return self._interpreter.comprehension(node, scope)
        if isinstance(node, ast.IfExp):
            value = self.constant_value(node.body, scope, depth)
            return value if value is not None else self.constant_value(node.orelse, scope, depth)
        if isinstance(node, ast.BoolOp):
            # The last constant side is used: in `x or "default"` the first is often unknown.
            sides = [self.constant_value(side, scope, depth) for side in node.values]
            return next((side for side in reversed(sides) if side is not None), None)
        if isinstance(node, ast.Call):
            return self._call(node, scope, depth)
        if isinstance(node, ast.NamedExpr):
            return self.constant_value(node.value, scope, depth)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Call):
            return self._attribute(node, scope, depth)
        return None

    def _attribute(self, node: ast.Attribute, scope: int, depth: int) -> Constant | None:
        """Return the value of `self.x`, `Class.x` or `Class().x` if it is set once."""
        base = node.value
        owner = -1
        if isinstance(base, ast.Name) and base.id in ("self", "cls"):
            found = self.symbols.attribute_bindings.get(node.attr, [])
            if len(found) == 1 and found[0].kind is BindingKind.VALUE and found[0].value is not None:
                return self.constant_value(found[0].value, found[0].scope, depth)
            owner = self._enclosing_class(scope)
        elif isinstance(base, ast.Name):
            owner = self._class_of(base, scope, 0)
        elif isinstance(base, ast.Call):
            owner = self.called_scope(base.func, scope)
        if owner < 0 or self.symbols.scopes[owner].kind is not ScopeKind.CLASS:
            return None
        return self._value_of_bindings(node.attr, self.symbols.scopes[owner].bindings.get(node.attr), depth)

    def _variable(self, name: str, scope: int, depth: int) -> Constant | None:
        return self._value_of_bindings(name, self.bindings(name, scope), depth)

    def _value_of_bindings(self, name: str, bound: list[Binding] | None, depth: int) -> Constant | None:
        """Return the value of a name that is set once and may grow by `+=` or in loops; None if it is ambiguous."""
        if not bound or bound[0].kind not in _SINGLE_VALUES or bound[0].value is None:
            return None
        first, *others = bound
        value = self.constant_value(bound[0].value, first.scope, depth)
        if value in _EMPTY or any(other.kind is not BindingKind.VALUE and other.flags & IN_LOOP for other in others):
            grown = self._interpreter.accumulated(name, first.scope)
            if grown is not None:
                return grown
        for other in others:
            # A name that is set twice, in a branch or in a loop, has no single value.
            is_added = other.kind is BindingKind.ADDED and not other.flags % CONDITION_UNIT
            if not is_added or other.scope != first.scope or value is None:
                return None
            assert other.value is not None
            piece = self.constant_value(other.value, other.scope, depth)
            value = fold.add(value, piece) if piece is not None else None
        return value

    def _binary_operation(self, node: ast.BinOp, scope: int, depth: int) -> Constant | None:
        if not isinstance(node.op, ast.Add):
            sign = OPERATOR_SIGNS.get(type(node.op))
            left = self.constant_value(node.left, scope, depth)
            right = self.constant_value(node.right, scope, depth) if left is not None else None
            if sign is None or left is None or right is None:
                return None
            return fold.arithmetic(sign, left, right)
        # Long sums nest to the left, so a loop reads them without recursion.
        terms: list[ast.expr] = []
        rest: ast.expr = node
        while isinstance(rest, ast.BinOp) and isinstance(rest.op, ast.Add):
            terms.append(rest.right)
            rest = rest.left
        terms.append(rest)
        values = [self.constant_value(term, scope, depth) for term in reversed(terms)]
        if all(isinstance(value, str) for value in values):
            return fold.call_method("", "join", (tuple(v for v in values if v is not None),))
        total = values[0]
        for value in values[1:]:
            if total is None or value is None:
                return None
            total = fold.add(total, value)
        return total

    def _dictionary(self, node: ast.expr, scope: int) -> tuple[ast.Dict, int] | None:
        """Return the dictionary display that an expression resolves to, and the scope that it is evaluated in."""
        if isinstance(node, ast.Dict):
            return node, scope
        if isinstance(node, ast.Name):
            bound = self.bindings(node.id, scope) or ()
            if len(bound) == 1 and bound[0].kind in _SINGLE_VALUES and isinstance(bound[0].value, ast.Dict):
                return bound[0].value, bound[0].scope
        return None

    def _entries(self, table: ast.Dict, scope: int, depth: int) -> dict[Constant, Constant]:
        """Return the constant entries of a dictionary."""
        known = self._dictionaries.get(id(table))
        if known is None:
            known = self._dictionaries[id(table)] = {}
            for key, value in zip(table.keys, table.values, strict=True):
                left = self.constant_value(key, scope, depth) if key is not None else None
                right = self.constant_value(value, scope, depth) if left is not None else None
                if left is not None and right is not None:
                    known[left] = right
        return known

    def dictionary_entry(self, node: ast.expr, key: Constant, scope: int) -> Constant | None:
        """Return the value of a dictionary of constants for a key, or None."""
        table = self._dictionary(node, scope)
        return self._entries(*table, 0).get(key) if table is not None else None

    def spend_steps(self, steps: int) -> bool:
        """Subtract steps from the budget of the file; return whether it was enough."""
        self._steps_left -= steps
        return self._steps_left >= 0

    def _f_string(self, node: ast.JoinedStr, scope: int, depth: int) -> str | None:
        parts: list[str] = []
        for piece in node.values:
            value: Constant | None = None
            if isinstance(piece, ast.FormattedValue):
                spec = self.constant_value(piece.format_spec, scope, depth) if piece.format_spec is not None else ""
                value = self.constant_value(piece.value, scope, depth)
                if piece.conversion not in (-1, 115) or value is None or not isinstance(spec, str):
                    return None
                value = fold.format_value(value, spec)
            else:
                value = self.constant_value(piece, scope, depth)
            if not isinstance(value, str):
                return None
            parts.append(value)
        return "".join(parts)

    def _tuple(self, nodes: list[ast.expr], scope: int, depth: int) -> tuple[Constant, ...] | None:
        if len(nodes) > MAX_ELEMENTS:
            return None
        values: list[Constant] = []
        for node in nodes:
            value = self.constant_value(node, scope, depth)
            if value is None:
                return None
            values.append(value)
        return tuple(values)

    def _subscript(self, node: ast.Subscript, scope: int, depth: int) -> Constant | None:
        table = self._dictionary(node.value, scope)
        if table is not None:
            key = self.constant_value(node.slice, scope, depth)
            return self._entries(*table, depth).get(key) if key is not None else None
        value = self.constant_value(node.value, scope, depth)
        if value is None:
            return None
        if not isinstance(node.slice, ast.Slice):
            index = self.constant_value(node.slice, scope, depth)
            return fold.index_value(value, index) if index is not None else None
        ends: list[int | None] = []
        for end in (node.slice.lower, node.slice.upper, node.slice.step):
            number = self.constant_value(end, scope, depth) if end is not None else None
            if end is not None and not isinstance(number, int):
                return None
            ends.append(number if isinstance(number, int) else None)
        return fold.slice_value(value, *ends)

    def _call(self, node: ast.Call, scope: int, depth: int) -> Constant | None:
        name = self.dotted_name(node.func, scope, depth)
        if name == "map" and len(node.args) == 2:
            return self._interpreter.mapped(node.args[0], node.args[1], scope)
        if name.endswith(".read") and not node.args and isinstance(node.func, ast.Attribute):
            return self._stream_content(node.func.value, scope, depth)
        args = self._arguments(node, scope, depth)
        if args is None:
            return None
        keywords = self._keywords(node, scope, depth)
        function = self.called_scope(node.func, scope)
        if function >= 0:
            return self._interpreter.called(function, args, keywords)
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in ("get", "pop") and args:
                found = self.dictionary_entry(node.func.value, args[0], scope)
                if found is not None or self._dictionary(node.func.value, scope) is not None:
                    return found if found is not None or len(args) < 2 else args[1]
            base = self.constant_value(node.func.value, scope, depth)
            if base is not None:
                return fold.call_method(base, node.func.attr, args, keywords)
        if isinstance(node.func, ast.Call) and name == "codecs.getdecoder" and node.func.args:
            codec = self.constant_value(node.func.args[0], scope, depth)
            return call_decoder(name, [codec, *args]) if codec is not None else None
        if not args:
            return fold.call_builtin(name, args) if name in _CALLED_WITHOUT_ARGUMENTS else None
        result = fold.call_builtin(name, args, keywords)
        return result if result is not None else call_decoder(name, args, keywords)

    def _arguments(self, node: ast.Call, scope: int, depth: int) -> list[Constant] | None:
        """Return the positional arguments of a call, a dictionary as its pairs; None if one is not constant."""
        args: list[Constant] = []
        for arg in node.args:
            table = self._dictionary(arg, scope)
            if table is not None:
                args.append(tuple(self._entries(*table, depth).items()))
                continue
            value = self.constant_value(arg, scope, depth)
            if value is None:
                return None
            args.append(value)
        return args

    def _keywords(self, node: ast.Call, scope: int, depth: int) -> dict[str, Constant]:
        """Return the keyword arguments of a call that are constant."""
        keywords: dict[str, Constant] = {}
        for keyword in node.keywords:
            value = self.constant_value(keyword.value, scope, depth)
            if keyword.arg is not None and value is not None:
                keywords[keyword.arg] = value
        return keywords

    def _stream_content(self, node: ast.expr, scope: int, depth: int) -> Constant | None:
        """Return the content of a stream in memory (`io.BytesIO(x)`), decompressed if `gzip.GzipFile` wraps it."""
        if not isinstance(node, ast.Call):
            return None
        name = self.dotted_name(node.func, scope, depth)
        if name in ("io.BytesIO", "io.StringIO", "BytesIO", "StringIO") and node.args:
            return self.constant_value(node.args[0], scope, depth)
        inner = next((k.value for k in node.keywords if k.arg == "fileobj"), node.args[0] if node.args else None)
        if inner is None or name not in ("gzip.GzipFile", "gzip.open", "bz2.open", "lzma.open", "bz2.BZ2File"):
            return None
        data = self._stream_content(inner, scope, depth)
        return call_decoder(name.partition(".")[0] + ".decompress", [data]) if data is not None else None
