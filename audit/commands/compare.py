"""`boojum compare`: what is new, graver, milder, cleared, gone and waived between two runs."""

from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_common, read_settings
from audit.exits import Exit


class CompareCommand:
    """Compares the findings of two finished runs."""

    name = "compare"
    summary = "compare the findings of two finished runs"
    epilog = (
        "example: boojum compare 2026-11-20 latest\n"
        "exit 1 if the second run has a new or graver finding at or above `--fail-on`, else 0"
    )
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the two runs, the verdict that counts, and the format."""
        from audit.config import CHOICES
        from audit.news.comparison_output import COMPARISON_FORMATS

        named = "its id, `latest`, its folder, or a date, which means the last run that finished by then"
        parser.add_argument("before", metavar="RUN", help=f"the first run: {named}")
        parser.add_argument("after", metavar="RUN", help="the second run")
        parser.add_argument(
            "--fail-on",
            choices=CHOICES["fail_on"],
            help="exit 1 if a new or graver finding has this verdict or a more severe one (default suspicious)",
        )
        add_common(parser, formats=tuple(COMPARISON_FORMATS), default_format="table")

    def run(self, args: Namespace) -> Exit:
        """Compare the runs and print the differences."""
        from audit.config import out_folder
        from audit.news.comparison import compare_runs
        from audit.news.comparison_output import COMPARISON_FORMATS
        from audit.outcome import Outcome, fail_on_severity
        from audit.runs import find_run
        from jobs.store.lock import reading

        settings = read_settings(args)
        with reading(out_folder(settings)) as out:
            comparison = compare_runs(find_run(out, args.before), find_run(out, args.after))
        print(COMPARISON_FORMATS[args.format](comparison))
        return Outcome(comparison.news(fail_on_severity(settings.fail_on))).status
