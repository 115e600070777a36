"""Runs the command line: builds the parser of all commands and turns every error into one line and an exit status.

Each command adds its arguments when it is called, so that `boojum --help` imports no settings and no registries.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from audit.commands.contract import Command, CommandGroup
from audit.commands.output import print_notice
from audit.commands.registry import COMMANDS
from audit.exits import MEANINGS, Exit
from audit.interrupts import Interrupts

EPILOG = "exit status:\n" + "\n".join(f"  {status.value:<4}{text}" for status, text in MEANINGS.items())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status; an error is one line on stderr with what to do next.

    Without `argv` it is the console script, and the process ends with it.
    """
    if argv is None:
        os.umask(os.umask(0o077) | 0o002)  # whoever writes into the output folder decides what is cleared and blocked
    with Interrupts(ends_process=argv is None) as interrupts:
        try:
            return _run(argv, interrupts)
        except KeyboardInterrupt:  # one more, while the first was being reported
            return Exit.INTERRUPTED


def _run(argv: Sequence[str] | None, interrupts: Interrupts) -> Exit:
    args = argparse.Namespace()
    try:
        args = build_parser().parse_args(argv)
        status: Exit = args.run(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _report_interrupt(args, interrupts)
    except BrokenPipeError:
        # The reader of our output ended (`boojum query ... | head`), which is not an error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.COMPLETE
    except Exception as error:  # noqa: BLE001  the one place where an error becomes a line and a status
        # DuckDB and some imports end with an error of their own where they are interrupted.
        return _report_interrupt(args, interrupts) if interrupts.received else _report_error(error, args)
    return status


def _report_interrupt(args: argparse.Namespace, interrupts: Interrupts) -> Exit:
    interrupts.ignore()
    print_notice("interrupted; the next run resumes" if getattr(args, "resumes", False) else "interrupted")
    return Exit.INTERRUPTED


def _report_error(error: Exception, args: argparse.Namespace) -> Exit:
    from audit.error_status import classify_error, write_traceback

    status, sentence, hint = classify_error(error, getattr(args, "into", None))
    if status is Exit.FAULT:
        log = write_traceback(error, Path(getattr(args, "out", None) or "."))
        print_notice(f"internal error: {sentence}; please report it with {log}")
    else:
        print_notice(f"{sentence}; {hint}" if hint else sentence)
    return status


class CommandParser(argparse.ArgumentParser):
    """A parser that adds its arguments when it is called, and raises UsageError instead of exiting."""

    def __init__(self, *, add_arguments: Callable[["CommandParser"], None] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._add_arguments = add_arguments

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse what follows the command's name; an unknown flag is an error of this command."""
        if self._add_arguments is not None:
            add_arguments, self._add_arguments = self._add_arguments, None
            add_arguments(self)
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unknown argument {' '.join(unknown)}")
        return parsed, unknown

    def error(self, message: str) -> Any:
        """Raise UsageError with argparse's message."""
        from audit.errors import UsageError

        command = self.prog.removeprefix("boojum").lstrip()
        raise UsageError(f"{command}: {message}" if command else message, f"see `{self.prog} --help`")


def build_parser() -> CommandParser:
    """Return the parser of all commands."""
    parser = CommandParser(
        prog="boojum",
        description="Audits a local mirror of a Python package index, offline. It runs nothing of any package.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="store_true", help="print boojum's version")
    parser.set_defaults(run=_run_without_command)
    _add_commands(parser, "commands", COMMANDS, required=False)
    return parser


def _add_commands(
    parser: argparse.ArgumentParser, title: str, commands: Sequence[Command | CommandGroup], *, required: bool
) -> None:
    subparsers = parser.add_subparsers(title=title, metavar="COMMAND", required=required, parser_class=CommandParser)
    for command in commands:
        if isinstance(command, CommandGroup):
            subparsers.add_parser(
                command.name,
                help=command.summary,
                description=_sentence(command.summary),
                add_arguments=_adder(command),
            )
            continue
        subparser = subparsers.add_parser(
            command.name,
            help=command.summary,
            description=_sentence(command.summary),
            epilog=command.epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            add_arguments=command.add_arguments,
        )
        subparser.set_defaults(run=command.run, resumes=command.resumes)


def _adder(group: CommandGroup) -> Callable[[argparse.ArgumentParser], None]:
    return lambda parser: _add_commands(parser, f"commands of {group.name}", group.commands, required=True)


def _sentence(summary: str) -> str:
    return f"{summary[0].upper()}{summary[1:]}."


def _run_without_command(args: argparse.Namespace) -> Exit:
    if not args.version:
        build_parser().print_help()
        return Exit.MISUSE
    from importlib.metadata import version

    print(f"boojum {version('boojum')}")
    return Exit.COMPLETE
