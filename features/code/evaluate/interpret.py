"""Evaluates small pure functions, loops and comprehensions over constants, step by step, under a budget.

Nothing of the file is executed: its syntax tree is read, values are folded by `features.code.evaluate.fold`,
and whatever is not known to be pure ends the evaluation.
"""

import ast
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeAlias

from features.code.evaluate import fold
from features.code.evaluate.fold import Constant
from features.code.parse.symbol_table import SymbolTable

ELEMENTS = 65_536
"""Turns of one loop, and elements of one comprehension."""
_DEPTH = 12
_BODY = 40
"""Statements of a function; a longer one is no decoder."""
_NAMES = 200
_STATEMENTS = (
    ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.While, ast.If, ast.Return, ast.Expr, ast.Pass,
    ast.FunctionDef, ast.Import, ast.ImportFrom, ast.Global,
)  # fmt: skip
_GROWING = {"append", "extend"}

SIGNS: dict[type, str] = {
    ast.Sub: "-", ast.Mult: "*", ast.BitXor: "^", ast.Mod: "%", ast.FloorDiv: "//", ast.BitAnd: "&", ast.BitOr: "|",
    ast.LShift: "<<", ast.RShift: ">>", ast.Pow: "**",
}  # fmt: skip

Values: TypeAlias = dict[str, Constant]
_Comprehension: TypeAlias = ast.ListComp | ast.GeneratorExp | ast.SetComp


class Names(Protocol):
    """What the evaluator asks of the resolver of the file."""

    symbols: SymbolTable

    def constant_value(self, node: ast.expr, scope: int, depth: int = 0) -> Constant | None:
        """Return what an expression is that depends on nothing local."""

    def dotted_name(self, node: ast.expr, scope: int, depth: int = 0) -> str:
        """Return the full name that an expression stands for."""

    def called_scope(self, func: ast.expr, scope: int, depth: int = 0) -> int:
        """Return the scope that a call runs, or -1."""

    def dictionary_entry(self, node: ast.expr, key: Constant, scope: int) -> Constant | None:
        """Return what a dictionary of constants holds under a key."""

    def spend_steps(self, steps: int) -> bool:
        """Take from the budget; return whether there is some left."""


class _Stuck(Exception):  # noqa: N818 - no error: it ends a reading
    """Something that is not known to be pure, or the end of the budget."""


class _Returned(Exception):  # noqa: N818 - no error: it ends a reading
    def __init__(self, value: Constant) -> None:
        super().__init__()
        self.value = value


class _Left(Exception):  # noqa: N818 - no error: it ends a reading
    """`break` (True) or `continue` (False)."""


