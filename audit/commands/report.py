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

        formats = (f"  {one.name:<13} {one.summary}" for one in REPORTS)
        parser.description = "\n".join([parser.description or "", "", "formats:", *formats])
        add_run(parser)
        parser.add_argument(
            "--into", type=output_file, metavar="FILE", help="write the report to this file instead of stdout"
        )
        add_replaced(parser, ["--to"], "--into FILE")
        add_common(parser, formats=[report.name for report in REPORTS], default_format="markdown")

    def run(self, args: Namespace) -> Exit:
        """Render the report and print it, or write it."""
        from audit.reports.registry import report_pieces
        from audit.runs import find_run, read_document
        from features.runtime.atomic_write import open_temporary, sync_to_disk
        from jobs.run.run_folder import read_run
        from jobs.store.lock import reading

        with reading(read_out_folder(args)) as out:
            folder = find_run(out, args.name)
            pieces = report_pieces(args.format, read_document(folder), read_run(folder))
            if args.into is None:
                sys.stdout.flush()
                sys.stdout.buffer.writelines(pieces)
                return Exit.COMPLETE
            args.into.parent.mkdir(parents=True, exist_ok=True)
            with open_temporary(args.into) as temporary:
                with temporary.open("xb") as file:
                    file.writelines(pieces)
                sync_to_disk(temporary)
        return Exit.COMPLETE
