"""What a name or an expression stands for: a dotted name, a constant, a function of this file."""

import ast
import builtins
import weakref

from features.code.evaluate import fold
from features.code.evaluate.api_behaviours import star_import_names
from features.code.evaluate.fold import Constant
from features.code.evaluate.interpret import ELEMENTS, SIGNS, Interpreter
from features.code.parse.executing_names import IMPORT_FUNCTIONS
from features.code.parse.symbol_table import (
    CONDITION_UNIT,
    IN_LOOP,
    Binding,
    BindingKind,
    Scope,
    ScopeKind,
    SymbolTable,
)

BUILTINS = frozenset(dir(builtins)) | {"execfile", "unicode", "unichr", "raw_input", "reload", "file", "xrange"}
_DEPTH = 40
_SINGLE = (BindingKind.VALUE, BindingKind.ARGUMENT)
_PLAIN = (str, bytes, int)
_SIZED = (str, bytes, tuple)
_EMPTY: tuple[Constant, ...] = ("", b"", ())
_LEADING = (ast.Name, ast.Lambda, ast.Attribute)
_NAMESPACES = {"globals", "locals", "vars"}
_IMPORTERS = {*IMPORT_FUNCTIONS, "imp.load_module"}
_LOOKUPS = {"getattr", "object.__getattribute__", "type.__getattribute__"}
_STEPS = 500_000
"""Steps of working out loops and functions, for one file."""


