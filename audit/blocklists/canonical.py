"""Exports the blocklist as JSON with everything known of each entry, and as a list of digests."""

import dataclasses
import json

from audit.blocklists.contract import Blocklist, BlocklistExport

BLOCKLIST = "blocklist.json"
"""Name of the blocklist in a run's folder, and of the export."""


class CanonicalExport:
    """boojum's own JSON, and a list of digests for a proxy that only matches sha256."""

    name = "json"

    def export(self, blocklist: Blocklist) -> BlocklistExport:
        """Return blocklist.json and sha256.txt; nothing is widened."""
        digests = "".join(f"{digest}\n" for digest in sorted({entry.sha256 for entry in blocklist.entries}))
        return BlocklistExport(
            files={BLOCKLIST: render_blocklist(blocklist), "sha256.txt": digests},
            widened=(),
            instructions=f"{BLOCKLIST} is the list with reasons; sha256.txt has one digest a line.",
        )


def render_blocklist(blocklist: Blocklist) -> str:
    """Return the blocklist as JSON; the entries keep their order."""
    return json.dumps(dataclasses.asdict(blocklist), indent=1) + "\n"
