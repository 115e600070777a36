"""`boojum corpus benign`: a tree of benign artifacts, fetched by a list."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from audit.commands.arguments import add_common, add_replaced, read_settings
from audit.commands.corpus.arguments import add_index
from audit.commands.output import print_result
from audit.exits import Exit

SAMPLING_FLAGS = ("--sample", "--strata", "--like", "--exclude", "--cache", "--popular-names", "--seed")


class CorpusBenignCommand:
    """Fetches the artifacts of a list into a tree with a mirror's layout."""

    name = "benign"
    summary = "fetch the benign artifacts of a list from a package index"
    epilog = "example: boojum corpus benign --list benign.csv --out corpus/benign"
    resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the list and the index."""
        parser.add_argument(
            "--list", type=Path, required=True, metavar="FILE", help="CSV of project, version, filename, sha256"
        )
        parser.add_argument(
            "--out", required=True, metavar="DIR", help="folder for the tree, which has a mirror's layout"
        )
        add_index(parser)
        add_replaced(parser, SAMPLING_FLAGS, "`boojum corpus sample`, which draws a list")
        add_common(parser, out=False)

    def run(self, args: Namespace) -> Exit:
        """Fetch what is missing in the tree and print how much of the list is there."""
        from audit.corpus_commands import render_build
        from audit.progress import ProgressBars
        from jobs.corpus.benign import build_benign
        from jobs.corpus.index import IndexClient
        from jobs.corpus.listing import read_list

        out = Path(args.out)
        client = IndexClient(args.index_url) if args.index_url else IndexClient()
        with ProgressBars(quiet=read_settings(args).quiet) as bars:
            built = build_benign(read_list(args.list), out, client=client, progress=bars)
        print_result(args, built, render_build)
        return Exit.INCOMPLETE if built.missing else Exit.COMPLETE
