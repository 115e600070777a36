"""One walk over a tree that collects what the rest of the syntax pass looks at."""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, TypeAlias

from features.code.parse.ast_walk import TEXT_TYPES, walk_nodes

IN_MAIN_GUARD = 1
"""Below `if __name__ == "__main__"`."""
IN_SILENT_TRY = 2
"""In a `try` whose handlers do nothing."""
UNDER_HOST_TEST = 4
"""Below a condition on the system, the environment, the user or the date."""
IN_LOOP = 8
"""In the body of a loop."""
UNDER_COMMAND_TEST = 16
"""Below a condition on the command line that an installer does not give ("publish", "test")."""
CONDITION_UNIT = 32
"""Flags from here on are the place in `Outline.conditions` of the condition that the code stands below, times GUARD."""
LONG_NUMBER_LIST = 24
"""A list of so many numbers and nothing else is long."""

Context: TypeAlias = tuple[int, int]
"""Index of the scope and flags."""


class BindingKind(Enum):
    """How a name got its value."""

    IMPORT = "import"
    VALUE = "value"
    ADDED = "added"
    """`name += value`."""
    ELEMENT = "element"
    """One of what the value yields: a loop, an unpacking."""
    ARGUMENT = "argument"
    """What a call in this file passes."""
    SCOPE = "scope"


@dataclass(slots=True)
class Binding:
    """One value of a name: an imported dotted name, an expression, or a function's or class's scope.

    `scope` is where an expression is evaluated, or the scope that a SCOPE binding names.
    """

    kind: BindingKind
    value: ast.expr | None = None
    dotted_name: str = ""
    scope: int = 0
    flags: int = 0


@dataclass(slots=True)
class Scope:
    """A module, function, lambda or class."""

    index: int
    parent: int
    kind: str
    name: str
    node: ast.AST
    owner: int = -1
    """The class that a method belongs to, or -1."""
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    parameters: list[str] = field(default_factory=list)
    returns: list[ast.expr] = field(default_factory=list)


@dataclass(slots=True)
class SymbolTable:
    """What one file holds, in source order."""

    scopes: list[Scope] = field(default_factory=list)
    calls: list[tuple[ast.Call, int, int]] = field(default_factory=list)
    attributes: list[tuple[ast.Attribute, int, int]] = field(default_factory=list)
    subscripts: list[tuple[ast.Subscript, int, int]] = field(default_factory=list)
    constants: list[tuple[ast.Constant, int]] = field(default_factory=list)
    text_builds: list[tuple[ast.expr, int, int]] = field(default_factory=list)
    """Outermost expressions that build text: concatenations, formats, f-strings."""
    number_lists: list[tuple[ast.List | ast.Tuple, int]] = field(default_factory=list)
    """Long lists of numbers and nothing else."""
    imports: list[tuple[str, int, int]] = field(default_factory=list)
    stars: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    attribute_bindings: dict[str, list[Binding]] = field(default_factory=dict)
    """Values of attributes (`self.x = ...`) by attribute name, whatever the object."""
    conditions: list[tuple[ast.expr, int, int]] = field(default_factory=list)
    """Conditions, with the scope they are asked in and the place of the condition around them; the first is none."""
    attribute_stores: list[tuple[ast.Attribute, ast.expr, int]] = field(default_factory=list)
    """Attributes that are set, and to what, with the scope."""
    counts: dict[str, int] = field(default_factory=dict)
    nodes: int = 0

    def bump(self, name: str, by: int = 1) -> None:
        """Count."""
        self.counts[name] = self.counts.get(name, 0) + by


