"""Exports the blocklist as JSON with everything known of each entry, and as a list of digests."""

from audit.blocklists.canonical import BLOCKLIST, render_blocklist
from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope


class JsonExport:
    """boojum's own JSON, and a list of digests for a proxy that only matches sha256."""

    name = "json"
    summary = "boojum's own JSON with reasons, and a list of sha256 digests"
    actions = (Action.DENY,)
    scopes = (Scope.FILE,)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:  # noqa: ARG002  files as they are
        """Return blocklist.json and sha256.txt; nothing is widened."""
        digests = "".join(f"{digest}\n" for digest in sorted({entry.sha256 for entry in blocklist.entries}))
        return BlocklistExport(
            files={BLOCKLIST: render_blocklist(blocklist), "sha256.txt": digests},
            instructions=f"{BLOCKLIST} is the list with reasons; sha256.txt has one digest a line.",
        )
