"""`boojum diff`: what one release has that another has not."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from audit.commands.arguments import add_common, add_model, read_settings
from audit.exits import Exit

LINES = 400


class DiffCommand:
    """Compares two distribution files and prints what is new in the second."""

    name = "diff"
    summary = "show what a release has that another has not"
    epilog = (
        "examples: boojum diff six-1.16.0.tar.gz six-1.17.0.tar.gz\n"
        "          boojum diff six==1.16.0 six==1.17.0    two releases on the mirror of the last run\n"
        "          boojum diff six-1.17.0.tar.gz six-1.17.0-py2.py3-none-any.whl"
    )
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the two sides and the flags of a comparison."""
        parser.add_argument("base", metavar="A", help="a distribution file, or project==version on the mirror")
        parser.add_argument("release", metavar="B", help="the same; what it has that A has not is shown")
        parser.add_argument(
            "--lines", type=int, default=LINES, metavar="N", help=f"lines of texts that are shown (default {LINES})"
        )
        add_model(parser)
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Compare the two sides and print the result."""
        from audit.config import out_folder
        from audit.diff import diff_files, find_side, render_diff
        from audit.progress import ProgressBars
        from audit.serialization import render_json
        from model.saved import load_change_model

        settings = read_settings(args)
        out = out_folder(settings)
        base = find_side(args.base, out)
        release = find_side(args.release, out, like=base)
        model = load_change_model(Path(settings.model) if settings.model else None)
        with ProgressBars(quiet=settings.quiet) as bars:
            result = diff_files(base, release, model, settings.limits, args.lines, bars)
        print(render_json(result) if args.json else render_diff(result))
        return Exit.COMPLETE
