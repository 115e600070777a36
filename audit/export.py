"""Exports the record of what is blocked, as a finished run left it, in the format of a target."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from audit.blocklists.gathering import gather_decided
from audit.blocklists.record import read_record
from audit.blocklists.registry import blocklist_format
from audit.blocklists.renewal import add_withheld, apply_decisions
from audit.config import Settings, out_folder
from audit.decisions import matching
from audit.decisions.file import load_decisions
from audit.runs import find_run, read_document
from features.runtime.atomic_write import write_atomically
from jobs.run.run_folder import read_run


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """The files that were written, how much they block, and instructions for the operator.

    `withheld` and `held` count files of the run that are not blocked because a person has to decide first.
    `once` counts withheld files that this export blocks, and the record does not.
    """

    target: str
    entries: int
    waived: int
    files: tuple[str, ...]
    widened: tuple[str, ...]
    instructions: str
    withheld: int = 0
    held: int = 0
    once: int = 0

    def render(self) -> str:
        """Return the summary as text for a terminal."""
        lines = [f"{self.entries:,} files blocked" + (f", {self.waived:,} waived" if self.waived else "")]
        if self.once:
            lines.append(
                f"{self.once:,} of them were withheld and are in this export only: "
                "`boojum audit --yes` puts them on the record"
            )
        if self.withheld:
            lines.append(f"{self.withheld:,} withheld (a protected project, or a bound); --yes includes them")
        if self.held:
            lines.append(f"{self.held:,} held for you: `boojum block` or `boojum waive` decides")
        lines += [f"widened: {item}" for item in self.widened] or ["nothing was widened beyond the file"]
        lines += [f"wrote {file}" for file in self.files]
        return "\n".join([*lines, self.instructions])


def export_run(settings: Settings, name: str, target: str, into: Path, *, yes: bool) -> ExportSummary:
    """Write the record of a run into the folder `into`; the decisions of today apply.

    `target` is the name of a registered blocklist format. `yes` blocks also the files that the run withheld. Raises
    NoSuchRunError, ConfigError and RecordError.
    """
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
    export = blocklist_format(target).export(record)
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
        withheld=len(record.withheld),
        held=len(record.held),
        once=len(record.entries) - before,
    )
