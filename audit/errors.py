"""Defines the errors of the command line and of the room: facts as attributes, one sentence, and a hint."""

from pathlib import Path


class AuditError(Exception):
    """Base of the errors of this room; `hint` is the next step for the operator."""

    hint: str = ""


class StatedError(AuditError):
    """Base of errors whose sentence and hint come from the place that raises them."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return self.what


class UsageError(StatedError):
    """A command line that cannot be run."""


class ReplacedFlagError(AuditError):
    """A flag of an earlier version; the hint names what replaces it."""

    def __init__(self, flag: str, replacement: str) -> None:
        super().__init__(flag, replacement)
        self.flag = flag
        self.hint = f"use {replacement}"

    def __str__(self) -> str:
        return f"{self.flag} has been replaced"


class StoreDamagedError(AuditError):
    """A part of the store that cannot be read."""

    hint = "run `boojum audit` again: it moves damaged parts aside and reads their artifacts anew"

    def __init__(self, out: Path, reason: str) -> None:
        super().__init__(out, reason)
        self.out = out
        self.reason = reason

    def __str__(self) -> str:
        return f"the store in {self.out} is damaged ({self.reason})"
