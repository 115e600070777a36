"""One Python file through the syntax pass."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from features.code import tokens
from features.code.contract import CodeLocation, FileAnalysis
from features.code.detect.conditions import Conditions
from features.code.detect.dataflow_rules import findings_of, patched
from features.code.detect.dropped_files import DroppedFiles
from features.code.detect.rules import LOAD_TIME_RULES, RULE_WEIGHTS
from features.code.evaluate.api_behaviours import find_behaviours
from features.code.evaluate.dataflow import DataFlow
from features.code.evaluate.resolve import Resolver
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
from features.code.measures import MAXIMUM_MEASURES
from features.code.parse.ast_walk import TEXT_TYPES, walk_nodes
from features.code.parse.executing_names import SOURCE_BUILTINS, SOURCE_RUNNERS
from features.code.parse.fallback_parser import parse_any_version
from features.code.parse.safe_parse import MAX_TOKENS, estimate_tokens
from features.code.parse.slice_source import slice_source
from features.code.parse.symbol_table import (
    CONDITION_UNIT,
    IN_MAIN_GUARD,
    IN_SILENT_TRY,
    UNDER_COMMAND_TEST,
    UNDER_HOST_TEST,
    SymbolTable,
)
from features.code.parse.text_calls import find_calls
from features.code.parse.tree_walk import build_symbol_table
from features.code.reach.entrypoints import running_scopes
from features.code.reach.links import ANY_SCOPE, NO_LINKS, links_of, loose_links, place
from features.contract import Role
from features.limits import SYNTAX_BYTES, SYNTAX_DEPTH
from features.text.decode import decode_source
from features.text.indicators import INDICATORS, excerpt, line_of, scan

SPOTS = 24
"""Places kept for one file."""
NESTED = 4
"""Code inside constants inside code: how deep it is read."""
CONSTANTS = 4_000
"""Constants of one file that are looked into."""
PEELED = 8 << 20
"""Bytes that are decoded from the constants of one file, all layers together."""
UNPACKED = 1 << 20
"""Bytes of one piece of hidden code that are read."""
GUESSED = 2 << 20
"""Bytes of the constants of one file for which a key is guessed."""
KEYS = 24
"""Short constants of one file that are tried as keys."""

_CHAIN = re.compile(r";[ \t]*[A-Za-z_]")
_DECODING = {"decode", "decompress"}
_EXECUTING = {"execute_code", "execute_process"}
_DYNAMIC = {"dynamic_import", "dynamic_attribute"}
_ACTING = {"execute_process", "network_send", "execute_code"}


def analyse_file(data: bytes, role: Role, lines: Sequence[int] | None = None) -> FileAnalysis:
    """Return what one Python file does; depends on nothing but what it is given, and raises nothing.

    Up to SYNTAX_BYTES are read; where `lines` are given (from 1, ascending), what has to do with them. A
    file that has no tree is read word by word, and its counts are then approximate.
    """
    text = decode_source(data[:SYNTAX_BYTES]).text
    if lines is not None and (short := slice_source(text, lines)) is not text:
        reading = _Reading(short, role, 0, _Budget(PEELED))
        if reading.parsed:
            return reading.result()
    return _Reading(text, role, 0, _Budget(PEELED)).result()


class _Budget:
    """What may still be read, shared with the code inside the code: bytes decoded, tokens of trees held at once."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.tokens = MAX_TOKENS


