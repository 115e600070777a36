"""Exports the blocklist as a routing rule of Nexus Repository, which refuses requests by their path.

Written from Sonatype's documentation of routing rules and of its REST API; never run against the product. A matcher
is a regular expression of Java that must match the whole path. It names a file at the end of any path, since the
folder in which Nexus keeps a file of PyPI is not documented.
"""

import json
import re

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope
from audit.blocklists.targets.widening import carry_blocks, is_plain_filename, is_project

RULE = "nexus-routing-rule.json"
NEVER = "(?!)"
"""Matches no path; a rule without a matcher is refused."""

_ENCODED = {"+": r"(?:\+|%2[Bb])", "!": r"(?:!|%21)", "~": "(?:~|%7[Ee])"}
"""Characters of names that a client may send encoded."""


class NexusExport:
    """A routing rule in the mode BLOCK with a matcher for each file."""

    name = "nexus"
    summary = "Nexus Repository: a routing rule for its REST API (not run against the product)"
    actions = (Action.DENY,)
    scopes = (Scope.FILE, Scope.PROJECT)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:
        """Return the rule."""
        carried = carry_blocks(blocklist, options, {Scope.FILE: is_plain_filename, Scope.PROJECT: is_project})
        matchers = {f"^(?:.*/)?{_escape(entry.filename)}(?:\\.metadata)?$" for entry in carried.files}
        matchers |= {f"^/simple/{re.escape(block.project)}(?:/.*)?$" for block in carried.projects}
        rule = {
            "name": "boojum",
            "description": f"boojum blocklist, revision {blocklist.revision}, run {blocklist.source_run}",
            "mode": "BLOCK",
            "matchers": sorted(matchers) or [NEVER],
        }
        return BlocklistExport(
            files={RULE: json.dumps(rule, indent=1) + "\n"},
            instructions=(
                f"POST {RULE} to /service/rest/v1/routing-rules once, PUT it to "
                "/service/rest/v1/routing-rules/boojum from then on, and choose the rule in the proxy repository. "
                "Delete what Nexus has cached of these files."
            ),
            widened=carried.widened,
            left_out=carried.left_out,
        )


def _escape(filename: str) -> str:
    """Return a pattern of Java for a plain file name."""
    return "".join(_ENCODED.get(char, char if char.isalnum() or char in "_-" else f"\\{char}") for char in filename)
