"""Exports the blocklist as JSON with everything known of each entry, and as a list of digests."""

import dataclasses
import json

from audit.blocklists.contract import Blocklist, BlocklistEntry, BlocklistExport


class CanonicalExport:
    """boojum's own JSON, and the bare digests beside it for a proxy that only matches sha256."""

    name = "json"

    def export(self, blocklist: Blocklist) -> BlocklistExport:
        """Return blocklist.json and sha256.txt; nothing is widened."""
        digests = "".join(f"{digest}\n" for digest in sorted({entry.sha256 for entry in blocklist.entries}))
        return BlocklistExport(
            files={"blocklist.json": render_blocklist(blocklist), "sha256.txt": digests},
            widened=(),
            instructions="blocklist.json is the list with reasons; sha256.txt has one digest a line.",
        )


def render_blocklist(blocklist: Blocklist) -> str:
    """Return the blocklist as JSON; the entries keep their order."""
    return json.dumps(dataclasses.asdict(blocklist), indent=1) + "\n"


def parse_blocklist(text: str) -> Blocklist:
    """Return the blocklist of `render_blocklist`; raises ValueError, KeyError or TypeError on another text."""
    content = json.loads(text)
    entries = tuple(BlocklistEntry(**{**entry, "reasons": tuple(entry["reasons"])}) for entry in content.pop("entries"))
    return Blocklist(**content, entries=entries)
