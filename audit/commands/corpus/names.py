"""`boojum corpus names`: the names that most projects of a mirror depend on."""

from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_common, add_replaced, output_file, read_out_folder
from audit.exits import Exit


class CorpusNamesCommand:
    """Ranks names by the number of projects that depend on them."""

    name = "names"
    summary = "list the names that most projects on your mirror depend on"
    epilog = "The list describes your mirror. The model uses the shipped list, so no score changes."
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file and the number of names."""
        parser.add_argument(
            "--into", type=output_file, required=True, metavar="FILE", help="CSV to write: name, dependents"
        )
        parser.add_argument("--ship", action="store_true", help="write names only, one a line, like the shipped list")
        parser.add_argument("--top", type=int, default=5_000, metavar="N", help="only the first N names (default 5000)")
        add_replaced(parser, ["--list"], "--into FILE")
        add_replaced(parser, ["--store"], "--out DIR")
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Rank the names of the last run's mirror, write them and print how many there are."""
        from audit.corpus_commands import write_ranked_names
        from audit.serialization import render_json

        ranked = write_ranked_names(read_out_folder(args), args.into, args.top, plain=args.ship)
        print(
            render_json({"names": ranked, "file": args.into.name}) if args.json else f"{ranked:,} names in {args.into}"
        )
        return Exit.COMPLETE
