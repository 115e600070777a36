"""What code waits for before it acts: conditions on the system, the user, the time and what watches."""

import ast
import re
from collections.abc import Iterator

from features.code.evaluate.api_behaviours import find_behaviours
from features.code.evaluate.resolve import Resolver
from features.code.parse.ast_walk import walk_nodes
from features.code.parse.symbol_table import CONDITION_UNIT, SymbolTable

CONDITIONS: tuple[str, ...] = ("system", "ci", "user", "time", "locale", "analysis", "online", "file")
"""Kinds of conditions, each with a finding `guarded_<kind>`."""

_ACTS = frozenset({"execute_process", "execute_code", "network_send"})
_NAMES: dict[str, tuple[str, ...]] = {
    "system": ("platform.system", "sys.platform", "os.name", "platform.platform", "platform.release", "os.uname",
               "sys.getwindowsversion", "platform.win32_ver", "platform.machine", "platform.architecture"),
    "user": ("getpass.getuser", "os.getlogin", "socket.gethostname", "platform.node", "socket.getfqdn"),
    "time": ("datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow", "datetime.date.today",
             "time.localtime", "time.gmtime", "time.strftime"),
    "locale": ("locale.getdefaultlocale", "locale.getlocale", "time.tzname", "time.timezone",
               "ctypes.windll.kernel32.GetUserDefaultUILanguage", "ctypes.windll.user32.GetKeyboardLayout"),
    "file": ("os.path.exists", "os.path.isfile", "os.path.isdir", "pathlib.Path.exists", "pathlib.Path.is_file"),
}  # fmt: skip
_KIND_OF = {name: kind for kind, names in _NAMES.items() for name in names}
_VARIABLES: dict[str, frozenset[str]] = {
    "ci": frozenset(("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TRAVIS", "JENKINS_URL", "JENKINS_HOME", "CIRCLECI",
                     "BUILDKITE", "TF_BUILD", "TEAMCITY_VERSION", "CODEBUILD_BUILD_ID", "APPVEYOR", "DRONE")),
    "user": frozenset(("USER", "USERNAME", "LOGNAME", "COMPUTERNAME", "USERDOMAIN", "HOSTNAME", "SUDO_USER")),
    "locale": frozenset(("LANG", "LC_ALL", "LANGUAGE", "TZ")),
}  # fmt: skip
_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("analysis", re.compile(r"(?i)sandbox|debugg|virtual_?(?:machine|box)|is_?vm|vm_?(?:check|detect)|anti_?vm")),
    ("ci", re.compile(r"(?i)(?:^|_)(?:is|in|on|running|detect|check)_?(?:in_|on_)?ci(?:_|$)")),
    ("online", re.compile(r"(?i)internet|is_?online|is_?connected|check_?connection")),
)  # fmt: skip
_ASKED = (ast.Name, ast.Attribute, ast.Call)
_NODES = 60


class Conditions:
    """Answers for one file what its calls wait for; each condition is read once and only when asked for."""

    def __init__(self, names: Resolver) -> None:
        self._names = names
        self._kinds: dict[int, frozenset[str]] = {}
        self._acting: dict[int, bool] = {}
        self._calls: dict[int, list[tuple[ast.Call, int]]] | None = None

    def of(self, call: ast.Call, scope: int, flags: int, kinds: tuple[str, ...]) -> Iterator[str]:
        """Yield the kinds of conditions that a call which acts waits for."""
        if flags < CONDITION_UNIT:
            return
        waits = self._waits(flags // CONDITION_UNIT)
        if not waits:
            return
        if not _ACTS.isdisjoint(kinds) or self.acts(self._names.called_scope(call.func, scope)):
            executes = bool({"execute_process", "execute_code"}.intersection(kinds))
            # Fetching what is not there yet is common: a file only counts where something is started.
            yield from (kind for kind in CONDITIONS if kind in waits and (kind != "file" or executes))
        elif "file_delete" in kinds:
            yield from (kind for kind in CONDITIONS if kind in waits and kind not in ("file", "system", "time"))

    def _waits(self, index: int) -> frozenset[str]:
        known = self._kinds.get(index)
        if known is None:
            test, scope, outer = self._names.symbols.conditions[index]
            known = self._kinds[index] = frozenset(self._read(test, scope))
            if outer:
                known = self._kinds[index] = known | self._waits(outer)
        return known

    def _read(self, test: ast.expr, scope: int) -> Iterator[str]:
        names = self._names
        texts: set[str] = set()
        environment = False
        for node in walk_nodes(test, _NODES + 1):
            if isinstance(node, ast.Constant):
                if isinstance(node.value, str):
                    texts.add(node.value)
            elif isinstance(node, _ASKED):
                name = names.dotted_name(node, scope)
                environment = environment or name.startswith(("os.environ", "os.getenv"))
                if name in _KIND_OF:
                    yield _KIND_OF[name]
                elif name and "anti_analysis" in find_behaviours(name):
                    yield "analysis"
                if isinstance(node, ast.Call):
                    yield from self._said(node)
        if environment:
            yield from (kind for kind, variables in _VARIABLES.items() if texts & variables)

    @staticmethod
    def _said(call: ast.Call) -> Iterator[str]:
        func = call.func
        said = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
        yield from (kind for kind, pattern in _WORDS if pattern.search(said))

    def acts(self, inner: int, depth: int = 0) -> bool:
        """Return whether a function of the file starts a program, executes text or uses the network."""
        if inner < 0 or depth > 6:
            return False
        known = self._acting.get(inner)
        if known is not None:
            return known
        self._acting[inner] = False
        if self._calls is None:
            self._calls = _by_scope(self._names.symbols)
        found = any(
            not _ACTS.isdisjoint(find_behaviours(self._names.dotted_name(call.func, scope)))
            or self.acts(self._names.called_scope(call.func, scope), depth + 1)
            for call, scope in self._calls.get(inner, ())
        )
        self._acting[inner] = found
        return found


def _by_scope(outline: SymbolTable) -> dict[int, list[tuple[ast.Call, int]]]:
    found: dict[int, list[tuple[ast.Call, int]]] = {}
    for call, scope, _ in outline.calls:
        found.setdefault(scope, []).append((call, scope))
    return found
