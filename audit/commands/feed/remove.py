"""`boojum feed remove`: forgets a feed; what it brought onto the blocklist stays until it is waived."""

from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_common, read_out_folder
from audit.commands.output import print_result
from audit.exits import Exit


class FeedRemoveCommand:
    """Removes a feed."""

    name = "remove"
    summary = "forget a feed; what it blocked stays blocked until it is waived"
    epilog = ""
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the feed's name."""
        parser.add_argument("name", metavar="NAME", help="name of the feed, as `boojum feed list` prints it")
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Remove the feed and say so."""
        from audit.feeds.store import remove_feed

        remove_feed(read_out_folder(args), args.name)
        print_result(args, {"removed": args.name}, lambda result: f"removed the feed {result['removed']}")
        return Exit.COMPLETE
