"""A module said in other words: its strings built at run time, its calls made through other names.

Every function takes the source as bytes and the numbers to choose by, and returns source that does the same; it
raises what `ast.parse` raises for source that is not Python 3 (`FAULTS`).
"""

import ast
import base64
import random
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from jobs.corpus.variants.wrapping import source_text

Numbers = random.Random

FAULTS = (SyntaxError, ValueError, RecursionError, MemoryError, LookupError)
"""What parsing or writing hostile source raises."""

_MOST_STRINGS = 500
_LONGEST_STRING = 6_000
_CALLED = frozenset(("exec", "eval", "compile", "open", "getattr", "setattr", "__import__", "print", "input"))
_SEEING = frozenset(("exec", "eval", "locals", "vars", "dir", "globals", "super"))
"""Builtins that see the names around them: where one is called nothing is renamed."""
_WORDS = (
    "update", "handle", "process", "resolve", "session", "buffer", "index", "result", "config", "manager", "token",
    "stream", "worker", "cache", "state", "context", "option", "value", "record", "entry",
)  # fmt: skip
_REMARKS = (
    "# TODO: tidy this up", "# pylint: disable=all", "# see the documentation for details", "# noqa",
    "# ---------------------------------------------------------------", "# type: ignore", "#", "# legacy",
)  # fmt: skip


def parse(source: bytes) -> ast.Module:
    """Return the syntax tree of source; raises one of `FAULTS`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source_text(source))


def hide_strings(source: bytes, numbers: Numbers) -> bytes:
    """Build the module's strings at run time: pieces, chr, hex, base64, reversed, xor."""
    return _write(_Strings(numbers).visit(parse(source)))


def alias_calls(source: bytes, numbers: Numbers) -> bytes:
    """Reach modules, their attributes and the telling builtins through `__import__`, `getattr` and other names."""
    tree = parse(source)
    return _write(_Aliases(tree, numbers).visit(tree))


def rename_locals(source: bytes, numbers: Numbers) -> bytes:
    """Give variables of functions other names; what others may see of the module keeps its name."""
    tree = parse(source)
    style = numbers.choice(("hungarian", "bars", "short", "hex"))
    taken = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]:
        names = _renamable(function)
        new = {name: _fresh(style, numbers, taken) for name in sorted(names)}
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and node.id in new:
                node.id = new[node.id]
    return _write(tree)


def add_junk(source: bytes, numbers: Numbers) -> bytes:
    """Put functions that nothing calls and branches that are never taken between the statements."""
    tree = parse(source)
    first = _first_free(tree)
    body = tree.body[:first]
    for statement in tree.body[first:]:
        if numbers.random() < 0.5:
            body.extend(ast.parse(_junk(numbers)).body)
        body.append(statement)
    body.extend(ast.parse(_junk(numbers)).body)
    tree.body = body
    return _write(tree)


def stuff_lines(source: bytes, numbers: Numbers) -> bytes:
    """Stuff comments and blank lines between the top-level statements, hundreds before some of them."""
    tree = parse(source)
    lines: list[str] = []
    for at, statement in enumerate(tree.body):
        text = ast.unparse(statement)
        if at >= _first_free(tree):
            count = numbers.choice((0, 1, 3, 10, 40, 200))
            lines.extend(numbers.choice(("", *_REMARKS)) for _ in range(count))
        lines.append(text)
    return ("\n".join(lines) + "\n").encode()


def push_aside(source: bytes, numbers: Numbers) -> bytes:
    """Push simple statements off the screen: behind another on the same line, after hundreds of blanks."""
    tree = parse(source)
    lines: list[str] = []
    free = False
    for at, statement in enumerate(tree.body):
        text = ast.unparse(statement)
        simple = "\n" not in text and not hasattr(statement, "body") and not isinstance(statement, ast.Match)
        if simple and free and at > _first_free(tree) and numbers.random() < 0.7:
            lines[-1] += " " * numbers.choice((120, 250, 400)) + "; " + text
        else:
            lines.append(text)
        free = simple
    return ("\n".join(lines) + "\n").encode()


