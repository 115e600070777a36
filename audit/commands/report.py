"""`boojum report`: a finished run in any report format."""

import sys
from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_common, add_replaced, add_run, output_file, read_out_folder
from audit.exits import Exit


class ReportCommand:
    """Renders the findings of a finished run."""

    name = "report"
    summary = "print the report of a finished run in a format of your choice"
    epilog = "example: boojum report latest --format csv --into findings.csv"
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the run, the format and the file."""
        from audit.reports.registry import REPORTS

        add_run(parser)
        parser.add_argument(
            "--into", type=output_file, metavar="FILE", help="write the report to this file instead of stdout"
        )
        add_replaced(parser, ["--to"], "--into FILE")
        add_common(parser, formats=[report.name for report in REPORTS], default_format="markdown")

    def run(self, args: Namespace) -> Exit:
        """Render the report and print it, or write it."""
        from audit.reports.registry import report_format
        from audit.runs import find_run, read_document
        from features.runtime.atomic_write import write_atomically
        from jobs.store.lock import reading

        with reading(read_out_folder(args)) as out:
            document = read_document(find_run(out, args.name))
        text = report_format(args.format).render(document)
        if args.into is None:
            sys.stdout.write(text)
        else:
            write_atomically(args.into, text.encode(), durable=True, parents=True)
        return Exit.COMPLETE
