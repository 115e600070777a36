"""Exports the blocklist as a ruleset of the Varnish Artifact Firewall.

Written from its documentation; never run against the product. A rule names a version as `vers:pypi/<version>`. The
file is YAML as JSON writes it: every string is quoted.
"""

import json
from collections.abc import Iterator
from urllib.parse import quote

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope
from audit.blocklists.targets.widening import WideBlock, carry_blocks, is_project, is_version

RULESET = "varnish-ruleset.yaml"
PRIORITY = 10


class VarnishExport:
    """A ruleset with a rule for each version."""

    name = "varnish"
    summary = "Varnish Artifact Firewall: a ruleset (not run against the product)"
    actions = (Action.DENY, Action.HIDE)
    scopes = (Scope.VERSION, Scope.PROJECT)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:
        """Return the ruleset."""
        carried = carry_blocks(blocklist, options, {Scope.VERSION: is_version, Scope.PROJECT: is_project})
        rules = [
            line for block in (*carried.versions, *carried.projects) for line in _render_rule(block, options.action)
        ]
        lines = [
            "id: boojum",
            f'description: "revision {blocklist.revision}, run {blocklist.source_run}"',
            *(["rules:", *rules] if rules else ["rules: []"]),
        ]
        return BlocklistExport(
            files={RULESET: "\n".join(lines) + "\n"},
            instructions=(
                f"Put {RULESET} into a folder that `firewall.rulesets` names by `path`, and reload the rules "
                "(/api/update of the firewall)."
            ),
            widened=carried.widened,
            left_out=carried.left_out,
        )


def _render_rule(block: WideBlock, action: Action) -> Iterator[str]:
    yield f"  - id: {json.dumps('-'.join(filter(None, ('boojum', block.project, block.version))))}"
    yield f"    action: {action}"
    yield f"    priority: {PRIORITY}"
    yield f"    reason: {json.dumps(block.reason)}"
    yield "    match:"
    yield f"      - purl: {json.dumps(f'pkg:pypi/{block.project}')}"
    if block.version:
        yield f"        version: {json.dumps('vers:pypi/' + quote(block.version, safe=''))}"
