"""Detects sensitive data that is sent over the network: files, secrets, host information, keys of wallets."""

import ast
import re
from collections.abc import Iterator

from features.code.detect.contract import CallSite, Detection, Detector
from features.code.evaluate.dataflow import SOURCE_BITS, SPYING, UNPACKED
from features.code.parse.ast_walk import walk_nodes
from features.code.parse.symbol_table import IN_SILENT_TRY

_SENDING_METHODS = (
    "post", "put", "patch", "send", "sendall", "sendto", "sendmail", "storbinary", "request", "urlopen", "Request",
)  # fmt: skip
_MESSAGE_METHODS = (".get", "sendMessage", "send_message")
_OPTIONS = ("timeout", "verify", "stream", "proxies")
"""Keywords whose values are not sent."""
_OPTIONS_AND_HEADERS = ("headers", "timeout", "verify", "auth")
_WALLET_KEY = re.compile(
    r"(?i)private_?key|priv_?key|secret_?key_?bytes|mnemonic|seed_?(?:phrase|words)|secret_?phrase|recovery_?phrase"
    r"|key_?pair|wallet_?(?:secret|seed)|from_secret"
)
_MAX_NODES = 61
_RULE_BY_SOURCES = (
    (SOURCE_BITS["secrets"], "secrets_to_network", 1.0),
    (SPYING, "spying_to_network", 1.0),
    (SOURCE_BITS["execute_process"], "process_to_network", 1.0),
    (SOURCE_BITS["host_info"], "host_to_network", 1.0),
    (SOURCE_BITS["environment"], "environment_to_network", 0.8),
    (SOURCE_BITS["file_read"], "file_to_network", 1.0),
)


class Network(Detector):
    """Follows the arguments of calls that send, and of requests that may carry data in their address."""

    rules = (*(rule for _, rule, _ in _RULE_BY_SOURCES), "decoded_address", "silent_network", "keys_to_network")
    behaviours = frozenset(("network_send",))

    def check_call(self, site: CallSite) -> Iterator[Detection]:
        """Yield the rules that match a call that uses the network."""
        call = site.call
        sent = [*call.args, *(k.value for k in call.keywords if k.arg not in _OPTIONS)]
        sources = self.dataflow.sources(sent, site.scope)
        # Fetching from an address in an environment variable is common, posting the variable is not.
        factor = 1.0 if site.name.rpartition(".")[2] in _SENDING_METHODS else 0.7
        for bits, rule, share in _RULE_BY_SOURCES:
            if sources & bits:
                yield site.match(rule, factor * share)
        if call.args and self.dataflow.origin(call.args[0], site.scope).sources & UNPACKED:
            yield site.match("decoded_address")
        if site.flags & IN_SILENT_TRY:
            yield site.match("silent_network")
        if self._sends_wallet_key(site):
            yield site.match("keys_to_network")

    def _sends_wallet_key(self, site: CallSite) -> bool:
        """Return whether a sent value has the name of a private key or a seed phrase."""
        if site.name.rpartition(".")[2] not in _SENDING_METHODS and not site.name.endswith(_MESSAGE_METHODS):
            return False
        call = site.call
        for value in [*call.args, *(k.value for k in call.keywords if k.arg not in _OPTIONS_AND_HEADERS)]:
            if isinstance(value, ast.Name):
                bound = self.resolver.bindings(value.id, site.scope) or ()
                if _WALLET_KEY.search(value.id) or any(_names_key(b.value) for b in bound[:3] if b.value is not None):
                    return True
            elif _names_key(value):
                return True
        return False


def _names_key(node: ast.expr) -> bool:
    """Return whether a variable or an attribute in an expression has the name of a key."""
    for inner in walk_nodes(node, _MAX_NODES):
        name = inner.id if isinstance(inner, ast.Name) else inner.attr if isinstance(inner, ast.Attribute) else ""
        if name and _WALLET_KEY.search(name):
            return True
    return False
