"""Classifies the conditions under which the code of a branch runs."""

import ast
from typing import Any

from features.code.parse.ast_walk import walk_nodes
from features.code.parse.symbol_table import UNDER_COMMAND_TEST, UNDER_HOST_TEST

INSTALLER_WORDS = frozenset(
    (
        "install", "develop", "egg_info", "bdist_wheel", "bdist_egg", "build", "build_py", "build_ext", "dist_info",
        "editable_wheel", "install_lib", "install_scripts", "install_data", "build_clib", "build_scripts", "sdist",
        "easy_install", "bdist", "setup.py", "-c", "",
    )
)  # fmt: skip
"""Commands and other command-line words of setuptools while a package is built or installed."""

_HOST_NAMES = frozenset(
    (
        "platform", "sys", "os", "getuser", "getlogin", "environ", "getenv", "gethostname", "datetime", "date", "time",
        "name", "system", "CI", "GITHUB_ACTIONS", "uname", "win32_ver", "getpass", "node", "machine", "locale",
        "getdefaultlocale",
    )
)  # fmt: skip
_NEGATIONS = frozenset((ast.Not, ast.NotIn, ast.NotEq))
_EXITS = frozenset(("exit", "quit", "_exit", "abort"))
_MAX_NODES = 62
_MAX_HOST_NODES = 40


def is_main_test(test: ast.expr) -> bool:
    """Return whether a condition is `__name__ == "__main__"`."""
    return (
        isinstance(test, ast.Compare)
        and len(test.ops) == 1
        and isinstance(test.ops[0], ast.Eq)
        and any(isinstance(side, ast.Name) and side.id == "__name__" for side in (test.left, *test.comparators))
    )


def flags_of_test(test: ast.expr) -> int:
    """Return UNDER_COMMAND_TEST, UNDER_HOST_TEST or 0 for the code under a condition.

    A command test searches `sys.argv` for words that no installer passes; a test with a negation does not count, since
    an installer satisfies it.
    """
    nodes: list[Any] = walk_nodes(test, _MAX_NODES)
    texts: set[str] = set()
    reads_command_line = reads_host = negated = False
    for index, node in enumerate(nodes):
        kind = type(node)
        if kind is ast.Name or kind is ast.Attribute:
            name = node.id if kind is ast.Name else node.attr
            reads_command_line = reads_command_line or name == "argv"
            reads_host = reads_host or (index <= _MAX_HOST_NODES and name in _HOST_NAMES)
        elif kind is ast.Constant:
            if isinstance(node.value, str):
                texts.add(node.value)
        elif kind in _NEGATIONS:
            negated = True
    if texts and not negated and len(nodes) < _MAX_NODES and reads_command_line and not texts & INSTALLER_WORDS:
        return UNDER_COMMAND_TEST
    return UNDER_HOST_TEST if reads_host else 0


def ends_block(body: list[ast.stmt]) -> bool:
    """Return whether a block ends by leaving the function or the program."""
    last = body[-1]
    if isinstance(last, ast.Return | ast.Raise):
        return True
    if not (isinstance(last, ast.Expr) and isinstance(last.value, ast.Call)):
        return False
    func = last.value.func
    return (func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else "") in _EXITS
