"""Reads code that is hidden in constants: decodes their layers and analyses the plain text in their place."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from features.code.analysis_draft import AnalysisDraft
from features.code.evaluate.unpack import (
    MIN_CONSTANT,
    crack_byte_cipher,
    decode_layer,
    is_marshalled,
    is_text,
    reads_like_code,
    try_keys,
    unpack_layers,
)
from features.code.parse.safe_parse import MAX_TOKENS
from features.contract import Role
from features.text.hosts import find_hosts
from features.text.indicator_hits import excerpt, scan
from features.text.indicators import INDICATORS

MAX_DEPTH = 4
"""Levels of code hidden in hidden code that are followed."""
MAX_CODE = 1 << 20
"""Bytes of the longest piece of hidden code that is read."""
_MAX_CRACKED = 2 << 20
"""Bytes of the constants of one file on which ciphers without a known key are tried."""
_MAX_EXCERPT = 200
_PYTHON = re.compile(rb"(?m)^\s*(?:import|from|def|class|exec|if|for|try|with|print|while)\b|[\w.]+\s*\(|^\s*\w+\s*=")


@dataclass(slots=True)
class Budget:
    """The remaining work for a file and all code hidden in it."""

    decoded_bytes: int = 8 << 20
    """Bytes that may be decoded from constants, over all layers."""
    tokens: int = MAX_TOKENS
    """Tokens of the syntax trees that may be held at once."""


AnalyseText: TypeAlias = Callable[[str, Role, int, Budget], AnalysisDraft]
"""Analyses text of a role at a hiding depth, within a budget."""


class HiddenCodeReader:
    """Decodes the constants of one text and adds the code in them to the draft of its analysis."""

    def __init__(self, draft: AnalysisDraft, budget: Budget, analyse: AnalyseText) -> None:
        self._draft = draft
        self._budget = budget
        self._analyse = analyse
        self._crackable_bytes = 0
        self._keys: tuple[bytes, ...] = ()

    def enable_cracking(self, keys: tuple[bytes, ...]) -> None:
        """Try simple ciphers and these keys on constants that do not decode otherwise."""
        self._crackable_bytes = _MAX_CRACKED
        self._keys = keys

    def read_constant(self, value: str | bytes, line: int, scope: int, *, runs: bool, is_built: bool = False) -> None:
        """Read the code that a constant hides; a constant that `is_built` from numbers also hides its own text."""
        data = to_bytes(value)
        layers = self._unpack(data)
        if not layers and is_built and reads_like_code(data):
            layers = [data]
        if not layers and self._crackable_bytes > 0 and len(value) >= MIN_CONSTANT:
            layers = self._crack(value)
        if layers:
            self._read_layers(layers, 0, line, scope, runs=runs)

    def read_decoded(self, value: str | bytes, more_layers: int, line: int, scope: int, *, runs: bool) -> None:
        """Read the result of a decoding call; `more_layers` counts the decoding calls inside it."""
        data = to_bytes(value)
        layers = self._unpack(data)
        if not layers and self._crackable_bytes > 0 and not reads_like_code(data):
            layers = self._crack(data)
        self._read_layers([data, *layers], more_layers, line, scope, runs=runs)

    def read_executed(self, value: str | bytes, line: int, scope: int, *, runs: bool, is_visible: bool) -> None:
        """Read text that is executed as code; it counts as hidden only if it is not visible in the file."""
        data = to_bytes(value)
        if not is_visible:
            self._read_layers([data, *self._unpack(data)], 0, line, scope, runs=runs)
        elif self._may_be_python(data):
            hidden = self._analyse_hidden(to_text(value))
            if hidden.parsed:
                self._draft.merge(hidden, 0, line, scope, runs=runs)

    def _unpack(self, data: bytes) -> list[bytes]:
        if self._budget.decoded_bytes <= 0:
            return []
        layers = unpack_layers(data)
        self._budget.decoded_bytes -= sum(map(len, layers))
        return layers

    def _crack(self, value: str | bytes) -> list[bytes]:
        """Return the layers under a cipher with an unknown key, the outermost first, or []."""
        try:
            data = value if isinstance(value, bytes) else value.encode("latin-1")
        except UnicodeEncodeError:
            return []
        decoded = decode_layer(data)
        for encrypted in (data, decoded):
            if encrypted is None or len(encrypted) > self._crackable_bytes:
                continue
            self._crackable_bytes -= len(encrypted)
            plain = crack_byte_cipher(encrypted) or (try_keys(encrypted, self._keys) if self._keys else None)
            if plain is not None:
                return [*([encrypted] if encrypted is decoded else []), plain, *self._unpack(plain)]
        return []

    def _read_layers(self, layers: list[bytes], more_layers: int, line: int, scope: int, *, runs: bool) -> None:
        """Count the innermost layer as hidden code if it has indicators or is Python."""
        code = layers[-1][:MAX_CODE]
        counts = self._draft.counts
        depth = len(layers) + more_layers
        is_plain = is_text(code)
        is_code_object = is_marshalled(code)
        has_indicators = self._scan(code, line) if is_plain or is_code_object else False
        hidden = None
        if is_plain and self._may_be_python(code):
            hidden = self._analyse_hidden(code.decode("utf-8", "replace"))
        if not has_indicators and (hidden is None or not hidden.parsed) and not is_code_object:
            return
        counts["unpacked_layers"] = max(counts["unpacked_layers"], depth)
        counts["unpacked_bytes"] += len(code)
        shown = code.decode("utf-8", "replace").strip()[:_MAX_EXCERPT] if is_plain else self._draft.excerpt(line)
        self._draft.add_finding("unpacked_code", scope, line, shown)
        if hidden is not None:
            self._draft.merge(hidden, depth, line, scope, runs=runs)

    def _scan(self, code: bytes, line: int) -> bool:
        """Add the indicators and the hosts of hidden code; return whether it has any indicators."""
        self._draft.add_hosts(find_hosts(code), (line,))
        hits = scan(code)
        for hit in hits:
            indicator = INDICATORS[hit.indicator]
            self._draft.counts["unpacked_" + indicator.category.value] += 1
            if indicator.weight >= 2:
                self._draft.add_indicator(indicator, line, excerpt(code, hit.start, hit.end), 1.5)
        return bool(hits)

    def _may_be_python(self, data: bytes) -> bool:
        return self._draft.depth < MAX_DEPTH and _PYTHON.search(data[:8192]) is not None

    def _analyse_hidden(self, text: str) -> AnalysisDraft:
        return self._analyse(text, self._draft.role, self._draft.depth + 1, self._budget)


def to_text(value: str | bytes) -> str:
    """Return a constant as text."""
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def to_bytes(value: str | bytes) -> bytes:
    """Return a constant as bytes."""
    return value if isinstance(value, bytes) else value.encode("utf-8", "replace")
