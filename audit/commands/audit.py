"""`boojum audit`: the nightly job."""

from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_cluster, add_common, add_exit_status, add_model, add_waivers, read_settings
from audit.commands.output import print_text
from audit.errors import UsageError
from audit.exits import Exit


class AuditCommand:
    """Audits a mirror and publishes a run."""

    name = "audit"
    summary = "read what is new on a mirror, score every artifact, write reports and a blocklist"
    epilog = "example: boojum audit /srv/pypi --out /var/lib/boojum\n`boojum --help` lists every exit status."
    resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the mirror and the flags of the nightly job."""
        parser.add_argument(
            "mirror",
            metavar="MIRROR",
            nargs="?",
            help="the mirror's directory, its bandersnatch.conf, or a folder of distribution files",
        )
        add_model(parser)
        add_waivers(parser)
        parser.add_argument(
            "--yes",
            action="store_true",
            help="block also files of protected projects, and those over the bound of one night",
        )
        parser.add_argument(
            "--since",
            metavar="RUN",
            default="",
            help="say what is new since this run: an id, `latest`, a folder, or a date, which means the last run that "
            "finished by then (default: the last run of an earlier night)",
        )
        parser.add_argument(
            "--accept-shrink",
            action="store_true",
            help="take the mirror as it is, also if it is empty or much smaller than before: what is gone is gone",
        )
        add_exit_status(parser, news=True)
        add_cluster(parser)
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Audit the mirror and print a summary."""
        from audit.night_summary import night_facts, render_night
        from audit.nightly import audit_mirror
        from audit.progress import ProgressBars
        from audit.serialization import render_json

        settings = read_settings(args)
        if not settings.mirror:
            raise UsageError("no mirror is named", "run `boojum audit MIRROR`, or set `mirror` in boojum.toml")
        with ProgressBars(quiet=settings.quiet) as bars:
            night = audit_mirror(settings, bars, yes=args.yes, since=args.since, accept_shrink=args.accept_shrink)
        if args.json:
            print_text(render_json(night_facts(night)))
        elif not settings.quiet or night.has_news:
            print_text(render_night(night))
        return night.outcome.status
