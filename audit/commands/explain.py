"""`boojum explain`: everything about one artifact of the mirror."""

from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_common, add_waivers, read_settings
from audit.commands.output import print_result
from audit.exits import Exit


class ExplainCommand:
    """Prints all that the last run knows of an artifact."""

    name = "explain"
    summary = "print everything about an artifact of the mirror: scores, reasons, changes, places, dependents"
    epilog = "example: boojum explain colorama==0.4.7"
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the artifact."""
        parser.add_argument(
            "target",
            metavar="ARTIFACT",
            help="a path or a file name on the mirror, a digest (sha256), PROJECT==VERSION or PROJECT",
        )
        add_waivers(parser)
        add_common(parser)

    def run(self, args: Namespace) -> Exit:
        """Explain the artifacts that the target names."""
        from audit.explaining import explain, render_explanations

        print_result(args, explain(read_settings(args), args.target), render_explanations)
        return Exit.COMPLETE
