"""`boojum block`: a person's decision that a file, a release or a project is blocked."""

from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_common, add_waivers, read_settings, require
from audit.commands.output import print_decided, print_result
from audit.exits import Exit


class BlockCommand:
    """Writes a block, or lists all."""

    name = "block"
    summary = "decide that a file, a release or a project is blocked, whatever its verdict"
    epilog = (
        'example: boojum block six==1.16.1 --owner "Ada, security" --reason "taken over, see SEC-13"\n'
        "A block has no end; a later `boojum waive` of the same file, release or project takes it back."
    )
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the target and the facts of a block."""
        parser.add_argument(
            "target",
            metavar="TARGET",
            nargs="?",
            help="SHA256 (at least 12 digits), PROJECT, or PROJECT==VERSION",
        )
        parser.add_argument("--owner", metavar="NAME", help="who decides it")
        parser.add_argument("--reason", metavar="TEXT", help="why")
        parser.add_argument("--list", action="store_true", help="list all blocks, the oldest first")
        add_waivers(parser)
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Write the block and print what it names, or print the list."""
        from audit.decisions.contract import Block
        from audit.decisions.deciding import block
        from audit.decisions.listing import list_decisions

        settings = read_settings(args)
        if args.list:
            print_result(args, list_decisions(settings, Block), lambda result: result.render())
            return Exit.COMPLETE
        decided = block(
            settings,
            require(args.target, "TARGET", "block"),
            owner=require(args.owner, "--owner", "block"),
            reason=require(args.reason, "--reason", "block"),
        )
        print_decided(args, decided)
        return Exit.COMPLETE
