"""Finds places in Python source where statements can be put, and puts them there."""

import ast
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from jobs.corpus.variants.python_source import SOURCE_ERRORS, parse, source_text

Function = ast.FunctionDef | ast.AsyncFunctionDef


_DOCSTRINGS = (
    "Prepare the environment.", "Check the version.", "Warm the cache.", "Set up defaults.", "Make sure that it works.",
    "Initialise the runtime.", "Collect usage statistics.", "Internal helper.", "Load the backend.",
    "Keep old versions working.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FunctionPlace:
    """A function of a module: its name, class ("" without one), first statement's line (from 1) and indentation."""

    name: str
    owner: str
    line: int
    indent: str
    arguments: tuple[str, ...]
    is_async: bool


def find_functions(source: bytes) -> list[FunctionPlace]:
    """Return the functions and methods of a module that code can be put into, none where it is not Python 3."""
    try:
        tree, lines = parse(source), source_text(source).splitlines()
    except SOURCE_ERRORS:
        return []
    found = []
    for node in tree.body:
        if isinstance(node, Function):
            found += _function_place(node, "", lines)
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, Function):
                    found += _function_place(method, node.name, lines)
    return found


def _function_place(node: Function, owner: str, lines: list[str]) -> list[FunctionPlace]:
    body = node.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) > 1:
        body = body[1:]
    first = body[0]
    at = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", ()))])
    indent = lines[at - 1][: len(lines[at - 1]) - len(lines[at - 1].lstrip())]
    is_own_line = lines[at - 1][: first.col_offset].strip() in {"", "@"} and at > node.lineno
    if not is_own_line or not indent:
        return []
    arguments = tuple(a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))
    return [FunctionPlace(node.name, owner, at, indent, arguments, isinstance(node, ast.AsyncFunctionDef))]


def insert_at_line(source: bytes, line: int, code: str, indent: str = "") -> bytes:
    """Return UTF-8 source with statements before a line (from 1), indented; raises SyntaxError where that fails."""
    lines = source_text(source).splitlines(keepends=True)
    if lines and line > len(lines) and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    block = textwrap.indent(code.rstrip("\n") + "\n", indent)
    text = "".join([*lines[: line - 1], block, *lines[line - 1 :]])
    changed = text.encode("utf-8", "surrogatepass")
    parse(changed)
    return changed


def line_after_imports(source: bytes) -> int:
    """Return the line (from 1) behind the last import at the top of a module, or behind its docstring."""
    line = 1
    for index, node in enumerate(parse(source).body):
        is_docstring = index == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not is_docstring and not isinstance(node, ast.Import | ast.ImportFrom):
            break
        line = (node.end_lineno or 0) + 1
    return line


def insert_with_imports(source: bytes, code: str) -> bytes:
    """Return source with the code's imports behind its own and the rest at its end; raises one of SOURCE_ERRORS."""
    imports, rest = split_imports(code)
    changed = insert_at_line(source, 10**9, "\n" + rest) if rest.strip() else source
    return insert_at_line(changed, line_after_imports(changed), imports) if imports else changed


def split_imports(code: str) -> tuple[str, str]:
    """Return the import lines at the margin, and the rest."""
    lines = code.splitlines(keepends=True)
    is_import: Callable[[str], bool] = lambda line: line.startswith(("import ", "from ")) and ";" not in line  # noqa: E731
    if any(line.startswith(("import ", "from ")) and line.rstrip().endswith(("(", "\\")) for line in lines):
        return "", code
    return "".join(filter(is_import, lines)), "".join(line for line in lines if not is_import(line))


def as_function(code: str, name: str, rng: Random, *, quiet: bool | None = None) -> str:
    """Return a function of this name with the code in it, its errors swallowed or not."""
    body = textwrap.indent(code.rstrip("\n"), "    ")
    if rng.random() < 0.5 if quiet is None else quiet:
        error = rng.choice(("Exception", "Exception", "BaseException", "OSError"))
        body = f"    try:\n{textwrap.indent(body, '    ')}\n    except {error}:\n        pass"
    docstring = f'    """{rng.choice(_DOCSTRINGS)}"""\n' if rng.random() < 0.35 else ""
    return f"def {name}():\n{docstring}{body}\n"
