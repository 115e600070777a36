"""`boojum corpus changes`: labelled changes of releases, for the change model."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from audit.commands.arguments import add_cluster, add_common, output_file, read_settings
from audit.commands.output import print_result
from audit.exits import Exit


class CorpusChangesCommand:
    """Compares releases with the ones before them and labels the changes."""

    name = "changes"
    summary = "turn releases and built payloads into labelled changes for `boojum train`"
    epilog = (
        "example: boojum corpus changes --releases corpus/releases --releases-list releases.csv \\\n"
        "             --payloads corpus/payloads --into changes.parquet"
    )
    resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the trees and the Parquet file."""
        parser.add_argument(
            "--releases", type=Path, required=True, metavar="DIR", help="tree of consecutive releases of real projects"
        )
        parser.add_argument(
            "--releases-list", type=Path, required=True, metavar="FILE", help="the list that the tree was built from"
        )
        parser.add_argument(
            "--payloads",
            type=Path,
            required=True,
            action="append",
            metavar="DIR",
            help="folder written by `boojum corpus payloads`; may be given several times",
        )
        parser.add_argument(
            "--into", type=output_file, required=True, metavar="FILE", help="Parquet file for the changes"
        )
        parser.add_argument(
            "--rows-into",
            type=Path,
            metavar="FILE",
            help="Parquet file for the artifacts' own rows on the test side, for `boojum evaluate --release-rows`",
        )
        add_cluster(parser)
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Extract, compare and write the rows, and print how many there are."""
        from audit.cluster_settings import cluster_settings
        from audit.config import out_folder
        from audit.corpus_commands import render_change_rows
        from audit.progress import ProgressBars
        from jobs.corpus.change_rows import build_change_rows

        settings = read_settings(args)
        out = out_folder(settings)
        with ProgressBars(quiet=settings.quiet) as bars:
            built = build_change_rows(
                args.releases,
                args.releases_list,
                args.payloads,
                out,
                args.into,
                rows_into=args.rows_into,
                limits=settings.limits,
                settings=cluster_settings(settings, out),
                progress=bars,
            )
        print_result(args, built, render_change_rows)
        return Exit.INCOMPLETE if built.missing else Exit.COMPLETE
