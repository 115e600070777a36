"""Detects `exec`, `eval` and importers that are called under another name."""

import ast
from collections.abc import Iterator

from features.code.detect.contract import CallSite, Detection, Detector
from features.code.parse.executing_names import SOURCE_BUILTINS

_BUILTINS = frozenset((*SOURCE_BUILTINS, "__import__"))


class RenamedBuiltins(Detector):
    """Compares the written name of a call with the builtin that it resolves to."""

    rules = ("aliased_builtin",)
    behaviours = frozenset(("execute_code", "dynamic_import"))

    def check_call(self, site: CallSite) -> Iterator[Detection]:
        """Yield `aliased_builtin` if a builtin that runs code or imports is called under another name."""
        if site.name in _BUILTINS and not _is_written_as(site.call.func, site.name):
            yield site.match("aliased_builtin")


def _is_written_as(func: ast.expr, name: str) -> bool:
    if isinstance(func, ast.Name):
        return func.id == name
    return isinstance(func, ast.Attribute) and func.attr == name
