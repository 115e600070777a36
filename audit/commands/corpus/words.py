"""`boojum corpus words`: the words behind common code tokens."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from audit.commands.arguments import add_common, read_settings
from audit.commands.output import print_result
from audit.exits import Exit


class CorpusWordsCommand:
    """Lists names and calls that many honest projects write, with the hashes of their tokens."""

    name = "words"
    summary = "list the words of honest code by which reasons show telling tokens"
    epilog = "example: boojum corpus words --list benign.csv --tree corpus/benign --into words.csv.gz"
    resumes = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the releases and the file to write."""
        parser.add_argument("--list", type=Path, required=True, metavar="FILE", help="CSV of honest releases")
        parser.add_argument(
            "--tree", type=Path, required=True, metavar="DIR", help="tree that `corpus benign` built from that list"
        )
        parser.add_argument("--into", type=Path, required=True, metavar="FILE", help="gzipped CSV file for the words")
        add_common(parser, out=False)

    def run(self, args: Namespace) -> Exit:
        """Read the releases, write the words and print how many there are."""
        from audit.corpus_commands import render_words_report
        from audit.progress import ProgressBars
        from jobs.corpus.known_code import locate_listed
        from jobs.corpus.listing import read_list
        from jobs.corpus.words import list_words

        with ProgressBars(quiet=read_settings(args).quiet) as bars:
            report = list_words(locate_listed(read_list(args.list), args.tree), args.into, progress=bars)
        print_result(args, report, render_words_report)
        return Exit.COMPLETE
