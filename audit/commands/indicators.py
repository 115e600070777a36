"""`boojum indicators`: the shipped patterns, and how often each hits."""

from argparse import ArgumentParser, Namespace

from audit.commands.arguments import add_common
from audit.commands.output import print_result
from audit.exits import Exit


class IndicatorsCommand:
    """Lists the indicators."""

    name = "indicators"
    summary = "list the patterns that ship, with meaning, ATT&CK technique, and how often each hits"
    epilog = "example: boojum indicators wallet"
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the words."""
        parser.add_argument(
            "words", nargs="*", metavar="WORD", help="only those with all of these words: an id, category, technique"
        )
        add_common(parser, out=False)

    def run(self, args: Namespace) -> Exit:
        """Print the table."""
        from audit.hunting.indicators import list_indicators, render_indicators

        print_result(args, list_indicators(args.words), render_indicators)
        return Exit.COMPLETE
