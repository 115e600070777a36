"""Detects files that a module writes and then runs: downloaded, decoded, or carried as a constant."""

import ast
from collections.abc import Iterator

from features.code.detect.contract import ANY_BEHAVIOUR, CallSite, Detection, Detector, FileContext
from features.code.evaluate.contract import Constant
from features.code.evaluate.dataflow import SOURCE_BITS, UNPACKED
from features.code.evaluate.unpack import reads_like_code
from features.code.parse.ast_walk import argument_nodes, walk_nodes

_RUNNERS = frozenset(
    ("python", "python3", "pythonw", "python.exe", "pythonw.exe", "bash", "sh", "zsh", "/bin/sh", "/bin/bash", "cmd",
     "cmd.exe", "powershell", "powershell.exe", "pwsh", "start", "wscript", "cscript", "mshta", "rundll32", "regsvr32",
     "osascript", "node", "perl", "nohup", "sudo", "chmod", "open", "xdg-open", "/c", "/b", "-c", "explorer", "java")
)  # fmt: skip
"""Programs, and options of programs, that run the file named after them."""
_OPENERS = ("open", "io.open", "codecs.open", "tempfile.NamedTemporaryFile", "pathlib.Path", "pathlib.Path.open")
_URLRETRIEVE = "urlretrieve"
_WGET = "wget.download"
_WRITING_METHODS = ("write", "write_text", "write_bytes")
_MAX_NODES = 61
_MAX_KEPT = 200
_MIN_CODE = 40
"""Characters or bytes of the shortest written constant that counts as code."""