class _Reading:
    """The state of reading one text: counts, spots and tokens grow as its parts are looked at."""

    def __init__(self, text: str, role: Role, nested: int, budget: _Budget) -> None:
        self.text = text
        self.role = role
        self.nested = nested
        self.counts: Counter[str] = Counter()
        self.spots: list[CodeLocation] = []
        self.tokens: set[int] = set()
        self.does: dict[int, Counter[str]] = {}
        """Behaviours and findings by the scope that they run with."""
        self.links = NO_LINKS
        self.parsed = True
        self.reason = ""
        self._lines: list[str] | None = None
        self._budget = budget
        self._guesses = 0
        self._keys: tuple[bytes, ...] = ()
        self._targets: list[tuple[ast.expr, int, bool, bool]] = []
        self._layout()
        tree = self._tree()
        if tree is None:
            self._read_loosely()
        else:
            held = estimate_tokens(text)
            budget.tokens -= held
            self._read(build_symbol_table(tree))
            budget.tokens += held

    def result(self) -> FileAnalysis:
        # Functions that nobody calls, however many, must not crowd out what runs.
        runs = {spot.line for spot in self.spots if spot.id in LOAD_TIME_RULES}
        spots = sorted(self.spots, key=lambda spot: (spot.line not in runs, -spot.weight, spot.line, spot.id))[:SPOTS]
        return FileAnalysis(
            parsed=self.parsed,
            reason=self.reason,
            counts=dict(sorted((key, value) for key, value in self.counts.items() if value)),
            locations=tuple(spots),
            tokens=tokens.smallest(self.tokens),
            units=self.links.parts,
            aliases=self.links.aliases,
            star_imports=self.links.stars,
        )

    # -- text -----------------------------------------------------------------------------------------------

    def _layout(self) -> None:
        self.counts["statement_chains"] = len(_CHAIN.findall(self.text))
        self.counts["longest_line"] = max(map(len, self.text.split("\n")), default=0)
        if " " * 80 in self.text:
            for number, line in enumerate(self.text.split("\n"), 1):
                code, gap, rest = line.rstrip().rpartition(" " * 80)
                if not gap or not rest.strip() or rest.lstrip().startswith("#") or not (code.strip() or len(code) > 60):
                    continue
                self.counts["offscreen_lines"] += 1
                if self.counts["offscreen_lines"] <= 4 and not self.nested:
                    self._does(0, "finding_offscreen_code")
                    self._spot("offscreen_code", number, rest.strip()[:200])

    def _tree(self) -> ast.Module | None:
        parsed = parse_any_version(self.text, SYNTAX_DEPTH, self._budget.tokens)
        self.reason = parsed.reason
        if parsed.tree is None:
            self.parsed = False
            self.counts["too_deep" if self.reason == "depth" else "unparsed"] = 1
        self.counts["python2"] = int(parsed.is_python2)
        return parsed.tree

    def _line(self, number: int, column: int = 0) -> str:
        if self._lines is None:
            self._lines = self.text.split("\n")
        line = self._lines[number - 1] if 0 < number <= len(self._lines) else ""
        begin = max(0, column - 60) if len(line) > 200 else 0
        return line[begin : begin + 400].strip()[:200]

    def _spot(self, finding: str, line: int, text: str, factor: float = 1.0) -> None:
        if len(self.spots) < (800 if finding in LOAD_TIME_RULES else 400):
            self.spots.append(CodeLocation(line, finding, text, RULE_WEIGHTS[finding] * factor))

    def _does(self, scope: int, key: str, times: int = 1) -> None:
        self.does.setdefault(scope, Counter())[key] += times

    def _found(self, finding: str, node: ast.AST, scope: int, factor: float = 1.0) -> None:
        self.counts["finding_" + finding] += 1
        self._does(scope, "finding_" + finding)
        line = getattr(node, "lineno", 1)
        self._spot(finding, line, self._line(line, getattr(node, "col_offset", 0)), factor)

    # -- the tree -------------------------------------------------------------------------------------------

    def _read(self, found: SymbolTable) -> None:
        names = Resolver(found)
        flow = DataFlow(names)
        running = running_scopes(names, self.role)
        counts = self.counts
        counts["nodes"] += found.nodes
        counts["calls"] += len(found.calls)
        counts["builds"] += len(found.text_builds)
        counts["short_names"] += sum(1 for name in found.identifiers if len(name) <= 2)
        for key, value in found.counts.items():
            counts[key] += value
        self._prepare_guesses(found)
        conditions = Conditions(names)
        drops = DroppedFiles(names, flow)
        called: list[tuple[str, bool]] = []
        covered: set[int] = set()
        for call, scope, flags in found.calls:
            name = names.dotted_name(call.func, scope)
            kinds = find_behaviours(name)
            runs = scope in running and not flags & (UNDER_COMMAND_TEST if self.role is Role.INSTALL else IN_MAIN_GUARD)
            called.append((name.removeprefix("?."), bool(kinds)))
            counts["module_calls"] += runs
            if name in ("chr", "unichr"):
                counts["chr_calls"] += 1
            elif name.endswith(".join"):
                counts["joins"] += 1
            at = place(scope, flags, self.role)
            if flags >= CONDITION_UNIT:
                for condition in conditions.of(call, scope, flags, kinds):
                    self._found("guarded_" + condition, call, at)
            if name == "setattr" and len(call.args) == 3:
                attribute = ast.copy_location(ast.Attribute(call.args[0], "", ast.Store()), call)
                found.attribute_stores.append((attribute, call.args[2], scope))
            if not kinds:
                continue
            if not _DYNAMIC.isdisjoint(kinds):
                # What it fetches may be called somewhere else, or handed on.
                names.dotted_name(call, scope)
            for kind in kinds:
                counts["call_" + kind] += 1
                self._does(at, kind)
                if runs:
                    counts["run_" + kind] += 1
            for finding, factor in findings_of(call, scope, flags, name, kinds, runs, self.role, names, flow):
                self._found(finding, call, at, factor)
            drops.note(call, scope, name, kinds)
            if flags & UNDER_HOST_TEST and not _ACTING.isdisjoint(kinds):
                counts["guarded_calls"] += 1
            if flags & IN_SILENT_TRY and not _ACTING.isdisjoint(kinds):
                counts["silent_calls"] += 1
            if not _EXECUTING.isdisjoint(kinds) and call.args:
                counts["decode_layers"] = max(counts["decode_layers"], flow.origin(call.args[0], scope).layers)
            if call.args and not _TARGETED.isdisjoint(kinds):
                self._targets.append((call.args[0], scope, runs, name in SOURCE_BUILTINS))
            if id(call) not in covered and not _DECODING.isdisjoint(kinds):
                self._decoded(call, scope, runs, names, covered)
        for finding, call, scope in drops.found():
            self._found(finding, call, scope)
        for target, stored, scope in found.attribute_stores:
            if patched(target, stored, scope, names) and conditions.acts(names.called_scope(stored, scope)):
                self._found("patches_library", target, scope)
        self._environment(found, names, running)
        for subscript, scope, _ in found.subscripts:
            if isinstance(subscript.value, ast.Call) and not subscript.value.args:
                # globals()["..."]: asked for, so that a name that is put together is seen though nobody calls it.
                names.dotted_name(subscript, scope)
        self._hidden(names)
        self._constants(found, names, running, covered)
        self._tokens(found, called)
        if not self.nested:
            self.links = links_of(names, self.role, self.does)

    def _environment(self, found: SymbolTable, names: Resolver, running: frozenset[int]) -> None:
        for node, scope, flags in found.attributes:
            if node.attr == "environ" and names.dotted_name(node, scope) == "os.environ":
                self.counts["call_environment"] += 1
                self._does(place(scope, flags, self.role), "environment")
                self.counts["run_environment"] += scope in running

    def _hidden(self, names: Resolver) -> None:
        for node, name, scope in names.computed_names.values():
            self.counts["hidden_names"] += 1
            if name.partition(".")[0] in _TELLING:
                self._found("hidden_name", node, scope)

    def _tokens(self, found: SymbolTable, called: list[tuple[str, bool]]) -> None:
        self.tokens |= tokens.call_tokens(called)
        self.tokens |= tokens.name_tokens(found.identifiers)
        self.tokens |= tokens.name_tokens({f".{node.attr}" for node, _, _ in found.attributes})
        self.tokens |= tokens.string_tokens(
            {node.value for node, _ in found.constants[:CONSTANTS] if isinstance(node.value, TEXT_TYPES)}
        )

    # -- constants ------------------------------------------------------------------------------------------

    def _constants(self, found: SymbolTable, names: Resolver, running: frozenset[int], covered: set[int]) -> None:
        folded: list[tuple[int, str]] = []
        counts = self.counts
        self._aimed(names, folded, covered)

        def fold(node: ast.expr, scope: int) -> None:
            value = names.constant_value(node, scope)
            if isinstance(value, str | bytes) and len(value) >= 4:
                counts["folded_strings"] += 1
                covered.update(map(id, walk_nodes(node)))
                folded.append((node.lineno, _plain(value)))
                self._hidden_in(value, node.lineno, scope, runs=scope in running)

        for node, scope, _ in found.text_builds[:CONSTANTS]:
            if id(node) not in covered:
                fold(node, scope)
        for call, scope, _ in found.calls[:CONSTANTS]:
            if id(call) in covered or not (_folds(call) or _unlocks(names, call, scope)):
                continue
            fold(call, scope)
        for subscript, scope, _ in found.subscripts[:CONSTANTS]:
            if id(subscript) in covered or not isinstance(subscript.slice, ast.Slice) or subscript.slice.step is None:
                continue
            fold(subscript, scope)
        for numbers, scope in found.number_lists[:CONSTANTS]:
            if id(numbers) not in covered and (made := _of_numbers(numbers)) is not None:
                self._hidden_in(made, numbers.lineno, scope, runs=scope in running, made=True)
        longest = 0
        for constant, scope in found.constants[:CONSTANTS]:
            literal = constant.value
            if not isinstance(literal, TEXT_TYPES):
                continue
            size = len(literal)
            longest = max(longest, size)
            if size < MIN_CONSTANT:
                continue
            counts["long_literals"] += size > 500
            if id(constant) not in covered:
                self._hidden_in(literal, constant.lineno, scope, runs=scope in running)
        counts["literal_chars"] = max(counts["literal_chars"], longest)
        self._scan_folded(folded)

    def _aimed(self, names: Resolver, folded: list[tuple[int, str]], covered: set[int]) -> None:
        """Read what is executed, started or asked over the network, where its text is nowhere to be read."""
        said = {text for _, text in folded}
        for node, scope, runs, executed in self._targets[:CONSTANTS]:
            if id(node) in covered:
                continue
            value = node.value if isinstance(node, ast.Constant) else names.constant_value(node, scope)
            if not isinstance(value, str | bytes) or len(value) < 8:
                continue
            text = _plain(value)
            shown = self._shown(text)
            if not shown and text not in said:
                said.add(text)
                folded.append((node.lineno, text))
            if executed:
                covered.update(map(id, walk_nodes(node)))
                self._executed(value, node.lineno, scope, runs=runs, shown=shown)

    def _executed(self, value: str | bytes, line: int, scope: int, *, runs: bool, shown: bool) -> None:
        """Read text that is executed as code: as if it stood here, and as hidden code where it was not to be read."""
        data = _data(value)
        if not shown:
            self._hidden_code([data, *self._peel(data)], 0, line, scope, runs=runs)
        elif self.nested < NESTED and _like_python(data):
            inner = _Reading(_plain(value), self.role, self.nested + 1, self._budget)
            if inner.parsed:
                self._take(inner, 0, line, scope, runs=runs)

    def _shown(self, text: str) -> bool:
        """Return whether the longest line of a text stands in this file as it is."""
        return max(text[:4096].split("\n"), key=len).strip() in self.text

    def _prepare_guesses(self, found: SymbolTable) -> None:
        """Keys are looked for only in files that could use them: those that xor, or that execute text."""
        xors = found.counts.get("xors", 0) > 0
        if not xors and _EXECUTORS.isdisjoint(found.identifiers):
            return
        self._guesses = GUESSED
        if xors:
            short = {
                _data(node.value)
                for node, _ in found.constants[:CONSTANTS]
                if isinstance(node.value, str | bytes) and 2 <= len(node.value) <= 64
            }
            self._keys = tuple(sorted(short)[:KEYS])

    def _guess(self, value: str | bytes) -> list[bytes]:
        """Return what lies below a key that is not known, layer by layer, or []."""
        try:
            data = value if isinstance(value, bytes) else value.encode("latin-1")
        except UnicodeEncodeError:
            return []
        below = decode_layer(data)
        for locked in (data, below):
            if locked is None or len(locked) > self._guesses:
                continue
            self._guesses -= len(locked)
            plain = crack_byte_cipher(locked) or (try_keys(locked, self._keys) if self._keys else None)
            if plain is not None:
                return [*([locked] if locked is below else []), plain, *self._peel(plain)]
        return []

    def _scan_folded(self, folded: list[tuple[int, str]]) -> None:
        if not folded:
            return
        pieces = [text[:65_536] for _, text in folded]
        joined = "\n".join(piece.replace("\n", " ") for piece in pieces).encode("utf-8", "replace")
        for hit in scan(joined):
            indicator = INDICATORS[hit.indicator]
            self.counts["folded_" + indicator.category.value] += 1
            if indicator.weight >= 3 and len(self.spots) < 400:
                line = folded[min(line_of(joined, hit.end - 1), len(folded)) - 1][0]
                self.spots.append(
                    CodeLocation(line, indicator.id, excerpt(joined, hit.start, hit.end), float(indicator.weight))
                )

    def _decoded(self, call: ast.Call, scope: int, runs: bool, names: Resolver, covered: set[int]) -> None:
        """Read what a decoding call of constants returns."""
        value = names.constant_value(call, scope)
        if not isinstance(value, str | bytes) or len(value) < 4:
            return
        layers = 1
        for inner in walk_nodes(call):
            covered.add(id(inner))
            layers += inner is not call and isinstance(inner, ast.Call) and _decodes(names, inner, scope)
        data = _data(value)
        below = self._peel(data)
        if not below and self._guesses > 0 and not reads_like_code(data):
            below = self._guess(data)
        self._hidden_code([data, *below], layers - 1, call.lineno, scope, runs=runs)

    def _hidden_in(self, value: str | bytes, line: int, scope: int, *, runs: bool, made: bool = False) -> None:
        """Read what a constant hides; of what was `made` from numbers the text itself counts as hidden."""
        data = _data(value)
        below = self._peel(data)
        if not below and made and reads_like_code(data):
            below = [data]
        if not below and self._guesses > 0 and len(value) >= MIN_CONSTANT:
            below = self._guess(value)
        if below:
            self._hidden_code(below, 0, line, scope, runs=runs)

    def _peel(self, data: bytes) -> list[bytes]:
        if self._budget.left <= 0:
            return []
        layers = unpack_layers(data)
        self._budget.left -= sum(map(len, layers))
        return layers

    def _hidden_code(self, layers: list[bytes], more: int, line: int, scope: int, *, runs: bool) -> None:
        last = layers[-1][:UNPACKED]
        counts = self.counts
        depth = len(layers) + more
        plain = is_text(last)
        hits = scan(last) if plain or is_marshalled(last) else []
        for hit in hits:
            indicator = INDICATORS[hit.indicator]
            counts["unpacked_" + indicator.category.value] += 1
            if indicator.weight >= 2 and len(self.spots) < 400:
                text = excerpt(last, hit.start, hit.end)
                self.spots.append(CodeLocation(line, indicator.id, text, indicator.weight + 1.5))
        inner = None
        if plain and self.nested < NESTED and _like_python(last):
            inner = _Reading(last.decode("utf-8", "replace"), self.role, self.nested + 1, self._budget)
        if not hits and (inner is None or not inner.parsed) and not is_marshalled(last):
            return
        counts["unpacked_layers"] = max(counts["unpacked_layers"], depth)
        counts["unpacked_bytes"] += len(last)
        self.counts["finding_unpacked_code"] += 1
        self._does(scope, "finding_unpacked_code")
        shown = last.decode("utf-8", "replace").strip()[:200] if plain else self._line(line)
        self._spot("unpacked_code", line, shown)
        if inner is not None:
            self._take(inner, depth, line, scope, runs=runs)

    def _take(self, inner: "_Reading", depth: int, line: int, scope: int, *, runs: bool) -> None:
        """Count what hidden code does as if it stood here."""
        for key, value in inner.counts.items():
            if key == "unpacked_layers":
                self.counts[key] = max(self.counts[key], depth + value)
            elif key.startswith(("call_", "finding_", "unpacked_")) or (key.startswith("run_") and runs):
                self.counts[key] += value
                if key.startswith("finding_"):
                    self._does(scope, key, value)
            elif key in MAXIMUM_MEASURES and key != "longest_line":
                self.counts[key] = max(self.counts[key], value)
        for does in inner.does.values():
            for key, value in does.items():
                if not key.startswith("finding_"):
                    self._does(scope, key, value)
        self.tokens |= inner.tokens
        self.spots += [CodeLocation(line, spot.id, spot.excerpt, spot.weight + 0.5) for spot in inner.spots[:8]]

    # -- no tree --------------------------------------------------------------------------------------------

    def _read_loosely(self) -> None:
        before_line, decodes_in_line = -1, False
        executed: set[int] = set()
        for call in find_calls(self.text):
            kinds = find_behaviours(call.name)
            if call.line != before_line:
                before_line, decodes_in_line = call.line, False
            if "execute_code" in kinds or "execute_process" in kinds:
                executed.add(call.line)
            decodes_in_line = decodes_in_line or not _DECODING.isdisjoint(kinds)
            at = 0 if call.is_top_level else ANY_SCOPE
            for kind in kinds:
                self.counts["call_" + kind] += 1
                self._does(at, kind)
                if call.is_top_level:
                    self.counts["run_" + kind] += 1
            self.counts["calls"] += 1
            if decodes_in_line and call.line in executed:
                executed.discard(call.line)
                self.counts["finding_decode_then_execute"] += 1
                self._does(at, "finding_decode_then_execute")
                self._spot("decode_then_execute", call.line, self._line(call.line))
        self.tokens |= set(tokens.source_tokens(self.text))
        for line, value in _quoted(self.text):
            self._hidden_in(value, line, 0, runs=True)
        if not self.nested:
            self.links = loose_links(self.text, self.does)


