"""Exports the blocklist as blocklist entries of a Pulp repository for Python.

Written for pulp_python 3.37. An entry keeps a file, a version or a project from being added to the repository; what
is in it already stays.
"""

import json

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope
from audit.blocklists.targets.widening import carry_blocks, is_plain_filename, is_project, is_version

ENTRIES = "pulp-blocklist-entries.jsonl"


class PulpExport:
    """One entry a line, each the body of a request."""

    name = "pulp"
    summary = "Pulp: blocklist entries of a Python repository"
    actions = (Action.HIDE,)
    scopes = (Scope.FILE, Scope.VERSION, Scope.PROJECT)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:
        """Return the entries."""
        scopes = {Scope.FILE: is_plain_filename, Scope.VERSION: is_version, Scope.PROJECT: is_project}
        carried = carry_blocks(blocklist, options, scopes)
        entries = [{"filename": name} for name in sorted({entry.filename for entry in carried.files})]
        entries += [{"name": block.project, "version": block.version} for block in carried.versions]
        entries += [{"name": block.project} for block in carried.projects]
        return BlocklistExport(
            files={ENTRIES: "".join(f"{json.dumps(entry)}\n" for entry in entries)},
            instructions=(
                f"POST each line of {ENTRIES} to blocklist_entries/ of the repository; an entry that is there "
                "already is refused, and stays. Remove the files that the repository holds: an entry only keeps "
                "them from being added."
            ),
            widened=carried.widened,
            left_out=carried.left_out,
        )
