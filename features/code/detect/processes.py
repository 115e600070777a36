"""Detects suspicious starts of programs: decoded command lines, hidden windows, pip."""

import ast
from collections.abc import Iterator

from features.code.detect.contract import CallSite, Detection, Detector
from features.code.evaluate.dataflow import SOURCE_BITS, UNPACKED
from features.code.parse.ast_walk import walk_nodes
from features.code.parse.executing_names import INSTALLERS
from features.code.parse.symbol_table import IN_SILENT_TRY

_HIDDEN_WINDOW = {"CREATE_NO_WINDOW", "SW_HIDE", "STARTUPINFO"}
_CREATE_NO_WINDOW = 0x08000000
_DETACHED = {"DETACHED_PROCESS", "CREATE_NEW_PROCESS_GROUP", "start_new_session", "setsid", "pythonw"}
_RULE_BY_SOURCES = (
    (UNPACKED, "decode_then_run"),
    (SOURCE_BITS["network_receive"], "network_to_process"),
    (SOURCE_BITS["build_text"], "build_then_run"),
)


class Processes(Detector):
    """Reads the command lines and the options of calls that start programs."""

    rules = (
        *(rule for _, rule in _RULE_BY_SOURCES),
        "hidden_window",
        "detached_process",
        "pip_install",
        "silent_process",
    )
    behaviours = frozenset(("execute_process",))

    def check_call(self, site: CallSite) -> Iterator[Detection]:
        """Yield the rules that match a call that starts a program."""
        call = site.call
        command = [*call.args, *(k.value for k in call.keywords if k.arg in ("args", "input"))]
        sources = self.dataflow.sources(command, site.scope)
        for bits, rule in _RULE_BY_SOURCES:
            if sources & bits:
                yield site.match(rule)
        options = {
            node.attr
            for keyword in call.keywords
            for node in walk_nodes(keyword.value)
            if isinstance(node, ast.Attribute)
        }
        if options & _HIDDEN_WINDOW or self._creates_no_window(site):
            yield site.match("hidden_window")
        if options & _DETACHED or any(keyword.arg in _DETACHED for keyword in call.keywords):
            yield site.match("detached_process")
        if site.name in INSTALLERS or (command and self._installs_packages(command[0], site.scope)):
            yield site.match("pip_install")
        if site.flags & IN_SILENT_TRY:
            yield site.match("silent_process")

    def _creates_no_window(self, site: CallSite) -> bool:
        for keyword in site.call.keywords:
            if keyword.arg == "creationflags":
                flags = self.resolver.constant_value(keyword.value, site.scope)
                return isinstance(flags, int) and bool(flags & _CREATE_NO_WINDOW)
        return False

    def _installs_packages(self, command: ast.expr, scope: int) -> bool:
        """Return whether a command line has the words of `pip install`."""
        if isinstance(command, ast.List | ast.Tuple):
            words = [self.resolver.constant_value(item, scope) for item in command.elts[:8]]
        else:
            line = self.resolver.constant_value(command, scope)
            words = list(line.split()) if isinstance(line, str) and len(line) < 1000 else []
        return "install" in words and any(
            isinstance(word, str) and word.rpartition("/")[2].startswith("pip") for word in words
        )
