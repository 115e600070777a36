"""`boojum corpus rows`: labelled feature rows from corpus trees."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from audit.commands.arguments import add_cluster, add_common, output_file, read_settings
from audit.commands.corpus.arguments import add_trees, labelled_trees
from audit.commands.output import print_result
from audit.exits import Exit


class CorpusRowsCommand:
    """Extracts the features of both trees and labels them."""

    name = "rows"
    summary = "turn corpus trees into labelled rows for `boojum train`"
    epilog = (
        "example: boojum corpus rows --benign corpus/benign --benign-list benign.csv \\\n"
        "             --malicious corpus/malicious --malicious-list malware.csv --into rows.parquet"
    )
    resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the trees and the Parquet file."""
        add_trees(parser)
        parser.add_argument("--into", type=output_file, required=True, metavar="FILE", help="Parquet file for the rows")
        parser.add_argument(
            "--reviewed",
            type=Path,
            metavar="FILE",
            help="CSV of benign artifacts that a person has read (default: the shipped list)",
        )
        parser.add_argument(
            "--cap", type=int, default=40, metavar="N", help="artifacts kept of one campaign (default 40)"
        )
        add_cluster(parser)
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Extract, label and write the rows, and print how many there are."""
        from audit.cluster_settings import cluster_settings
        from audit.config import out_folder
        from audit.corpus_commands import render_rows
        from audit.progress import ProgressBars
        from jobs.corpus.rows import build_rows
        from model.saved import REVIEWED

        settings = read_settings(args)
        out = out_folder(settings)
        with ProgressBars(quiet=settings.quiet) as bars:
            built = build_rows(
                labelled_trees(args),
                out,
                args.into,
                cap=args.cap,
                leave_out=args.noise,
                reviewed=args.reviewed or REVIEWED,
                limits=settings.limits,
                settings=cluster_settings(settings, out),
                progress=bars,
            )
        print_result(args, built, render_rows)
        return Exit.INCOMPLETE if built.missing else Exit.COMPLETE
