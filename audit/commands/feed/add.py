"""`boojum feed add`: keeps a known-bad feed, or a snapshot of the index upstream, beside the store."""

from argparse import ArgumentParser, Namespace
from datetime import date
from pathlib import Path

from audit.commands.arguments import add_common, read_out_folder
from audit.commands.output import print_result
from audit.errors import UsageError
from audit.exits import Exit


class FeedAddCommand:
    """Reads a source once and keeps it; the next audit compares the whole mirror with it."""

    name = "add"
    summary = "keep a feed of known-bad files, or a snapshot of the index upstream"
    epilog = (
        "example: boojum feed add /srv/osv/PyPI/all.zip --name osv\n"
        "A feed of the same name is replaced. Nothing is fetched: copy the source here, and add it again each night."
    )
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the source, its name, kind and day."""
        from audit.feeds.registry import FORMATS

        kinds = "; ".join(f"{each.kind}: {each.summary}" for each in FORMATS)
        parser.add_argument("source", metavar="SOURCE", type=Path, help="a file or a folder")
        parser.add_argument("--name", default="", help="name of the feed (default: that of the source)")
        parser.add_argument(
            "--kind", choices=[each.kind.value for each in FORMATS], help=f"default: by its content. {kinds}"
        )
        parser.add_argument(
            "--day",
            metavar="DATE",
            type=_parse_day,
            help="day of the content, like 2026-11-22 (default: the day on which the source was last changed)",
        )
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Keep the feed and print what it holds."""
        from audit.feeds.contract import FeedKind
        from audit.feeds.listing import render_feed
        from audit.feeds.store import add_feed

        kind = FeedKind(args.kind) if args.kind else None
        print_result(args, add_feed(read_out_folder(args), args.source, args.name, kind, args.day), render_feed)
        return Exit.COMPLETE


def _parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"--day {text!r} is no day", "write a day like 2026-11-22") from error
