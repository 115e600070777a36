"""`boojum demo`: an audit of a small mirror that is made on the spot."""

from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_cluster, add_common, read_settings
from audit.commands.output import print_text
from audit.exits import Exit


class DemoCommand:
    """Makes a mirror with inert malware in the output folder and audits it."""

    name = "demo"
    summary = "make a small mirror on the spot and audit it: the shortest way to a report"
    epilog = "Needs no network; the mirror and the run are written below --out."
    resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the shared flags; the demonstration has none of its own."""
        add_cluster(parser)
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Make the mirror, audit it and print a summary; findings do not change the exit status."""
        from audit.demo import audit_demo
        from audit.night_summary import night_facts, render_night
        from audit.progress import ProgressBars
        from audit.serialization import render_json

        settings = read_settings(args)
        with ProgressBars(quiet=settings.quiet) as bars:
            night = audit_demo(settings, bars)
        print_text(render_json(night_facts(night)) if args.json else render_night(night))
        return Exit.INCOMPLETE if night.document.failed else Exit.COMPLETE
