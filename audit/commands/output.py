"""Prints the output of a command: its result on stdout, errors and notices on stderr."""

import sys
from argparse import Namespace
from collections.abc import Callable
from typing import TypeVar

_Result = TypeVar("_Result")


def print_result(args: Namespace, result: _Result, render: Callable[[_Result], str]) -> None:
    """Print a result as text, or as JSON where `--json` was given."""
    from audit.serialization import render_json

    print(render_json(result) if args.json else render(result))


def print_notice(sentence: str) -> None:
    """Print one line on stderr."""
    print(f"boojum: {sentence}", file=sys.stderr)