_LITERAL = re.compile(r"\"([^\"\\\n]{24,})\"|'([^'\\\n]{24,})'")
_FOLDING = {"join", "decode", "replace", "format", "encode", "fromhex", "translate", "to_bytes", "read"}
_TARGETED = {"execute_code", "execute_process", "network_send", "network_receive"}
_EXECUTORS = {*SOURCE_BUILTINS, "marshal"}
_TELLING = frozenset(
    [
        *SOURCE_RUNNERS,
        "compile",
        "os",
        "sys",
        "system",
        "popen",
        "subprocess",
        "Popen",
        "run",
        "call",
        "check_output",
        "base64",
        "b64decode",
        "marshal",
        "loads",
        "zlib",
        "decompress",
        "urllib",
        "urlopen",
        "requests",
        "get",
        "post",
        "socket",
        "builtins",
        "__builtins__",
        "__import__",
        "ctypes",
        "winreg",
        "platform",
        "getattr",
        "codecs",
        "decode",
        "environ",
        "open",
        "read",
        "write",
        "startfile",
    ]
)
_PYTHON = re.compile(rb"(?m)^\s*(?:import|from|def|class|exec|if|for|try|with|print|while)\b|[\w.]+\s*\(|^\s*\w+\s*=")


def _like_python(data: bytes) -> bool:
    return _PYTHON.search(data[:8192]) is not None