def _write(tree: Any) -> bytes:
    ast.fix_missing_locations(tree)
    return (ast.unparse(tree) + "\n").encode()


def _first_free(tree: ast.Module) -> int:
    """Return the number of statements that must stay in front: the docstring and imports from the future."""
    count = 0
    for at, node in enumerate(tree.body):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            count = at + 1
    is_doc = bool(tree.body) and isinstance(tree.body[0], ast.Expr) and isinstance(tree.body[0].value, ast.Constant)
    return max(count, int(is_doc))


class _Strings(ast.NodeTransformer):
    """Replaces literals by expressions; leaves docstrings, annotations and patterns, which must be literals."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._left = _MOST_STRINGS

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
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
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
                told = self.visit(value.format_spec) if value.format_spec else ast.Constant("")
                parts.append(ast.Call(ast.Name("format", ast.Load()), [inner, told], []))
            else:
                parts.append(self.visit(value))
        return ast.Call(ast.Attribute(ast.Constant(""), "join", ast.Load()), [ast.List(parts, ast.Load())], [])

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        value = node.value
        if not isinstance(value, str | bytes) or not 3 <= len(value) <= _LONGEST_STRING or self._left <= 0:
            return node
        if self._numbers.random() < 0.15:
            return node
        self._left -= 1
        data = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        text = _hidden(data, self._numbers)
        if isinstance(value, str):
            plain = all(32 <= ord(c) < 127 for c in value)
            if plain and self._numbers.random() < 0.6:
                text = _hidden_text(value, self._numbers)
            else:
                text = f"({text}).decode('utf-8', 'surrogatepass')" if not plain else f"({text}).decode()"
        return ast.parse(text, mode="eval").body


def _hidden(data: bytes, numbers: Numbers) -> str:
    """Return an expression of bytes."""
    way = numbers.randrange(4)
    if way == 0:
        return f"bytes.fromhex({data.hex()!r})"
    if way == 1:
        return f"__import__('base64').b64decode({base64.b64encode(data).decode()!r})"
    if way == 2 and len(data) < 400:
        return f"bytes({list(data)})"
    key = numbers.randrange(1, 256)
    return f"bytes([b ^ {key} for b in {bytes(byte ^ key for byte in data)!r}])"


def _hidden_text(value: str, numbers: Numbers) -> str:
    """Return an expression of a string of printable ASCII."""
    way = numbers.randrange(4)
    if way == 0:
        return f"{value[::-1]!r}[::-1]"
    if way == 1 and len(value) < 200:
        return "''.join(map(chr, " + repr([ord(c) for c in value]) + "))"
    if way == 2 and len(value) < 60:
        return " + ".join(f"chr({ord(c)})" for c in value)
    size = max(2, len(value) // numbers.randrange(2, 6))
    pieces = [value[at : at + size] for at in range(0, len(value), size)]
    if len(pieces) < 10 and numbers.random() < 0.6:
        return " + ".join(repr(piece) for piece in pieces)
    return "''.join(" + repr(pieces) + ")"


class _Aliases(ast.NodeTransformer):
    """Replaces imports, attributes of imported modules and telling builtins."""

    def __init__(self, tree: ast.Module, numbers: Numbers) -> None:
        self._numbers = numbers
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
        made: list[ast.stmt] = []
        for alias in node.names:
            if "." in alias.name or self._numbers.random() < 0.3:
                made.append(ast.Import([alias]))
            else:
                name = _split(alias.name, self._numbers)
                made.append(_assign(alias.asname or alias.name, f"__import__({name})"))
        return made

    def visit_ImportFrom(self, node: ast.ImportFrom) -> Any:
        plain = node.level == 0 and node.module not in {None, "__future__"} and node.names[0].name != "*"
        if not plain or self._numbers.random() < 0.4:
            return node
        names = [alias.name for alias in node.names]
        return [
            _assign(
                alias.asname or alias.name,
                f"getattr(__import__({_split(str(node.module), self._numbers)}, fromlist={names!r}), "
                f"{_split(alias.name, self._numbers)})",
            )
            for alias in node.names
        ]

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        known = isinstance(node.value, ast.Name) and node.value.id in self._modules
        if not known or not isinstance(node.ctx, ast.Load) or self._numbers.random() < 0.25:
            return node
        called = ast.parse(f"getattr(x, {_split(node.attr, self._numbers)})", mode="eval").body
        assert isinstance(called, ast.Call)
        called.args[0] = node.value
        return called

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in _CALLED and node.id not in self._bound and isinstance(node.ctx, ast.Load):
            return ast.parse(
                f"getattr(__import__({_split('builtins', self._numbers)}), {_split(node.id, self._numbers)})",
                mode="eval",
            ).body
        return node


def _split(word: str, numbers: Numbers) -> str:
    """Return an expression of a word; it does not stand there whole."""
    if len(word) < 2 or numbers.random() < 0.3:
        return f"{word[::-1]!r}[::-1]"
    at = numbers.randrange(1, len(word))
    return f"{word[:at]!r} + {word[at:]!r}"


def _assign(name: str, expression: str) -> ast.Assign:
    return ast.Assign([ast.Name(name, ast.Store())], ast.parse(expression, mode="eval").body)


def _renamable(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Return names that mean one variable of this function all through it, and nothing that others may see."""
    inside = [node for statement in function.body for node in ast.walk(statement)]
    if any(isinstance(node, ast.Name) and node.id in _SEEING for node in inside):
        return set()
    stored = {node.id for node in _own(function.body) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    barred = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    for node in inside:
        if isinstance(node, ast.Global | ast.Nonlocal):
            barred.update(node.names)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            barred.add(node.name)
        elif isinstance(node, ast.ClassDef):
            barred.add(node.name)
            barred.update(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            barred.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            barred.add(node.rest)
        elif isinstance(node, ast.alias):
            barred.add((node.asname or node.name).partition(".")[0])
    return {name for name in stored - barred if not name.startswith("__")}


def _own(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of a scope without those of the scopes inside it."""
    for node in body:
        yield node
        scoped = isinstance(
            node,
            ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
            | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp,
        )  # fmt: skip
        if not scoped:
            yield from _own(list(ast.iter_child_nodes(node)))


def _fresh(style: str, numbers: Numbers, taken: set[str]) -> str:
    while True:
        if style == "bars":
            name = "".join(numbers.choice("lI") for _ in range(14)).replace("I", "I")
        elif style == "short":
            name = numbers.choice("abcdefghijkmnopqrstuvwxyz") + str(numbers.randrange(1000))
        elif style == "hex":
            name = f"_0x{numbers.randrange(16**6):06x}"
        else:
            name = f"{numbers.choice(_WORDS)}_{numbers.choice(_WORDS)}{numbers.randrange(100)}"
        if name not in taken:
            taken.add(name)
            return name


def _junk(numbers: Numbers) -> str:
    first, second = (f"_{numbers.choice(_WORDS)}_{numbers.randrange(10_000)}" for _ in range(2))
    a, b, word = numbers.randrange(2, 500), numbers.randrange(2, 500), numbers.choice(_WORDS)
    title = first.title().replace("_", "")
    ways = (
        f"def {first}(n={a}):\n    t = 0\n    for i in range(n):\n        t = (t * {b} + i) % 65521\n    return t\n",
        f"{first} = [n * {a} for n in range({b % 20})]\n",
        f"if {a} * {b} == {a * b + 1}:\n    {first} = lambda v: v[::-1]\n    {second} = {first}('{word}')\n",
        f"class {title}:\n    v = {a}\n    def {second}(self):\n        return self.v ** 2 % {b}\n",
        f"try:\n    {first} = int('{a}') // {b}\nexcept ZeroDivisionError:\n    {first} = None\n",
    )
    return numbers.choice(ways)
