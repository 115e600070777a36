"""Interprets small pure functions and loops over constants, such as the decoders that come with hidden code."""

import ast
from collections.abc import Callable, Iterable

from features.code.evaluate import fold
from features.code.evaluate.contract import Constant
from features.code.evaluate.expressions import (
    MAX_ELEMENTS,
    ComprehensionNode,
    EvaluationError,
    ExpressionEvaluator,
    FileResolver,
    Variables,
    require_elements,
)
from features.code.parse.ast_walk import walk_nodes

_MAX_CALL_DEPTH = 12
_MAX_STATEMENTS = 40
"""Statements of the longest function, or code that sets a variable, that is interpreted as a decoder."""
_MAX_NODES = 201
"""Nodes of one statement that are searched for the variables it sets."""
_STATEMENTS = (
    ast.Assign, ast.AnnAssign, ast.AugAssign, ast.For, ast.While, ast.If, ast.Return, ast.Expr, ast.Pass,
    ast.FunctionDef, ast.Import, ast.ImportFrom, ast.Global,
)  # fmt: skip
_GROWING_METHODS = {"append", "extend"}


class _ReturnSignal(Exception):  # noqa: N818 - control flow, not an error
    """A `return` with its value."""

    def __init__(self, value: Constant) -> None:
        super().__init__()
        self.value = value


class _LoopSignal(Exception):  # noqa: N818 - control flow, not an error
    """A `break` or a `continue`."""

    def __init__(self, *, is_break: bool) -> None:
        super().__init__()
        self.is_break = is_break