class DroppedFiles(Detector):
    """Compares the files that are written with those that are started, once all calls were given.

    Files are compared by keys: "file <base name>" of a constant path, "name <variable>", "self <attribute>".
    """

    rules = ("download_then_run", "drop_then_run")
    behaviours = ANY_BEHAVIOUR

    def __init__(self, file: FileContext) -> None:
        super().__init__(file)
        self._written: dict[str, str] = {}
        """Rules by the keys of the written files."""
        self._started: list[tuple[CallSite, frozenset[str]]] = []

    def check_call(self, site: CallSite) -> tuple[()]:
        """Record the file that a call writes and the one that it starts; return no rule."""
        if "file_write" in site.behaviours or site.name.endswith((_URLRETRIEVE, _WGET)):
            rule = self._rule_of_content(site)
            if rule and len(self._written) < _MAX_KEPT:
                for key in self._keys_of_written_file(site):
                    self._written.setdefault(key, rule)
        if "execute_process" in site.behaviours and site.call.args and len(self._started) < _MAX_KEPT:
            keys = self._keys_of_command(site.call.args[0], site.scope)
            if keys:
                self._started.append((site, frozenset(keys)))
        return ()

    def check_file(self) -> Iterator[Detection]:
        """Yield a rule for each start of a file that the code writes."""
        for site, keys in self._started:
            rules = {self._written[key] for key in keys if key in self._written}
            if rules:
                yield Detection(min(rules), site.call, site.scope)

    def _rule_of_content(self, site: CallSite) -> str:
        """Return the rule that matches if the written file is started, or ""."""
        if site.name.endswith((_URLRETRIEVE, _WGET)):
            return "download_then_run"
        sources = self.dataflow.sources(argument_nodes(site.call), site.scope)
        if sources & SOURCE_BITS["network_receive"]:
            return "download_then_run"
        if sources & UNPACKED:
            return "drop_then_run"
        if site.call.args and site.name.rpartition(".")[2] in _WRITING_METHODS:
            content = self.resolver.constant_value(site.call.args[0], site.scope)
            if isinstance(content, str | bytes) and len(content) >= _MIN_CODE:
                data = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
                return "drop_then_run" if reads_like_code(data) else ""
        return ""

    def _keys_of_written_file(self, site: CallSite) -> set[str]:
        call, scope = site.call, site.scope
        if site.name.endswith(_URLRETRIEVE):
            return self._keys([*call.args[1:2], *(k.value for k in call.keywords if k.arg == "filename")], scope)
        if site.name.endswith(_WGET):
            return self._keys([*call.args[1:2], *(k.value for k in call.keywords if k.arg == "out")], scope)
        if not isinstance(call.func, ast.Attribute):
            return self._keys(call.args[1:2], scope)
        owner = call.func.value
        keys = self._keys([owner], scope)
        if isinstance(owner, ast.Name):
            for binding in (self.resolver.bindings(owner.id, scope) or ())[:4]:
                keys |= self._keys_of_opened_file(binding.value, binding.scope)
        elif isinstance(owner, ast.Call):
            keys |= self._keys_of_opened_file(owner, scope)
        return keys

    def _keys_of_opened_file(self, node: ast.expr | None, scope: int) -> set[str]:
        if not isinstance(node, ast.Call) or self.resolver.dotted_name(node.func, scope) not in _OPENERS:
            return set()
        return self._keys(node.args[:1], scope)

    def _keys_of_command(self, command: ast.expr, scope: int) -> set[str]:
        """Return the keys of the file that a command runs, without files that are only arguments."""
        if isinstance(command, ast.Name):
            bound = self.resolver.bindings(command.id, scope) or ()
            if len(bound) == 1 and isinstance(bound[0].value, ast.List | ast.Tuple | ast.JoinedStr | ast.BinOp):
                return self._keys_of_command(bound[0].value, bound[0].scope) | {f"name {command.id}"}
        if isinstance(command, ast.List | ast.Tuple):
            return self._keys_of_words(command.elts[:6], scope)
        line = self.resolver.constant_value(command, scope)
        if isinstance(line, str) and line.split():
            return _keys_of_line(line)
        if isinstance(command, ast.JoinedStr | ast.BinOp) and _starts_with_other_program(command):
            return set()
        return self._keys([command], scope)

    def _keys_of_words(self, words: list[ast.expr], scope: int) -> set[str]:
        """Return the keys of the words of a command, up to the first word that does not run the next one."""
        keys: set[str] = set()
        for word in words:
            keys |= self._keys([word], scope)
            text = self.resolver.constant_value(word, scope)
            is_runner = isinstance(text, str) and _is_runner(text)
            if not is_runner and self.resolver.dotted_name(word, scope) != "sys.executable":
                break
        return keys

    def _keys(self, nodes: list[ast.expr], scope: int) -> set[str]:
        """Return the keys of the variables, attributes and constants in expressions."""
        keys: set[str] = set()
        for top in nodes:
            _add_file_key(self.resolver.constant_value(top, scope), keys)
            for node in walk_nodes(top, _MAX_NODES):
                if isinstance(node, ast.Name):
                    bound = self.resolver.bindings(node.id, scope)
                    if bound is not None and not any(binding.dotted_name for binding in bound):
                        keys.add(f"name {node.id}")
                        _add_file_key(self.resolver.constant_value(node, scope), keys)
                elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
                    keys.add(f"self {node.attr}")
                elif isinstance(node, ast.Constant):
                    _add_file_key(node.value if isinstance(node.value, str) else None, keys)
        keys.discard("name self")
        return keys


def _keys_of_line(line: str) -> set[str]:
    """Return the keys of a command line: of its first word, and of all others if the first runs them."""
    words = line.replace('"', " ").split() or [""]
    keys: set[str] = set()
    for word in words if _is_runner(words[0]) else words[:1]:
        _add_file_key(word, keys)
    return keys


def _starts_with_other_program(command: ast.expr) -> bool:
    """Return whether a command line begins with the constant name of a program that runs no other file."""
    text = next((n.value for n in walk_nodes(command) if isinstance(n, ast.Constant) and isinstance(n.value, str)), "")
    words = text.replace('"', " ").split()
    return bool(words) and isinstance(_first_part(command), ast.Constant) and not _is_runner(words[0])


def _first_part(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.BinOp):
        node = node.left
    if isinstance(node, ast.JoinedStr) and node.values:
        return node.values[0]
    return node


def _is_runner(word: str) -> bool:
    return word.lower().replace("\\", "/").rpartition("/")[2] in _RUNNERS or word.lower() in _RUNNERS


def _add_file_key(path: Constant | None, keys: set[str]) -> None:
    if isinstance(path, str) and 3 <= len(path) < 400:
        last = path.replace("\\", "/").split()[-1:] or [""]
        base = last[0].rpartition("/")[2].strip("\"'")
        if "." in base[1:-1] and len(base) > 3:
            keys.add(f"file {base.lower()}")
