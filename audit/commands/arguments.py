"""Adds the arguments that several commands share, and reads the settings that they override."""

import argparse
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.errors import ReplacedFlagError, UsageError

if TYPE_CHECKING:
    from audit.config import Settings


def add_common(
    parser: ArgumentParser, *, out: bool = True, formats: Sequence[str] = (), default_format: str = ""
) -> None:
    """Add the flags of every command; `out` false for a command that uses no output folder.

    A command that prints in one of several `formats` gets `--format`, and `--json` means `--format json` there.
    """
    group = parser.add_argument_group("common")
    if out:
        group.add_argument("--out", metavar="DIR", help="output folder: the store and the runs (default ./boojum-out)")
    group.add_argument(
        "--config", metavar="FILE", type=Path, help="configuration (default ./boojum.toml, if it exists)"
    )
    group.add_argument("--quiet", action="store_true", default=None, help="show no progress on stderr")
    if formats:
        # The default is the parser's, because argparse does not count a value that equals an action's own default.
        parser.set_defaults(format=default_format)
        either = group.add_mutually_exclusive_group()
        either.add_argument(
            "--format",
            choices=formats,
            default=argparse.SUPPRESS,
            help=f"output format (default {default_format})",
        )
        either.add_argument(
            "--json",
            action="store_const",
            dest="format",
            const="json",
            default=argparse.SUPPRESS,
            help="the same as --format json",
        )
    else:
        group.add_argument("--json", action="store_true", help="print JSON instead of text")


def output_file(text: str) -> Path:
    """Return the path of a file to write; raises UsageError where it cannot be written, before any work is done."""
    file = Path(text)
    _require_writable(file.absolute().parent, text)
    if os.path.isdir(file):  # noqa: PTH112  a name that is too long is no folder, and no error yet
        raise UsageError(f"{text} is a folder", "name a file to write")
    return file


def output_folder(text: str) -> Path:
    """Return the path of a folder to write into; raises UsageError where nothing can be written there."""
    _require_writable((folder := Path(text)).absolute(), text)
    return folder


def _require_writable(folder: Path, given: str) -> None:
    """Raise UsageError unless this user may write into a folder, or into the nearest one above it that exists."""
    try:
        there = next(path for path in (folder, *folder.parents) if path.exists())
    except OSError as error:
        raise UsageError(f"{given} cannot be written ({error.strerror})", "name another place") from error
    if not there.is_dir():
        raise UsageError(f"{given} cannot be written: {there} is not a folder", "name another place")
    if not os.access(there, os.W_OK | os.X_OK):
        raise UsageError(f"{given} cannot be written: this user may not write into {there}", "name another place")


def add_model(parser: ArgumentParser) -> None:
    """Add the flag for the model that scores."""
    parser.add_argument("--model", metavar="DIR", help="folder of a trained model (default: the shipped model)")


def add_waivers(parser: ArgumentParser) -> None:
    """Add the flag for the operator's waivers."""
    parser.add_argument(
        "--waivers",
        metavar="FILE",
        help="TOML file of waivers, blocks and labels (default: waivers.toml in the output folder)",
    )


def add_run(parser: ArgumentParser) -> None:
    """Add the argument that names a finished run."""
    parser.add_argument(
        "name", metavar="RUN", nargs="?", default="latest", help="id of a run, or its folder (default latest)"
    )


def add_exit_status(parser: ArgumentParser, *, news: bool = False) -> None:
    """Add the flags that decide which findings and which unread artifacts change the exit status.

    `news` is for a command that compares with an earlier run.
    """
    from audit.config import CHOICES

    group = parser.add_argument_group("exit status")
    group.add_argument(
        "--fail-on",
        choices=CHOICES["fail_on"],
        help="exit 1 if an artifact has this verdict or a more severe one (default suspicious)",
    )
    if news:
        group.add_argument(
            "--fail-on-new",
            action="store_true",
            default=None,
            help="exit 1 only if such an artifact is new or graver since the night before",
        )
    group.add_argument(
        "--fail-on-unread",
        choices=CHOICES["fail_on_unread"],
        help="exit 3 if an artifact was not read completely: `unreadable` counts files that could not be read, "
        "`stopped` (the default) also those whose reading ended early because of damage or a limit of the whole "
        "artifact, `partial` also those of which a single member was read in part, `never` none",
    )


