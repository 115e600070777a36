"""Exports the blocklist as a list of files to take off the mirror, and the script that takes them off.

boojum only reads a mirror. The script is `purge.py.template` beside this module. It is the same in every export, so
that a person reviews it once; the list is data. It needs no boojum on the mirror's host, and no Python after 3.8.
"""

import json
from pathlib import Path

from audit.blocklists.contract import Blocklist, BlocklistEntry
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope
from jobs.mirror.inventory import package_path

LIST = "purge.json"
SCRIPT = "purge.py"
TEMPLATE = Path(__file__).with_name("purge.py.template")
SCHEMA_VERSION = 1


class PurgeExport:
    """A list with reasons and a script; every entry takes one file off the mirror and off its pages."""

    name = "purge"
    summary = "the mirror: a list of files and the script that takes them off it"
    actions = (Action.HIDE,)
    scopes = (Scope.FILE,)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:  # noqa: ARG002  files as they are
        """Return purge.json and purge.py; nothing is widened."""
        content = {
            "format": "boojum-purge",
            "schema_version": SCHEMA_VERSION,
            "revision": blocklist.revision,
            "run": blocklist.source_run,
            "generated_at": blocklist.generated_at,
            "mirror": blocklist.mirror,
            "files": [_listed_file(entry) for entry in blocklist.entries],
        }
        return BlocklistExport(
            files={LIST: json.dumps(content, indent=1) + "\n", SCRIPT: TEMPLATE.read_text(encoding="utf-8")},
            instructions=(
                f"Read {SCRIPT}, then run `python3 {SCRIPT}` on the mirror's host: it prints what it would do, and "
                "does it with --do. The next sync brings the files back unless bandersnatch.conf has the filter of "
                "`boojum export --to bandersnatch`."
            ),
        )


def _listed_file(entry: BlocklistEntry) -> dict[str, str]:
    path = entry.path or (package_path(entry.blake2b_256, entry.filename) if entry.blake2b_256 else "")
    return {
        "path": path,
        "project": entry.project,
        "version": entry.version,
        "sha256": entry.sha256,
        "why": ": ".join((entry.verdict or str(entry.why), *entry.reasons[:1])),
    }