class Interpreter(ExpressionEvaluator):
    """Interprets functions, loops and comprehensions of one file; its public methods return None if they cannot."""

    def __init__(self, resolver: FileResolver) -> None:
        super().__init__(resolver)
        self._depth = 0
        self._assignments: dict[int, dict[str, list[ast.stmt]]] = {}

    def comprehension(self, node: ComprehensionNode, scope: int) -> Constant | None:
        """Return the elements of a comprehension."""
        return self._attempt(lambda: self._evaluate_comprehension(node, {}, scope))

    def mapped(self, func: ast.expr, items: ast.expr, scope: int) -> Constant | None:
        """Return `map(func, items)`."""
        return self._attempt(lambda: self._map(func, items, {}, scope))

    def called(self, function: int, arguments: list[Constant], keywords: Variables) -> Constant | None:
        """Return the result of a function or lambda of the file, given the index of its scope."""
        return self._attempt(lambda: self.run_function(function, arguments, keywords))

    def accumulated(self, name: str, scope: int) -> Constant | None:
        """Return the value of a variable after the statements of its scope that set or extend it."""
        statements = self._assignments_of(scope).get(name)
        if not statements or len(statements) > _MAX_STATEMENTS:
            return None

        def run() -> Constant:
            variables: Variables = {}
            for statement in statements:
                self._execute(statement, variables, scope)
            return variables[name]

        return self._attempt(run)

    def _attempt(self, evaluation: Callable[[], Constant]) -> Constant | None:
        if self._depth > _MAX_CALL_DEPTH:
            return None
        self._depth += 1
        try:
            return evaluation()
        except (EvaluationError, _LoopSignal, _ReturnSignal, KeyError, RecursionError):
            return None
        finally:
            self._depth -= 1

    def run_function(self, function: int, arguments: list[Constant], keywords: Variables) -> Constant:
        """Return the result of a function or lambda of the file, given the index of its scope."""
        scope = self._resolver.symbols.scopes[function]
        node = scope.node
        if self._depth > _MAX_CALL_DEPTH or not isinstance(node, ast.FunctionDef | ast.Lambda):
            raise EvaluationError
        parameters = scope.parameters
        if scope.owner >= 0 and len(parameters) > len(arguments):
            parameters = parameters[1:]
        if len(arguments) > len(parameters) or node.args.vararg or node.args.kwarg:
            raise EvaluationError
        variables: Variables = dict(zip(parameters, arguments, strict=False)) | keywords
        if isinstance(node, ast.Lambda):
            return self.evaluate(node.body, variables, function)
        if len(node.body) > _MAX_STATEMENTS or not all(isinstance(statement, _STATEMENTS) for statement in node.body):
            raise EvaluationError
        self._depth += 1
        try:
            self._execute_all(node.body, variables, function)
        except _ReturnSignal as signal:
            return signal.value
        finally:
            self._depth -= 1
        raise EvaluationError

    def _execute_all(self, body: Iterable[ast.stmt], variables: Variables, scope: int) -> None:
        for statement in body:
            self._execute(statement, variables, scope)

    def _execute(self, node: ast.stmt, variables: Variables, scope: int) -> None:
        self._spend()
        if isinstance(node, ast.Assign):
            value = self.evaluate(node.value, variables, scope)
            for target in node.targets:
                self._assign(target, value, variables)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                self._assign(node.target, self.evaluate(node.value, variables, scope), variables)
        elif isinstance(node, ast.AugAssign):
            if not isinstance(node.target, ast.Name):
                raise EvaluationError
            before = variables[node.target.id]
            variables[node.target.id] = self._operation(node.op, before, self.evaluate(node.value, variables, scope))
        elif isinstance(node, ast.For):
            self._for_loop(node, variables, scope)
        elif isinstance(node, ast.While):
            turns = 0
            while turns < MAX_ELEMENTS and self._truth(node.test, variables, scope):
                turns += 1
                if not self._loop_turn(node.body, variables, scope):
                    break
        elif isinstance(node, ast.If):
            self._execute_all(node.body if self._truth(node.test, variables, scope) else node.orelse, variables, scope)
        elif isinstance(node, ast.Return):
            if node.value is None:
                raise EvaluationError
            raise _ReturnSignal(self.evaluate(node.value, variables, scope))
        elif isinstance(node, ast.Break | ast.Continue):
            raise _LoopSignal(is_break=isinstance(node, ast.Break))
        elif isinstance(node, ast.Expr):
            self._grow_variable(node.value, variables, scope)
        elif not isinstance(node, ast.Pass | ast.FunctionDef | ast.Import | ast.ImportFrom | ast.Global):
            raise EvaluationError

    def _for_loop(self, node: ast.For, variables: Variables, scope: int) -> None:
        for value in self._elements(node.iter, variables, scope):
            self._assign(node.target, value, variables)
            if not self._loop_turn(node.body, variables, scope):
                break

    def _loop_turn(self, body: list[ast.stmt], variables: Variables, scope: int) -> bool:
        """Execute the body of a loop once; return whether the loop continues."""
        try:
            self._execute_all(body, variables, scope)
        except _LoopSignal as signal:
            return not signal.is_break
        return True

    def _grow_variable(self, node: ast.expr, variables: Variables, scope: int) -> None:
        """Apply `name.append(x)` or `name.extend(x)`; a docstring or any other constant has no effect."""
        if isinstance(node, ast.Constant):
            return
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 1):
            raise EvaluationError
        owner = node.func.value
        if not isinstance(owner, ast.Name) or owner.id not in variables or node.func.attr not in _GROWING_METHODS:
            raise EvaluationError
        more = self.evaluate(node.args[0], variables, scope)
        before = variables[owner.id]
        if isinstance(before, bytes):
            more = (more,) if node.func.attr == "append" else more
            added = fold.call_builtin("bytes", (more,))
            if not isinstance(added, bytes):
                raise EvaluationError
            self._spend(len(before) >> 10)
            variables[owner.id] = before + added
        elif isinstance(before, tuple):
            if len(before) > MAX_ELEMENTS:
                raise EvaluationError
            # A tuple grows by copying, so an element costs more steps the longer the tuple is.
            self._spend(1 + len(before) // 64)
            variables[owner.id] = (*before, more) if node.func.attr == "append" else (*before, *require_elements(more))
        else:
            raise EvaluationError

    def _assignments_of(self, scope: int) -> dict[str, list[ast.stmt]]:
        """Return the statements of a scope by the variables that they set or extend."""
        known = self._assignments.get(scope)
        if known is not None:
            return known
        found: dict[str, list[ast.stmt]] = {}
        node = self._resolver.symbols.scopes[scope].node
        body = node.body if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) else []
        for statement in body:
            if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.For | ast.While | ast.Expr):
                continue
            names: set[str] = set()
            for inner in walk_nodes(statement, _MAX_NODES):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    names.add(inner.id)
                elif (
                    isinstance(inner, ast.Attribute)
                    and inner.attr in _GROWING_METHODS
                    and isinstance(inner.value, ast.Name)
                ):
                    names.add(inner.value.id)
            for name in names:
                found.setdefault(name, []).append(statement)
        self._assignments[scope] = found
        return found
