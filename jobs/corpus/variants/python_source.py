"""Parses and writes Python source for the variants: source in, source out, always as bytes."""

import ast
import io
import tokenize
import warnings

SOURCE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError, LookupError)
"""Exceptions that decoding, parsing or unparsing hostile source raises."""


def source_text(source: bytes) -> str:
    """Decode source by its encoding cookie (PEP 263), with Unix line ends; raises SyntaxError or UnicodeDecodeError."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
    return source.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def parse(source: bytes) -> ast.Module:
    """Return the syntax tree of source; raises one of `SOURCE_ERRORS`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source_text(source))


def unparse(tree: ast.AST) -> bytes:
    """Return a changed tree as source; raises one of `SOURCE_ERRORS`."""
    ast.fix_missing_locations(tree)
    return (ast.unparse(tree) + "\n").encode()


def count_pinned_statements(tree: ast.Module) -> int:
    """Return how many statements must stay first: the docstring and imports from `__future__`."""
    count = 0
    for index, node in enumerate(tree.body):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            count = index + 1
    has_docstring = (
        bool(tree.body) and isinstance(tree.body[0], ast.Expr) and isinstance(tree.body[0].value, ast.Constant)
    )
    return max(count, int(has_docstring))
