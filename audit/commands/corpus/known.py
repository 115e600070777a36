"""`boojum corpus known`: an index of known code."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from audit.commands.arguments import add_common, add_replaced, output_file, read_settings, require
from audit.commands.output import print_result
from audit.errors import UsageError
from audit.exits import Exit


class CorpusKnownCommand:
    """Indexes the source files of listed releases, or of the operator's own projects on a mirror; draws such a list."""

    name = "known"
    summary = "build an index of known code, from a list of releases or from your own projects on a mirror"
    epilog = (
        "example: boojum corpus known --mirror /srv/pypi --projects ours.txt --into /etc/boojum/ours.parquet\n"
        'With `known_code = "/etc/boojum/ours.parquet"` in boojum.toml, reports say how much of a finding it contains.'
    )
    resumes = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the sources of releases and the file to write."""
        parser.add_argument("--list", type=Path, metavar="FILE", help="CSV of releases, as for `corpus benign`")
        parser.add_argument("--tree", type=Path, metavar="DIR", help="tree that `corpus benign` built from that list")
        parser.add_argument("--mirror", metavar="MIRROR", help="take the newest releases of a mirror instead of a list")
        parser.add_argument(
            "--projects", type=Path, metavar="FILE", help="project names, one a line (default: the popular ones)"
        )
        parser.add_argument("--top", type=int, metavar="N", help="only the first N of those names")
        parser.add_argument(
            "--into", type=output_file, required=True, metavar="FILE", help="Parquet file for the index"
        )
        parser.add_argument(
            "--draw",
            action="store_true",
            help="write a list of releases to --into instead of an index: the newest and the last of each year, of "
            "the first names that `corpus sample` crawled",
        )
        parser.add_argument(
            "--cache",
            type=Path,
            default=Path("crawl"),
            metavar="DIR",
            help="folder that keeps the responses of the index (default ./crawl)",
        )
        parser.add_argument(
            "--exclude", type=Path, action="append", default=[], metavar="FILE", help="list of projects to leave out"
        )
        parser.add_argument("--workers", type=int, default=1, metavar="N", help="worker processes (default 1)")
        parser.add_argument(
            "--identities",
            type=Path,
            metavar="FILE",
            help="also write the names, URLs, e-mail addresses and summaries of the projects to this file",
        )
        add_replaced(parser, ["--out"], "--into FILE")
        add_common(parser, out=False)

    def run(self, args: Namespace) -> Exit:
        """Read the releases, write the index and print its size; with --draw, write a list and print its length."""
        from audit.corpus_commands import draw_known_list, read_names, render_known
        from audit.progress import ProgressBars
        from jobs.corpus.identities import build_identities
        from jobs.corpus.known_code import build_known_code, locate_listed, select_from_mirror
        from jobs.corpus.listing import read_list
        from jobs.mirror.root import open_mirror

        if (args.mirror is not None) + (args.list is not None) + args.draw != 1:
            raise UsageError("corpus known reads a list or a mirror", "give --list and --tree, or --mirror, or --draw")
        if args.draw:
            names = read_names(args.projects, None)
            drawn = draw_known_list(args.into, names, args.cache, exclude=args.exclude, projects=args.top)
            print_result(args, {"releases": drawn}, lambda _: f"{drawn:,} releases drawn into {args.into}")
            return Exit.COMPLETE
        with ProgressBars(quiet=read_settings(args).quiet) as bars:
            if args.mirror is None:
                listed, tree = read_list(args.list), require(args.tree, "--tree", "corpus known")
                files = locate_listed(listed, tree)
                if args.identities is not None:
                    build_identities(listed, tree, args.identities, progress=bars)
            else:
                mirror = open_mirror(Path(args.mirror).absolute())
                files = select_from_mirror(mirror, read_names(args.projects, args.top), progress=bars)
            built = build_known_code(
                files,
                args.into,
                cache=args.into.with_name(f"{args.into.name}.read.jsonl"),
                as_stored=args.mirror is not None,
                processes=args.workers,
                progress=bars,
            )
        print_result(args, built, lambda report: render_known(report, args.into))
        return Exit.COMPLETE
