"""Detects data that is decrypted with a key in the same file, and objects that are rebuilt from decoded bytes."""

import ast
from collections.abc import Iterator

from features.code.detect.contract import CallSite, Detection, Detector
from features.code.evaluate.dataflow import SOURCE_BITS, UNPACKED

_MIN_CIPHERTEXT = 40
_MIN_KEY = 16


class DecodedData(Detector):
    """Reads the arguments of calls that decrypt or deserialise."""

    rules = ("own_key_decrypt", "decode_then_deserialize")
    behaviours = frozenset(("crypto", "deserialize"))

    def check_call(self, site: CallSite) -> Iterator[Detection]:
        """Yield the rules that match a call that decrypts or deserialises."""
        if "crypto" in site.behaviours and site.name.rpartition(".")[2].startswith("decrypt") and self._has_key(site):
            yield site.match("own_key_decrypt")
        if "deserialize" in site.behaviours:
            sources = self.dataflow.sources(site.call.args, site.scope)
            if sources & (UNPACKED | SOURCE_BITS["network_receive"]):
                # Marshal is used for code objects, and for little else of interest.
                yield site.match("decode_then_deserialize", 1.6 if site.name.startswith("marshal") else 1.0)

    def _has_key(self, site: CallSite) -> bool:
        """Return whether both the key and the ciphertext are constants of this file."""
        call, scope = site.call, site.scope
        if not isinstance(call.func, ast.Attribute) or not call.args:
            return False
        if not self._is_long(call.args[0], scope, _MIN_CIPHERTEXT):
            return False
        cipher: ast.expr | None = call.func.value
        for _ in range(3):
            if isinstance(cipher, ast.Name):
                bound = self.resolver.bindings(cipher.id, scope) or ()
                cipher, scope = (bound[0].value, bound[0].scope) if bound else (None, scope)
        return isinstance(cipher, ast.Call) and any(self._is_long(arg, scope, _MIN_KEY) for arg in cipher.args[:2])

    def _is_long(self, node: ast.expr, scope: int, length: int) -> bool:
        value = self.resolver.constant_value(node, scope)
        return isinstance(value, str | bytes) and len(value) >= length
