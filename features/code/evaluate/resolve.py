"""Resolves expressions to dotted names through imports, aliases, lookups by text and returned values."""

import ast
import builtins

from features.code.evaluate.api_behaviours import EXECUTING, find_behaviours, star_import_names
from features.code.evaluate.constant_resolver import ConstantResolver
from features.code.evaluate.name_lookups import ENTRY_POINTS, LOADING_METHODS, NAME_LOOKUPS, object_name
from features.code.evaluate.scope_lookup import MAX_DEPTH
from features.code.parse.executing_names import IMPORT_FUNCTIONS
from features.code.parse.symbol_table import BindingKind, SymbolTable

BUILTINS = frozenset(dir(builtins)) | {"execfile", "unicode", "unichr", "raw_input", "reload", "file", "xrange"}
_BUILTIN_MODULES = ("builtins", "__builtins__", "__builtin__")
_NAMESPACE_FUNCTIONS = ("globals", "locals", "vars")
_IMPORT_FUNCTIONS = {*IMPORT_FUNCTIONS, "imp.load_module", "__loader__.load_module", "__spec__.loader.load_module"}
_ATTRIBUTE_FUNCTIONS = {
    "getattr", "object.__getattribute__", "type.__getattribute__", "inspect.getattr_static", "operator.getitem",
    "xmlrpc.server.resolve_dotted_attribute",
}  # fmt: skip
_GETTERS = ("operator.attrgetter", "operator.itemgetter")
_ITEM_METHODS = ("get", "pop", "setdefault", "__getitem__")
_LITERAL_TYPES = ("str", "bytes")
_PARTIAL = ("functools.partial", "partial", "functools.partialmethod")
_MAX_ITEMS = 8
_MAX_NAME = 200
"""Characters of the longest dotted name."""


