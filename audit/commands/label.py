"""`boojum label`: a person's finding about a file, to train from."""

from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_common, add_waivers, read_settings, require
from audit.commands.output import print_decided, print_result
from audit.errors import UsageError
from audit.exits import Exit


class LabelCommand:
    """Writes a label, or lists all."""

    name = "label"
    summary = "record that a file is malicious or benign, to train from"
    epilog = (
        'example: boojum label 8abb2f1d8689 benign --why "read it: a build script of ours"\n'
        "`boojum corpus labels` makes rows for `boojum train` of them."
    )
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the digest and the facts of a label."""
        parser.add_argument(
            "target", metavar="SHA256", nargs="?", help="the file's digest, or at least 12 digits of it"
        )
        # The choice is checked below, so that --list needs neither.
        parser.add_argument("label", metavar="malicious|benign", nargs="?", help="what a person found it to be")
        parser.add_argument("--why", metavar="TEXT", help="how it was found out")
        parser.add_argument("--owner", metavar="NAME", help="who found it out (default: this user)")
        parser.add_argument("--list", action="store_true", help="list all labels, the oldest first")
        add_waivers(parser)
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Write the label and print it, or print the list."""
        from audit.decisions.contract import Label
        from audit.decisions.deciding import label
        from audit.decisions.file import LABELS
        from audit.decisions.listing import list_decisions

        settings = read_settings(args)
        if args.list:
            print_result(args, list_decisions(settings, Label), lambda result: result.render())
            return Exit.COMPLETE
        target = require(args.target, "SHA256", "label")
        if require(args.label, "malicious or benign", "label") not in LABELS:
            raise UsageError(f"label: {args.label!r} is no label", f"choose from: {', '.join(LABELS)}")
        decided = label(settings, target, args.label, why=require(args.why, "--why", "label"), owner=args.owner)
        print_decided(args, decided)
        return Exit.COMPLETE
