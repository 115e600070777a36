"""`boojum prune`: removes old runs and what only they use, and merges small parts of the store."""

import argparse
from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_common, read_settings
from audit.commands.output import print_result
from audit.exits import Exit


class PruneCommand:
    """Removes what an output folder need not keep."""

    name = "prune"
    summary = "remove old runs and superseded rows, and merge the small parts of the store"
    epilog = (
        "example: boojum prune --keep-runs 30 --keep-days 90 --dry-run\n"
        "A run is removed if it is neither among the newest N nor younger than D days. The last run, and the runs\n"
        "that news is compared with, always stay. Waits for queries and reports that read, and not for an audit."
    )
    resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add what is kept, and the dry run."""
        parser.add_argument("--keep-runs", type=_count, metavar="N", help="newest runs that are kept (default 30)")
        parser.add_argument("--keep-days", type=_count, metavar="D", help="days for which a run is kept (default 90)")
        parser.add_argument("--dry-run", action="store_true", help="remove nothing, only print what would be removed")
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Prune and print what was removed and what was kept."""
        from audit.keeping import prune, render_prune

        result = prune(read_settings(args), args.keep_runs, args.keep_days, dry_run=args.dry_run)
        print_result(args, result, render_prune)
        return Exit.COMPLETE


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text} is less than zero")
    return number
