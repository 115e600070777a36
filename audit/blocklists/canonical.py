"""Renders the record of what is blocked as JSON with everything known of each entry."""

import dataclasses
import json

from audit.blocklists.contract import Blocklist

BLOCKLIST = "blocklist.json"
"""Name of the blocklist in a run's folder, and of the export."""


def render_blocklist(blocklist: Blocklist) -> str:
    """Return the blocklist as JSON; the entries keep their order."""
    return json.dumps(dataclasses.asdict(blocklist), indent=1) + "\n"
