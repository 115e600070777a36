"""Obfuscates the expressions of a module: strings are built at run time, calls are reached through other names.

Every function takes source and a random generator and returns source with the same behaviour. It raises one of
`SOURCE_ERRORS` for source that is not Python 3.
"""

import ast
import base64
from random import Random
from typing import Any

from jobs.corpus.variants.python_source import parse, unparse

_MAX_STRINGS = 500
"""Literals of one module that are replaced."""
_MAX_STRING_LENGTH = 6_000
_HIDDEN_BUILTINS = frozenset(("exec", "eval", "compile", "open", "getattr", "setattr", "__import__", "print", "input"))


def hide_strings(source: bytes, rng: Random) -> bytes:
    """Build the module's strings at run time: from pieces, by chr, hex, base64 or xor, or reversed."""
    return unparse(_StringHider(rng).visit(parse(source)))


def alias_calls(source: bytes, rng: Random) -> bytes:
    """Reach modules, their attributes and some builtins through `__import__`, `getattr` and other names."""
    tree = parse(source)
    return unparse(_CallAliaser(tree, rng).visit(tree))


class _StringHider(ast.NodeTransformer):
    """Replaces literals by expressions, except docstrings, annotations and patterns, which must stay literals."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._remaining = _MAX_STRINGS

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        return node if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self.visit(node.value)
        return node

    def visit_Match(self, node: ast.Match) -> ast.AST:
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._visit_function(node)

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        returns, node.returns = node.returns, None
        self.generic_visit(node)
        node.returns = returns
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        parts: list[ast.expr] = []
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                inner: ast.expr = self.visit(value.value)
                if value.conversion != -1:
                    name = {"s": "str", "r": "repr", "a": "ascii"}[chr(value.conversion)]
                    inner = ast.Call(ast.Name(name, ast.Load()), [inner], [])
                spec = self.visit(value.format_spec) if value.format_spec else ast.Constant("")
                parts.append(ast.Call(ast.Name("format", ast.Load()), [inner, spec], []))
            else:
                parts.append(self.visit(value))
        return ast.Call(ast.Attribute(ast.Constant(""), "join", ast.Load()), [ast.List(parts, ast.Load())], [])

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        value = node.value
        if not isinstance(value, str | bytes) or not 3 <= len(value) <= _MAX_STRING_LENGTH or self._remaining <= 0:
            return node
        if self._rng.random() < 0.15:
            return node
        self._remaining -= 1
        data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        text = _bytes_expression(data, self._rng)
        if isinstance(value, str):
            is_plain = all(32 <= ord(c) < 127 for c in value)
            if is_plain and self._rng.random() < 0.6:
                text = _text_expression(value, self._rng)
            else:
                text = f"({text}).decode('utf-8', 'surrogatepass')" if not is_plain else f"({text}).decode()"
        return ast.parse(text, mode="eval").body


def _bytes_expression(data: bytes, rng: Random) -> str:
    """Return an expression that evaluates to `data`."""
    style = rng.randrange(4)
    if style == 0:
        return f"bytes.fromhex({data.hex()!r})"
    if style == 1:
        return f"__import__('base64').b64decode({base64.b64encode(data).decode()!r})"
    if style == 2 and len(data) < 400:
        return f"bytes({list(data)})"
    key = rng.randrange(1, 256)
    return f"bytes([b ^ {key} for b in {bytes(byte ^ key for byte in data)!r}])"


def _text_expression(value: str, rng: Random) -> str:
    """Return an expression that evaluates to `value`, a string of printable ASCII."""
    style = rng.randrange(4)
    if style == 0:
        return f"{value[::-1]!r}[::-1]"
    if style == 1 and len(value) < 200:
        return "''.join(map(chr, " + repr([ord(c) for c in value]) + "))"
    if style == 2 and len(value) < 60:
        return " + ".join(f"chr({ord(c)})" for c in value)
    size = max(2, len(value) // rng.randrange(2, 6))
    pieces = [value[at : at + size] for at in range(0, len(value), size)]
    if len(pieces) < 10 and rng.random() < 0.6:
        return " + ".join(repr(piece) for piece in pieces)
    return "''.join(" + repr(pieces) + ")"


class _CallAliaser(ast.NodeTransformer):
    """Replaces imports, attributes of imported modules, and builtins that malware calls often."""

    def __init__(self, tree: ast.Module, rng: Random) -> None:
        self._rng = rng
        stored = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)]
        defined = [
            n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        ]
        arguments = [n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)]
        imported = [a for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names]
        names = {alias.asname or alias.name for alias in imported}
        self._bound = {*stored, *defined, *arguments, *names}
        modules = {a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        self._modules = modules - {*stored, *defined, *arguments}

    def visit_Import(self, node: ast.Import) -> Any:
        statements: list[ast.stmt] = []
        for alias in node.names:
            if "." in alias.name or self._rng.random() < 0.3:
                statements.append(ast.Import([alias]))
            else:
                name = _word_expression(alias.name, self._rng)
                statements.append(_assign(alias.asname or alias.name, f"__import__({name})"))
        return statements

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        is_absolute = node.level == 0 and node.module not in {None, "__future__"} and node.names[0].name != "*"
        if not is_absolute or self._rng.random() < 0.4:
            return node
        names = [alias.name for alias in node.names]
        return [
            _assign(
                alias.asname or alias.name,
                f"getattr(__import__({_word_expression(str(node.module), self._rng)}, fromlist={names!r}), "
                f"{_word_expression(alias.name, self._rng)})",
            )
            for alias in node.names
        ]

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        is_module = isinstance(node.value, ast.Name) and node.value.id in self._modules
        if not is_module or not isinstance(node.ctx, ast.Load) or self._rng.random() < 0.25:
            return node
        call = ast.parse(f"getattr(x, {_word_expression(node.attr, self._rng)})", mode="eval").body
        assert isinstance(call, ast.Call)
        call.args[0] = node.value
        return call

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in _HIDDEN_BUILTINS and node.id not in self._bound and isinstance(node.ctx, ast.Load):
            module, name = _word_expression("builtins", self._rng), _word_expression(node.id, self._rng)
            return ast.parse(f"getattr(__import__({module}), {name})", mode="eval").body
        return node


def _word_expression(word: str, rng: Random) -> str:
    """Return an expression that evaluates to `word` and does not contain it in one piece."""
    if len(word) < 2 or rng.random() < 0.3:
        return f"{word[::-1]!r}[::-1]"
    at = rng.randrange(1, len(word))
    return f"{word[:at]!r} + {word[at:]!r}"


def _assign(name: str, expression: str) -> ast.Assign:
    return ast.Assign([ast.Name(name, ast.Store())], ast.parse(expression, mode="eval").body)