def _decodes(names: Resolver, call: ast.Call, scope: int) -> bool:
    return not _DECODING.isdisjoint(find_behaviours(names.dotted_name(call.func, scope)))


def _plain(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def _data(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "replace")


def _folds(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr in _FOLDING


def _unlocks(names: Resolver, call: ast.Call, scope: int) -> bool:
    """Return whether a function of this file is given text or numbers that it may make something else of."""
    if not call.args:
        return False
    first = call.args[0]
    if isinstance(first, ast.Constant):
        if not isinstance(first.value, TEXT_TYPES) or len(first.value) < 8:
            return False
    elif not isinstance(first, ast.List | ast.Tuple) or len(first.elts) < 8:
        return False
    return names.called_scope(call.func, scope) >= 0


def _of_numbers(node: ast.List | ast.Tuple) -> str | bytes | None:
    """Return the text or the bytes that a list of numbers may be."""
    numbers = [item.value for item in node.elts if isinstance(item, ast.Constant) and isinstance(item.value, int)]
    if len(numbers) != len(node.elts) or min(numbers) < 0 or max(numbers) >= 0x110000:
        return None
    return bytes(numbers) if max(numbers) < 256 else "".join(map(chr, numbers))


def _quoted(text: str) -> Iterator[tuple[int, str]]:
    line, counted = 1, 0
    for number, match in enumerate(_LITERAL.finditer(text)):
        if number >= CONSTANTS:
            return
        line += text.count("\n", counted, match.start())
        counted = match.start()
        yield line, match[1] or match[2]
