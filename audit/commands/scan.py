"""`boojum scan`: verdict and evidence of single files, without a store."""

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from audit.commands.arguments import add_common, add_exit_status, add_model, add_waivers, read_settings
from audit.commands.output import print_notice, print_text
from audit.exits import Exit


class ScanCommand:
    """Scores distribution files and prints why."""

    name = "scan"
    summary = "score one or more distribution files and show why"
    epilog = "example: boojum scan dist/*.whl\n`boojum --help` lists every exit status."
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the files and the flags of a scan."""
        parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="distribution files")
        add_model(parser)
        add_waivers(parser)
        add_exit_status(parser)
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Scan the files and print verdict and evidence of each."""
        from features.runtime.gc_control import gc_paused

        # Imports create objects that stay alive, so a collection among them frees nothing.
        with gc_paused():
            from audit.config import out_folder
            from audit.decisions.file import load_decisions
            from audit.outcome import Outcome, fail_on_severity, severity
            from audit.progress import ProgressBars
            from audit.scan import next_steps, render_scan_result, require_files, scan_files
            from audit.serialization import render_json
            from audit.unread import count_unread, describe_unread
            from model.saved import load_model

        settings = read_settings(args)
        require_files(args.files)
        out = out_folder(settings)
        decisions = load_decisions(settings.waivers, out)
        model = load_model(Path(settings.model) if settings.model else None)
        with ProgressBars(quiet=settings.quiet) as bars:
            scanned = tuple(scan_files(args.files, model, settings.limits, bars))
        results = scanned
        if decisions.waivers:
            from audit.waived_scan import waive_results  # loads a database

            results = waive_results(scanned, decisions, out, datetime.now(UTC).date())
        if args.json:
            print_text(render_json(results))
        else:
            print_text("\n".join([*map(render_scan_result, results), *next_steps(results)]))
        open_results = [result for result in results if result.waiver is None]
        unread = count_unread((result.extent for result in open_results), settings.fail_on_unread)
        if unread:
            print_notice(f"incomplete: {describe_unread(unread, settings.fail_on_unread)}")
        least = fail_on_severity(settings.fail_on)
        alerts = sum(severity(result.verdict) >= least for result in open_results)
        return Outcome(alerts, unread=sum(unread.values())).status
