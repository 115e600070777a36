"""The exit statuses of the command line, and the one object that decides which it is."""

from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """Exit status of every command; `meaning` is the sentence of the README's table."""

    COMPLETE = 0
    FINDINGS = 1
    MISUSE = 2
    INCOMPLETE = 3
    MISMATCH = 4
    FAULT = 70
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """What the status tells the operator."""
        return MEANINGS[self]


MEANINGS = {
    Exit.COMPLETE: "complete, nothing at or above `--fail-on` (default `suspicious`)",
    Exit.FINDINGS: "complete, findings at or above it",
    Exit.MISUSE: "misuse: flags, configuration, no such mirror",
    Exit.INCOMPLETE: "incomplete: some units failed; the report is written and says so",
    Exit.MISMATCH: "model and data do not match",
    Exit.FAULT: "our own fault; traceback in the log, one line on stderr",
    Exit.INTERRUPTED: "interrupted; the next run resumes",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command found, in the three facts that its exit status follows from."""

    alerts: int
    """Findings at or above `--fail-on` that no waiver covers."""
    failed: int = 0
    """Artifacts that boojum itself failed on; an archive that is merely broken is not one."""

    @property
    def status(self) -> Exit:
        """Incomplete outweighs findings: a night that was not examined whole must not look like one that was."""
        if self.failed:
            return Exit.INCOMPLETE
        return Exit.FINDINGS if self.alerts else Exit.COMPLETE
