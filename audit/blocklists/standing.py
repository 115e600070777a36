"""Finds the projects that a person blocked as a whole, so that a target which can also blocks files that come later."""

from collections.abc import Mapping, Sequence
from datetime import date

from audit.blocklists.contract import Blocklist
from audit.blocklists.mirror_files import MirrorFile
from audit.decisions.contract import Scope
from audit.decisions.matching import Decisions
from features.packaging.names import normalise


def find_standing_blocks(
    record: Blocklist, decisions: Decisions, known: Mapping[str, Sequence[MirrorFile]], today: date
) -> dict[str, str]:
    """Return the normalised projects that are blocked as a whole, each with its reason.

    `known` has the files of these projects on the mirror. A project is not among them when a later waiver names it, or
    when one of its files is not blocked, as a waived one: then its blocked files are on the record one by one.
    """
    blocked = {entry.sha256 for entry in record.entries}
    waived = {
        normalise(waiver.project): waiver.decided
        for waiver in decisions.waivers
        if waiver.scope is Scope.PROJECT and waiver.expires >= today and waiver.decided is not None
    }
    standing = {}
    for block in decisions.blocks:
        project = normalise(block.project)
        waiver = waived.get(project)
        if block.scope is not Scope.PROJECT or (waiver is not None and waiver > block.decided):
            continue
        if all(file.sha256 in blocked for file in known.get(project, ())):
            standing[project] = f"blocked by {block.owner}: {block.reason}"
    return standing
