"""Evaluates expressions over constants and local variables, step by step, under a budget.

The file is not executed: its syntax tree is read, and any operation that is not known to be pure ends the evaluation.
"""

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeAlias

from features.code.evaluate import fold
from features.code.evaluate.contract import Constant
from features.code.evaluate.decoders import call_decoder
from features.code.parse.symbol_table import SymbolTable

MAX_ELEMENTS = 65_536
"""Iterations of one loop, and elements of one comprehension."""

OPERATOR_SIGNS: dict[type, str] = {
    ast.Sub: "-", ast.Mult: "*", ast.BitXor: "^", ast.Mod: "%", ast.FloorDiv: "//", ast.BitAnd: "&", ast.BitOr: "|",
    ast.LShift: "<<", ast.RShift: ">>", ast.Pow: "**",
}  # fmt: skip

Variables: TypeAlias = dict[str, Constant]
ComprehensionNode: TypeAlias = ast.ListComp | ast.GeneratorExp | ast.SetComp
_LOOP_FUNCTIONS = ("map", "zip", "enumerate", "range", "iter", "filter")
_CALLED_WITHOUT_ARGUMENTS = ("bytes", "bytearray", "list", "str")


class FileResolver(Protocol):
    """The part of the resolver of a file that an evaluation needs."""

    symbols: SymbolTable

    def constant_value(self, node: ast.expr, scope: int, depth: int = 0) -> Constant | None:
        """Return the constant that an expression folds to without local variables, or None."""

    def dotted_name(self, node: ast.expr, scope: int, depth: int = 0) -> str:
        """Return the full name that an expression resolves to, or ""."""

    def called_scope(self, func: ast.expr, scope: int, depth: int = 0) -> int:
        """Return the scope that calling `func` runs, or -1."""

    def dictionary_entry(self, node: ast.expr, key: Constant, scope: int) -> Constant | None:
        """Return the value of a dictionary of constants for a key, or None."""

    def spend_steps(self, steps: int) -> bool:
        """Subtract steps from the budget of the file; return whether it was enough."""


class EvaluationError(Exception):
    """An expression is not known to be pure, or the budget is spent."""


