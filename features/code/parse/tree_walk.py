"""Fills the symbol table of a file in one walk over its syntax tree."""

import ast
from collections.abc import Callable
from typing import Any, ClassVar, TypeAlias

from features.code.parse.ast_walk import TEXT_TYPES
from features.code.parse.branch_tests import ends_block, flags_of_test, is_main_test
from features.code.parse.symbol_table import (
    CONDITION_UNIT,
    IN_LOOP,
    IN_MAIN_GUARD,
    IN_SILENT_TRY,
    Binding,
    BindingKind,
    Scope,
    ScopeKind,
    SymbolTable,
)

LONG_NUMBER_LIST = 24
"""Elements from which a list of only numbers counts as long."""

Context: TypeAlias = tuple[int, int]
"""Index of the scope, and flags."""

_SKIPPED_FIELDS = {"ctx", "op", "ops", "type_comment", "kind", "type_ignores", "type_params", "names", "kwd_attrs"}
_NODE_FIELDS: dict[type, tuple[str, ...]] = {
    kind: tuple(name for name in reversed(kind._fields) if name not in _SKIPPED_FIELDS)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
_MAX_BINDINGS = 24
_MAX_CONDITIONS = 2_000
_EMPTY_STATEMENTS = (ast.Pass, ast.Continue, ast.Break)


def build_symbol_table(tree: ast.Module) -> SymbolTable:
    """Return the symbol table of one tree."""
    return _TreeWalker(tree).symbols


class _TreeWalker:
    """A walk with an explicit stack, which calls a handler for some types of nodes and visits the children of others.

    The stack holds nodes and contexts. A context applies to all nodes that are taken after it, up to the next context.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.symbols = SymbolTable()
        self.symbols.scopes.append(Scope(0, -1, ScopeKind.MODULE, "", tree))
        self.symbols.conditions.append((ast.Constant(None), 0, 0))
        self._stack: list[Any] = []
        self._inner_operations: set[int] = set()
        self._push_block(tree.body, (0, 0), (0, 0))
        self._walk()

    def _walk(self) -> None:
        stack, found, handlers = self._stack, self.symbols, self._HANDLERS
        pop, push = stack.pop, stack.append
        add_identifier, add_constant = found.identifiers.add, found.constants.append
        add_attribute, add_call = found.attributes.append, found.calls.append
        scope = flags = nodes = 0
        while stack:
            node = pop()
            kind = type(node)
            if kind is tuple:
                scope, flags = node
                continue
            nodes += 1
            # Most nodes are of these five types; other nodes have a handler, or only children.
            if kind is ast.Name:
                add_identifier(node.id)
            elif kind is ast.Constant:
                if node.value and isinstance(node.value, TEXT_TYPES):
                    add_constant((node, scope))
            elif kind is ast.Attribute:
                add_attribute((node, scope, flags))
                base = node.value
                while type(base) is ast.Attribute:
                    base = base.value
                if type(base) is ast.Name:
                    add_identifier(base.id)
                    nodes += 1
                else:
                    push(base)
            elif kind is ast.Call:
                add_call((node, scope, flags))
                if node.keywords:
                    stack += [keyword.value for keyword in reversed(node.keywords)]
                stack += node.args[::-1]
                push(node.func)
            elif kind is ast.Expr:
                push(node.value)
            elif (handler := handlers.get(kind)) is not None:
                handler(self, node, scope, flags)
            else:
                self._push_children(node)
        found.nodes = nodes

    def _push_children(self, node: ast.AST) -> None:
        stack = self._stack
        for name in _NODE_FIELDS[type(node)]:
            value = getattr(node, name, None)
            if type(value) is list:
                stack += [item for item in reversed(value) if item is not None]
            elif isinstance(value, ast.AST):
                stack.append(value)

    def _push_block(self, nodes: list[ast.stmt], inside: Context, after: Context) -> None:
        """Push statements with their context, and below them the context of the nodes already on the stack."""
        if not nodes:
            return
        scope, flags = inside
        items: list[ast.stmt | Context] = [inside]
        for node in nodes:
            items.append(node)
            if type(node) is ast.If and not node.orelse and ends_block(node.body):
                # Code after `if ...: return` runs under the condition as well.
                flags = self._enter_condition(node.test, scope, flags)
                items.append((scope, flags))
        items.reverse()
        self._stack.append(after)
        self._stack += items

    def _enter_condition(self, test: ast.expr, scope: int, flags: int) -> int:
        """Return the flags of the code under a condition."""
        conditions = self.symbols.conditions
        if len(conditions) < _MAX_CONDITIONS:
            conditions.append((test, scope, flags // CONDITION_UNIT))
            return flags % CONDITION_UNIT + (len(conditions) - 1) * CONDITION_UNIT
        return flags

    def _bind(self, scope: int, name: str, binding: Binding) -> None:
        found = self.symbols.scopes[scope].bindings.setdefault(name, [])
        if len(found) < _MAX_BINDINGS:
            found.append(binding)

    def _import(self, node: ast.Import, scope: int, flags: int) -> None:
        for alias in node.names:
            self.symbols.imports.append((alias.name, scope, flags))
            first = alias.name.partition(".")[0]
            self._bind(
                scope,
                alias.asname or first,
                Binding(BindingKind.IMPORT, dotted_name=alias.name if alias.asname else first),
            )

    def _import_from(self, node: ast.ImportFrom, scope: int, flags: int) -> None:
        module = "." * node.level + (node.module or "")
        self.symbols.imports.append((module, scope, flags))
        before = module if module.endswith(".") else module + "."
        for alias in node.names:
            if alias.name == "*":
                self.symbols.star_imports.append(module)
            else:
                # A name imported from a package may be one of its modules.
                self.symbols.imports.append((before + alias.name, scope, flags))
                self._bind(
                    scope, alias.asname or alias.name, Binding(BindingKind.IMPORT, dotted_name=before + alias.name)
                )

    def _bind_target(
        self, target: ast.expr, value: ast.expr, scope: int, flags: int, kind: BindingKind = BindingKind.VALUE
    ) -> None:
        if isinstance(target, ast.Name):
            self._bind(scope, target.id, Binding(kind, value, scope=scope, flags=flags))
        elif isinstance(target, ast.Attribute):
            self.symbols.attribute_stores.append((target, value, scope))
            found = self.symbols.attribute_bindings.setdefault(target.attr, [])
            if len(found) < _MAX_BINDINGS:
                found.append(Binding(kind, value, scope=scope, flags=flags))
        elif isinstance(target, ast.Starred):
            self._bind_target(target.value, value, scope, flags, BindingKind.ELEMENT)
        elif isinstance(target, ast.Tuple | ast.List):
            matched = (
                kind is BindingKind.VALUE
                and isinstance(value, ast.Tuple | ast.List)
                and len(value.elts) == len(target.elts)
                and not any(isinstance(item, ast.Starred) for item in (*value.elts, *target.elts))
            )
            for index, item in enumerate(target.elts):
                element = value.elts[index] if matched and isinstance(value, ast.Tuple | ast.List) else value
                self._bind_target(item, element, scope, flags, BindingKind.VALUE if matched else BindingKind.ELEMENT)

    def _assign(self, node: ast.Assign, scope: int, flags: int) -> None:
        for target in node.targets:
            self._bind_target(target, node.value, scope, flags)
        self._stack.append(node.value)
        self._stack += node.targets[::-1]

    def _annotated_assign(self, node: ast.AnnAssign, scope: int, flags: int) -> None:
        if node.value is not None:
            self._bind_target(node.target, node.value, scope, flags)
        self._push_children(node)

    def _augmented_assign(self, node: ast.AugAssign, scope: int, flags: int) -> None:
        kind = BindingKind.ADDED if isinstance(node.op, ast.Add) else BindingKind.ELEMENT
        self._bind_target(node.target, node.value, scope, flags, kind)
        self._push_children(node)

    def _walrus(self, node: ast.NamedExpr, scope: int, flags: int) -> None:
        self._bind_target(node.target, node.value, scope, flags)
        self._push_children(node)

    def _new_scope(self, parent: int, kind: ScopeKind, name: str, node: ast.AST) -> Scope:
        above = self.symbols.scopes[parent]
        qualified = f"{above.name}.{name}" if above.name else name
        scope = Scope(len(self.symbols.scopes), parent, kind, qualified, node)
        scope.owner = parent if above.kind is ScopeKind.CLASS else -1
        self.symbols.scopes.append(scope)
        return scope

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: int, flags: int) -> None:
        self.symbols.count("functions")
        inner = self._new_scope(scope, ScopeKind.FUNCTION, node.name, node)
        self._bind(scope, node.name, Binding(BindingKind.SCOPE, scope=inner.index))
        self._bind_parameters(inner, node.args, scope)
        self._count_docstring(node.body)
        self._push_block(node.body, (inner.index, 0), (scope, flags))
        self._stack += node.decorator_list[::-1]
        self._push_defaults(node.args)

    def _lambda(self, node: ast.Lambda, scope: int, flags: int) -> None:
        self.symbols.count("lambdas")
        inner = self._new_scope(scope, ScopeKind.LAMBDA, f"<lambda:{len(self.symbols.scopes)}>", node)
        self._bind_parameters(inner, node.args, scope)
        inner.returns.append(node.body)
        self._stack += ((scope, flags), node.body, (inner.index, 0))
        self._push_defaults(node.args)

    def _bind_parameters(self, inner: Scope, args: ast.arguments, scope: int) -> None:
        inner.parameters = [arg.arg for arg in (*args.posonlyargs, *args.args)]
        for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
            if arg is not None:
                self.symbols.identifiers.add(arg.arg)
                inner.bindings.setdefault(arg.arg, [])
        positional = [*args.posonlyargs, *args.args]
        for arg, default in zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=False):
            self._bind(inner.index, arg.arg, Binding(BindingKind.VALUE, default, scope=scope))

    def _push_defaults(self, args: ast.arguments) -> None:
        self._stack += args.defaults
        self._stack += [default for default in args.kw_defaults if default is not None]

    def _class(self, node: ast.ClassDef, scope: int, flags: int) -> None:
        self.symbols.count("classes")
        inner = self._new_scope(scope, ScopeKind.CLASS, node.name, node)
        self._bind(scope, node.name, Binding(BindingKind.SCOPE, scope=inner.index))
        self._count_docstring(node.body)
        # A class body runs with the statement, so it has its flags.
        self._push_block(node.body, (inner.index, flags), (scope, flags))
        self._stack += node.decorator_list[::-1]
        self._stack += [keyword.value for keyword in node.keywords]
        self._stack += node.bases[::-1]

    def _count_docstring(self, body: list[ast.stmt]) -> None:
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            self.symbols.count("docstrings", int(isinstance(body[0].value.value, str)))

    def _return(self, node: ast.Return | ast.Yield, scope: int, flags: int) -> None:  # noqa: ARG002
        if node.value is not None:
            self.symbols.scopes[scope].returns.append(node.value)
            self._stack.append(node.value)

    def _if(self, node: ast.If, scope: int, flags: int) -> None:
        body_flags = self._enter_condition(node.test, scope, flags)
        if is_main_test(node.test):
            body_flags |= IN_MAIN_GUARD
        else:
            body_flags |= flags_of_test(node.test)
        self._push_block(node.orelse, (scope, flags), (scope, flags))
        self._push_block(node.body, (scope, body_flags), (scope, flags))
        self._stack.append(node.test)

    def _try(self, node: ast.Try, scope: int, flags: int) -> None:
        handlers = node.handlers
        silent = bool(handlers) and all(all(isinstance(stmt, _EMPTY_STATEMENTS) for stmt in h.body) for h in handlers)
        if silent:
            self.symbols.count("silent_tries")
        here = (scope, flags)
        self._push_block(node.finalbody, here, here)
        self._push_block(node.orelse, here, here)
        self._stack += handlers[::-1]
        self._push_block(node.body, (scope, flags | IN_SILENT_TRY if silent else flags), here)

    def _handler(self, node: ast.ExceptHandler, scope: int, flags: int) -> None:  # noqa: ARG002
        if node.type is None:
            self.symbols.count("bare_excepts")
        self._push_children(node)

    def _for(self, node: ast.For | ast.AsyncFor, scope: int, flags: int) -> None:
        self._bind_target(node.target, node.iter, scope, flags, BindingKind.ELEMENT)
        self._push_block(node.orelse, (scope, flags), (scope, flags))
        self._push_block(node.body, (scope, flags | IN_LOOP), (scope, flags))
        self._stack += (node.iter, node.target)

    def _while(self, node: ast.While, scope: int, flags: int) -> None:
        self._push_block(node.orelse, (scope, flags), (scope, flags))
        self._push_block(node.body, (scope, flags | IN_LOOP), (scope, flags))
        self._stack.append(node.test)

    def _with_item(self, node: ast.withitem, scope: int, flags: int) -> None:
        if node.optional_vars is not None:
            self._bind_target(node.optional_vars, node.context_expr, scope, flags)
            self._stack.append(node.optional_vars)
        self._stack.append(node.context_expr)

    def _comprehension(self, node: ast.comprehension, scope: int, flags: int) -> None:
        self._bind_target(node.target, node.iter, scope, flags, BindingKind.ELEMENT)
        self._push_children(node)

    def _subscript(self, node: ast.Subscript, scope: int, flags: int) -> None:
        self.symbols.subscripts.append((node, scope, flags))
        if isinstance(node.slice, ast.Slice) and _is_reverse(node.slice):
            self.symbols.count("reversals")
        self._stack += (node.slice, node.value)

    def _sequence(self, node: ast.List | ast.Tuple, scope: int, flags: int) -> None:  # noqa: ARG002
        if len(node.elts) >= LONG_NUMBER_LIST and all(
            isinstance(item, ast.Constant) and isinstance(item.value, int) for item in node.elts
        ):
            self.symbols.count("number_lists")
            self.symbols.number_lists.append((node, scope))
            return
        self._stack += node.elts[::-1]

    def _binary_operation(self, node: ast.BinOp, scope: int, flags: int) -> None:
        if isinstance(node.op, ast.BitXor):
            self.symbols.count("xors")
        if isinstance(node.op, ast.Add | ast.Mod | ast.Mult) and id(node) not in self._inner_operations:
            self.symbols.text_builds.append((node, scope, flags))
        for side in (node.right, node.left):
            if isinstance(side, ast.BinOp):
                self._inner_operations.add(id(side))
            self._stack.append(side)

    def _f_string(self, node: ast.JoinedStr, scope: int, flags: int) -> None:
        self.symbols.text_builds.append((node, scope, flags))
        self._stack += node.values[::-1]

    # Functions, not bound methods: a walker that held methods of itself would keep its tree in memory until the
    # garbage collector runs.
    _HANDLERS: ClassVar[dict[type, Callable[["_TreeWalker", Any, int, int], None]]] = {
        ast.Import: _import,
        ast.ImportFrom: _import_from,
        ast.Assign: _assign,
        ast.AnnAssign: _annotated_assign,
        ast.AugAssign: _augmented_assign,
        ast.NamedExpr: _walrus,
        ast.FunctionDef: _function,
        ast.AsyncFunctionDef: _function,
        ast.Lambda: _lambda,
        ast.ClassDef: _class,
        ast.Return: _return,
        ast.Yield: _return,
        ast.If: _if,
        ast.Try: _try,
        ast.For: _for,
        ast.AsyncFor: _for,
        ast.While: _while,
        ast.withitem: _with_item,
        ast.comprehension: _comprehension,
        ast.Subscript: _subscript,
        ast.List: _sequence,
        ast.Tuple: _sequence,
        ast.BinOp: _binary_operation,
        ast.JoinedStr: _f_string,
        ast.ExceptHandler: _handler,
    }
    if hasattr(ast, "TryStar"):
        _HANDLERS[ast.TryStar] = _try


def _is_reverse(slice_: ast.Slice) -> bool:
    step = slice_.step
    return (
        isinstance(step, ast.UnaryOp)
        and isinstance(step.op, ast.USub)
        and isinstance(step.operand, ast.Constant)
        and step.operand.value == 1
    )
