"""`boojum corpus sample`: a list of benign artifacts, drawn from a package index."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from audit.commands.arguments import add_common, add_seed, output_file, read_settings
from audit.commands.corpus.arguments import add_index
from audit.commands.output import print_result
from audit.exits import Exit


class CorpusSampleCommand:
    """Draws a stratified random sample of benign artifacts."""

    name = "sample"
    summary = "draw a list of benign artifacts from a package index, for `corpus benign`"
    epilog = "example: boojum corpus sample --size 1000 --like malware.csv --into benign.csv"
    resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the size of the sample, its strata and the files."""
        from jobs.corpus.sample import STRATA

        parser.add_argument("--size", type=int, required=True, metavar="N", help="artifacts to draw")
        parser.add_argument(
            "--into",
            type=output_file,
            required=True,
            metavar="FILE",
            help="CSV to write: project, version, filename, sha256",
        )
        parser.add_argument(
            "--strata",
            metavar="LIST",
            help=f"name=weight,... of {', '.join(STRATA)} (default: all, weighted as in the shipped list)",
        )
        parser.add_argument(
            "--like",
            type=Path,
            metavar="FILE",
            help="malicious list whose years, kinds and sizes the long tail follows",
        )
        parser.add_argument(
            "--exclude", type=Path, action="append", default=[], metavar="FILE", help="list of projects to leave out"
        )
        parser.add_argument(
            "--cache",
            type=Path,
            default=Path("crawl"),
            metavar="DIR",
            help="folder that keeps the responses of the index (default ./crawl)",
        )
        parser.add_argument(
            "--popular-names", type=Path, metavar="FILE", help="also write the most depended-on names to this file"
        )
        add_index(parser)
        add_seed(parser, 1)
        add_common(parser, out=False)

    def run(self, args: Namespace) -> Exit:
        """Draw the list, write it and print the size of each stratum."""
        from audit.corpus_commands import parse_strata, render_sample
        from audit.progress import ProgressBars
        from jobs.corpus.index import IndexClient
        from jobs.corpus.sample import sample_benign

        strata = parse_strata(args.strata, args.size)
        client = IndexClient(args.index_url) if args.index_url else IndexClient()
        with ProgressBars(quiet=read_settings(args).quiet) as bars:
            report = sample_benign(
                args.into,
                client=client,
                cache=args.cache,
                like=args.like,
                exclude=args.exclude,
                strata=strata,
                seed=args.seed,
                popular_out=args.popular_names,
                progress=bars,
            )
        print_result(args, report, lambda result: render_sample(result, args.into))
        return Exit.COMPLETE
