"""`boojum corpus labels`: labelled rows of the files that people labelled."""

from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_common, add_waivers, output_file, read_settings
from audit.commands.output import print_result
from audit.exits import Exit


class CorpusLabelsCommand:
    """Joins labels with the rows of the store."""

    name = "labels"
    summary = "turn the labels of `boojum label` into labelled rows for `boojum train`"
    epilog = "example: boojum corpus labels --out /var/lib/boojum --into rows/labels.parquet"
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the Parquet file and the file of labels."""
        parser.add_argument("--into", type=output_file, required=True, metavar="FILE", help="Parquet file for the rows")
        add_waivers(parser)
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Write the rows and print how many there are."""
        from audit.config import out_folder
        from audit.corpus_commands import render_labelled_rows
        from audit.decisions.file import load_decisions
        from audit.errors import UsageError
        from jobs.corpus.person_labels import build_labelled_rows

        settings = read_settings(args)
        out = out_folder(settings)
        labels = load_decisions(settings.waivers, out).labels
        if not labels:
            raise UsageError("there are no labels", "write them with `boojum label`, or name their file with --waivers")
        # Of several labels of a file, the last decision counts.
        latest = {label.sha256: label.label == "malicious" for label in sorted(labels, key=lambda each: each.decided)}
        built = build_labelled_rows(out, latest, args.into)
        print_result(args, built, render_labelled_rows)
        return Exit.INCOMPLETE if built.missing else Exit.COMPLETE
