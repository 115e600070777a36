"""What a name or an expression stands for: a dotted name, a constant, a function of this file."""

import ast
import builtins

from features.syntax import fold
from features.syntax.apis import star_names
from features.syntax.fold import Constant
from features.syntax.outline import Bind, Binding, Outline, Scope

BUILTINS = frozenset(dir(builtins)) | {"execfile", "unicode", "unichr", "raw_input", "reload", "file", "xrange"}
_DEPTH = 40
_SIGNS: dict[type, str] = {
    ast.Sub: "-", ast.Mult: "*", ast.BitXor: "^", ast.Mod: "%", ast.FloorDiv: "//", ast.BitAnd: "&", ast.BitOr: "|",
}  # fmt: skip
_NAMESPACES = {"globals", "locals", "vars"}
_IMPORTERS = {"__import__", "importlib.import_module", "importlib.__import__", "imp.load_module", "import_module"}
_LOOKUPS = {"getattr", "object.__getattribute__", "type.__getattribute__"}
_ELEMENTS = 65_536


class Resolver:
    """Answers for one file; every answer is kept, so that the work is linear in the size of the file."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.hidden: dict[int, tuple[ast.AST, str, int]] = {}
        """By id of a node: the node, the name that it fetched by computed text, and the scope it stands in."""
        self._lambdas = {id(scope.node): scope.index for scope in outline.scopes if scope.kind == "lambda"}
        self._dotted: dict[int, str] = {}
        self._targets: dict[int, int] = {}
        self._constants: dict[int, Constant | None] = {}
        self._busy: set[int] = set()
        self._stars = {name: f"{module}.{name}" for module in outline.stars for name in star_names(module)}
        self._budget = 4_000_000

    # -- scopes ---------------------------------------------------------------------------------------------

    def bindings(self, name: str, scope: int) -> list[Binding] | None:
        """Return the values of a name seen from a scope; None where it is bound nowhere in this file."""
        at = scope
        while at >= 0:
            here: Scope = self.outline.scopes[at]
            if name in here.bindings and (at == scope or here.kind != "class"):
                return here.bindings[name]
            at = here.parent
        return None

    def target(self, func: ast.expr, scope: int, depth: int = 0) -> int:
        """Return the index of the scope of this file that calling `func` runs, or -1."""
        if depth:
            return self._target(func, scope, depth)
        found = self._targets.get(id(func))
        if found is None:
            found = self._targets[id(func)] = self._target(func, scope, 0)
        return found

    def _target(self, func: ast.expr, scope: int, depth: int) -> int:
        if depth > 8:
            return -1
        if isinstance(func, ast.Lambda):
            return self._lambdas.get(id(func), -1)
        if isinstance(func, ast.Name):
            for binding in self.bindings(func.id, scope) or ():
                if binding.how is Bind.SCOPE:
                    return binding.scope
                if binding.how is Bind.VALUE and isinstance(binding.value, ast.Name | ast.Lambda | ast.Attribute):
                    found = self.target(binding.value, binding.scope, depth + 1)
                    if found >= 0:
                        return found
        if isinstance(func, ast.Attribute):
            return self._method(func, scope, depth)
        return -1

    def _method(self, func: ast.Attribute, scope: int, depth: int) -> int:
        owner = -1
        base = func.value
        if isinstance(base, ast.Name) and base.id in ("self", "cls"):
            at = scope
            while at >= 0 and owner < 0:
                owner = self.outline.scopes[at].owner
                at = self.outline.scopes[at].parent
        elif isinstance(base, ast.Call):
            owner = self.target(base.func, scope, depth + 1)
        elif isinstance(base, ast.Name):
            owner = self._instance(base, scope, depth)
        if owner < 0 or self.outline.scopes[owner].kind != "class":
            return -1
        return self.member(owner, func.attr)

    def _instance(self, base: ast.Name, scope: int, depth: int) -> int:
        for binding in self.bindings(base.id, scope) or ():
            if binding.how is Bind.SCOPE:
                return binding.scope
            if binding.how is Bind.VALUE and isinstance(binding.value, ast.Call):
                return self.target(binding.value.func, binding.scope, depth + 1)
        return -1

    def member(self, owner: int, name: str) -> int:
        """Return the scope of a method of a class of this file, or -1."""
        for binding in self.outline.scopes[owner].bindings.get(name, ()):
            if binding.how is Bind.SCOPE:
                return binding.scope
        return -1

    # -- dotted names ---------------------------------------------------------------------------------------

    def dotted(self, node: ast.expr, scope: int, depth: int = 0) -> str:
        """Return the full name that an expression stands for ("os.system"); "" where it cannot be said.

        The result of a call keeps the name of what was called: `socket.socket().send` is "socket.socket.send".
        """
        known = self._dotted.get(id(node))
        if known is not None:
            return known
        if depth > _DEPTH or id(node) in self._busy:
            return ""
        self._busy.add(id(node))
        found = self._dotted_now(node, scope, depth + 1)
        self._busy.discard(id(node))
        if len(found) > 200:
            found = ""
        self._dotted[id(node)] = found
        return found

    def _dotted_now(self, node: ast.expr, scope: int, depth: int) -> str:
        if isinstance(node, ast.Name):
            return self._name(node.id, scope, depth)
        if isinstance(node, ast.Attribute):
            return self._chain(node, scope, depth)
        if isinstance(node, ast.Call):
            return self._called(node, scope, depth)
        if isinstance(node, ast.Subscript):
            return self._subscripted(node, scope, depth)
        if isinstance(node, ast.Await | ast.NamedExpr | ast.Starred):
            return self.dotted(node.value, scope, depth)
        if isinstance(node, ast.IfExp):
            return self.dotted(node.body, scope, depth) or self.dotted(node.orelse, scope, depth)
        if isinstance(node, ast.BoolOp):
            return next((d for value in node.values if (d := self.dotted(value, scope, depth))), "")
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return "str"
        if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
            return "bytes"
        return ""

    def _name(self, name: str, scope: int, depth: int) -> str:
        bound = self.bindings(name, scope)
        if bound is None:
            if name in self._stars:
                return self._stars[name]
            return "" if name in ("self", "cls") else name
        for binding in bound:
            if binding.how is Bind.IMPORT:
                return binding.dotted.removeprefix("builtins.").removeprefix("__builtin__.")
            if binding.how is Bind.SCOPE:
                return ""
            if binding.how is Bind.VALUE and binding.value is not None:
                found = self.dotted(binding.value, binding.scope, depth)
                if found and found not in ("str", "bytes"):
                    return found
        return ""

    def _chain(self, node: ast.Attribute, scope: int, depth: int) -> str:
        parts: list[str] = []
        base: ast.expr = node
        while isinstance(base, ast.Attribute) and len(parts) < 20:
            parts.append(base.attr)
            base = base.value
        first = self.dotted(base, scope, depth)
        if not first and isinstance(base, ast.Name) and base.id in ("self", "cls"):
            first = self._slot(parts.pop(), depth) if parts else ""
            if first and not parts:
                return first
        parts.reverse()
        if not first:
            # A method of something unknown still says what it does by its own name.
            return "?." + parts[-1] if parts else ""
        parts = [part for part in parts if part not in ("__dict__", "__call__")]
        if first in ("builtins", "__builtins__", "__builtin__") and parts:
            first = parts.pop(0)
        return ".".join((first, *parts))

    def _slot(self, name: str, depth: int) -> str:
        for binding in self.outline.slots.get(name, ()):
            if binding.how is Bind.VALUE and binding.value is not None:
                found = self.dotted(binding.value, binding.scope, depth)
                if found:
                    return found
        return ""

    def _called(self, node: ast.Call, scope: int, depth: int) -> str:
        func = self.dotted(node.func, scope, depth)
        args = node.args
        if func in _IMPORTERS and args:
            return self._imported(node, func, scope, depth)
        if func in _LOOKUPS and len(args) >= 2:
            return self._attribute_of(node, args[0], args[1], scope, depth)
        if func.endswith(".__getattribute__") and args:
            return self._looked_up(node, func.removesuffix(".__getattribute__"), args[-1], scope)
        if func == "vars" and args:
            return self.dotted(args[0], scope, depth)
        if func in ("functools.partial", "partial") and args:
            return self.dotted(args[0], scope, depth)
        if func in ("globals.get", "locals.get", "sys.modules.get", "__builtins__.get", "builtins.get") and args:
            return self._item_of(node, func.removesuffix(".get"), args[0], scope)
        if isinstance(node.func, ast.Lambda):
            return self.dotted(node.func.body, scope, depth)
        inner = self.target(node.func, scope)
        if inner >= 0:
            return self._returned(inner, depth)
        return "" if func == "str" else func

    def _returned(self, inner: int, depth: int) -> str:
        for value in self.outline.scopes[inner].returns[:4]:
            found = self.dotted(value, inner, depth)
            if found and found not in ("str", "bytes"):
                return found
        return ""

    def _imported(self, node: ast.Call, func: str, scope: int, depth: int) -> str:
        name = self.constant(node.args[0], scope, depth)
        if not isinstance(name, str) or not name.replace(".", "").replace("_", "").isalnum():
            return func
        if not isinstance(node.args[0], ast.Constant):
            self.hidden[id(node)] = (node, name, scope)
        if func == "__import__" and not (len(node.args) >= 4 or any(k.arg == "fromlist" for k in node.keywords)):
            name = name.partition(".")[0]
        return name

    def _attribute_of(self, node: ast.AST, base: ast.expr, key: ast.expr, scope: int, depth: int) -> str:
        return self._looked_up(node, self.dotted(base, scope, depth), key, scope)

    def _looked_up(self, node: ast.AST, first: str, key: ast.expr, scope: int) -> str:
        name = self.constant(key, scope)
        if not isinstance(name, str) or not name.isidentifier():
            return "getattr"
        if not isinstance(key, ast.Constant):
            self.hidden[id(node)] = (node, name, scope)
        if first in ("builtins", "__builtins__", "__builtin__"):
            return name
        return f"{first or '?'}.{name}"

    def _subscripted(self, node: ast.Subscript, scope: int, depth: int) -> str:
        base = node.value
        if isinstance(base, ast.List | ast.Tuple):
            index = self.constant(node.slice, scope, depth)
            if isinstance(index, int) and -len(base.elts) <= index < len(base.elts):
                return self.dotted(base.elts[index], scope, depth)
        if isinstance(base, ast.Dict):
            wanted = self.constant(node.slice, scope, depth)
            for key, value in zip(base.keys, base.values, strict=True):
                if key is not None and wanted is not None and self.constant(key, scope, depth) == wanted:
                    return self.dotted(value, scope, depth)
        if isinstance(node.slice, ast.Slice):
            return self.dotted(base, scope, depth)
        return self._item_of(node, self.dotted(base, scope, depth), node.slice, scope)

    def _item_of(self, node: ast.AST, base: str, key: ast.expr, scope: int) -> str:
        name = self.constant(key, scope)
        if base == "os.environ":
            return base
        if isinstance(name, str) and name.replace(".", "").replace("_", "").isalnum():
            if base in (*_NAMESPACES, "sys.modules", "builtins", "__builtins__", "__builtin__"):
                if not isinstance(key, ast.Constant):
                    self.hidden[id(node)] = (node, name, scope)
                if base in _NAMESPACES:
                    return self._name(name, scope, 1)
                return name
            if isinstance(node, ast.Subscript) and _is_namespace(node.value):
                return f"{base}.{name}"
        return base

    # -- constants ------------------------------------------------------------------------------------------

    def constant(self, node: ast.expr, scope: int, depth: int = 0) -> Constant | None:
        """Return what an expression of constants and pure functions is; None where it is not constant."""
        if isinstance(node, ast.Constant):
            plain = node.value
            return plain if isinstance(plain, str | bytes | int) and not isinstance(plain, bool) else None
        key = id(node)
        if key in self._constants:
            return self._constants[key]
        if depth > _DEPTH or -key in self._busy or self._budget < 0:
            return None
        self._busy.add(-key)
        value = self._fold(node, scope, depth + 1)
        self._busy.discard(-key)
        if isinstance(value, str | bytes | tuple):
            self._budget -= len(value)
        self._constants[key] = value
        return value

    def _fold(self, node: ast.expr, scope: int, depth: int) -> Constant | None:
        if isinstance(node, ast.Name):
            return self._variable(node.id, scope, depth)
        if isinstance(node, ast.BinOp):
            return self._operation(node, scope, depth)
        if isinstance(node, ast.JoinedStr):
            return self._joined(node, scope, depth)
        if isinstance(node, ast.List | ast.Tuple):
            return self._tuple(node.elts, scope, depth)
        if isinstance(node, ast.Subscript):
            return self._sliced(node, scope, depth)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            value = self.constant(node.operand, scope, depth)
            return -value if isinstance(value, int) else None
        if isinstance(node, ast.ListComp | ast.GeneratorExp):
            return self._comprehension(node, scope, depth)
        if isinstance(node, ast.Call):
            return self._call(node, scope, depth)
        if isinstance(node, ast.NamedExpr):
            return self.constant(node.value, scope, depth)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
            found = self.outline.slots.get(node.attr, [])
            if len(found) == 1 and found[0].how is Bind.VALUE and found[0].value is not None:
                return self.constant(found[0].value, found[0].scope, depth)
        return None

    def _variable(self, name: str, scope: int, depth: int) -> Constant | None:
        bound = self.bindings(name, scope)
        if not bound or bound[0].how is not Bind.VALUE or bound[0].value is None:
            return None
        value = self.constant(bound[0].value, bound[0].scope, depth)
        for more in bound[1:]:
            # Text that is added piece by piece; anything that branches, loops or is set twice has no one value.
            if more.how is not Bind.ADDED or more.flags or more.scope != bound[0].scope or value is None:
                return None
            assert more.value is not None
            piece = self.constant(more.value, more.scope, depth)
            value = fold.add(value, piece) if piece is not None else None
        return value

    def _operation(self, node: ast.BinOp, scope: int, depth: int) -> Constant | None:
        if not isinstance(node.op, ast.Add):
            sign = _SIGNS.get(type(node.op))
            left = self.constant(node.left, scope, depth)
            right = self.constant(node.right, scope, depth) if left is not None else None
            if sign is None or left is None or right is None:
                return None
            return fold.arithmetic(sign, left, right)
        # Long sums lean to the left: they are read in a loop, not by recursion.
        terms: list[ast.expr] = []
        at: ast.expr = node
        while isinstance(at, ast.BinOp) and isinstance(at.op, ast.Add):
            terms.append(at.right)
            at = at.left
        terms.append(at)
        values = [self.constant(term, scope, depth) for term in reversed(terms)]
        if all(isinstance(value, str) for value in values):
            return fold.method("", "join", (tuple(v for v in values if v is not None),))
        total = values[0]
        for value in values[1:]:
            if total is None or value is None:
                return None
            total = fold.add(total, value)
        return total

    def _joined(self, node: ast.JoinedStr, scope: int, depth: int) -> str | None:
        parts: list[str] = []
        for piece in node.values:
            value: Constant | None = None
            if isinstance(piece, ast.FormattedValue):
                if piece.conversion != -1 or piece.format_spec is not None:
                    return None
                value = self.constant(piece.value, scope, depth)
            else:
                value = self.constant(piece, scope, depth)
            if not isinstance(value, str | int):
                return None
            parts.append(str(value))
        return "".join(parts)

    def _tuple(self, nodes: list[ast.expr], scope: int, depth: int) -> tuple[Constant, ...] | None:
        if len(nodes) > _ELEMENTS:
            return None
        values: list[Constant] = []
        for node in nodes:
            value = self.constant(node, scope, depth)
            if value is None:
                return None
            values.append(value)
        return tuple(values)

    def _sliced(self, node: ast.Subscript, scope: int, depth: int) -> Constant | None:
        value = self.constant(node.value, scope, depth)
        if value is None:
            return None
        if not isinstance(node.slice, ast.Slice):
            index = self.constant(node.slice, scope, depth)
            return fold.item(value, index) if index is not None else None
        ends: list[int | None] = []
        for end in (node.slice.lower, node.slice.upper, node.slice.step):
            number = self.constant(end, scope, depth) if end is not None else None
            if end is not None and not isinstance(number, int):
                return None
            ends.append(number if isinstance(number, int) else None)
        return fold.part(value, *ends)

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp, scope: int, depth: int) -> Constant | None:
        """Fold `f(x) for x in CONSTANT` where f is a chain of pure functions of x and constants."""
        if len(node.generators) != 1 or node.generators[0].ifs:
            return None
        loop = node.generators[0]
        if not isinstance(loop.target, ast.Name):
            return None
        items = self.constant(loop.iter, scope, depth)
        if isinstance(items, str | bytes):
            items = tuple(items)
        if not isinstance(items, tuple) or len(items) > _ELEMENTS:
            return None
        self._budget -= 8 * len(items)
        made: list[Constant] = []
        for value in items:
            one = self._with(node.elt, loop.target.id, value, scope, 0)
            if one is None:
                return None
            made.append(one)
        return tuple(made)

    def _with(self, node: ast.expr, name: str, value: Constant, scope: int, depth: int) -> Constant | None:
        self._budget -= 1
        if depth > 6 or self._budget < 0:
            return None
        if isinstance(node, ast.Name) and node.id == name:
            return value
        if isinstance(node, ast.Call) and not node.keywords:
            args = [self._with(arg, name, value, scope, depth + 1) for arg in node.args]
            known = [arg for arg in args if arg is not None]
            if len(known) != len(args):
                return None
            if isinstance(node.func, ast.Name):
                return fold.plain_call(node.func.id, known)
            if isinstance(node.func, ast.Attribute):
                base = self._with(node.func.value, name, value, scope, depth + 1)
                return fold.method(base, node.func.attr, known) if base is not None else None
            return None
        if isinstance(node, ast.BinOp):
            left = self._with(node.left, name, value, scope, depth + 1)
            right = self._with(node.right, name, value, scope, depth + 1)
            if left is None or right is None:
                return None
            if isinstance(node.op, ast.Add):
                return fold.add(left, right)
            sign = _SIGNS.get(type(node.op))
            return fold.arithmetic(sign, left, right) if sign is not None else None
        return self.constant(node, scope, depth)

    def _call(self, node: ast.Call, scope: int, depth: int) -> Constant | None:
        name = self.dotted(node.func, scope, depth)
        if name == "map" and len(node.args) == 2:
            return self._mapped(node, scope, depth)
        args: list[Constant] = []
        for arg in node.args:
            value = self.constant(arg, scope, depth)
            if value is None:
                return None
            args.append(value)
        if isinstance(node.func, ast.Attribute):
            base = self.constant(node.func.value, scope, depth)
            if base is not None:
                return fold.method(base, node.func.attr, args)
        if not args:
            return None
        made = fold.plain_call(name, args)
        return made if made is not None else fold.decode_call(name, args)

    def _mapped(self, node: ast.Call, scope: int, depth: int) -> Constant | None:
        items = self.constant(node.args[1], scope, depth)
        if isinstance(items, str | bytes):
            items = tuple(items)
        func = node.args[0]
        if not isinstance(items, tuple) or len(items) > _ELEMENTS:
            return None
        self._budget -= 8 * len(items)
        made: list[Constant] = []
        for value in items:
            if isinstance(func, ast.Lambda) and len(func.args.args) == 1:
                one = self._with(func.body, func.args.args[0].arg, value, scope, 0)
            else:
                one = fold.plain_call(self.dotted(func, scope, depth), (value,))
            if one is None:
                return None
            made.append(one)
        return tuple(made)


def _is_namespace(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "__dict__"
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "vars"
