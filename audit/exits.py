"""Defines the exit statuses of the command line."""

from enum import IntEnum


class Exit(IntEnum):
    """Exit status of a command."""

    COMPLETE = 0
    FINDINGS = 1
    MISUSE = 2
    INCOMPLETE = 3
    MISMATCH = 4
    WITHHELD = 5
    FAULT = 70
    INTERRUPTED = 130


MEANINGS = {
    Exit.COMPLETE: "complete, nothing at or above `--fail-on` (default `suspicious`)",
    Exit.FINDINGS: "complete, findings at or above it",
    Exit.MISUSE: "misuse: flags, configuration, no such mirror",
    Exit.INCOMPLETE: "incomplete: artifacts were not read completely (see `--fail-on-unread`); the report says which",
    Exit.MISMATCH: "model and data do not match",
    Exit.WITHHELD: "complete, but files were withheld from the blocklist: a protected project, or a bound",
    Exit.FAULT: "internal error; traceback in boojum.log, one line on stderr",
    Exit.INTERRUPTED: "interrupted; the next run resumes",
}
"""Meaning of each status; the help text and the documentation print the same table."""
