"""Exports the blocklist as exclude patterns of an Artifactory repository.

Written from JFrog's documentation; never run against the product. Patterns are those of Ant, with commas between
them. A file is refused by its name in any folder. A project leaves the index by the pattern of its page, which
Artifactory keeps as `.pypi/<project>.html` in lower case; the names of projects alone match nothing there.
"""

import json

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope
from audit.blocklists.targets.widening import carry_blocks, is_plain_filename, is_project

CONFIGURATION = "artifactory-excludes.json"
PATTERNS = "artifactory-excludes.txt"


class ArtifactoryExport:
    """Exclude patterns: `deny` refuses files, `hide` takes whole projects off the index."""

    name = "artifactory"
    summary = "Artifactory: exclude patterns of a repository (not run against the product)"
    actions = (Action.DENY, Action.HIDE)
    scopes = (Scope.FILE, Scope.PROJECT)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:
        """Return the field for the REST API, and the patterns one a line to merge with the operator's own."""
        file = is_plain_filename if options.action is Action.DENY else _has_one_page
        carried = carry_blocks(blocklist, options, {Scope.FILE: file, Scope.PROJECT: is_project})
        patterns = {f"**/{entry.filename}{suffix}" for entry in carried.files for suffix in ("", ".metadata")}
        patterns |= {f".pypi/{block.project}.*" for block in carried.projects}
        field = {"excludesPattern": ",".join(sorted(patterns))}
        return BlocklistExport(
            files={
                CONFIGURATION: json.dumps(field, indent=1) + "\n",
                PATTERNS: "".join(f"{pattern}\n" for pattern in sorted(patterns)),
            },
            instructions=(
                f"Merge the lines of {PATTERNS} with the repository's own `excludesPattern`: a POST of "
                f"{CONFIGURATION} to /artifactory/api/repositories/REPOSITORY replaces the whole field."
            ),
            widened=carried.widened,
            left_out=carried.left_out,
        )


def _has_one_page(_: object) -> str:
    return "Artifactory can hide only the page of a project"