class ExpressionEvaluator(ABC):
    """Evaluates expressions of one file; raises EvaluationError if that is not possible."""

    def __init__(self, resolver: FileResolver) -> None:
        self._resolver = resolver

    @abstractmethod
    def run_function(self, function: int, arguments: list[Constant], keywords: Variables) -> Constant:
        """Return the result of a function or lambda of the file, given the index of its scope."""

    def evaluate(self, node: ast.expr, variables: Variables, scope: int) -> Constant:
        """Return the value of an expression; raise EvaluationError if it is unknown.

        A name is looked up in `variables` first, then in the file as seen from `scope`.
        """
        self._spend()
        if isinstance(node, ast.Constant):
            return _require_constant(node.value)
        if isinstance(node, ast.Name):
            if node.id in variables:
                return variables[node.id]
            return self._resolve_constant(node, scope)
        if isinstance(node, ast.BinOp):
            left, right = self.evaluate(node.left, variables, scope), self.evaluate(node.right, variables, scope)
            return self._operation(node.op, left, right)
        if isinstance(node, ast.Call):
            return self._call(node, variables, scope)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, variables, scope)
        if isinstance(node, ast.UnaryOp):
            return _unary_operation(node.op, self.evaluate(node.operand, variables, scope))
        if isinstance(node, ast.IfExp):
            branch = node.body if self._truth(node.test, variables, scope) else node.orelse
            return self.evaluate(branch, variables, scope)
        if isinstance(node, ast.Compare):
            return int(self._comparison(node, variables, scope))
        if isinstance(node, ast.List | ast.Tuple):
            return tuple(self.evaluate(item, variables, scope) for item in node.elts)
        if isinstance(node, ComprehensionNode):
            return self._evaluate_comprehension(node, variables, scope)
        if isinstance(node, ast.BoolOp):
            return int(self._truth(node, variables, scope))
        return self._resolve_constant(node, scope)

    def _spend(self, steps: int = 1) -> None:
        if not self._resolver.spend_steps(steps):
            raise EvaluationError

    def _resolve_constant(self, node: ast.expr, scope: int) -> Constant:
        value = self._resolver.constant_value(node, scope)
        if value is None:
            raise EvaluationError
        return value

    def _operation(self, sign: ast.operator, left: Constant, right: Constant) -> Constant:
        if isinstance(sign, ast.Add):
            result = fold.add(left, right)
        else:
            name = OPERATOR_SIGNS.get(type(sign))
            result = fold.arithmetic(name, left, right) if name is not None else None
        if result is None:
            raise EvaluationError
        if not isinstance(result, int):
            self._spend(len(result) >> 10)
        return result

    def _truth(self, node: ast.expr, variables: Variables, scope: int) -> bool:
        if isinstance(node, ast.BoolOp):
            truths = (self._truth(part, variables, scope) for part in node.values)
            return all(truths) if isinstance(node.op, ast.And) else any(truths)
        return bool(self.evaluate(node, variables, scope))

    def _comparison(self, node: ast.Compare, variables: Variables, scope: int) -> bool:
        left = self.evaluate(node.left, variables, scope)
        for sign, side in zip(node.ops, node.comparators, strict=True):
            right = self.evaluate(side, variables, scope)
            if not _compare(sign, left, right):
                return False
            left = right
        return True

    def _subscript(self, node: ast.Subscript, variables: Variables, scope: int) -> Constant:
        if (
            isinstance(node.value, ast.Name)
            and node.value.id not in variables
            and not isinstance(node.slice, ast.Slice)
        ):
            found = self._resolver.dictionary_entry(node.value, self.evaluate(node.slice, variables, scope), scope)
            if found is not None:
                return found
        base = self.evaluate(node.value, variables, scope)
        index = node.slice
        result: Constant | None
        if isinstance(index, ast.Slice):
            bounds: list[int | None] = []
            for side in (index.lower, index.upper, index.step):
                bound = self.evaluate(side, variables, scope) if side is not None else None
                if bound is not None and not isinstance(bound, int):
                    raise EvaluationError
                bounds.append(bound)
            result = fold.slice_value(base, *bounds)
            self._spend(0 if isinstance(base, int) else len(base) >> 10)
        else:
            result = fold.index_value(base, self.evaluate(index, variables, scope))
        if result is None:
            raise EvaluationError
        return result

    def _call(self, node: ast.Call, variables: Variables, scope: int) -> Constant:
        name = self._resolver.dotted_name(node.func, scope) if not self._is_local(node.func, variables) else ""
        if name in _LOOP_FUNCTIONS:
            return tuple(self._elements(node, variables, scope))
        args = [self.evaluate(arg, variables, scope) for arg in node.args]
        keywords = {k.arg: self.evaluate(k.value, variables, scope) for k in node.keywords if k.arg is not None}
        result: Constant | None = None
        if isinstance(node.func, ast.Attribute):
            inner = self._resolver.called_scope(node.func, scope)
            if node.func.attr == "get" and args:
                result = self._resolver.dictionary_entry(node.func.value, args[0], scope)
                if result is None and len(args) > 1:
                    result = args[1]
            elif inner < 0:
                base = self._owner_value(node.func.value, variables, scope)
                if base is not None:
                    self._spend(0 if isinstance(base, int) else len(base) >> 8)
                    result = fold.call_method(base, node.func.attr, args, keywords)
            else:
                return self.run_function(inner, args, keywords)
        elif isinstance(node.func, ast.Name | ast.Lambda):
            inner = self._resolver.called_scope(node.func, scope)
            if inner >= 0:
                return self.run_function(inner, args, keywords)
        if result is None and (args or name in _CALLED_WITHOUT_ARGUMENTS):
            result = fold.call_builtin(name, args, keywords)
            if result is None and args:
                self._spend(256)
                result = call_decoder(name, args, keywords)
        if result is None:
            raise EvaluationError
        if not isinstance(result, int):
            # A small input can decompress to a large result, so the result costs steps too.
            self._spend(len(result) >> 8)
        return result

    def _owner_value(self, node: ast.expr, variables: Variables, scope: int) -> Constant | None:
        try:
            return self.evaluate(node, variables, scope)
        except EvaluationError:
            return None

    @staticmethod
    def _is_local(func: ast.expr, variables: Variables) -> bool:
        """Return whether a called function is looked up on a local variable."""
        while isinstance(func, ast.Attribute):
            func = func.value
        return isinstance(func, ast.Name) and func.id in variables

    def _evaluate_comprehension(self, node: ComprehensionNode, variables: Variables, scope: int) -> Constant:
        result: list[Constant] = []
        inner = dict(variables)
        for _ in self._comprehension_turns(node.generators, inner, scope):
            result.append(self.evaluate(node.elt, inner, scope))
            if len(result) > MAX_ELEMENTS:
                raise EvaluationError
        return tuple(result)

    def _comprehension_turns(self, loops: list[ast.comprehension], variables: Variables, scope: int) -> Iterator[None]:
        """Yield once for each element of a comprehension, with the loop variables set in `variables`."""
        if not loops:
            yield
            return
        loop, *more = loops
        for value in self._elements(loop.iter, variables, scope):
            self._assign(loop.target, value, variables)
            if all(self._truth(test, variables, scope) for test in loop.ifs):
                yield from self._comprehension_turns(more, variables, scope)

    def _elements(self, node: ast.expr, variables: Variables, scope: int) -> Iterable[Constant]:
        """Return the elements that a loop runs over, at most MAX_ELEMENTS."""
        if isinstance(node, ast.Call) and not self._is_local(node.func, variables):
            name = self._resolver.dotted_name(node.func, scope)
            if name == "range":
                bounds = [self.evaluate(arg, variables, scope) for arg in node.args]
                if not 1 <= len(bounds) <= 3 or not all(isinstance(b, int) for b in bounds) or bounds[2:] == [0]:
                    raise EvaluationError
                turns = range(*bounds)  # type: ignore[arg-type]
                if len(turns) > MAX_ELEMENTS:
                    raise EvaluationError
                return turns
            if name == "enumerate" and node.args:
                start = self.evaluate(node.args[1], variables, scope) if len(node.args) == 2 else 0
                if not isinstance(start, int):
                    raise EvaluationError
                return tuple(enumerate(self._elements(node.args[0], variables, scope), start))
            if name == "zip" and node.args:
                return self._zip(node.args, variables, scope)
            if name == "map" and len(node.args) == 2:
                return require_elements(self._map(node.args[0], node.args[1], variables, scope))
            if name == "iter" and len(node.args) == 1:
                return self._elements(node.args[0], variables, scope)
        items = require_elements(self.evaluate(node, variables, scope))
        if len(items) > MAX_ELEMENTS:
            raise EvaluationError
        return items

    def _zip(self, args: list[ast.expr], variables: Variables, scope: int) -> Iterable[Constant]:
        """Return the elements of `zip(...)`, whose arguments may include `itertools.cycle(...)`."""
        columns: list[tuple[Constant, ...]] = []
        is_cycle: list[bool] = []
        for arg in args:
            cycled = isinstance(arg, ast.Call) and self._resolver.dotted_name(arg.func, scope).endswith("cycle")
            is_cycle.append(cycled)
            source = arg.args[0] if cycled and isinstance(arg, ast.Call) and arg.args else arg
            columns.append(tuple(self._elements(source, variables, scope)))
        if all(is_cycle) or not all(columns):
            raise EvaluationError
        length = min(len(column) for column, cycled in zip(columns, is_cycle, strict=True) if not cycled)
        return [tuple(column[index % len(column)] for column in columns) for index in range(length)]

    def _map(self, func: ast.expr, items: ast.expr, variables: Variables, scope: int) -> Constant:
        result: list[Constant] = []
        name = "" if isinstance(func, ast.Lambda) else self._resolver.dotted_name(func, scope)
        inner = self._resolver.called_scope(func, scope)
        for value in self._elements(items, variables, scope):
            self._spend()
            if isinstance(func, ast.Lambda) and len(func.args.args) == 1:
                result.append(self.evaluate(func.body, {**variables, func.args.args[0].arg: value}, scope))
            elif inner >= 0:
                result.append(self.run_function(inner, [value], {}))
            else:
                mapped = fold.call_builtin(name, (value,))
                if mapped is None:
                    raise EvaluationError
                result.append(mapped)
        return tuple(result)

    def _assign(self, target: ast.expr, value: Constant, variables: Variables) -> None:
        if isinstance(target, ast.Name):
            variables[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            items = require_elements(value)
            if len(items) != len(target.elts):
                raise EvaluationError
            for element, item in zip(target.elts, items, strict=True):
                self._assign(element, item, variables)
        else:
            raise EvaluationError


def _unary_operation(sign: ast.unaryop, value: Constant) -> Constant:
    if isinstance(sign, ast.USub) and isinstance(value, int):
        return -value
    if isinstance(sign, ast.Invert) and isinstance(value, int):
        return ~value
    if isinstance(sign, ast.Not):
        return int(not value)
    raise EvaluationError


def _require_constant(value: object) -> Constant:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str | bytes | int):
        return value
    raise EvaluationError


def require_elements(value: Constant) -> tuple[Constant, ...]:
    """Return the elements of text, bytes or a tuple; raise EvaluationError for an integer."""
    if isinstance(value, int):
        raise EvaluationError
    return fold.elements_of(value)


def _compare(sign: ast.cmpop, left: Constant, right: Constant) -> bool:
    if isinstance(sign, ast.Eq | ast.Is):
        return left == right
    if isinstance(sign, ast.NotEq | ast.IsNot):
        return left != right
    try:
        if isinstance(sign, ast.In):
            return left in right  # type: ignore[operator]
        if isinstance(sign, ast.NotIn):
            return left not in right  # type: ignore[operator]
        if isinstance(sign, ast.Lt):
            return left < right  # type: ignore[operator]
        if isinstance(sign, ast.LtE):
            return left <= right  # type: ignore[operator]
        if isinstance(sign, ast.Gt):
            return left > right  # type: ignore[operator]
        return left >= right  # type: ignore[operator]  # noqa: TRY300 - one line for each sign
    except TypeError:
        raise EvaluationError from None
