"""Prints the output of a command: its result on stdout, errors and notices on stderr."""

import sys
from argparse import Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from audit.escape import as_terminal

if TYPE_CHECKING:
    from audit.decisions.deciding import Decided

_Result = TypeVar("_Result")


def print_result(args: Namespace, result: _Result, render: Callable[[_Result], str]) -> None:
    """Print a result as text, or as JSON where `--json` was given."""
    from audit.serialization import render_json

    print_text(render_json(result) if args.json else render(result))


def print_text(text: str) -> None:
    """Print lines on stdout; what could act on a terminal, like a name with an escape sequence, is shown escaped."""
    print("\n".join(map(as_terminal, text.split("\n"))))


def print_notice(sentence: str) -> None:
    """Print one line on stderr; what could act on a terminal is shown escaped."""
    print(as_terminal(f"boojum: {sentence}"), file=sys.stderr)


def print_decided(args: Namespace, decided: "Decided") -> None:
    """Print a person's decision as it was written, and what one should know of it as notices."""
    print_result(args, decided, lambda result: result.render())
    for notice in decided.notices:
        print_notice(notice)
