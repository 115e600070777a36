"""Detects rare ways to run code: loaders of bytecode, replaced bytecode, variables that start programs."""

import ast
import re
from collections.abc import Iterator

from features.code.detect.contract import ANY_BEHAVIOUR, CallSite, Detection, Detector
from features.code.parse.ast_walk import walk_nodes
from features.code.parse.executing_names import MODULE_LOADERS, RARE_LOADERS

_VARIABLES = frozenset(
    ("PYTHONBREAKPOINT", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONEXECUTABLE", "LD_PRELOAD", "LD_AUDIT", "BROWSER",
     "DYLD_INSERT_LIBRARIES", "BASH_ENV", "PROMPT_COMMAND", "NODE_OPTIONS", "PERL5OPT", "PERL5LIB", "RUBYOPT",
     "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "GIT_SSH_COMMAND", "GIT_EXTERNAL_DIFF", "GIT_ASKPASS", "PIP_INDEX_URL",
     "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CONFIG_FILE", "PIP_TRUSTED_HOST", "UV_INDEX_URL", "UV_INDEX",
     "UV_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "UV_FIND_LINKS")
)  # fmt: skip
"""Variables that make other programs, or Python itself, run code or install from elsewhere."""
_LOADERS = frozenset(RARE_LOADERS)
_SETTERS = ("os.putenv", "os.environ.setdefault", "os.environ.__setitem__", "os.environ.update")
_ODD_SUFFIX = re.compile(r"\.(?!py[cdiowx]?$|so$|dll$|dylib$|git$)[A-Za-z]\w{0,5}$")
"""End of a file name that is not that of a module."""
_PATHS = ("location", "path", "pathname")
_MAX_NODES = 41
_CODE_FIELDS = ("co_code", "co_consts", "co_names")


class RareWays(Detector):
    """Reads calls of rare loaders, and what is set in `os.environ` and `__code__`."""

    rules = ("rare_loader", "replaced_code", "environment_hook")
    behaviours = ANY_BEHAVIOUR

    def check_call(self, site: CallSite) -> Iterator[Detection]:
        """Yield the rules that match one call."""
        if site.name in _LOADERS or (site.name.endswith(MODULE_LOADERS) and _loads_odd_file(site.call)):
            yield site.match("rare_loader")
        elif site.name in _SETTERS:
            yield from self._check_variables(site)

    def check_file(self) -> Iterator[Detection]:
        """Yield the rules that match what is set in the file."""
        symbols = self.resolver.symbols
        for attribute, _, scope in symbols.attribute_stores:
            if attribute.attr in ("__code__", "func_code"):
                yield Detection("replaced_code", attribute, scope)
        for call, scope, _ in symbols.calls:
            if isinstance(call.func, ast.Attribute) and call.func.attr == "replace" and _replaces_code(call):
                yield Detection("replaced_code", call, scope)
        for subscript, scope, _ in symbols.subscripts:
            if (
                isinstance(subscript.ctx, ast.Store)
                and self._is_hook(subscript.slice, scope)
                and self.resolver.dotted_name(subscript.value, scope) == "os.environ"
            ):
                yield Detection("environment_hook", subscript, scope)

    def _check_variables(self, site: CallSite) -> Iterator[Detection]:
        first = site.call.args[0] if site.call.args else None
        keys = [key for key in first.keys if key is not None] if isinstance(first, ast.Dict) else site.call.args[:1]
        by_keyword = any(keyword.arg in _VARIABLES for keyword in site.call.keywords)
        if by_keyword or any(self._is_hook(key, site.scope) for key in keys):
            yield site.match("environment_hook")

    def _is_hook(self, key: ast.expr, scope: int) -> bool:
        name = self.resolver.constant_value(key, scope)
        return (name.decode("latin-1") if isinstance(name, bytes) else name) in _VARIABLES


def _replaces_code(call: ast.Call) -> bool:
    return any(keyword.arg in _CODE_FIELDS for keyword in call.keywords)


def _loads_odd_file(call: ast.Call) -> bool:
    """Return whether the path of a module that is loaded ends like that of another kind of file."""
    path = call.args[1] if len(call.args) > 1 else next((k.value for k in call.keywords if k.arg in _PATHS), None)
    texts = [node.value for node in walk_nodes(path, _MAX_NODES) if isinstance(node, ast.Constant)] if path else []
    return any(isinstance(text, str) and _ODD_SUFFIX.search(text) is not None for text in texts)
