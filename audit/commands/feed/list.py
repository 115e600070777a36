"""`boojum feed list`: the feeds that are kept, with their day, records and broken records."""

from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_common, read_settings
from audit.commands.output import print_result
from audit.exits import Exit


class FeedListCommand:
    """Lists the feeds."""

    name = "list"
    summary = "list the feeds, what is stale and which records are broken"
    epilog = ""
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the common flags."""
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Print the feeds."""
        from datetime import UTC, datetime

        from audit.config import out_folder
        from audit.feeds.listing import render_feeds
        from audit.feeds.store import list_feeds

        settings = read_settings(args)
        today, stale_days = datetime.now(UTC).date(), settings.feeds.stale_days
        feeds = list_feeds(out_folder(settings))
        print_result(args, feeds, lambda kept: render_feeds(kept, today, stale_days))
        return Exit.COMPLETE
