"""Defines a command and a group of commands.

`boojum --help` imports every command module. Costly imports are therefore inside `add_arguments` and `run`, which
only the command that was called executes.
"""

from argparse import ArgumentParser, Namespace
from typing import NamedTuple, Protocol

from audit.exits import Exit


class Command(Protocol):
    """One verb of the command line."""

    @property
    def name(self) -> str:
        """The word after `boojum`, or after the group's name."""

    @property
    def summary(self) -> str:
        """Half a sentence for the list of commands."""

    @property
    def epilog(self) -> str:
        """Text below the flags in the command's own help: an example, or ""."""

    @property
    def resumes(self) -> bool:
        """True where a second call continues what an interrupted one left."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the command's arguments and flags to its parser."""

    def run(self, args: Namespace) -> Exit:
        """Run the command, print its result on stdout and return its exit status; raises AuditError and others."""


class CommandGroup(NamedTuple):
    """Commands that share a first word, like `boojum corpus benign`."""

    name: str
    summary: str
    commands: tuple[Command, ...]
