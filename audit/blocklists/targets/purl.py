"""Exports the blocklist as package URLs, one a line, for tools that take such a list."""

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope
from audit.blocklists.targets.widening import carry_blocks, is_project, is_version
from audit.purl import release_purl

PURLS = "purls.txt"


class PurlExport:
    """A package URL for each version."""

    name = "purl"
    summary = "package URLs, one a line, as Chainguard and SafeDep take them (not run against the products)"
    actions = (Action.DENY,)
    scopes = (Scope.VERSION, Scope.PROJECT)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:
        """Return the list."""
        carried = carry_blocks(blocklist, options, {Scope.VERSION: is_version, Scope.PROJECT: is_project})
        lines = {f"{release_purl(block.project, block.version)}\n" for block in carried.versions}
        lines |= {f"pkg:pypi/{block.project}\n" for block in carried.projects}
        return BlocklistExport(
            files={PURLS: "".join(sorted(lines))},
            instructions=f"{PURLS} has one package URL a line; what your tool does with one, it decides.",
            widened=carried.widened,
            left_out=carried.left_out,
        )
