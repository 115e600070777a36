"""`boojum corpus releases`: a list of consecutive releases, drawn from a package index."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from audit.commands.arguments import add_common, add_seed, output_file, read_settings
from audit.commands.corpus.arguments import add_index
from audit.commands.output import print_result
from audit.exits import Exit


class CorpusReleasesCommand:
    """Draws the newest releases of popular, less popular and unknown projects."""

    name = "releases"
    summary = "draw a list of consecutive releases from a package index, for `corpus benign` and `corpus payloads`"
    epilog = "example: boojum corpus releases --count 4700 --into releases.csv"
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the number of projects and the files."""
        parser.add_argument("--count", type=int, required=True, metavar="N", help="projects to draw")
        parser.add_argument(
            "--into", type=output_file, required=True, metavar="FILE", help="CSV to write, with a stratum"
        )
        parser.add_argument(
            "--exclude", type=Path, action="append", default=[], metavar="FILE", help="list of projects to leave out"
        )
        add_index(parser)
        add_seed(parser, 1)
        add_common(parser, out=False)

    def run(self, args: Namespace) -> Exit:
        """Draw the list, write it and print the projects of each stratum."""
        from audit.corpus_commands import render_releases
        from audit.progress import ProgressBars
        from jobs.corpus.index import IndexClient
        from jobs.corpus.releases import draw_releases
        from jobs.corpus.sample import read_excluded

        client = IndexClient(args.index_url) if args.index_url else IndexClient()
        with ProgressBars(quiet=read_settings(args).quiet) as bars:
            report = draw_releases(
                args.into,
                client=client,
                projects=args.count,
                seed=args.seed,
                exclude=read_excluded(args.exclude),
                progress=bars,
            )
        print_result(args, report, lambda result: render_releases(result, args.into))
        return Exit.COMPLETE
