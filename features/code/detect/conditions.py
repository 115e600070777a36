"""Detects acts under a condition on the system, the user, the time, or the presence of an analyst."""

import ast
import re
from collections.abc import Iterator

from features.code.detect.contract import CallSite, Detection, Detector, FileContext
from features.code.evaluate.api_behaviours import ACTING, EXECUTING, find_behaviours
from features.code.parse.ast_walk import walk_nodes
from features.code.parse.symbol_table import CONDITION_UNIT

CONDITIONS: tuple[str, ...] = ("system", "ci", "user", "time", "locale", "analysis", "online", "file")
"""Kinds of conditions, each with a rule `guarded_<kind>`."""

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
_KIND_BY_NAME = {name: kind for kind, names in _NAMES.items() for name in names}
_VARIABLES: dict[str, frozenset[str]] = {
    "ci": frozenset(("CI", "GITHUB_ACTIONS", "GITLAB_CI", "TRAVIS", "JENKINS_URL", "JENKINS_HOME", "CIRCLECI",
                     "BUILDKITE", "TF_BUILD", "TEAMCITY_VERSION", "CODEBUILD_BUILD_ID", "APPVEYOR", "DRONE")),
    "user": frozenset(("USER", "USERNAME", "LOGNAME", "COMPUTERNAME", "USERDOMAIN", "HOSTNAME", "SUDO_USER")),
    "locale": frozenset(("LANG", "LC_ALL", "LANGUAGE", "TZ")),
}  # fmt: skip
"""Environment variables by the kind of condition that reads them."""
_FUNCTION_NAMES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("analysis", re.compile(r"(?i)sandbox|debugg|virtual_?(?:machine|box)|is_?vm|vm_?(?:check|detect)|anti_?vm")),
    ("ci", re.compile(r"(?i)(?:^|_)(?:is|in|on|running|detect|check)_?(?:in_|on_)?ci(?:_|$)")),
    ("online", re.compile(r"(?i)internet|is_?online|is_?connected|check_?connection")),
)  # fmt: skip
"""Names of functions that a condition calls, imported from any module."""
_COMMON_FOR_DELETING = ("file", "system", "time")
_NAMING_NODES = (ast.Name, ast.Attribute, ast.Call)
_MAX_NODES = 61


class Conditions(Detector):
    """Reads the conditions around calls that act, each once and on demand."""

    rules = tuple(f"guarded_{kind}" for kind in CONDITIONS)
    takes_conditional_calls = True

    def __init__(self, file: FileContext) -> None:
        super().__init__(file)
        self._kinds: dict[int, frozenset[str]] = {}

    def check_call(self, site: CallSite) -> Iterator[Detection]:
        """Yield a rule for each kind of condition around a call that acts or calls an acting function."""
        if site.flags < CONDITION_UNIT:
            return
        kinds = self._kinds_around(site.flags // CONDITION_UNIT)
        if not kinds:
            return
        behaviours = site.behaviours
        if not ACTING.isdisjoint(behaviours) or self._calls_acting_function(site):
            # Fetching a missing file is common, so a condition on a file counts only if a program is started.
            ignored: tuple[str, ...] = ("file",) if EXECUTING.isdisjoint(behaviours) else ()
        elif "file_delete" in behaviours:
            ignored = _COMMON_FOR_DELETING
        else:
            return
        for kind in CONDITIONS:
            if kind in kinds and kind not in ignored:
                yield site.match(f"guarded_{kind}")

    def _calls_acting_function(self, site: CallSite) -> bool:
        return self.acting.acts(self.resolver.called_scope(site.call.func, site.scope))

    def _kinds_around(self, index: int) -> frozenset[str]:
        """Return the kinds of a condition and of all conditions around it."""
        known = self._kinds.get(index)
        if known is None:
            test, scope, outer = self.resolver.symbols.conditions[index]
            known = self._kinds[index] = frozenset(self._kinds_of_test(test, scope))
            if outer:
                known = self._kinds[index] = known | self._kinds_around(outer)
        return known

    def _kinds_of_test(self, test: ast.expr, scope: int) -> Iterator[str]:
        texts: set[str] = set()
        reads_environment = False
        for node in walk_nodes(test, _MAX_NODES):
            if isinstance(node, ast.Constant):
                if isinstance(node.value, str):
                    texts.add(node.value)
            elif isinstance(node, _NAMING_NODES):
                name = self.resolver.dotted_name(node, scope)
                reads_environment = reads_environment or name.startswith(("os.environ", "os.getenv"))
                if name in _KIND_BY_NAME:
                    yield _KIND_BY_NAME[name]
                elif name and "anti_analysis" in find_behaviours(name):
                    yield "analysis"
                if isinstance(node, ast.Call):
                    yield from _kinds_of_function(node.func)
        if reads_environment:
            yield from (kind for kind, variables in _VARIABLES.items() if texts & variables)


def _kinds_of_function(func: ast.expr) -> Iterator[str]:
    name = func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
    yield from (kind for kind, pattern in _FUNCTION_NAMES if pattern.search(name))
