"""`boojum hunt`: where on the mirror a host, a digest, a name, a text or a file is."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from audit.commands.arguments import add_cluster, add_common, positive_number, read_settings
from audit.commands.output import print_notice, print_result
from audit.exits import Exit


class HuntCommand:
    """Looks for known things over the whole mirror."""

    name = "hunt"
    summary = "find a host, a digest, a name, a text or a file on the whole mirror"
    epilog = (
        "example: boojum hunt --host evil.example --name 'colourama*'\n"
        "The store answers all but --text and --patterns, which read the files again and say first how many.\n"
        "Exit status 1: something was found; 3: files could not be searched to their end."
    )
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the things to look for."""
        parser.add_argument("--host", action="append", default=[], help="a host name with all below it, or an address")
        parser.add_argument(
            "--sha256",
            action="append",
            default=[],
            metavar="DIGEST",
            help="digest of a file, or of a member (xxh3-128)",
        )
        parser.add_argument(
            "--name", action="append", default=[], help="a project, a file name or a member; `*` for any letters"
        )
        parser.add_argument("--text", action="append", default=[], help="a text in a member, whatever its case")
        parser.add_argument(
            "--file",
            action="append",
            default=[],
            type=Path,
            help="a file on this machine, looked for as an artifact and as a member",
        )
        parser.add_argument(
            "--patterns",
            action="append",
            default=[],
            type=Path,
            metavar="FILE",
            help="patterns of your own: TOML like features/indicators.toml, or YARA rules (.yar, .yara)",
        )
        parser.add_argument(
            "--where", default="", metavar="SQL", help="only artifacts with this condition, like \"verdict <> 'clear'\""
        )
        parser.add_argument("--stored", action="store_true", help="ask the store only; read no file again")
        parser.add_argument(
            "--limit", type=positive_number, default=1_000, metavar="N", help="places that are shown (default 1,000)"
        )
        add_cluster(parser)
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Hunt and print what was found."""
        from dataclasses import replace

        from audit.hunting.contract import Hunt
        from audit.hunting.hunting import hunt_mirror
        from audit.hunting.output import render_hunt
        from audit.hunting.patterns import member_of, read_patterns
        from audit.progress import ProgressBars

        hunt = Hunt(
            hosts=tuple(args.host),
            digests=tuple(args.sha256),
            names=tuple(args.name),
            texts=tuple(args.text),
            members=tuple(map(member_of, args.file)),
            where=args.where,
        )
        for file in args.patterns:
            patterns, rules = read_patterns(file)
            hunt = replace(
                hunt, patterns=(*hunt.patterns, *patterns), rules="\n".join(filter(None, (hunt.rules, rules)))
            )
        settings = read_settings(args)
        with ProgressBars(quiet=settings.quiet) as bars:
            result = hunt_mirror(settings, hunt, bars, print_notice, stored=args.stored, limit=args.limit)
        print_result(args, result, render_hunt)
        if result.unread:
            return Exit.INCOMPLETE
        return Exit.FINDINGS if result.total else Exit.COMPLETE
