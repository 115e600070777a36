"""One walk over a tree that collects what the rest of the syntax pass looks at."""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

MAIN = 1
"""Below `if __name__ == "__main__"`."""
SILENT = 2
"""In a `try` whose handlers do nothing."""
GUARDED = 4
"""Below a condition on the system, the environment, the user or the date."""
LOOP = 8
"""In the body of a loop."""
ASKED = 16
"""Below a condition on the command line that an installer does not give ("publish", "test")."""
GUARD = 32
"""Flags from here on are the place in `Outline.guards` of the condition that the code stands below, times GUARD."""
NUMBERS = 24
"""A list of so many numbers and nothing else is long."""

Context: TypeAlias = tuple[int, int]
"""Index of the scope and flags."""


class Bind(Enum):
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


@dataclass(frozen=True, slots=True)
class Binding:
    """One value of a name: an imported dotted name, an expression, or a function's or class's scope.

    `scope` is where an expression is evaluated, or the scope that a SCOPE binding names.
    """

    how: Bind
    value: ast.expr | None = None
    dotted: str = ""
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
    params: list[str] = field(default_factory=list)
    returns: list[ast.expr] = field(default_factory=list)


@dataclass(slots=True)
class Outline:
    """What one file holds, in source order."""

    scopes: list[Scope] = field(default_factory=list)
    calls: list[tuple[ast.Call, int, int]] = field(default_factory=list)
    attributes: list[tuple[ast.Attribute, int, int]] = field(default_factory=list)
    subscripts: list[tuple[ast.Subscript, int, int]] = field(default_factory=list)
    constants: list[tuple[ast.Constant, int]] = field(default_factory=list)
    built: list[tuple[ast.expr, int, int]] = field(default_factory=list)
    """Outermost expressions that build text: concatenations, formats, f-strings."""
    numbers: list[tuple[ast.List | ast.Tuple, int]] = field(default_factory=list)
    """Long lists of numbers and nothing else."""
    imports: list[tuple[str, int, int]] = field(default_factory=list)
    stars: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    slots: dict[str, list[Binding]] = field(default_factory=dict)
    """Values of attributes (`self.x = ...`) by attribute name, whatever the object."""
    guards: list[tuple[ast.expr, int, int]] = field(default_factory=list)
    """Conditions, with the scope they are asked in and the place of the condition around them; the first is none."""
    stores: list[tuple[ast.Attribute, ast.expr, int]] = field(default_factory=list)
    """Attributes that are set, and to what, with the scope."""
    counts: dict[str, int] = field(default_factory=dict)
    nodes: int = 0

    def bump(self, name: str, by: int = 1) -> None:
        """Count."""
        self.counts[name] = self.counts.get(name, 0) + by


