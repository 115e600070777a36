"""Exports the blocklist of a finished run in the format of a target."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from audit.blocklists.build import build_blocklist
from audit.blocklists.canonical import read_blocklist
from audit.blocklists.registry import blocklist_format
from audit.config import Settings, out_folder
from audit.decisions.file import load_decisions
from audit.decisions.matching import apply_decisions
from audit.runs import find_run, read_document
from features.runtime.atomic_write import write_atomically
from jobs.run.manifest import read_manifest


@dataclass(frozen=True, slots=True)
class ExportSummary:
    """The files that were written, how much they block, and instructions for the operator."""

    target: str
    entries: int
    waived: int
    files: tuple[str, ...]
    widened: tuple[str, ...]
    instructions: str

    def render(self) -> str:
        """Return the summary as text for a terminal."""
        lines = [f"{self.entries:,} files blocked" + (f", {self.waived:,} waived" if self.waived else "")]
        lines += [f"widened: {item}" for item in self.widened] or ["nothing was widened beyond the file"]
        lines += [f"wrote {file}" for file in self.files]
        return "\n".join([*lines, self.instructions])


def export_run(settings: Settings, name: str, target: str, into: Path, *, yes: bool) -> ExportSummary:
    """Write the blocklist of a run into the folder `into`; today's waivers apply.

    `target` is the name of a registered blocklist format. Raises NoSuchRunError, ConfigError, TruncatedError, and
    TooBroadError unless `yes`.
    """
    out = out_folder(settings)
    folder = find_run(out, name)
    decisions = load_decisions(settings.waivers, out)
    document = apply_decisions(read_document(folder), decisions, datetime.now(UTC).date())
    written = read_blocklist(folder)
    blocklist = build_blocklist(
        document,
        settings.blocklist,
        mirror_serial=str(read_manifest(folder).mirror.serial or ""),
        yes=yes,
        first_seen={entry.sha256: entry.first_seen for entry in written.entries} if written else {},
    )
    export = blocklist_format(target).export(blocklist)
    into.mkdir(parents=True, exist_ok=True)
    for file, text in export.files.items():
        write_atomically(into / file, text.encode(), durable=True)
    return ExportSummary(
        target=target,
        entries=len(blocklist.entries),
        waived=blocklist.waived,
        files=tuple(os.fspath(into / file) for file in export.files),
        widened=export.widened,
        instructions=export.instructions,
    )
