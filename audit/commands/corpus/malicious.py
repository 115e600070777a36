"""`boojum corpus malicious`: a tree of malware, taken from a git clone by a list."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from audit.commands.arguments import add_common, read_settings
from audit.commands.output import print_result
from audit.exits import Exit


class CorpusMaliciousCommand:
    """Copies listed blobs of a malware registry into a tree with a mirror's layout."""

    name = "malicious"
    summary = "take the malware of a list from a git clone of a malware registry"
    epilog = "example: boojum corpus malicious --git CLONE --list malware.csv --out corpus/malicious"
    resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the clone and the list."""
        parser.add_argument("--git", type=Path, required=True, metavar="DIR", help="the clone's git directory")
        parser.add_argument(
            "--list", type=Path, required=True, metavar="FILE", help="CSV of path, sha256, project and more"
        )
        parser.add_argument(
            "--out", required=True, metavar="DIR", help="folder for the tree, which has a mirror's layout"
        )
        add_common(parser, out=False)

    def run(self, args: Namespace) -> Exit:
        """Copy what is missing in the tree and print how much of the list is there."""
        from audit.corpus_commands import render_build
        from audit.progress import ProgressBars
        from jobs.corpus.malicious import build_malicious, read_blob_list

        out = Path(args.out)
        with ProgressBars(quiet=read_settings(args).quiet) as bars:
            built = build_malicious(args.git, read_blob_list(args.list), out, progress=bars)
        print_result(args, built, render_build)
        return Exit.INCOMPLETE if built.missing else Exit.COMPLETE