_SKIP = {"ctx", "op", "ops", "type_comment", "kind", "type_ignores", "type_params"}
_FIELDS: dict[type, tuple[str, ...]] = {
    kind: tuple(name for name in reversed(kind._fields) if name not in _SKIP)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
_LEAVES = (ast.Pass, ast.Break, ast.Continue, ast.Global, ast.Nonlocal, ast.alias)
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

INSTALLER_WORDS = frozenset(
    (
        "install", "develop", "egg_info", "bdist_wheel", "bdist_egg", "build", "build_py", "build_ext", "dist_info",
        "editable_wheel", "install_lib", "install_scripts", "install_data", "build_clib", "build_scripts", "sdist",
        "easy_install", "bdist", "setup.py", "-c", "",
    )
)  # fmt: skip
"""Commands of setuptools that run while a package is built or installed."""

Item: TypeAlias = tuple[ast.AST, int, int]


class Walk:
    """The walk itself: an explicit stack, one method for each type that matters, children of all others."""

    def __init__(self, tree: ast.Module) -> None:
        self.outline = Outline()
        self.outline.scopes.append(Scope(0, -1, "module", "", tree))
        self.outline.guards.append((ast.Constant(None), 0, 0))
        self._stack: list[Item] = []
        self._handlers: dict[type, Callable[[ast.AST, int, int], None]] = {
            ast.Call: self._call,
            ast.Attribute: self._attribute,
            ast.Name: self._name,
            ast.Constant: self._constant,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Assign: self._assign,
            ast.AnnAssign: self._assign_annotated,
            ast.AugAssign: self._assign_added,
            ast.NamedExpr: self._walrus,
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.Lambda: self._lambda,
            ast.ClassDef: self._class,
            ast.Return: self._return,
            ast.Yield: self._return,
            ast.If: self._if,
            ast.Try: self._try,
            ast.For: self._for,
            ast.AsyncFor: self._for,
            ast.While: self._while,
            ast.withitem: self._with,
            ast.comprehension: self._comprehension,
            ast.Subscript: self._subscript,
            ast.List: self._list,
            ast.Tuple: self._list,
            ast.BinOp: self._binary,
            ast.JoinedStr: self._joined,
            ast.ExceptHandler: self._handler,
        }
        if hasattr(ast, "TryStar"):
            self._handlers[ast.TryStar] = self._try
        self._inside: set[int] = set()
        self._push_all(tree.body, 0, 0)
        self._run()

    def _run(self) -> None:
        stack, handlers = self._stack, self._handlers
        nodes = 0
        while stack:
            node, scope, flags = stack.pop()
            nodes += 1
            handler = handlers.get(type(node))
            if handler is None:
                self._children(node, scope, flags)
            else:
                handler(node, scope, flags)
        self.outline.nodes = nodes

    def _children(self, node: ast.AST, scope: int, flags: int) -> None:
        push = self._stack.append
        for name in _FIELDS[type(node)]:
            value = getattr(node, name, None)
            if value is None:
                continue
            if type(value) is list:
                for item in reversed(value):
                    if isinstance(item, ast.AST):
                        push((item, scope, flags))
            elif isinstance(value, ast.AST):
                push((value, scope, flags))

    def _push_all(self, nodes: list[ast.stmt] | list[ast.expr], scope: int, flags: int) -> None:
        items: list[Item] = []
        for node in nodes:
            items.append((node, scope, flags))
            if type(node) is ast.If and not node.orelse and _leaves(node.body):
                # What follows `if ...: return` waits for the condition as well.
                flags = self._below(node.test, scope, flags)
        self._stack.extend(reversed(items))

    def _below(self, test: ast.expr, scope: int, flags: int) -> int:
        """Return the flags of what stands below a condition."""
        guards = self.outline.guards
        if len(guards) < _MAX_GUARDS:
            guards.append((test, scope, flags // GUARD))
            return flags % GUARD + (len(guards) - 1) * GUARD
        return flags

    def _bind(self, scope: int, name: str, binding: Binding) -> None:
        found = self.outline.scopes[scope].bindings.setdefault(name, [])
        if len(found) < _MAX_BINDINGS:
            found.append(binding)

    def _call(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.Call)
        self.outline.calls.append((node, scope, flags))
        push = self._stack.append
        for keyword in reversed(node.keywords):
            push((keyword.value, scope, flags))
        for arg in reversed(node.args):
            push((arg, scope, flags))
        push((node.func, scope, flags))

    def _attribute(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.Attribute)
        self.outline.attributes.append((node, scope, flags))
        base: ast.expr = node
        while isinstance(base, ast.Attribute):
            base = base.value
        self._stack.append((base, scope, flags))

    def _name(self, node: ast.AST, scope: int, flags: int) -> None:  # noqa: ARG002
        assert isinstance(node, ast.Name)
        self.outline.names.add(node.id)

    def _constant(self, node: ast.AST, scope: int, flags: int) -> None:  # noqa: ARG002
        assert isinstance(node, ast.Constant)
        if isinstance(node.value, str | bytes) and node.value:
            self.outline.constants.append((node, scope))

    def _import(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.Import)
        for alias in node.names:
            self.outline.imports.append((alias.name, scope, flags))
            first = alias.name.partition(".")[0]
            self._bind(scope, alias.asname or first, Binding(Bind.IMPORT, dotted=alias.name if alias.asname else first))

    def _import_from(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.ImportFrom)
        module = "." * node.level + (node.module or "")
        self.outline.imports.append((module, scope, flags))
        before = module if module.endswith(".") else module + "."
        for alias in node.names:
            if alias.name == "*":
                self.outline.stars.append(module)
            else:
                # What is taken from a package may be one of its modules.
                self.outline.imports.append((before + alias.name, scope, flags))
                self._bind(scope, alias.asname or alias.name, Binding(Bind.IMPORT, dotted=before + alias.name))

    def _target(self, target: ast.expr, value: ast.expr, scope: int, flags: int, how: Bind = Bind.VALUE) -> None:
        if isinstance(target, ast.Name):
            self._bind(scope, target.id, Binding(how, value, scope=scope, flags=flags))
        elif isinstance(target, ast.Attribute):
            self.outline.stores.append((target, value, scope))
            found = self.outline.slots.setdefault(target.attr, [])
            if len(found) < _MAX_BINDINGS:
                found.append(Binding(how, value, scope=scope, flags=flags))
        elif isinstance(target, ast.Starred):
            self._target(target.value, value, scope, flags, Bind.ELEMENT)
        elif isinstance(target, ast.Tuple | ast.List):
            same = (
                how is Bind.VALUE
                and isinstance(value, ast.Tuple | ast.List)
                and len(value.elts) == len(target.elts)
                and not any(isinstance(item, ast.Starred) for item in (*value.elts, *target.elts))
            )
            for at, item in enumerate(target.elts):
                one = value.elts[at] if same and isinstance(value, ast.Tuple | ast.List) else value
                self._target(item, one, scope, flags, Bind.VALUE if same else Bind.ELEMENT)

    def _assign(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.Assign)
        for target in node.targets:
            self._target(target, node.value, scope, flags)
        self._stack.append((node.value, scope, flags))
        self._push_all(node.targets, scope, flags)

    def _assign_annotated(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.AnnAssign)
        if node.value is not None:
            self._target(node.target, node.value, scope, flags)
        self._children(node, scope, flags)

    def _assign_added(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.AugAssign)
        how = Bind.ADDED if isinstance(node.op, ast.Add) else Bind.ELEMENT
        self._target(node.target, node.value, scope, flags, how)
        self._children(node, scope, flags)

    def _walrus(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.NamedExpr)
        self._target(node.target, node.value, scope, flags)
        self._children(node, scope, flags)

    def _new_scope(self, parent: int, kind: str, name: str, node: ast.AST) -> Scope:
        above = self.outline.scopes[parent]
        qualified = f"{above.name}.{name}" if above.name else name
        scope = Scope(len(self.outline.scopes), parent, kind, qualified, node)
        scope.owner = parent if above.kind == "class" else -1
        self.outline.scopes.append(scope)
        return scope

    def _function(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        self.outline.bump("functions")
        inner = self._new_scope(scope, "function", node.name, node)
        self._bind(scope, node.name, Binding(Bind.SCOPE, scope=inner.index))
        self._params(inner, node.args, scope)
        self._docstring(node.body)
        self._push_all(node.body, inner.index, 0)
        self._push_all(node.decorator_list, scope, flags)
        self._defaults(node.args, scope, flags)

    def _lambda(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.Lambda)
        self.outline.bump("lambdas")
        inner = self._new_scope(scope, "lambda", f"<lambda:{len(self.outline.scopes)}>", node)
        self._params(inner, node.args, scope)
        inner.returns.append(node.body)
        self._stack.append((node.body, inner.index, 0))
        self._defaults(node.args, scope, flags)

    def _params(self, inner: Scope, args: ast.arguments, scope: int) -> None:
        inner.params = [arg.arg for arg in (*args.posonlyargs, *args.args)]
        for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg):
            if arg is not None:
                self.outline.names.add(arg.arg)
                inner.bindings.setdefault(arg.arg, [])
        positional = [*args.posonlyargs, *args.args]
        for arg, default in zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=False):
            self._bind(inner.index, arg.arg, Binding(Bind.VALUE, default, scope=scope))

    def _defaults(self, args: ast.arguments, scope: int, flags: int) -> None:
        for default in (*args.defaults, *args.kw_defaults):
            if default is not None:
                self._stack.append((default, scope, flags))

    def _class(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.ClassDef)
        self.outline.bump("classes")
        inner = self._new_scope(scope, "class", node.name, node)
        self._bind(scope, node.name, Binding(Bind.SCOPE, scope=inner.index))
        self._docstring(node.body)
        # A class body runs where the class stands: its flags are those of the statement.
        self._push_all(node.body, inner.index, flags)
        self._push_all(node.decorator_list, scope, flags)
        for keyword in node.keywords:
            self._stack.append((keyword.value, scope, flags))
        self._push_all(node.bases, scope, flags)

    def _docstring(self, body: list[ast.stmt]) -> None:
        if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            self.outline.bump("docstrings", int(isinstance(body[0].value.value, str)))

    def _return(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.Return | ast.Yield)
        if node.value is not None:
            self.outline.scopes[scope].returns.append(node.value)
            self._stack.append((node.value, scope, flags))

    def _if(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.If)
        body_flags = self._below(node.test, scope, flags)
        if is_main_test(node.test):
            body_flags |= MAIN
        elif _is_asked(node.test):
            body_flags |= ASKED
        elif _mentions(node.test):
            body_flags |= GUARDED
        self._push_all(node.orelse, scope, flags)
        self._push_all(node.body, scope, body_flags)
        self._stack.append((node.test, scope, flags))

    def _try(self, node: ast.AST, scope: int, flags: int) -> None:
        handlers: list[ast.ExceptHandler] = node.handlers  # type: ignore[attr-defined]
        quiet = bool(handlers) and all(all(isinstance(stmt, _QUIET) for stmt in h.body) for h in handlers)
        if quiet:
            self.outline.bump("silent_tries")
        self._push_all(node.finalbody, scope, flags)  # type: ignore[attr-defined]
        self._push_all(node.orelse, scope, flags)  # type: ignore[attr-defined]
        for handler in reversed(handlers):
            self._stack.append((handler, scope, flags))
        self._push_all(node.body, scope, flags | SILENT if quiet else flags)  # type: ignore[attr-defined]

    def _handler(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.ExceptHandler)
        if node.type is None:
            self.outline.bump("bare_excepts")
        self._children(node, scope, flags)

    def _for(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.For | ast.AsyncFor)
        self._target(node.target, node.iter, scope, flags, Bind.ELEMENT)
        self._push_all(node.orelse, scope, flags)
        self._push_all(node.body, scope, flags | LOOP)
        self._stack.append((node.iter, scope, flags))
        self._stack.append((node.target, scope, flags))

    def _while(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.While)
        self._push_all(node.orelse, scope, flags)
        self._push_all(node.body, scope, flags | LOOP)
        self._stack.append((node.test, scope, flags))

    def _with(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.withitem)
        if node.optional_vars is not None:
            self._target(node.optional_vars, node.context_expr, scope, flags)
            self._stack.append((node.optional_vars, scope, flags))
        self._stack.append((node.context_expr, scope, flags))

    def _comprehension(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.comprehension)
        self._target(node.target, node.iter, scope, flags, Bind.ELEMENT)
        self._children(node, scope, flags)

    def _subscript(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.Subscript)
        self.outline.subscripts.append((node, scope, flags))
        if isinstance(node.slice, ast.Slice) and _is_reverse(node.slice):
            self.outline.bump("reversals")
        self._children(node, scope, flags)

    def _list(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.List | ast.Tuple)
        if len(node.elts) >= NUMBERS and all(
            isinstance(item, ast.Constant) and isinstance(item.value, int) for item in node.elts
        ):
            self.outline.bump("number_lists")
            self.outline.numbers.append((node, scope))
            return
        self._children(node, scope, flags)

    def _binary(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.BinOp)
        if isinstance(node.op, ast.BitXor):
            self.outline.bump("xors")
        if isinstance(node.op, ast.Add | ast.Mod | ast.Mult) and id(node) not in self._inside:
            self.outline.built.append((node, scope, flags))
        side: ast.expr
        for side in (node.right, node.left):
            if isinstance(side, ast.BinOp):
                self._inside.add(id(side))
            self._stack.append((side, scope, flags))

    def _joined(self, node: ast.AST, scope: int, flags: int) -> None:
        assert isinstance(node, ast.JoinedStr)
        self.outline.built.append((node, scope, flags))
        self._children(node, scope, flags)


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


def _mentions(test: ast.expr) -> bool:
    for at, node in enumerate(ast.walk(test)):
        if at > 40:
            return False
        if isinstance(node, ast.Attribute) and node.attr in _CONDITIONS:
            return True
        if isinstance(node, ast.Name) and node.id in _CONDITIONS:
            return True
    return False


def _is_asked(test: ast.expr) -> bool:
    """Return whether a condition looks for words in `sys.argv` of which no installer says one."""
    argv = False
    words: set[str] = set()
    for at, node in enumerate(ast.walk(test)):
        if at > 60 or isinstance(node, ast.Not | ast.NotIn | ast.NotEq):
            return False
        if isinstance(node, ast.Attribute | ast.Name):
            argv = argv or (node.attr if isinstance(node, ast.Attribute) else node.id) == "argv"
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.add(node.value)
    return argv and bool(words) and not words & INSTALLER_WORDS


def _is_reverse(slice_: ast.Slice) -> bool:
    step = slice_.step
    return (
        isinstance(step, ast.UnaryOp)
        and isinstance(step.op, ast.USub)
        and isinstance(step.operand, ast.Constant)
        and step.operand.value == 1
    )


def outline(tree: ast.Module) -> Outline:
    """Return what one tree holds."""
    return Walk(tree).outline