class Resolver(ConstantResolver):
    """Resolves names and constants of one file, each expression once."""

    def __init__(self, symbols: SymbolTable) -> None:
        super().__init__(symbols)
        self.computed_names: dict[int, tuple[ast.AST, str, int]] = {}
        """Names that computed text refers to: (node, name, scope) by the id of the node."""
        self._dotted_names: dict[int, str] = {}
        self._star_names = {
            name: f"{module}.{name}" for module in symbols.star_imports for name in star_import_names(module)
        }

    def dotted_name(self, node: ast.expr, scope: int, depth: int = 0) -> str:
        """Return the full name that an expression resolves to ("os.system"); "" if it cannot be resolved.

        The result of a call keeps the name of the called function: `socket.socket().send` is "socket.socket.send".
        """
        known = self._dotted_names.get(id(node))
        if known is not None:
            return known
        if depth > MAX_DEPTH or id(node) in self._busy:
            return ""
        self._busy.add(id(node))
        found = self._resolve(node, scope, depth + 1)
        self._busy.discard(id(node))
        if len(found) > _MAX_NAME:
            found = ""
        self._dotted_names[id(node)] = found
        return found

    def _resolve(self, node: ast.expr, scope: int, depth: int) -> str:
        if isinstance(node, ast.Name):
            return self._name_of_variable(node.id, scope, depth)
        if isinstance(node, ast.Attribute):
            return self._attribute_chain(node, scope, depth)
        if isinstance(node, ast.Call):
            return self._call_result(node, scope, depth)
        if isinstance(node, ast.Subscript):
            return self._subscript_name(node, scope, depth)
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

    def _name_of_variable(self, name: str, scope: int, depth: int) -> str:
        bound = self.bindings(name, scope)
        if bound is None:
            if name in self._star_names:
                return self._star_names[name]
            return "" if name in ("self", "cls") else name
        for binding in bound:
            if binding.kind is BindingKind.IMPORT:
                return binding.dotted_name.removeprefix("builtins.").removeprefix("__builtin__.")
            if binding.kind is BindingKind.SCOPE:
                return ""
            if binding.kind is BindingKind.VALUE and binding.value is not None:
                found = self.dotted_name(binding.value, binding.scope, depth)
                if found and found not in _LITERAL_TYPES:
                    return found
            if binding.kind is BindingKind.ELEMENT and isinstance(binding.value, ast.List | ast.Tuple):
                found = self._executing_element(binding.value, binding.scope, depth)
                if found:
                    return found
        return ""

    def _executing_element(self, items: ast.List | ast.Tuple, scope: int, depth: int) -> str:
        """Return the name of the first item that executes: `for f in (os.system,): f("id")`."""
        for item in items.elts[:_MAX_ITEMS]:
            if isinstance(item, ast.Name | ast.Attribute):
                found = self.dotted_name(item, scope, depth)
                if found and not EXECUTING.isdisjoint(find_behaviours(found)):
                    return found
        return ""

    def _attribute_chain(self, node: ast.Attribute, scope: int, depth: int) -> str:
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
            first = self._attribute_of_self(parts.pop(), depth) if parts else ""
            if first and not parts:
                return first
        parts.reverse()
        if not first:
            # The name of a method alone shows its behaviour, even if its object is unknown.
            return "?." + parts[-1] if parts else ""
        parts = [part for part in parts if part not in ("__dict__", "__call__")]
        if first in _BUILTIN_MODULES and parts:
            first = parts.pop(0)
        return ".".join((first, *parts))

    def _attribute_of_self(self, name: str, depth: int) -> str:
        for binding in self.symbols.attribute_bindings.get(name, ()):
            if binding.kind is BindingKind.VALUE and binding.value is not None:
                found = self.dotted_name(binding.value, binding.scope, depth)
                if found:
                    return found
        return ""

    def _call_result(self, node: ast.Call, scope: int, depth: int) -> str:
        """Return the name that a call fetches (`getattr`, `__import__`, ...), else the name of the function called."""
        func = self.dotted_name(node.func, scope, depth)
        args = node.args
        if func in _IMPORT_FUNCTIONS and args:
            return self._imported_module(node, func, scope, depth)
        if func in _ATTRIBUTE_FUNCTIONS and len(args) >= 2:
            return self._attribute_by_text(node, self.dotted_name(args[0], scope, depth), args[1], scope)
        if func.endswith(".__getattribute__") and args:
            return self._attribute_by_text(node, func.removesuffix(".__getattribute__"), args[-1], scope)
        if func in NAME_LOOKUPS and args:
            return self._object_by_text(node, func, args[min(NAME_LOOKUPS[func], len(args) - 1)], scope)
        if func.endswith(LOADING_METHODS):
            return self._loaded_entry_point(node, func, scope)
        if func in _GETTERS and args and (maker := self._maker(node.func, scope)) is not None:
            return self._attribute_by_text(node, self.dotted_name(args[0], scope, depth), maker.args[0], scope)
        if func == "type" and len(args) == 1:
            return _name_of_type(args[0])
        if func == "vars" and args:
            return self.dotted_name(args[0], scope, depth)
        if func in _PARTIAL and args:
            return self.dotted_name(args[0], scope, depth)
        if func in ("globals.get", "locals.get", "sys.modules.get", "__builtins__.get", "builtins.get") and args:
            return self._item_by_text(node, func.removesuffix(".get"), args[0], scope)
        if isinstance(node.func, ast.Lambda):
            return self.dotted_name(node.func.body, scope, depth)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _ITEM_METHODS and _is_namespace(node.func.value):
            return (
                self._attribute_by_text(node, self.dotted_name(node.func.value, scope, depth), args[0], scope)
                if args
                else func
            )
        inner = self.called_scope(node.func, scope)
        if inner >= 0:
            return self._returned_name(inner, depth)
        return "" if func == "str" else func

    def called_name(self, call: ast.Call, scope: int) -> str:
        """Return the name of the function that a call runs; `methodcaller("system", "id")(os)` runs "os.system"."""
        name = self.dotted_name(call.func, scope)
        if name == "operator.call" and call.args:
            return self.dotted_name(call.args[0], scope)
        if name == "operator.methodcaller" and call.args and (maker := self._maker(call.func, scope)) is not None:
            return self._attribute_by_text(call, self.dotted_name(call.args[0], scope), maker.args[0], scope)
        return name

    def _maker(self, func: ast.expr, scope: int) -> ast.Call | None:
        """Return the call with arguments whose result is called."""
        if isinstance(func, ast.Name):
            bound = self.bindings(func.id, scope) or ()
            func = next((b.value for b in bound if b.value is not None and b.kind is BindingKind.VALUE), func)
        return func if isinstance(func, ast.Call) and func.args else None

    def _object_by_text(self, node: ast.Call, func: str, key: ast.expr, scope: int) -> str:
        """Return the name of an object that is looked up by its dotted name, else that of the function that does it."""
        name = self.constant_value(key, scope)
        if not isinstance(name, str) or not (found := object_name(name)):
            return func
        self._note_computed_name(node, key, found, scope)
        return found

    def _loaded_entry_point(self, node: ast.Call, func: str, scope: int) -> str:
        """Return the name of the object that `EntryPoint(...).load()` imports, if its value is constant text."""
        owner = func.rpartition(".")[0]
        maker = node.func.value if isinstance(node.func, ast.Attribute) else None
        if isinstance(maker, ast.Name):
            maker = self._maker(maker, scope)
        if owner not in ENTRY_POINTS or not isinstance(maker, ast.Call):
            return func
        values = [k.value for k in maker.keywords if k.arg == "value"] or maker.args[ENTRY_POINTS[owner] :][:1]
        return self._object_by_text(node, func, values[0], scope) if values else func

    def _returned_name(self, inner: int, depth: int) -> str:
        for value in self.symbols.scopes[inner].returns[:4]:
            found = self.dotted_name(value, inner, depth)
            if found and found not in _LITERAL_TYPES:
                return found
        return ""

    def _imported_module(self, node: ast.Call, func: str, scope: int, depth: int) -> str:
        name = self.constant_value(node.args[0], scope, depth)
        if not isinstance(name, str) or not name.replace(".", "").replace("_", "").isalnum():
            return func
        self._note_computed_name(node, node.args[0], name, scope)
        if func == "__import__" and not (len(node.args) >= 4 or any(k.arg == "fromlist" for k in node.keywords)):
            name = name.partition(".")[0]
        return name

    def _note_computed_name(self, node: ast.AST, key: ast.expr, name: str, scope: int) -> None:
        """Record a name whose text is not a plain literal but computed, or written in escapes."""
        source_length = (key.end_col_offset or 0) - key.col_offset if key.lineno == key.end_lineno else 0
        if not isinstance(key, ast.Constant) or source_length > len(name.encode()) + 6:
            self.computed_names[id(node)] = (node, name, scope)

    def _attribute_by_text(self, node: ast.AST, first: str, key: ast.expr, scope: int) -> str:
        """Return the name of an attribute that is fetched by text, "getattr" if the text is unknown."""
        name = self.constant_value(key, scope)
        if not isinstance(name, str) or not name.isidentifier():
            return "getattr"
        self._note_computed_name(node, key, name, scope)
        if first in _BUILTIN_MODULES:
            return name
        return f"{first or '?'}.{name}"

    def _subscript_name(self, node: ast.Subscript, scope: int, depth: int) -> str:
        base = node.value
        if isinstance(base, ast.List | ast.Tuple):
            index = self.constant_value(node.slice, scope, depth)
            if isinstance(index, int) and -len(base.elts) <= index < len(base.elts):
                return self.dotted_name(base.elts[index], scope, depth)
        if (table := self._dictionary(base, scope)) is not None:
            wanted = self.constant_value(node.slice, scope, depth)
            for key, value in zip(table[0].keys, table[0].values, strict=True) if wanted is not None else ():
                if key is not None and self.constant_value(key, table[1], depth) == wanted:
                    return self.dotted_name(value, table[1], depth)
        if isinstance(node.slice, ast.Slice):
            return self.dotted_name(base, scope, depth)
        return self._item_by_text(node, self.dotted_name(base, scope, depth), node.slice, scope)

    def _item_by_text(self, node: ast.AST, base: str, key: ast.expr, scope: int) -> str:
        """Return the name of an entry of a namespace (`globals()`, `sys.modules`), else the name of its container."""
        name = self.constant_value(key, scope)
        if base == "os.environ":
            return base
        if isinstance(name, str) and name.replace(".", "").replace("_", "").isalnum():
            if base in (*_NAMESPACE_FUNCTIONS, "sys.modules", *_BUILTIN_MODULES):
                self._note_computed_name(node, key, name, scope)
                if base in _NAMESPACE_FUNCTIONS:
                    return self._name_of_variable(name, scope, 1)
                return name
            if base.endswith("__globals__"):
                return name if name in _BUILTIN_MODULES else f"{base.partition('.')[0]}.{name}"
            if base.startswith("ctypes."):
                return f"{base}.{name}"
            if isinstance(node, ast.Subscript) and _is_namespace(node.value):
                self._note_computed_name(node, key, name, scope)
                return f"{base}.{name}"
        return base


def _name_of_type(node: ast.expr) -> str:
    """Return the dotted name of the type of an expression, if that type runs code."""
    if isinstance(node, ast.Lambda):
        return "types.FunctionType"
    return "types.CodeType" if isinstance(node, ast.Attribute) and node.attr == "__code__" else "type"


def _is_namespace(node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "__dict__"
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "vars"
