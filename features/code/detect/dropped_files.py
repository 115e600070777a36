"""Files that a module writes and then runs: what it downloads, decodes or carries."""

import ast
from collections.abc import Iterator

from features.code.evaluate.dataflow import SOURCE_BITS, UNPACKED, DataFlow
from features.code.evaluate.fold import Constant
from features.code.evaluate.resolve import Resolver
from features.code.evaluate.unpack import reads_like_code
from features.code.parse.ast_walk import walk_nodes

_RUNNERS = frozenset(
    ("python", "python3", "pythonw", "python.exe", "pythonw.exe", "bash", "sh", "zsh", "/bin/sh", "/bin/bash", "cmd",
     "cmd.exe", "powershell", "powershell.exe", "pwsh", "start", "wscript", "cscript", "mshta", "rundll32", "regsvr32",
     "osascript", "node", "perl", "nohup", "sudo", "chmod", "open", "xdg-open", "/c", "/b", "-c", "explorer", "java")
)  # fmt: skip
_OPENERS = ("open", "io.open", "codecs.open", "tempfile.NamedTemporaryFile", "pathlib.Path", "pathlib.Path.open")
_NODES = 60
_KEPT = 200
_SMALLEST = 40


class DroppedFiles:
    """What one file writes and starts, compared at its end by the names and the constants of the paths."""

    def __init__(self, names: Resolver, flow: DataFlow) -> None:
        self._names = names
        self._flow = flow
        self._written: dict[str, str] = {}
        self._started: list[tuple[ast.Call, int, frozenset[str]]] = []

    def note(self, call: ast.Call, scope: int, name: str, kinds: tuple[str, ...]) -> None:
        """Look at one call that may write a file or start a program."""
        if "file_write" in kinds or name.endswith(("urlretrieve", "wget.download")):
            finding = self._content(call, scope, name)
            if finding and len(self._written) < _KEPT:
                for key in self._target(call, scope, name):
                    self._written.setdefault(key, finding)
        if "execute_process" in kinds and call.args and len(self._started) < _KEPT:
            keys = self._command(call.args[0], scope)
            if keys:
                self._started.append((call, scope, frozenset(keys)))

    def found(self) -> Iterator[tuple[str, ast.Call, int]]:
        """Yield (finding, call, scope) for each start of a file that was written here."""
        for call, scope, keys in self._started:
            met = sorted({self._written[key] for key in keys if key in self._written})
            if met:
                yield met[0], call, scope

    def _content(self, call: ast.Call, scope: int, name: str) -> str:
        """Return the finding that what is written leads to, or ""."""
        if name.endswith(("urlretrieve", "wget.download")):
            return "download_then_run"
        values = [*call.args, *(k.value for k in call.keywords)]
        bits = 0
        for value in values:
            bits |= self._flow.origin(value, scope).bits
        if bits & SOURCE_BITS["network_receive"]:
            return "download_then_run"
        if bits & UNPACKED:
            return "drop_then_run"
        if call.args and name.rpartition(".")[2] in ("write", "write_text", "write_bytes"):
            text = self._names.constant_value(call.args[0], scope)
            if isinstance(text, str | bytes) and len(text) >= _SMALLEST:
                data = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
                return "drop_then_run" if reads_like_code(data) else ""
        return ""

    def _target(self, call: ast.Call, scope: int, name: str) -> set[str]:
        """Return what the file that is written is called."""
        if name.endswith("urlretrieve"):
            where = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "filename")]
            return self._keys(where, scope)
        if name.endswith("wget.download"):
            return self._keys([*call.args[1:2], *(k.value for k in call.keywords if k.arg == "out")], scope)
        if not isinstance(call.func, ast.Attribute):
            return self._keys(call.args[1:2], scope)
        owner = call.func.value
        keys = self._keys([owner], scope)
        if isinstance(owner, ast.Name):
            for binding in (self._names.bindings(owner.id, scope) or ())[:4]:
                keys |= self._opened(binding.value, binding.scope)
        elif isinstance(owner, ast.Call):
            keys |= self._opened(owner, scope)
        return keys

    def _opened(self, node: ast.expr | None, scope: int) -> set[str]:
        if not isinstance(node, ast.Call) or self._names.dotted_name(node.func, scope) not in _OPENERS:
            return set()
        return self._keys(node.args[:1], scope)

    def _command(self, node: ast.expr, scope: int) -> set[str]:
        """Return what the program that is started is called, where it is a file and not only named as an argument."""
        if isinstance(node, ast.Name):
            bound = self._names.bindings(node.id, scope) or ()
            if len(bound) == 1 and isinstance(bound[0].value, ast.List | ast.Tuple | ast.JoinedStr | ast.BinOp):
                return self._command(bound[0].value, bound[0].scope) | {f"name {node.id}"}
        if isinstance(node, ast.List | ast.Tuple):
            found: set[str] = set()
            for item in node.elts[:6]:
                keys = self._keys([item], scope)
                word = self._names.constant_value(item, scope)
                found |= keys
                if not (isinstance(word, str) and _runs(word)) and not self._is_interpreter(item, scope):
                    break
            return found
        line = self._names.constant_value(node, scope)
        if isinstance(line, str) and line.split():
            first, *more = line.replace('"', " ").split() or [""]
            said: set[str] = set()
            for word in (first, *(more if _runs(first) else ())):
                _add_file(word, said)
            return said
        if isinstance(node, ast.JoinedStr | ast.BinOp):
            first = next(
                (n.value for n in walk_nodes(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)), ""
            )
            words = first.replace('"', " ").split()
            if words and isinstance(self._first(node), ast.Constant) and not _runs(words[0]):
                return set()
        return self._keys([node], scope)

    @staticmethod
    def _first(node: ast.expr) -> ast.expr:
        while isinstance(node, ast.BinOp):
            node = node.left
        if isinstance(node, ast.JoinedStr) and node.values:
            return node.values[0]
        return node

    def _is_interpreter(self, node: ast.expr, scope: int) -> bool:
        return self._names.dotted_name(node, scope) == "sys.executable"

    def _keys(self, nodes: list[ast.expr], scope: int) -> set[str]:
        """Return the names and the file names that expressions mention."""
        keys: set[str] = set()
        for top in nodes:
            value = self._names.constant_value(top, scope)
            _add_file(value, keys)
            for node in walk_nodes(top, _NODES + 1):
                if isinstance(node, ast.Name):
                    if self._names.bindings(node.id, scope) is not None and not self._is_module(node, scope):
                        keys.add(f"name {node.id}")
                        _add_file(self._names.constant_value(node, scope), keys)
                elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
                    keys.add(f"self {node.attr}")
                elif isinstance(node, ast.Constant):
                    _add_file(node.value if isinstance(node.value, str) else None, keys)
        keys.discard("name self")
        return keys

    def _is_module(self, node: ast.Name, scope: int) -> bool:
        return any(binding.dotted_name for binding in self._names.bindings(node.id, scope) or ())


def _runs(word: str) -> bool:
    return word.lower().replace("\\", "/").rpartition("/")[2] in _RUNNERS or word.lower() in _RUNNERS


def _add_file(value: Constant | None, keys: set[str]) -> None:
    if isinstance(value, str) and 3 <= len(value) < 400:
        last = value.replace("\\", "/").split()[-1:] or [""]
        base = last[0].rpartition("/")[2].strip("\"'")
        if "." in base[1:-1] and len(base) > 3:
            keys.add(f"file {base.lower()}")
