"""Detects tokens of a service that are sent to a host of somebody else."""

import ast
import re
from collections.abc import Iterator, Sequence

from features.code.detect.contract import CallSite, Detection, Detector
from features.code.parse.ast_walk import walk_nodes

_SERVICES: dict[str, tuple[str, ...]] = {
    "AWS": ("amazonaws", "aws"),
    "GITHUB": ("github",),
    "GH": ("github",),
    "ACTIONS": ("github", "actions"),
    "GITLAB": ("gitlab",),
    "CI_JOB": ("gitlab",),
    "NPM": ("npmjs", "npm"),
    "NODE_AUTH": ("npmjs", "npm", "github"),
    "PYPI": ("pypi", "pythonhosted"),
    "TWINE": ("pypi", "pythonhosted"),
    "ANTHROPIC": ("anthropic", "claude"),
    "HF": ("huggingface", "hf."),
    "HUGGINGFACE": ("huggingface", "hf."),
    "SLACK": ("slack",),
    "DOCKER": ("docker",),
    "AZURE": ("azure", "microsoft", "windows.net"),
    "STRIPE": ("stripe",),
    "VAULT": ("vault",),
    "KUBE": ("kube",),
}
"""Words in the hosts of a service, by the beginning of the variables that hold its tokens."""

_TOKEN = re.compile(rf"({'|'.join(_SERVICES)})_(?:\w+_)?(?:TOKEN|KEY|SECRET|PASSWORD|PAT|CREDENTIALS)(?:_ID|_URL)?")
_HOST = re.compile(r"(?:https?|wss?|ftp)://(?:[^/@\s]{0,80}@)?([\w.-]{3,100})")
_PRIVATE = re.compile(r"localhost|127\.|10\.|192\.168\.|0\.0\.0\.0|host\.docker\.internal")
_MAX_NODES = 41
_MAX_STEPS = 4
"""Steps that are followed from a variable to its value."""
_MAX_EXPRESSIONS = 40


class StrangeHosts(Detector):
    """Compares the variables that a request carries with the host that it goes to."""

    rules = ("token_to_stranger",)
    behaviours = frozenset(("network_send",))

    def check_call(self, site: CallSite) -> Iterator[Detection]:
        """Yield `token_to_stranger` if a token of a service is sent to a constant host that is not its own."""
        call = site.call
        sent = [*call.args, *(keyword.value for keyword in call.keywords)]
        hosts = [host for value in sent[:3] if (host := self._host(value, site.scope))]
        if not hosts or _PRIVATE.match(hosts[0]):
            return
        for service in self._services(sent, site.scope):
            if not any(word in hosts[0] for word in _SERVICES[service]):
                yield site.match("token_to_stranger")
                return

    def _host(self, value: ast.expr, scope: int) -> str:
        """Return the host of a constant address, or of the constant beginning of one; "" if there is none."""
        if isinstance(value, ast.JoinedStr) and value.values:
            value = value.values[0]
        text = self.resolver.constant_value(value, scope)
        match = _HOST.match(text) if isinstance(text, str) else None
        return match[1].lower() if match is not None else ""

    def _services(self, values: Sequence[ast.expr], scope: int) -> Iterator[str]:
        """Yield the services whose tokens the values hold, through variables of this file."""
        queue = [(value, scope, 0) for value in values]
        for expression, inner_scope, steps in queue:
            for node in walk_nodes(expression, _MAX_NODES):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    match = _TOKEN.fullmatch(node.value)
                    if match is not None:
                        yield match[1]
                elif isinstance(node, ast.Name) and steps < _MAX_STEPS and len(queue) < _MAX_EXPRESSIONS:
                    bound = self.resolver.bindings(node.id, inner_scope) or ()
                    queue += [(b.value, b.scope, steps + 1) for b in bound[:2] if b.value is not None]
