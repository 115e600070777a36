"""`boojum waive`: a person's decision that a file, a release or a project is honest."""

from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_common, add_waivers, read_settings, require
from audit.commands.output import print_decided, print_result
from audit.exits import Exit


class WaiveCommand:
    """Writes a waiver, or lists all."""

    name = "waive"
    summary = "decide that a file, a release or a project is honest, for a time"
    epilog = (
        'example: boojum waive six==1.16.0 --owner "Ada, security" --reason "read it, see SEC-12" --expires 90d\n'
        "A waiver of a release or a project covers the files that are on the mirror now."
    )
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the target and the facts of a waiver."""
        parser.add_argument(
            "target",
            metavar="TARGET",
            nargs="?",
            help="SHA256 (at least 12 digits), PROJECT, or PROJECT==VERSION",
        )
        parser.add_argument("--owner", metavar="NAME", help="who decides it")
        parser.add_argument("--reason", metavar="TEXT", help="why")
        parser.add_argument(
            "--expires", metavar="WHEN", help="its last day (UTC), like 2027-01-31 or 30d, 6w, 3m, 1y; at most 366 days"
        )
        parser.add_argument(
            "--indicator",
            metavar="ID",
            default="",
            help="cover only findings whose evidence is of this indicator alone",
        )
        parser.add_argument(
            "--later-files",
            action="store_true",
            help="cover also files that come later, unless what changed in them speaks against them",
        )
        parser.add_argument("--list", action="store_true", help="list all waivers, those that end first on top")
        add_waivers(parser)
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Write the waiver and print what it covers, or print the list."""
        from audit.decisions.contract import Waiver
        from audit.decisions.deciding import waive
        from audit.decisions.listing import list_decisions

        settings = read_settings(args)
        if args.list:
            print_result(args, list_decisions(settings, Waiver), lambda result: result.render())
            return Exit.COMPLETE
        decided = waive(
            settings,
            require(args.target, "TARGET", "waive"),
            owner=require(args.owner, "--owner", "waive"),
            reason=require(args.reason, "--reason", "waive"),
            expires=require(args.expires, "--expires", "waive"),
            indicator=args.indicator,
            later_files=args.later_files,
        )
        print_decided(args, decided)
        return Exit.COMPLETE
