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


class ComputedNames(Detector):
    """Reads the names that the resolver found in computed text."""

    rules = ("hidden_name",)

    def check_file(self) -> Iterator[Detection]:
        """Yield `hidden_name` for each suspicious name that is computed."""
        for subscript, scope, _ in self.resolver.symbols.subscripts:
            if isinstance(subscript.value, ast.Call) and not subscript.value.args:
                # Resolving `globals()["..."]` records its name, also if the result is never called.
                self.resolver.dotted_name(subscript, scope)
        for node, name, scope in self.resolver.computed_names.values():
            if name.partition(".")[0] in _SUSPICIOUS_NAMES:
                yield Detection("hidden_name", node, scope)
