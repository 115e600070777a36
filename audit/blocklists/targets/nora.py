"""Exports the blocklist as rules of the registry NORA.

Written from the source of its curation filter; never run against the product. NORA takes the version of a requested
file from its name, in lower case, and compares it as text. So a rule has the version as the name spells it. Names
from which NORA reads no version, like those of an sdist with hyphens in the project's name, are blocked by no rule
for a version.
"""

import json
import re

from audit.blocklists.contract import Blocklist, BlocklistEntry
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope
from audit.blocklists.targets.widening import WideBlock, carry_blocks, is_project, is_version
from features.packaging.names import normalise

RULES = "nora-blocklist.json"
SUFFIXES = (".tar.gz", ".tgz", ".zip", ".whl", ".egg")
"""Suffixes of the files whose version NORA reads."""
_VERSION = re.compile(r"[\w.!+-]+", re.ASCII)


class NoraExport:
    """A rule for each version, as the names of its files spell it."""

    name = "nora"
    summary = "NORA: rules of its curation blocklist (not run against the product)"
    actions = (Action.DENY,)
    scopes = (Scope.VERSION, Scope.PROJECT)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:
        """Return the rules."""
        carried = carry_blocks(blocklist, options, {Scope.VERSION: _has_spelt_version, Scope.PROJECT: is_project})
        rules = [
            _render_rule(block, version)
            for block in carried.versions
            for version in sorted({_read_version(entry) for entry in block.entries})
        ]
        rules += [_render_rule(block, "*") for block in carried.projects]
        return BlocklistExport(
            files={RULES: json.dumps({"version": 1, "rules": rules}, indent=1) + "\n"},
            instructions=(
                f"Name {RULES} as `blocklist_path` in [curation] of NORA's configuration, with the mode `enforce`; "
                "SIGHUP reads it again."
            ),
            widened=carried.widened,
            left_out=carried.left_out,
        )


def _has_spelt_version(entry: BlocklistEntry) -> str:
    return is_version(entry) or ("" if _read_version(entry) else "NORA reads no version from its file name")


def _read_version(entry: BlocklistEntry) -> str:
    """Return the version that NORA reads from the name of a file, "" for none."""
    name = entry.filename
    suffix = next((each for each in SUFFIXES if name.endswith(each)), "")
    prefix = f"{normalise(entry.project).replace('-', '_')}-"
    stem = name[: len(name) - len(suffix)].lower()
    if not suffix or not stem.startswith(prefix):
        return ""
    version = stem[len(prefix) :]
    version = version.partition("-")[0] if suffix == ".whl" else version
    return version if _VERSION.fullmatch(version) else ""


def _render_rule(block: WideBlock, version: str) -> dict[str, str]:
    return {"registry": "pypi", "name": block.project, "version": version, "reason": block.reason}
