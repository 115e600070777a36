"""`boojum scan`: verdict and evidence of single files, without a store."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from audit.commands.arguments import add_common, add_exit_status, add_model, read_settings
from audit.commands.output import print_notice
from audit.exits import Exit


class ScanCommand:
    """Scores distribution files and prints why."""

    name = "scan"
    summary = "score one or more distribution files and show why"
    epilog = "example: boojum scan dist/*.whl"
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the files and the flags of a scan."""
        parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="distribution files")
        add_model(parser)
        add_exit_status(parser)
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Scan the files and print a judgement of each."""
        from features.runtime.gc_control import gc_paused

        # Imports create objects that stay alive, so a collection among them frees nothing.
        with gc_paused():
            from audit.contract import Outcome
            from audit.findings import alarm_severity, severity
            from audit.progress import Bars
            from audit.scan import require_files, scan_files
            from audit.summary import render_json, render_scanned
            from audit.unread import count_unread, words_of
            from model.saved import load_model

        settings = read_settings(args)
        require_files(args.files)
        model = load_model(Path(settings.model) if settings.model else None)
        least = alarm_severity(settings.fail_on)
        with Bars(quiet=settings.quiet) as bars:
            scanned = list(scan_files(args.files, model, settings.limits, bars))
        print(render_json(scanned) if args.json else "\n".join(render_scanned(item) for item in scanned))
        unread = count_unread((item.extent for item in scanned), settings.fail_on_unread)
        if unread:
            print_notice(f"incomplete: {words_of(unread, settings.fail_on_unread)}")
        return Outcome(sum(severity(item.verdict) >= least for item in scanned), unread=sum(unread.values())).status