_SKIP = {"ctx", "op", "ops", "type_comment", "kind", "type_ignores", "type_params", "names", "kwd_attrs"}
_FIELDS: dict[type, tuple[str, ...]] = {
    kind: tuple(name for name in reversed(kind._fields) if name not in _SKIP)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
_MAX_BINDINGS = 24
_MAX_GUARDS = 2_000
_EXITS = frozenset(("exit", "quit", "_exit", "abort"))
_CONDITIONS = frozenset(
    [
        "platform",
        "sys",
        "os",
        "getuser",
        "getlogin",
        "environ",
        "getenv",
        "gethostname",
        "datetime",
        "date",
        "time",
        "name",
        "system",
        "CI",
        "GITHUB_ACTIONS",
        "uname",
        "win32_ver",
        "getpass",
        "node",
        "machine",
        "locale",
        "getdefaultlocale",
    ]
)
_QUIET = (ast.Pass, ast.Continue, ast.Break)
_TURNING = frozenset((ast.Not, ast.NotIn, ast.NotEq))

INSTALLER_WORDS = frozenset(
    (
        "install", "develop", "egg_info", "bdist_wheel", "bdist_egg", "build", "build_py", "build_ext", "dist_info",
        "editable_wheel", "install_lib", "install_scripts", "install_data", "build_clib", "build_scripts", "sdist",
        "easy_install", "bdist", "setup.py", "-c", "",
    )
)  # fmt: skip
"""Commands of setuptools that run while a package is built or installed."""


class Walk:
    """The walk itself: an explicit stack, one method for each type that matters, children of all others.

    Between the nodes the stack holds contexts: one holds for all nodes that are taken after it, up to the next.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.symbols = SymbolTable()
        self.symbols.scopes.append(Scope(0, -1, "module", "", tree))
        self.symbols.conditions.append((ast.Constant(None), 0, 0))
        self._stack: list[Any] = []
        self._inside: set[int] = set()
        self._block(tree.body, (0, 0), (0, 0))
        self._run()

    def _run(self) -> None:
        stack, found, handlers = self._stack, self.symbols, self._HANDLERS
        pop, push = stack.pop, stack.append
        name_of, add_constant = found.names.add, found.constants.append
        add_attribute, add_call = found.attributes.append, found.calls.append
        scope = flags = nodes = 0
        while stack:
            node = pop()
            kind = type(node)
            if kind is tuple:
                scope, flags = node
                continue
            nodes += 1
            # The five that most nodes are of stand here; all others have a handler, or only children.
            if kind is ast.Name:
                name_of(node.id)
            elif kind is ast.Constant:
                if node.value and isinstance(node.value, TEXT_TYPES):
                    add_constant((node, scope))
            elif kind is ast.Attribute:
                add_attribute((node, scope, flags))
                base = node.value
                while type(base) is ast.Attribute:
                    base = base.value
                if type(base) is ast.Name:
                    name_of(base.id)
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
                self._children(node)
        found.nodes = nodes

    def _children(self, node: ast.AST) -> None:
        stack = self._stack
        for name in _FIELDS[type(node)]:
            value = getattr(node, name, None)
            if type(value) is list:
                stack += [item for item in reversed(value) if item is not None]
            elif isinstance(value, ast.AST):
                stack.append(value)

    def _block(self, nodes: list[ast.stmt], inside: Context, after: Context) -> None:
        """Push statements that stand in one context; what is on the stack already comes after them in its own."""
        if not nodes:
            return
        scope, flags = inside
        items: list[ast.stmt | Context] = [inside]
        for node in nodes:
            items.append(node)
            if type(node) is ast.If and not node.orelse and _leaves(node.body):
                # What follows `if ...: return` waits for the condition as well.
                flags = self._below(node.test, scope, flags)
                items.append((scope, flags))
        items.reverse()
        self._stack.append(after)
        self._stack += items

    def _below(self, test: ast.expr, scope: int, flags: int) -> int:
        """Return the flags of what stands below a condition."""
        guards = self.symbols.conditions
        if len(guards) < _MAX_GUARDS:
            guards.append((test, scope, flags // CONDITION_UNIT))
            return flags % CONDITION_UNIT + (len(guards) - 1) * CONDITION_UNIT
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
                self.symbols.stars.append(module)
            else:
                # What is taken from a package may be one of its modules.
                self.symbols.imports.append((before + alias.name, scope, flags))
                self._bind(
                    scope, alias.asname or alias.name, Binding(BindingKind.IMPORT, dotted_name=before + alias.name)
                )

    def _target(
        self, target: ast.expr, value: ast.expr, scope: int, flags: int, how: BindingKind = BindingKind.VALUE
    ) -> None:
        if isinstance(target, ast.Name):
            self._bind(scope, target.id, Binding(how, value, scope=scope, flags=flags))
        elif isinstance(target, ast.Attribute):
            self.symbols.attribute_stores.append((target, value, scope))
            found = self.symbols.attribute_bindings.setdefault(target.attr, [])
            if len(found) < _MAX_BINDINGS:
                found.append(Binding(how, value, scope=scope, flags=flags))
        elif isinstance(target, ast.Starred):
            self._target(target.value, value, scope, flags, BindingKind.ELEMENT)
        elif isinstance(target, ast.Tuple | ast.List):
            same = (
                how is BindingKind.VALUE
                and isinstance(value, ast.Tuple | ast.List)
                and len(value.elts) == len(target.elts)
                and not any(isinstance(item, ast.Starred) for item in (*value.elts, *target.elts))
            )
            for at, item in enumerate(target.elts):
                one = value.elts[at] if same and isinstance(value, ast.Tuple | ast.List) else value
                self._target(item, one, scope, flags, BindingKind.VALUE if same else BindingKind.ELEMENT)

    def _assign(self, node: ast.Assign, scope: int, flags: int) -> None:
        for target in node.targets:
            self._target(target, node.value, scope, flags)
        self._stack.append(node.value)
        self._stack += node.targets[::-1]

    def _assign_annotated(self, node: ast.AnnAssign, scope: int, flags: int) -> None:
        if node.value is not None:
            self._target(node.target, node.value, scope, flags)
        self._children(node)

    def _assign_added(self, node: ast.AugAssign, scope: int, flags: int) -> None:
        how = BindingKind.ADDED if isinstance(node.op, ast.Add) else BindingKind.ELEMENT
        self._target(node.target, node.value, scope, flags, how)
        self._children(node)

    def _walrus(self, node: ast.NamedExpr, scope: int, flags: int) -> None:
        self._target(node.target, node.value, scope, flags)
        self._children(node)

    def _new_scope(self, parent: int, kind: str, name: str, node: ast.AST) -> Scope:
        above = self.symbols.scopes[parent]
        qualified = f"{above.name}.{name}" if above.name else name
        scope = Scope(len(self.symbols.scopes), parent, kind, qualified, node)
        scope.owner = parent if above.kind == "class" else -1
        self.symbols.scopes.append(scope)
        return scope

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: int, flags: int) -> None:
        self.symbols.bump("functions")
        inner = self._new_scope(scope, "function", node.name, node)
        self._bind(scope, node.name, Binding(BindingKind.SCOPE, scope=inner.index))
        self._params(inner, node.args, scope)
        self._docstring(node.body)
        self._block(node.body, (inner.index, 0), (scope, flags))
        self._stack += node.decorator_list[::-1]
        self._defaults(node.args)

    def _lambda(self, node: ast.Lambda, scope: int, flags: int) -> None:
        self.symbols.bump("lambdas")
        inner = self._new_scope(scope, "lambda", f"<lambda:{len(self.symbols.scopes)}>", node)
        self._params(inner, node.args, scope)
        inner.returns.append(node.body)
        self._stack += ((scope, flags), node.body, (inner.index, 0))
        self._defaults(node.args)

    def _params(self, inner: Scope, args: ast.arguments, scope: int) -> None:
        inner.parameters = [arg.arg for arg in (*args.posonlyargs, *args.args)]
        for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
            if arg is not None:
                self.symbols.names.add(arg.arg)
                inner.bindings.setdefault(arg.arg, [])
        positional = [*args.posonlyargs, *args.args]
        for arg, default in zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=False):
            self._bind(inner.index, arg.arg, Binding(BindingKind.VALUE, default, scope=scope))

    def _defaults(self, args: ast.arguments) -> None:
        self._stack += args.defaults
        self._stack += [default for default in args.kw_defaults if default is not None]

    def _class(self, node: ast.ClassDef, scope: int, flags: int) -> None:
        self.symbols.bump("classes")
        inner = self._new_scope(scope, "class", node.name, node)
        self._bind(scope, node.name, Binding(BindingKind.SCOPE, scope=inner.index))
        self._docstring(node.body)
        # A class body runs where the class stands: its flags are those of the statement.
        self._block(node.body, (inner.index, flags), (scope, flags))
        self._stack += node.decorator_list[::-1]
        self._stack += [keyword.value for keyword in node.keywords]
        self._stack += node.bases[::-1]

    def _docstring(self, body: list[ast.stmt]) -> None:
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            self.symbols.bump("docstrings", int(isinstance(body[0].value.value, str)))

    def _return(self, node: ast.Return | ast.Yield, scope: int, flags: int) -> None:  # noqa: ARG002
        if node.value is not None:
            self.symbols.scopes[scope].returns.append(node.value)
            self._stack.append(node.value)

    def _if(self, node: ast.If, scope: int, flags: int) -> None:
        body_flags = self._below(node.test, scope, flags)
        if is_main_test(node.test):
            body_flags |= IN_MAIN_GUARD
        else:
            body_flags |= _asks_for(node.test)
        self._block(node.orelse, (scope, flags), (scope, flags))
        self._block(node.body, (scope, body_flags), (scope, flags))
        self._stack.append(node.test)

    def _try(self, node: ast.Try, scope: int, flags: int) -> None:
        handlers = node.handlers
        quiet = bool(handlers) and all(all(isinstance(stmt, _QUIET) for stmt in h.body) for h in handlers)
        if quiet:
            self.symbols.bump("silent_tries")
        here = (scope, flags)
        self._block(node.finalbody, here, here)
        self._block(node.orelse, here, here)
        self._stack += handlers[::-1]
        self._block(node.body, (scope, flags | IN_SILENT_TRY if quiet else flags), here)

    def _handler(self, node: ast.ExceptHandler, scope: int, flags: int) -> None:  # noqa: ARG002
        if node.type is None:
            self.symbols.bump("bare_excepts")
        self._children(node)

    def _for(self, node: ast.For | ast.AsyncFor, scope: int, flags: int) -> None:
        self._target(node.target, node.iter, scope, flags, BindingKind.ELEMENT)
        self._block(node.orelse, (scope, flags), (scope, flags))
        self._block(node.body, (scope, flags | IN_LOOP), (scope, flags))
        self._stack += (node.iter, node.target)

    def _while(self, node: ast.While, scope: int, flags: int) -> None:
        self._block(node.orelse, (scope, flags), (scope, flags))
        self._block(node.body, (scope, flags | IN_LOOP), (scope, flags))
        self._stack.append(node.test)

    def _with(self, node: ast.withitem, scope: int, flags: int) -> None:
        if node.optional_vars is not None:
            self._target(node.optional_vars, node.context_expr, scope, flags)
            self._stack.append(node.optional_vars)
        self._stack.append(node.context_expr)

    def _comprehension(self, node: ast.comprehension, scope: int, flags: int) -> None:
        self._target(node.target, node.iter, scope, flags, BindingKind.ELEMENT)
        self._children(node)

    def _subscript(self, node: ast.Subscript, scope: int, flags: int) -> None:
        self.symbols.subscripts.append((node, scope, flags))
        if isinstance(node.slice, ast.Slice) and _is_reverse(node.slice):
            self.symbols.bump("reversals")
        self._stack += (node.slice, node.value)

    def _list(self, node: ast.List | ast.Tuple, scope: int, flags: int) -> None:  # noqa: ARG002
        if len(node.elts) >= LONG_NUMBER_LIST and all(
            isinstance(item, ast.Constant) and isinstance(item.value, int) for item in node.elts
        ):
            self.symbols.bump("number_lists")
            self.symbols.number_lists.append((node, scope))
            return
        self._stack += node.elts[::-1]

    def _binary(self, node: ast.BinOp, scope: int, flags: int) -> None:
        if isinstance(node.op, ast.BitXor):
            self.symbols.bump("xors")
        if isinstance(node.op, ast.Add | ast.Mod | ast.Mult) and id(node) not in self._inside:
            self.symbols.text_builds.append((node, scope, flags))
        for side in (node.right, node.left):
            if isinstance(side, ast.BinOp):
                self._inside.add(id(side))
            self._stack.append(side)

    def _joined(self, node: ast.JoinedStr, scope: int, flags: int) -> None:
        self.symbols.text_builds.append((node, scope, flags))
        self._stack += node.values[::-1]

    # Functions, not bound methods: a walk that held methods of itself would keep its tree in memory.
    _HANDLERS: ClassVar[dict[type, Callable[["Walk", Any, int, int], None]]] = {
        ast.Import: _import,
        ast.ImportFrom: _import_from,
        ast.Assign: _assign,
        ast.AnnAssign: _assign_annotated,
        ast.AugAssign: _assign_added,
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
        ast.withitem: _with,
        ast.comprehension: _comprehension,
        ast.Subscript: _subscript,
        ast.List: _list,
        ast.Tuple: _list,
        ast.BinOp: _binary,
        ast.JoinedStr: _joined,
        ast.ExceptHandler: _handler,
    }
    if hasattr(ast, "TryStar"):
        _HANDLERS[ast.TryStar] = _try


def _leaves(body: list[ast.stmt]) -> bool:
    """Return whether a block ends the function or the program."""
    last = body[-1]
    if isinstance(last, ast.Return | ast.Raise):
        return True
    if not (isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)):
        return False
    func = last.value.func
    return (func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else "") in _EXITS


def is_main_test(test: ast.expr) -> bool:
    """Return whether a condition is `__name__ == "__main__"`."""
    return (
        isinstance(test, ast.Compare)
        and len(test.ops) == 1
        and isinstance(test.ops[0], ast.Eq)
        and any(isinstance(side, ast.Name) and side.id == "__name__" for side in (test.left, *test.comparators))
    )


def _asks_for(test: ast.expr) -> int:
    """Return ASKED, GUARDED or 0: what a condition says of what stands below it.

    ASKED: it looks for words in `sys.argv` of which no installer says one. GUARDED: it has to do with the system, the
    environment, the user or the date.
    """
    nodes: list[Any] = walk_nodes(test, 62)
    said: list[str] = []
    words: set[str] = set()
    mentions = turned = False
    for at, node in enumerate(nodes):
        kind = type(node)
        if kind is ast.Name or kind is ast.Attribute:
            word = node.id if kind is ast.Name else node.attr
            said.append(word)
            mentions = mentions or (at <= 40 and word in _CONDITIONS)
        elif kind is ast.Constant:
            if isinstance(node.value, str):
                words.add(node.value)
        elif kind in _TURNING:
            turned = True
    if words and not turned and len(nodes) < 62 and "argv" in said and not words & INSTALLER_WORDS:
        return UNDER_COMMAND_TEST
    return UNDER_HOST_TEST if mentions else 0


def _is_reverse(slice_: ast.Slice) -> bool:
    step = slice_.step
    return (
        isinstance(step, ast.UnaryOp)
        and isinstance(step.op, ast.USub)
        and isinstance(step.operand, ast.Constant)
        and step.operand.value == 1
    )


def build_symbol_table(tree: ast.Module) -> SymbolTable:
    """Return what one tree holds."""
    return Walk(tree).symbols
