"""Exports the record of what is blocked, as a finished run left it, in the format of a target."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from audit.blocklists.gathering import gather_decided, gather_known
from audit.blocklists.record import read_record
from audit.blocklists.renewal import add_withheld, apply_decisions
from audit.blocklists.standing import find_standing_blocks
from audit.blocklists.targets.contract import Action, ExportOptions, Scope
from audit.blocklists.targets.registry import blocklist_format
from audit.config import Settings, out_folder
from audit.decisions import matching
from audit.decisions.file import load_decisions
from audit.errors import UsageError
from audit.runs import find_run, read_document
from features.runtime.atomic_write import write_atomically
from jobs.run.run_folder import read_run


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """The files that were written, how much they block, and instructions for the operator.

    `action` is what the target does with them. `left_out` names the files that it cannot block, and `widened` what it
    blocks beyond the files. `withheld` and `held` count files of the run that are not blocked because a person has to
    decide first.
    `later` names the projects of which files that come later are blocked too, and `not_later` those of which the next
    audit has to find them first, because the target blocks no projects.
    `once` counts withheld files that this export blocks, and the record does not.
    """

    target: str
    entries: int
    waived: int
    files: tuple[str, ...]
    widened: tuple[str, ...]
    instructions: str
    action: Action = Action.DENY
    left_out: tuple[str, ...] = ()
    withheld: int = 0
    held: int = 0
    once: int = 0
    later: tuple[str, ...] = ()
    not_later: tuple[str, ...] = ()

    def render(self) -> str:
        """Return the summary as text for a terminal."""
        left_out = len(self.left_out)
        lines = [
            f"{self.entries - left_out:,} files blocked"
            + (f", {left_out:,} LEFT OUT" if left_out else "")
            + (f", {self.waived:,} waived" if self.waived else "")
        ]
        if self.once:
            lines.append(
                f"{self.once:,} of them were withheld and are in this export only: "
                "`boojum audit --yes` puts them on the record"
            )
        if self.withheld:
            lines.append(f"{self.withheld:,} withheld (a protected project, or a bound); --yes includes them")
        if self.held:
            lines.append(f"{self.held:,} held for you: `boojum block` or `boojum waive` decides")
        if self.later:
            lines.append(f"blocked as a whole, with files that come later: {', '.join(self.later)}")
        if self.not_later:
            lines.append(f"files that come later are blocked after the next audit: {', '.join(self.not_later)}")
        lines += [f"left out: {item}" for item in self.left_out]
        lines += [f"widened: {item}" for item in self.widened] or ["nothing was widened beyond the file"]
        lines += [f"wrote {file}" for file in self.files]
        return "\n".join([*lines, self.instructions])


def export_run(
    settings: Settings,
    name: str,
    target: str,
    into: Path,
    *,
    yes: bool,
    action: str = "",
    widen: str = Scope.FILE,
) -> ExportSummary:
    """Write the record of a run into the folder `into`; the decisions of today apply.

    `target` is the name of a registered blocklist format, `action` what it does with a file ("": its default), and
    `widen` the widest scope that is allowed. `yes` blocks also the files that the run withheld. Raises NoSuchRunError,
    ConfigError, RecordError, and UsageError for an action that the target has not.
    """
    chosen = blocklist_format(target)
    if action and action not in chosen.actions:
        able = " and ".join(f"`--action {each}`" for each in chosen.actions)
        raise UsageError(f"the target {target} cannot {action} a file", f"it has {able}")
    out, today = out_folder(settings), datetime.now(UTC).date()
    folder = find_run(out, name)
    record = read_record(folder)
    decisions = load_decisions(settings.waivers, out)
    document = matching.apply_decisions(read_document(folder), decisions, today)
    night = gather_decided(read_run(folder), document, record, decisions, settings.blocklist, today)
    record = apply_decisions(record, night, settings.blocklist)
    before = len(record.entries)
    if yes:
        record = add_withheld(record, night, settings.blocklist)
    known = gather_known(read_run(folder), record, decisions)
    standing = find_standing_blocks(record, decisions, known, today)
    options = ExportOptions(Action(action or chosen.actions[0]), Scope(widen), datetime.now(UTC), known, standing)
    export = chosen.export(record, options)
    into.mkdir(parents=True, exist_ok=True)
    for file, text in export.files.items():
        write_atomically(into / file, text.encode(), durable=True)
    return ExportSummary(
        target=target,
        entries=len(record.entries),
        waived=record.waived,
        files=tuple(os.fspath(into / file) for file in export.files),
        widened=export.widened,
        instructions=export.instructions,
        action=options.action,
        left_out=export.left_out,
        withheld=len(record.withheld),
        held=len(record.held),
        once=len(record.entries) - before,
        later=tuple(sorted(standing)) if Scope.PROJECT in chosen.scopes else (),
        not_later=() if Scope.PROJECT in chosen.scopes else tuple(sorted(standing)),
    )