class Resolver:
    """Answers for one file; every answer is kept, so that the work is linear in the size of the file."""

    def __init__(self, outline: SymbolTable) -> None:
        self.symbols = outline
        self.computed_names: dict[int, tuple[ast.AST, str, int]] = {}
        """By id of a node: the node, the name that it fetched by computed text, and the scope it stands in."""
        self._lambdas = {id(scope.node): scope.index for scope in outline.scopes if scope.kind is ScopeKind.LAMBDA}
        self._leading, self._methods = _leading(outline)
        self._dotted: dict[int, str] = {}
        self._targets: dict[int, int] = {}
        self._constants: dict[int, Constant | None] = {}
        self._busy: set[int] = set()
        self._stars = {
            name: f"{module}.{name}" for module in outline.star_imports for name in star_import_names(module)
        }
        self._budget = 4_000_000
        self._steps = _STEPS
        self._tables: dict[int, dict[Constant, Constant]] = {}
        # No cycle, so that the tree is given back as soon as the file is read.
        self._evaluator = Interpreter(weakref.proxy(self))

    # -- scopes ---------------------------------------------------------------------------------------------

    def bindings(self, name: str, scope: int) -> list[Binding] | None:
        """Return the values of a name seen from a scope; None where it is bound nowhere in this file."""
        scopes = self.symbols.scopes
        at = scope
        while at >= 0:
            here: Scope = scopes[at]
            found = here.bindings.get(name)
            if found is not None and (at == scope or here.kind is not ScopeKind.CLASS):
                return found
            at = here.parent
        return None

    def called_scope(self, func: ast.expr, scope: int, depth: int = 0) -> int:
        """Return the index of the scope of this file that calling `func` runs, or -1."""
        if isinstance(func, ast.Name):
            if func.id not in self._leading:
                return -1
        elif isinstance(func, ast.Attribute) and func.attr not in self._methods:
            return -1
        found = self._targets.get(id(func))
        if found is None:
            self._targets[id(func)] = -1  # for names that lead back to themselves
            found = self._targets[id(func)] = self._target(func, scope, depth)
        return found

    def _target(self, func: ast.expr, scope: int, depth: int) -> int:
        if depth > _DEPTH:
            return -1
        if isinstance(func, ast.Lambda):
            return self._lambdas.get(id(func), -1)
        if isinstance(func, ast.Name):
            for binding in self.bindings(func.id, scope) or ():
                if binding.kind is BindingKind.SCOPE:
                    return binding.scope
                if binding.kind is BindingKind.VALUE and isinstance(
                    binding.value, ast.Name | ast.Lambda | ast.Attribute
                ):
                    found = self.called_scope(binding.value, binding.scope, depth + 1)
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
                owner = self.symbols.scopes[at].owner
                at = self.symbols.scopes[at].parent
        elif isinstance(base, ast.Call):
            owner = self.called_scope(base.func, scope, depth + 1)
        elif isinstance(base, ast.Name):
            owner = self._instance(base, scope, depth)
        if owner < 0 or self.symbols.scopes[owner].kind is not ScopeKind.CLASS:
            return -1
        return self.find_method(owner, func.attr)

    def _instance(self, base: ast.Name, scope: int, depth: int) -> int:
        for binding in self.bindings(base.id, scope) or ():
            if binding.kind is BindingKind.SCOPE:
                return binding.scope
            if binding.kind is BindingKind.VALUE and isinstance(binding.value, ast.Call):
                return self.called_scope(binding.value.func, binding.scope, depth + 1)
        return -1

    def find_method(self, owner: int, name: str) -> int:
        """Return the scope of a method of a class of this file, or -1."""
        for binding in self.symbols.scopes[owner].bindings.get(name, ()):
            if binding.kind is BindingKind.SCOPE:
                return binding.scope
        return -1

    # -- dotted names ---------------------------------------------------------------------------------------

    def dotted_name(self, node: ast.expr, scope: int, depth: int = 0) -> str:
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
            return self.dotted_name(node.value, scope, depth)
        if isinstance(node, ast.IfExp):
            return self.dotted_name(node.body, scope, depth) or self.dotted_name(node.orelse, scope, depth)
        if isinstance(node, ast.BoolOp):
            return next((d for value in node.values if (d := self.dotted_name(value, scope, depth))), "")
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
            if binding.kind is BindingKind.IMPORT:
                return binding.dotted_name.removeprefix("builtins.").removeprefix("__builtin__.")
            if binding.kind is BindingKind.SCOPE:
                return ""
            if binding.kind is BindingKind.VALUE and binding.value is not None:
                found = self.dotted_name(binding.value, binding.scope, depth)
                if found and found not in ("str", "bytes"):
                    return found
        return ""

    def _chain(self, node: ast.Attribute, scope: int, depth: int) -> str:
        parts: list[str] = []
        base: ast.expr = node
        while isinstance(base, ast.Attribute) and len(parts) < 20:
            parts.append(base.attr)
            base = base.value
        first = self.dotted_name(base, scope, depth)
        if parts[-1] == "__class__" and isinstance(base, ast.Lambda):
            first = "types.FunctionType"
            parts.pop()
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
        for binding in self.symbols.attribute_bindings.get(name, ()):
            if binding.kind is BindingKind.VALUE and binding.value is not None:
                found = self.dotted_name(binding.value, binding.scope, depth)
                if found:
                    return found
        return ""

    def _called(self, node: ast.Call, scope: int, depth: int) -> str:
        func = self.dotted_name(node.func, scope, depth)
        args = node.args
        if func in _IMPORTERS and args:
            return self._imported(node, func, scope, depth)
        if func in _LOOKUPS and len(args) >= 2:
            return self._attribute_of(node, args[0], args[1], scope, depth)
        if func.endswith(".__getattribute__") and args:
            return self._looked_up(node, func.removesuffix(".__getattribute__"), args[-1], scope)
        if func == "type" and len(args) == 1:
            return _kind_of(args[0])
        if func == "vars" and args:
            return self.dotted_name(args[0], scope, depth)
        if func in ("functools.partial", "partial") and args:
            return self.dotted_name(args[0], scope, depth)
        if func in ("globals.get", "locals.get", "sys.modules.get", "__builtins__.get", "builtins.get") and args:
            return self._item_of(node, func.removesuffix(".get"), args[0], scope)
        if isinstance(node.func, ast.Lambda):
            return self.dotted_name(node.func.body, scope, depth)
        inner = self.called_scope(node.func, scope)
        if inner >= 0:
            return self._returned(inner, depth)
        return "" if func == "str" else func

    def _returned(self, inner: int, depth: int) -> str:
        for value in self.symbols.scopes[inner].returns[:4]:
            found = self.dotted_name(value, inner, depth)
            if found and found not in ("str", "bytes"):
                return found
        return ""

    def _imported(self, node: ast.Call, func: str, scope: int, depth: int) -> str:
        name = self.constant_value(node.args[0], scope, depth)
        if not isinstance(name, str) or not name.replace(".", "").replace("_", "").isalnum():
            return func
        self._hides(node, node.args[0], name, scope)
        if func == "__import__" and not (len(node.args) >= 4 or any(k.arg == "fromlist" for k in node.keywords)):
            name = name.partition(".")[0]
        return name

    def _hides(self, node: ast.AST, key: ast.expr, name: str, scope: int) -> None:
        """Note a name that was put together, or that was written in escapes."""
        written = (key.end_col_offset or 0) - key.col_offset if key.lineno == key.end_lineno else 0
        if not isinstance(key, ast.Constant) or written > len(name.encode()) + 6:
            self.computed_names[id(node)] = (node, name, scope)

    def _attribute_of(self, node: ast.AST, base: ast.expr, key: ast.expr, scope: int, depth: int) -> str:
        return self._looked_up(node, self.dotted_name(base, scope, depth), key, scope)

    def _looked_up(self, node: ast.AST, first: str, key: ast.expr, scope: int) -> str:
        name = self.constant_value(key, scope)
        if not isinstance(name, str) or not name.isidentifier():
            return "getattr"
        self._hides(node, key, name, scope)
        if first in ("builtins", "__builtins__", "__builtin__"):
            return name
        return f"{first or '?'}.{name}"

    def _subscripted(self, node: ast.Subscript, scope: int, depth: int) -> str:
        base = node.value
        if isinstance(base, ast.List | ast.Tuple):
            index = self.constant_value(node.slice, scope, depth)
            if isinstance(index, int) and -len(base.elts) <= index < len(base.elts):
                return self.dotted_name(base.elts[index], scope, depth)
        if isinstance(base, ast.Dict):
            wanted = self.constant_value(node.slice, scope, depth)
            for key, value in zip(base.keys, base.values, strict=True):
                if key is not None and wanted is not None and self.constant_value(key, scope, depth) == wanted:
                    return self.dotted_name(value, scope, depth)
        if isinstance(node.slice, ast.Slice):
            return self.dotted_name(base, scope, depth)
        return self._item_of(node, self.dotted_name(base, scope, depth), node.slice, scope)

    def _item_of(self, node: ast.AST, base: str, key: ast.expr, scope: int) -> str:
        name = self.constant_value(key, scope)
        if base == "os.environ":
            return base
        if isinstance(name, str) and name.replace(".", "").replace("_", "").isalnum():
            if base in (*_NAMESPACES, "sys.modules", "builtins", "__builtins__", "__builtin__"):
                self._hides(node, key, name, scope)
                if base in _NAMESPACES:
                    return self._name(name, scope, 1)
                return name
            if isinstance(node, ast.Subscript) and _is_namespace(node.value):
                return f"{base}.{name}"
        return base

    # -- constants ------------------------------------------------------------------------------------------

    def constant_value(self, node: ast.expr, scope: int, depth: int = 0) -> Constant | None:
        """Return what an expression of constants and pure functions is; None where it is not constant."""
        if isinstance(node, ast.Constant):
            plain = node.value
            return plain if isinstance(plain, _PLAIN) and not isinstance(plain, bool) else None
        key = id(node)
        if key in self._constants:
            return self._constants[key]
        if depth > _DEPTH or -key in self._busy or self._budget < 0:
            return None
        self._busy.add(-key)
        value = self._fold(node, scope, depth + 1)
        self._busy.discard(-key)
        if isinstance(value, _SIZED):
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
            value = self.constant_value(node.operand, scope, depth)
            return -value if isinstance(value, int) else None
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            return self._evaluator.comprehension(node, scope)
        if isinstance(node, ast.IfExp):
            value = self.constant_value(node.body, scope, depth)
            return value if value is not None else self.constant_value(node.orelse, scope, depth)
        if isinstance(node, ast.BoolOp):
            # Either side may be what it is: the one that says more is taken.
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
        """Return what `self.x`, `Class.x` or `Class().x` is, where it is set once."""
        base = node.value
        owner = -1
        if isinstance(base, ast.Name) and base.id in ("self", "cls"):
            found = self.symbols.attribute_bindings.get(node.attr, [])
            if len(found) == 1 and found[0].kind is BindingKind.VALUE and found[0].value is not None:
                return self.constant_value(found[0].value, found[0].scope, depth)
            at = scope
            while at >= 0 and owner < 0:
                owner = self.symbols.scopes[at].owner
                at = self.symbols.scopes[at].parent
        elif isinstance(base, ast.Name):
            owner = self._instance(base, scope, 0)
        elif isinstance(base, ast.Call):
            owner = self.called_scope(base.func, scope)
        if owner < 0 or self.symbols.scopes[owner].kind is not ScopeKind.CLASS:
            return None
        return self._bound(node.attr, self.symbols.scopes[owner].bindings.get(node.attr), depth)

    def _variable(self, name: str, scope: int, depth: int) -> Constant | None:
        return self._bound(name, self.bindings(name, scope), depth)

    def _bound(self, name: str, bound: list[Binding] | None, depth: int) -> Constant | None:
        if not bound or bound[0].kind not in _SINGLE or bound[0].value is None:
            return None
        value = self.constant_value(bound[0].value, bound[0].scope, depth)
        if value in _EMPTY or any(more.kind is not BindingKind.VALUE and more.flags & IN_LOOP for more in bound[1:]):
            made = self._evaluator.accumulated(name, bound[0].scope)
            if made is not None:
                return made
        for more in bound[1:]:
            # Text that is added piece by piece; anything that branches, loops or is set twice has no one value.
            if (
                more.kind is not BindingKind.ADDED
                or more.flags % CONDITION_UNIT
                or more.scope != bound[0].scope
                or value is None
            ):
                return None
            assert more.value is not None
            piece = self.constant_value(more.value, more.scope, depth)
            value = fold.add(value, piece) if piece is not None else None
        return value

    def _operation(self, node: ast.BinOp, scope: int, depth: int) -> Constant | None:
        if not isinstance(node.op, ast.Add):
            sign = SIGNS.get(type(node.op))
            left = self.constant_value(node.left, scope, depth)
            right = self.constant_value(node.right, scope, depth) if left is not None else None
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
        """Return the dictionary that an expression is, and the scope that it was written in."""
        if isinstance(node, ast.Dict):
            return node, scope
        if isinstance(node, ast.Name):
            bound = self.bindings(node.id, scope) or ()
            if len(bound) == 1 and bound[0].kind in _SINGLE and isinstance(bound[0].value, ast.Dict):
                return bound[0].value, bound[0].scope
        return None

    def _entry(self, table: ast.Dict, key: ast.expr, inside: int, scope: int, depth: int) -> Constant | None:
        wanted = self.constant_value(key, scope, depth)
        if wanted is None:
            return None
        return self._pairs(table, inside, depth).get(wanted)

    def _pairs(self, table: ast.Dict, scope: int, depth: int) -> dict[Constant, Constant]:
        """Return the constant entries of a dictionary."""
        known = self._tables.get(id(table))
        if known is None:
            known = self._tables[id(table)] = {}
            for key, value in zip(table.keys, table.values, strict=True):
                left = self.constant_value(key, scope, depth) if key is not None else None
                right = self.constant_value(value, scope, depth) if left is not None else None
                if left is not None and right is not None:
                    known[left] = right
        return known

    def dictionary_entry(self, node: ast.expr, key: Constant, scope: int) -> Constant | None:
        """Return what a dictionary of constants holds under a key."""
        table = self._dictionary(node, scope)
        return self._pairs(*table, 0).get(key) if table is not None else None

    def spend_steps(self, steps: int) -> bool:
        """Take from the budget of steps; return whether there is some left."""
        self._steps -= steps
        return self._steps >= 0

    def _joined(self, node: ast.JoinedStr, scope: int, depth: int) -> str | None:
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
        if len(nodes) > ELEMENTS:
            return None
        values: list[Constant] = []
        for node in nodes:
            value = self.constant_value(node, scope, depth)
            if value is None:
                return None
            values.append(value)
        return tuple(values)

    def _sliced(self, node: ast.Subscript, scope: int, depth: int) -> Constant | None:
        table = self._dictionary(node.value, scope)
        if table is not None:
            return self._entry(table[0], node.slice, table[1], scope, depth)
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
            return self._evaluator.mapped(node.args[0], node.args[1], scope)
        if name.endswith(".read") and not node.args and isinstance(node.func, ast.Attribute):
            return self._stream(node.func.value, scope, depth)
        args: list[Constant] = []
        for arg in node.args:
            table = self._dictionary(arg, scope)
            value = (
                tuple(self._pairs(*table, depth).items())
                if table is not None
                else self.constant_value(arg, scope, depth)
            )
            if value is None:
                return None
            args.append(value)
        keywords: dict[str, Constant] = {}
        for keyword in node.keywords:
            value = self.constant_value(keyword.value, scope, depth)
            if keyword.arg is not None and value is not None:
                keywords[keyword.arg] = value
        inner = self.called_scope(node.func, scope)
        if inner >= 0:
            return self._evaluator.called(inner, args, keywords)
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
            return fold.call_decoder(name, [codec, *args]) if codec is not None else None
        if not args:
            return fold.call_builtin(name, args) if name in ("bytes", "bytearray", "str", "list", "tuple") else None
        made = fold.call_builtin(name, args, keywords)
        return made if made is not None else fold.call_decoder(name, args, keywords)

    def _stream(self, node: ast.expr, scope: int, depth: int) -> Constant | None:
        """Return what reading a stream in memory gives: `io.BytesIO(x).read()`, also below `gzip.GzipFile`."""
        if not isinstance(node, ast.Call):
            return None
        name = self.dotted_name(node.func, scope, depth)
        if name in ("io.BytesIO", "io.StringIO", "BytesIO", "StringIO") and node.args:
            return self.constant_value(node.args[0], scope, depth)
        inner = next((k.value for k in node.keywords if k.arg == "fileobj"), node.args[0] if node.args else None)
        if inner is None or name not in ("gzip.GzipFile", "gzip.open", "bz2.open", "lzma.open", "bz2.BZ2File"):
            return None
        data = self._stream(inner, scope, depth)
        return fold.call_decoder(name.partition(".")[0] + ".decompress", [data]) if data is not None else None


def _leading(outline: SymbolTable) -> tuple[set[str], set[str]]:
    """Return the names that may stand for a scope of the file, and the names of its classes' methods."""
    leading: set[str] = set()
    methods: set[str] = set()
    for scope in outline.scopes:
        for name, bound in scope.bindings.items():
            for binding in bound:
                if binding.kind is BindingKind.SCOPE:
                    leading.add(name)
                    if scope.kind is ScopeKind.CLASS:
                        methods.add(name)
                elif binding.kind is BindingKind.VALUE and isinstance(binding.value, _LEADING):
                    leading.add(name)
    return leading, methods


def _kind_of(node: ast.expr) -> str:
    """Return the dotted name of the type of an expression, where that type runs code."""
    if isinstance(node, ast.Lambda):
        return "types.FunctionType"
    return "types.CodeType" if isinstance(node, ast.Attribute) and node.attr == "__code__" else "type"


def _is_namespace(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "__dict__"
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "vars"
