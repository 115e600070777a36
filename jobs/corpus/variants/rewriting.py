"""Obfuscates a module without hiding it: other names, dead code, and statements that are hard to see.

Every function takes source and a random generator and returns source with the same behaviour. It raises one of
`SOURCE_ERRORS` for source that is not Python 3.
"""

import ast
from collections.abc import Iterator, Sequence
from random import Random

from jobs.corpus.variants.python_source import count_pinned_statements, parse, unparse

_NAME_READERS = frozenset(("exec", "eval", "locals", "vars", "dir", "globals", "super"))
"""Builtins that read the names around them: a function that calls one keeps its names."""
_WORDS = (
    "update", "handle", "process", "resolve", "session", "buffer", "index", "result", "config", "manager", "token",
    "stream", "worker", "cache", "state", "context", "option", "value", "record", "entry",
)  # fmt: skip
_COMMENTS = (
    "# TODO: tidy this up", "# pylint: disable=all", "# see the documentation for details", "# noqa",
    "# ---------------------------------------------------------------", "# type: ignore", "#", "# legacy",
)  # fmt: skip


def rename_locals(source: bytes, rng: Random) -> bytes:
    """Rename local variables of functions; names that other modules can use stay."""
    tree = parse(source)
    style = rng.choice(("hungarian", "bars", "short", "hex"))
    taken = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]:
        names = _renamable_names(function)
        new_names = {name: _new_name(style, rng, taken) for name in sorted(names)}
        for node in ast.walk(function):
            if isinstance(node, ast.Name) and node.id in new_names:
                node.id = new_names[node.id]
    return unparse(tree)


def add_dead_code(source: bytes, rng: Random) -> bytes:
    """Put unused functions and branches that are never taken between the top-level statements."""
    tree = parse(source)
    first = count_pinned_statements(tree)
    body = tree.body[:first]
    for statement in tree.body[first:]:
        if rng.random() < 0.5:
            body.extend(ast.parse(_dead_code(rng)).body)
        body.append(statement)
    body.extend(ast.parse(_dead_code(rng)).body)
    tree.body = body
    return unparse(tree)


def stuff_lines(source: bytes, rng: Random) -> bytes:
    """Put comments and blank lines between the top-level statements, up to 200 before one."""
    tree = parse(source)
    lines: list[str] = []
    for index, statement in enumerate(tree.body):
        text = ast.unparse(statement)
        if index >= count_pinned_statements(tree):
            count = rng.choice((0, 1, 3, 10, 40, 200))
            lines.extend(rng.choice(("", *_COMMENTS)) for _ in range(count))
        lines.append(text)
    return ("\n".join(lines) + "\n").encode()


def push_aside(source: bytes, rng: Random) -> bytes:
    """Push simple statements off the screen: onto the line of the one before, after 120 to 400 spaces."""
    tree = parse(source)
    lines: list[str] = []
    can_append = False
    for index, statement in enumerate(tree.body):
        text = ast.unparse(statement)
        is_simple = "\n" not in text and not hasattr(statement, "body") and not isinstance(statement, ast.Match)
        if is_simple and can_append and index > count_pinned_statements(tree) and rng.random() < 0.7:
            lines[-1] += " " * rng.choice((120, 250, 400)) + "; " + text
        else:
            lines.append(text)
        can_append = is_simple
    return ("\n".join(lines) + "\n").encode()


def _renamable_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Return names that are one local variable in all of the function and in the scopes inside it."""
    inside = [node for statement in function.body for node in ast.walk(statement)]
    if any(isinstance(node, ast.Name) and node.id in _NAME_READERS for node in inside):
        return set()
    stored = {
        node.id
        for node in _nodes_of_scope(function.body)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    excluded = {node.arg for node in ast.walk(function) if isinstance(node, ast.arg)}
    for node in inside:
        if isinstance(node, ast.Global | ast.Nonlocal):
            excluded.update(node.names)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            excluded.add(node.name)
        elif isinstance(node, ast.ClassDef):
            excluded.add(node.name)
            excluded.update(n.id for n in ast.walk(node) if isinstance(n, ast.Name))
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            excluded.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest:
            excluded.add(node.rest)
        elif isinstance(node, ast.alias):
            excluded.add((node.asname or node.name).partition(".")[0])
    return {name for name in stored - excluded if not name.startswith("__")}


def _nodes_of_scope(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of a scope; of a scope inside it, only the node that opens it."""
    for node in body:
        yield node
        opens_scope = isinstance(
            node,
            ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
            | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp,
        )  # fmt: skip
        if not opens_scope:
            yield from _nodes_of_scope(list(ast.iter_child_nodes(node)))


def _new_name(style: str, rng: Random, taken: set[str]) -> str:
    while True:
        if style == "bars":
            name = "".join(rng.choice("lI") for _ in range(14))
        elif style == "short":
            name = rng.choice("abcdefghijkmnopqrstuvwxyz") + str(rng.randrange(1000))
        elif style == "hex":
            name = f"_0x{rng.randrange(16**6):06x}"
        else:
            name = f"{rng.choice(_WORDS)}_{rng.choice(_WORDS)}{rng.randrange(100)}"
        if name not in taken:
            taken.add(name)
            return name


def _dead_code(rng: Random) -> str:
    first, second = (f"_{rng.choice(_WORDS)}_{rng.randrange(10_000)}" for _ in range(2))
    a, b, word = rng.randrange(2, 500), rng.randrange(2, 500), rng.choice(_WORDS)
    title = first.title().replace("_", "")
    snippets = (
        f"def {first}(n={a}):\n    t = 0\n    for i in range(n):\n        t = (t * {b} + i) % 65521\n    return t\n",
        f"{first} = [n * {a} for n in range({b % 20})]\n",
        f"if {a} * {b} == {a * b + 1}:\n    {first} = lambda v: v[::-1]\n    {second} = {first}('{word}')\n",
        f"class {title}:\n    v = {a}\n    def {second}(self):\n        return self.v ** 2 % {b}\n",
        f"try:\n    {first} = int('{a}') // {b}\nexcept ZeroDivisionError:\n    {first} = None\n",
    )
    return rng.choice(snippets)
