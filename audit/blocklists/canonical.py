"""blocklist.json: the list with everything known of each entry; the other formats are made from it."""

import dataclasses
import json

from audit.contract import Block, Blocklist, Export


class CanonicalExport:
    """Our own JSON, and the bare digests beside it for whoever only matches sha256."""

    name = "json"

    def export(self, blocklist: Blocklist) -> Export:
        """Return blocklist.json and sha256.txt; nothing is widened."""
        digests = "".join(f"{digest}\n" for digest in sorted({entry.sha256 for entry in blocklist.entries}))
        return Export(
            files={"blocklist.json": render_blocklist(blocklist), "sha256.txt": digests},
            widened=(),
            instructions="blocklist.json is the list with reasons; sha256.txt has one digest a line.",
        )


def render_blocklist(blocklist: Blocklist) -> str:
    """Return the list as JSON, entries in their order."""
    return json.dumps(dataclasses.asdict(blocklist), indent=1) + "\n"


def parse_blocklist(text: str) -> Blocklist:
    """Return the list that `render_blocklist` wrote; raises ValueError, KeyError or TypeError on another text."""
    said = json.loads(text)
    entries = tuple(Block(**{**entry, "reasons": tuple(entry["reasons"])}) for entry in said.pop("entries"))
    return Blocklist(**said, entries=entries)