class Interpreter:
    """Answers for one file; whatever cannot be worked out is None."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._depth = 0
        self._makers: dict[int, dict[str, list[ast.stmt]]] = {}

    def comprehension(self, node: _Comprehension, scope: int) -> Constant | None:
        """Return the elements of a comprehension."""
        return self._guarded(lambda: self._comprehended(node, {}, scope))

    def mapped(self, func: ast.expr, items: ast.expr, scope: int) -> Constant | None:
        """Return `map(func, items)`."""
        return self._guarded(lambda: self._map(func, items, {}, scope))

    def called(self, inner: int, args: list[Constant], keywords: Values) -> Constant | None:
        """Return what a function or lambda of the file returns for constants."""
        return self._guarded(lambda: self._run(inner, args, keywords))

    def accumulated(self, name: str, scope: int) -> Constant | None:
        """Return what a name of a scope holds after the statements of that scope that make it, loops among them."""
        makers = self._makers_of(scope).get(name)
        if not makers or len(makers) > _BODY:
            return None

        def run() -> Constant:
            values: Values = {}
            for statement in makers:
                self._statement(statement, values, scope)
            return values[name]

        return self._guarded(run)

    def _guarded(self, work: "_Work") -> Constant | None:
        if self._depth > _DEPTH:
            return None
        self._depth += 1
        try:
            return work()
        except (_Stuck, _Left, _Returned, KeyError, RecursionError):
            return None
        finally:
            self._depth -= 1

    # -- functions and statements ---------------------------------------------------------------------------

    def _run(self, inner: int, args: list[Constant], keywords: Values) -> Constant:
        scope = self._names.symbols.scopes[inner]
        node = scope.node
        if self._depth > _DEPTH or not isinstance(node, ast.FunctionDef | ast.Lambda):
            raise _Stuck
        params = scope.parameters[1:] if scope.owner >= 0 and len(scope.parameters) > len(args) else scope.parameters
        if len(args) > len(params) or node.args.vararg or node.args.kwarg:
            raise _Stuck
        values: Values = dict(zip(params, args, strict=False)) | keywords
        if isinstance(node, ast.Lambda):
            return self.value(node.body, values, inner)
        if len(node.body) > _BODY or not all(isinstance(at, _STATEMENTS) for at in node.body):
            raise _Stuck
        self._depth += 1
        try:
            self._statements(node.body, values, inner)
        except _Returned as result:
            return result.value
        finally:
            self._depth -= 1
        raise _Stuck

    def _statements(self, body: Iterable[ast.stmt], values: Values, scope: int) -> None:
        for statement in body:
            self._statement(statement, values, scope)

    def _statement(self, node: ast.stmt, values: Values, scope: int) -> None:
        self._step()
        if isinstance(node, ast.Assign):
            value = self.value(node.value, values, scope)
            for target in node.targets:
                self._bind(target, value, values)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self._bind(node.target, self.value(node.value, values, scope), values)
        elif isinstance(node, ast.AugAssign):
            if not isinstance(node.target, ast.Name):
                raise _Stuck
            before = values[node.target.id]
            values[node.target.id] = self._operated(node.op, before, self.value(node.value, values, scope))
        elif isinstance(node, ast.For):
            self._loop(node, values, scope)
        elif isinstance(node, ast.While):
            turns = 0
            while turns < ELEMENTS and self._truth(node.test, values, scope):
                turns += 1
                if not self._turn(node.body, values, scope):
                    break
        elif isinstance(node, ast.If):
            self._statements(node.body if self._truth(node.test, values, scope) else node.orelse, values, scope)
        elif isinstance(node, ast.Return):
            if node.value is None:
                raise _Stuck
            raise _Returned(self.value(node.value, values, scope))
        elif isinstance(node, ast.Break | ast.Continue):
            raise _Left(isinstance(node, ast.Break))
        elif isinstance(node, ast.Expr):
            self._grow(node.value, values, scope)
        elif not isinstance(node, ast.Pass | ast.FunctionDef | ast.Import | ast.ImportFrom | ast.Global):
            raise _Stuck

    def _loop(self, node: ast.For, values: Values, scope: int) -> None:
        for value in self._elements(node.iter, values, scope):
            self._bind(node.target, value, values)
            if not self._turn(node.body, values, scope):
                break

    def _turn(self, body: list[ast.stmt], values: Values, scope: int) -> bool:
        try:
            self._statements(body, values, scope)
        except _Left as left:
            return not left.args[0]
        return True

    def _grow(self, node: ast.expr, values: Values, scope: int) -> None:
        """Do what `name.append(x)` and `name.extend(x)` do; a docstring or any other constant does nothing."""
        if isinstance(node, ast.Constant):
            return
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 1):
            raise _Stuck
        owner = node.func.value
        if not isinstance(owner, ast.Name) or owner.id not in values or node.func.attr not in _GROWING:
            raise _Stuck
        more = self.value(node.args[0], values, scope)
        before = values[owner.id]
        if isinstance(before, bytes):
            more = (more,) if node.func.attr == "append" else more
            made = fold.call_builtin("bytes", (more,))
            if not isinstance(made, bytes):
                raise _Stuck
            self._step(len(before) >> 10)
            values[owner.id] = before + made
        elif isinstance(before, tuple):
            if len(before) > ELEMENTS:
                raise _Stuck
            # A tuple that grows by copying: 65,536 elements are the most, and the budget pays for the copies.
            self._step(1 + len(before) // 64)
            values[owner.id] = (*before, more) if node.func.attr == "append" else (*before, *_items(more))
        else:
            raise _Stuck

    def _bind(self, target: ast.expr, value: Constant, values: Values) -> None:
        if isinstance(target, ast.Name):
            values[target.id] = value
        elif isinstance(target, ast.Tuple | ast.List):
            items = _items(value)
            if len(items) != len(target.elts):
                raise _Stuck
            for one, part in zip(target.elts, items, strict=True):
                self._bind(one, part, values)
        else:
            raise _Stuck

    def _makers_of(self, scope: int) -> dict[str, list[ast.stmt]]:
        """Return the statements of a scope by the names that they set or let grow."""
        known = self._makers.get(scope)
        if known is not None:
            return known
        found: dict[str, list[ast.stmt]] = {}
        node = self._names.symbols.scopes[scope].node
        body = node.body if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) else []
        for statement in body:
            if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.For | ast.While | ast.Expr):
                continue
            names: set[str] = set()
            for at, inner in enumerate(ast.walk(statement)):
                if at > _NAMES:
                    break
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    names.add(inner.id)
                elif isinstance(inner, ast.Attribute) and inner.attr in _GROWING and isinstance(inner.value, ast.Name):
                    names.add(inner.value.id)
            for name in names:
                found.setdefault(name, []).append(statement)
        self._makers[scope] = found
        return found

    # -- expressions ----------------------------------------------------------------------------------------

    def value(self, node: ast.expr, values: Values, scope: int) -> Constant:
        """Return what an expression is, with the names of `values` first; raises _Stuck."""
        self._step()
        if isinstance(node, ast.Constant):
            return _constant(node.value)
        if isinstance(node, ast.Name):
            if node.id in values:
                return values[node.id]
            return self._known(node, scope)
        if isinstance(node, ast.BinOp):
            left, right = self.value(node.left, values, scope), self.value(node.right, values, scope)
            return self._operated(node.op, left, right)
        if isinstance(node, ast.Call):
            return self._call(node, values, scope)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, values, scope)
        if isinstance(node, ast.UnaryOp):
            value = self.value(node.operand, values, scope)
            if isinstance(node.op, ast.USub) and isinstance(value, int):
                return -value
            if isinstance(node.op, ast.Invert) and isinstance(value, int):
                return ~value
            if isinstance(node.op, ast.Not):
                return int(not value)
            raise _Stuck
        if isinstance(node, ast.IfExp):
            return self.value(node.body if self._truth(node.test, values, scope) else node.orelse, values, scope)
        if isinstance(node, ast.Compare):
            return int(self._compared(node, values, scope))
        if isinstance(node, ast.List | ast.Tuple):
            return tuple(self.value(item, values, scope) for item in node.elts)
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            return self._comprehended(node, values, scope)
        if isinstance(node, ast.BoolOp):
            return int(self._truth(node, values, scope))
        return self._known(node, scope)

    def _step(self, steps: int = 1) -> None:
        if not self._names.spend_steps(steps):
            raise _Stuck

    def _known(self, node: ast.expr, scope: int) -> Constant:
        value = self._names.constant_value(node, scope)
        if value is None:
            raise _Stuck
        return value

    def _operated(self, sign: ast.operator, left: Constant, right: Constant) -> Constant:
        if isinstance(sign, ast.Add):
            made = fold.add(left, right)
        else:
            name = SIGNS.get(type(sign))
            made = fold.arithmetic(name, left, right) if name is not None else None
        if made is None:
            raise _Stuck
        if not isinstance(made, int):
            self._step(len(made) >> 10)
        return made

    def _truth(self, node: ast.expr, values: Values, scope: int) -> bool:
        if isinstance(node, ast.BoolOp):
            each = (self._truth(part, values, scope) for part in node.values)
            return all(each) if isinstance(node.op, ast.And) else any(each)
        return bool(self.value(node, values, scope))

    def _compared(self, node: ast.Compare, values: Values, scope: int) -> bool:
        left = self.value(node.left, values, scope)
        for sign, side in zip(node.ops, node.comparators, strict=True):
            right = self.value(side, values, scope)
            if not _holds(sign, left, right):
                return False
            left = right
        return True

    def _subscript(self, node: ast.Subscript, values: Values, scope: int) -> Constant:
        if isinstance(node.value, ast.Name) and node.value.id not in values and not isinstance(node.slice, ast.Slice):
            found = self._names.dictionary_entry(node.value, self.value(node.slice, values, scope), scope)
            if found is not None:
                return found
        base = self.value(node.value, values, scope)
        at = node.slice
        made: Constant | None
        if isinstance(at, ast.Slice):
            bounds: list[int | None] = []
            for side in (at.lower, at.upper, at.step):
                bound = self.value(side, values, scope) if side is not None else None
                if bound is not None and not isinstance(bound, int):
                    raise _Stuck
                bounds.append(bound)
            made = fold.slice_value(base, *bounds)
            self._step(0 if isinstance(base, int) else len(base) >> 10)
        else:
            made = fold.index_value(base, self.value(at, values, scope))
        if made is None:
            raise _Stuck
        return made

    def _call(self, node: ast.Call, values: Values, scope: int) -> Constant:
        name = self._names.dotted_name(node.func, scope) if not self._is_local(node.func, values) else ""
        if name in ("map", "zip", "enumerate", "range", "iter", "filter"):
            return tuple(self._elements(node, values, scope))
        args = [self.value(arg, values, scope) for arg in node.args]
        keywords = {k.arg: self.value(k.value, values, scope) for k in node.keywords if k.arg is not None}
        made: Constant | None = None
        if isinstance(node.func, ast.Attribute):
            inner = self._names.called_scope(node.func, scope)
            if node.func.attr == "get" and args:
                made = self._names.dictionary_entry(node.func.value, args[0], scope)
                if made is None and len(args) > 1:
                    made = args[1]
            elif inner < 0:
                base = self._base(node.func.value, values, scope)
                if base is not None:
                    self._step(0 if isinstance(base, int) else len(base) >> 8)
                    made = fold.call_method(base, node.func.attr, args, keywords)
            else:
                return self._run(inner, args, keywords)
        elif isinstance(node.func, ast.Name | ast.Lambda):
            inner = self._names.called_scope(node.func, scope)
            if inner >= 0:
                return self._run(inner, args, keywords)
        if made is None and (args or name in ("bytes", "bytearray", "list", "str")):
            made = fold.call_builtin(name, args, keywords)
            if made is None and args:
                self._step(256)
                made = fold.call_decoder(name, args, keywords)
        if made is None:
            raise _Stuck
        if not isinstance(made, int):
            # What decompresses much out of little pays for it.
            self._step(len(made) >> 8)
        return made

    def _base(self, node: ast.expr, values: Values, scope: int) -> Constant | None:
        try:
            return self.value(node, values, scope)
        except _Stuck:
            return None

    @staticmethod
    def _is_local(func: ast.expr, values: Values) -> bool:
        while isinstance(func, ast.Attribute):
            func = func.value
        return isinstance(func, ast.Name) and func.id in values

    # -- what loops run over --------------------------------------------------------------------------------

    def _comprehended(
        self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp, values: Values, scope: int
    ) -> Constant:
        made: list[Constant] = []
        inner = dict(values)
        for _ in self._turns(node.generators, inner, scope):
            made.append(self.value(node.elt, inner, scope))
            if len(made) > ELEMENTS:
                raise _Stuck
        return tuple(made)

    def _turns(self, loops: list[ast.comprehension], values: Values, scope: int) -> Iterator[None]:
        if not loops:
            yield
            return
        loop, *more = loops
        for value in self._elements(loop.iter, values, scope):
            self._bind(loop.target, value, values)
            if all(self._truth(test, values, scope) for test in loop.ifs):
                yield from self._turns(more, values, scope)

    def _elements(self, node: ast.expr, values: Values, scope: int) -> Iterable[Constant]:
        """Return what a loop runs over, at most ELEMENTS."""
        if isinstance(node, ast.Call) and not self._is_local(node.func, values):
            name = self._names.dotted_name(node.func, scope)
            if name == "range":
                bounds = [self.value(arg, values, scope) for arg in node.args]
                if not 1 <= len(bounds) <= 3 or not all(isinstance(b, int) for b in bounds) or bounds[2:] == [0]:
                    raise _Stuck
                turns = range(*bounds)  # type: ignore[arg-type]
                if len(turns) > ELEMENTS:
                    raise _Stuck
                return turns
            if name == "enumerate" and node.args:
                start = self.value(node.args[1], values, scope) if len(node.args) == 2 else 0
                if not isinstance(start, int):
                    raise _Stuck
                return tuple(enumerate(self._elements(node.args[0], values, scope), start))
            if name == "zip" and node.args:
                return self._zipped(node.args, values, scope)
            if name == "map" and len(node.args) == 2:
                return _items(self._map(node.args[0], node.args[1], values, scope))
            if name == "iter" and len(node.args) == 1:
                return self._elements(node.args[0], values, scope)
        items = _items(self.value(node, values, scope))
        if len(items) > ELEMENTS:
            raise _Stuck
        return items

    def _zipped(self, args: list[ast.expr], values: Values, scope: int) -> Iterable[Constant]:
        columns: list[tuple[Constant, ...]] = []
        endless: list[bool] = []
        for arg in args:
            cycled = isinstance(arg, ast.Call) and self._names.dotted_name(arg.func, scope).endswith("cycle")
            endless.append(cycled)
            source = arg.args[0] if cycled and isinstance(arg, ast.Call) and arg.args else arg
            columns.append(tuple(self._elements(source, values, scope)))
        if all(endless) or not all(columns):
            raise _Stuck
        length = min(len(column) for column, turns in zip(columns, endless, strict=True) if not turns)
        return [tuple(column[at % len(column)] for column in columns) for at in range(length)]

    def _map(self, func: ast.expr, items: ast.expr, values: Values, scope: int) -> Constant:
        made: list[Constant] = []
        name = "" if isinstance(func, ast.Lambda) else self._names.dotted_name(func, scope)
        inner = self._names.called_scope(func, scope)
        for value in self._elements(items, values, scope):
            self._step()
            if isinstance(func, ast.Lambda) and len(func.args.args) == 1:
                made.append(self.value(func.body, {**values, func.args.args[0].arg: value}, scope))
            elif inner >= 0:
                made.append(self._run(inner, [value], {}))
            else:
                one = fold.call_builtin(name, (value,))
                if one is None:
                    raise _Stuck
                made.append(one)
        return tuple(made)


class _Work(Protocol):
    def __call__(self) -> Constant: ...


def _constant(value: object) -> Constant:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str | bytes | int):
        return value
    raise _Stuck


def _items(value: Constant) -> tuple[Constant, ...]:
    if isinstance(value, str | bytes):
        return tuple(value)
    if isinstance(value, tuple):
        return value
    raise _Stuck


def _holds(sign: ast.cmpop, left: Constant, right: Constant) -> bool:
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
        raise _Stuck from None
