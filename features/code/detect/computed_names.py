"""Detects functions and modules that are fetched by a computed name."""

import ast
from collections.abc import Iterator

from features.code.detect.contract import Detection, Detector

_SUSPICIOUS_NAMES = frozenset(
    (
        "exec", "eval", "compile", "os", "sys", "system", "popen", "subprocess", "Popen", "run", "call", "check_output",
        "base64", "b64decode", "marshal", "loads", "zlib", "decompress", "urllib", "urlopen", "requests", "get", "post",
        "socket", "builtins", "__builtins__", "__import__", "ctypes", "winreg", "platform", "getattr", "codecs",
        "decode", "environ", "open", "read", "write", "startfile",
    )
)  # fmt: skip
"""Names whose hiding is suspicious."""
_NAMESPACES = ("__dict__", "modules", "__builtins__")


class ComputedNames(Detector):
    """Reads the names that the resolver found in computed text."""

    rules = ("hidden_name",)

    def check_file(self) -> Iterator[Detection]:
        """Yield `hidden_name` for each suspicious name that is computed."""
        for subscript, scope, _ in self.resolver.symbols.subscripts:
            if _is_namespace(subscript.value):
                # Resolving `globals()["..."]` or `os.__dict__["..."]` records its name, also if it is never called.
                self.resolver.dotted_name(subscript, scope)
        for node, name, scope in self.resolver.computed_names.values():
            if name.partition(".")[0] in _SUSPICIOUS_NAMES:
                yield Detection("hidden_name", node, scope)


def _is_namespace(node: ast.expr) -> bool:
    """Return whether an expression looks like a dictionary of names: `vars(os)`, `os.__dict__`, `sys.modules`."""
    if isinstance(node, ast.Call):
        return len(node.args) <= 1
    if isinstance(node, ast.Attribute):
        return node.attr in _NAMESPACES
    return isinstance(node, ast.Name) and node.id in _NAMESPACES