def positive_number(text: str) -> int:
    """Return a whole number above zero; raises ArgumentTypeError."""
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return int(text)


def add_cluster(parser: ArgumentParser) -> None:
    """Add the flags that choose the workers."""
    group = parser.add_argument_group("workers")
    group.add_argument("--workers", type=int, metavar="N", help="worker processes (default one per processor)")
    group.add_argument("--memory", metavar="SIZE", help="memory per worker (default 2GiB)")
    group.add_argument("--scheduler", metavar="ADDRESS", help="use a running Dask scheduler, like tls://host:8786")
    group.add_argument("--scheduler-file", metavar="FILE", help="read the scheduler's address from this file")
    group.add_argument("--tls-ca", metavar="FILE", help="certificate of the authority of a tls:// scheduler's cluster")
    group.add_argument("--tls-cert", metavar="FILE", help="certificate by which that cluster knows boojum")
    group.add_argument("--tls-key", metavar="FILE", help="private key of --tls-cert, if it is not in the same file")
    group.add_argument(
        "--insecure-scheduler",
        action="store_true",
        default=None,
        help="use a tcp:// scheduler on another machine: whoever reaches it can run code on the workers",
    )


def add_learning(parser: ArgumentParser) -> None:
    """Add the flags that choose learners and training rows."""
    from model.registry import PRESETS

    parser.add_argument(
        "--rows",
        type=Path,
        metavar="PATH",
        help="Parquet file of labelled rows, or a folder of such files (default: the shipped rows)",
    )
    parser.add_argument(
        "--changes",
        type=Path,
        metavar="PATH",
        help="Parquet file of labelled changes (default: the shipped ones, unless --rows names other rows)",
    )
    parser.add_argument(
        "--preset",
        choices=[preset.name for preset in PRESETS],
        default=PRESETS[0].name,
        help=f"named set of learners (default {PRESETS[0].name})",
    )
    add_seed(parser, 0)


def add_seed(parser: ArgumentParser, default: int) -> None:
    """Add the flag for the seed of everything random."""
    parser.add_argument("--seed", type=int, default=default, metavar="N", help=f"random seed (default {default})")


def add_replaced(parser: ArgumentParser, flags: Sequence[str], replacement: str) -> None:
    """Make flags of an earlier version an error that names their replacement; no help text lists them."""
    for flag in flags:
        parser.add_argument(
            flag,
            action=_ReplacedFlag,
            nargs="?",
            replacement=replacement,
            default=argparse.SUPPRESS,
            help=argparse.SUPPRESS,
        )


class _ReplacedFlag(argparse.Action):
    """A flag of an earlier version; its use is an error."""

    def __init__(self, *args: Any, replacement: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._replacement = replacement

    def __call__(self, *call: Any) -> None:
        """Raise ReplacedFlagError; argparse hands over parser, namespace, values and the flag."""
        raise ReplacedFlagError(str(call[-1]), self._replacement)


def read_settings(args: Namespace) -> "Settings":
    """Return the configuration with the flags of a command line over it; raises ConfigError."""
    from audit.config import load_settings

    return load_settings(args.config, vars(args))


def read_out_folder(args: Namespace) -> Path:
    """Return the output folder as an absolute path; raises ConfigError."""
    from audit.config import out_folder

    return out_folder(read_settings(args))


def require(value: Any, flag: str, command: str) -> Any:
    """Return a value that a command cannot do without; raises UsageError where it is None."""
    if value is None:
        raise UsageError(f"{command} needs {flag}", f"add {flag}; `boojum {command} --help` lists all flags")
    return value
