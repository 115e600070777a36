"""Exports the blocklist as rules of Posit Package Manager.

Written from the documentation of `rspm create bulk-blocklist-rules`; never run against the product.
"""

import json

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope
from audit.blocklists.targets.widening import WideBlock, carry_blocks, is_project, is_version

RULES = "posit-blocklist-rules.json"
SOURCE = "pypi"
"""Name of the source that the rules apply to; a rule without one would block a package of R with the same name."""


class PositExport:
    """A rule for each version, of the source `pypi`."""

    name = "posit"
    summary = "Posit Package Manager: blocklist rules in bulk (not run against the product)"
    actions = (Action.DENY,)
    scopes = (Scope.VERSION, Scope.PROJECT)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:
        """Return the rules."""
        carried = carry_blocks(blocklist, options, {Scope.VERSION: is_version, Scope.PROJECT: is_project})
        rules = [_render_rule(block) for block in (*carried.versions, *carried.projects)]
        return BlocklistExport(
            files={RULES: json.dumps(rules, indent=1) + "\n"},
            instructions=(
                f"rspm create bulk-blocklist-rules --path={RULES}. The command adds rules and removes none: those "
                "whose description begins with `boojum` and that are not in the file any more are yours to delete."
            ),
            widened=carried.widened,
            left_out=carried.left_out,
        )


def _render_rule(block: WideBlock) -> dict[str, str]:
    rule = {"package_name": block.project, "version": block.version, "source_name": SOURCE}
    return {key: value for key, value in rule.items() if value} | {"description": f"boojum: {block.reason}"}
