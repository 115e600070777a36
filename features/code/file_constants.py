"""Folds the constants that a file's code puts together, and reads the code hidden in them and in its literals."""

import ast

from features.code.analysis_draft import AnalysisDraft
from features.code.evaluate.api_behaviours import DECODING, find_behaviours
from features.code.evaluate.resolve import Resolver
from features.code.evaluate.unpack import MIN_CONSTANT
from features.code.hidden_code import HiddenCodeReader, to_bytes, to_text
from features.code.parse.ast_walk import TEXT_TYPES, walk_nodes
from features.code.parse.executing_names import SOURCE_BUILTINS
from features.text.hosts import find_hosts
from features.text.indicator_hits import excerpt, line_of, scan
from features.text.indicators import INDICATORS

MAX_CONSTANTS = 4_000
"""Constants of each kind in one file that are read."""
_MAX_KEYS = 24
"""Number of short constants of one file that are tried as keys."""
_MIN_FOLDED = 4
_MIN_TARGET = 8
_LONG_LITERAL = 500
_FOLDED_METHODS = {"join", "decode", "replace", "format", "encode", "fromhex", "translate", "to_bytes", "read"}
_EXECUTING_NAMES = {*SOURCE_BUILTINS, "marshal"}


class FileConstants:
    """Reads the constants of one file; a part of an expression that was read is not read again."""

    def __init__(
        self, draft: AnalysisDraft, resolver: Resolver, running: frozenset[int], hidden: HiddenCodeReader
    ) -> None:
        self._draft = draft
        self._resolver = resolver
        self._running = running
        self._hidden = hidden
        self._covered: set[int] = set()
        """Ids of the nodes that were read with an expression around them."""
        self._folded: list[tuple[int, str]] = []
        """Folded texts, with their lines."""
        self._targets: list[tuple[ast.expr, int, bool, bool]] = []
        self._enable_cracking()

    def add_target(self, node: ast.expr, scope: int, *, runs: bool, is_source: bool) -> None:
        """Record an argument that is executed, started or requested; `is_source` if it is executed as Python."""
        self._targets.append((node, scope, runs, is_source))

    def read_decoding_call(self, call: ast.Call, scope: int, *, runs: bool) -> None:
        """Read the result of a decoding call with constant arguments."""
        if id(call) in self._covered:
            return
        value = self._resolver.constant_value(call, scope)
        if not isinstance(value, str | bytes) or len(value) < _MIN_FOLDED:
            return
        inner_decodings = 0
        for node in walk_nodes(call):
            self._covered.add(id(node))
            inner_decodings += node is not call and isinstance(node, ast.Call) and self._decodes(node, scope)
        self._hidden.read_decoded(value, inner_decodings, call.lineno, scope, runs=runs)

    def read_all(self) -> None:
        """Read the targets, the expressions that fold to text, the number lists and the literals of the file."""
        self._read_targets()
        self._read_expressions()
        self._read_number_lists()
        self._read_literals()
        self._scan_folded()

    def _enable_cracking(self) -> None:
        """Try keys only in files that could use them, since they xor or execute text."""
        symbols = self._resolver.symbols
        xors = symbols.counts.get("xors", 0) > 0
        if not xors and _EXECUTING_NAMES.isdisjoint(symbols.identifiers):
            return
        keys: set[bytes] = set()
        if xors:
            keys = {
                to_bytes(node.value)
                for node, _ in symbols.constants[:MAX_CONSTANTS]
                if isinstance(node.value, str | bytes) and 2 <= len(node.value) <= 64
            }
        self._hidden.enable_cracking(tuple(sorted(keys)[:_MAX_KEYS]))

    def _decodes(self, call: ast.Call, scope: int) -> bool:
        return not DECODING.isdisjoint(find_behaviours(self._resolver.dotted_name(call.func, scope)))

    def _read_targets(self) -> None:
        """Read the arguments that are executed, started or requested, if their text is not visible in the file."""
        known: set[str] = set()
        for node, scope, runs, is_source in self._targets[:MAX_CONSTANTS]:
            if id(node) in self._covered:
                continue
            value = node.value if isinstance(node, ast.Constant) else self._resolver.constant_value(node, scope)
            if not isinstance(value, str | bytes) or len(value) < _MIN_TARGET:
                continue
            text = to_text(value)
            is_visible = self._is_visible(text)
            if not is_visible and text not in known:
                known.add(text)
                self._folded.append((node.lineno, text))
            if is_source:
                self._covered.update(map(id, walk_nodes(node)))
                self._hidden.read_executed(value, node.lineno, scope, runs=runs, is_visible=is_visible)

    def _is_visible(self, text: str) -> bool:
        """Return whether the file contains the longest line of a text unchanged."""
        return max(text[:4096].split("\n"), key=len).strip() in self._draft.text

    def _read_expressions(self) -> None:
        symbols = self._resolver.symbols
        for node, scope, _ in symbols.text_builds[:MAX_CONSTANTS]:
            if id(node) not in self._covered:
                self._fold(node, scope)
        for call, scope, _ in symbols.calls[:MAX_CONSTANTS]:
            if id(call) not in self._covered and (_calls_method_of_text(call) or self._calls_decoder(call, scope)):
                self._fold(call, scope)
        for subscript, scope, _ in symbols.subscripts[:MAX_CONSTANTS]:
            has_step = isinstance(subscript.slice, ast.Slice) and subscript.slice.step is not None
            if has_step and id(subscript) not in self._covered:
                self._fold(subscript, scope)

    def _fold(self, node: ast.expr, scope: int) -> None:
        value = self._resolver.constant_value(node, scope)
        if isinstance(value, str | bytes) and len(value) >= _MIN_FOLDED:
            self._draft.counts["folded_strings"] += 1
            self._covered.update(map(id, walk_nodes(node)))
            self._folded.append((node.lineno, to_text(value)))
            self._hidden.read_constant(value, node.lineno, scope, runs=scope in self._running)

    def _calls_decoder(self, call: ast.Call, scope: int) -> bool:
        """Return whether a function of this file is given long text or many numbers."""
        if not call.args:
            return False
        first = call.args[0]
        if isinstance(first, ast.Constant):
            if not isinstance(first.value, TEXT_TYPES) or len(first.value) < _MIN_TARGET:
                return False
        elif not isinstance(first, ast.List | ast.Tuple) or len(first.elts) < _MIN_TARGET:
            return False
        return self._resolver.called_scope(call.func, scope) >= 0

    def _read_number_lists(self) -> None:
        for numbers, scope in self._resolver.symbols.number_lists[:MAX_CONSTANTS]:
            if id(numbers) not in self._covered and (value := _text_of_numbers(numbers)) is not None:
                self._hidden.read_constant(value, numbers.lineno, scope, runs=scope in self._running, is_built=True)

    def _read_literals(self) -> None:
        counts = self._draft.counts
        longest = 0
        for constant, scope in self._resolver.symbols.constants[:MAX_CONSTANTS]:
            literal = constant.value
            if not isinstance(literal, TEXT_TYPES):
                continue
            longest = max(longest, len(literal))
            if len(literal) < MIN_CONSTANT:
                continue
            counts["long_literals"] += len(literal) > _LONG_LITERAL
            if id(constant) not in self._covered:
                self._hidden.read_constant(literal, constant.lineno, scope, runs=scope in self._running)
        counts["literal_chars"] = max(counts["literal_chars"], longest)

    def _scan_folded(self) -> None:
        """Scan all folded texts for indicators and hosts together, each on a line of its own."""
        if not self._folded:
            return
        lines = [text[:65_536].replace("\n", " ") for _, text in self._folded]
        joined = "\n".join(lines).encode("utf-8", "replace")
        # Quotes around each text let a bare address be seen.
        quoted = "\n".join([f'"{line}"' for line in lines]).encode("utf-8", "replace")
        self._draft.add_hosts(find_hosts(quoted), [line for line, _ in self._folded])
        for hit in scan(joined):
            indicator = INDICATORS[hit.indicator]
            self._draft.counts["folded_" + indicator.category.value] += 1
            if indicator.weight >= 3:
                line = self._folded[min(line_of(joined, hit.end - 1), len(self._folded)) - 1][0]
                self._draft.add_indicator(indicator, line, excerpt(joined, hit.start, hit.end))


def _calls_method_of_text(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in _FOLDED_METHODS


def _text_of_numbers(node: ast.List | ast.Tuple) -> str | bytes | None:
    """Return the bytes or the text that a list of numbers may encode."""
    numbers = [item.value for item in node.elts if isinstance(item, ast.Constant) and isinstance(item.value, int)]
    if len(numbers) != len(node.elts) or min(numbers) < 0 or max(numbers) >= 0x110000:
        return None
    return bytes(numbers) if max(numbers) < 256 else "".join(map(chr, numbers))
